#include "level.h"

#if defined(__x86_64__)
#include "../normal.h"
#include "rounding.h"
#include <immintrin.h>

#pragma clang fp contract(fast)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)

#define LEVEL level_avx2
#define LANES 8
#define VECTORS 2
#define ROWS 6
#define BFLOATS 1
#define INTEGERS 2
#define ADD_INTEGERS(sum, a, b) \
    ((sum) + (int8_vector)_mm256_madd_epi16((__m256i)(a), (__m256i)(b)))

#include "product.h"
#include "normalised.h"
#include "attention.h"

#pragma clang attribute pop
#endif
