#include "level.h"
#include "../normal.h"
#include "rounding.h"

#define LEVEL level_baseline
#define LANES 4
#define VECTORS 2
#define ROWS 4
#define BFLOATS 1
#define INTEGERS 2
#define ADD_INTEGERS add_integers

typedef int32_t integers __attribute__((vector_size(16), aligned(4)));

/// sum + the products of the lower and of the upper halves.
static inline integers add_integers(integers sum, integers a, integers b) {
    return sum + (a << 16 >> 16) * (b << 16 >> 16) + (a >> 16) * (b >> 16);
}

#include "product.h"
#include "normalised.h"
#include "attention.h"
