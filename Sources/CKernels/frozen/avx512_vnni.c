#include "level.h"

#if defined(__x86_64__)
#include "../normal.h"
#include "rounding.h"
#include <immintrin.h>

#pragma clang fp contract(fast)
// Compilers keep to 256 bits by themselves, for the sake of processors of 2017.
#pragma clang attribute push(__attribute__((min_vector_width(512))), apply_to = function)
#pragma clang attribute push( \
    __attribute__((target("arch=x86-64-v4,avx512vnni,no-prefer-256-bit"))), apply_to = function)

#define LEVEL level_avx512_vnni
#define LANES 16
#define VECTORS 2
#define ROWS 12
#define BFLOATS 1
#define INTEGERS 4
#define ADD_INTEGERS(sum, a, b) \
    ((int8_vector)_mm512_dpbusd_epi32((__m512i)(sum), (__m512i)(a), (__m512i)(b)))

#include "product.h"
#include "normalised.h"
#include "attention.h"

#pragma clang attribute pop
#pragma clang attribute pop
#endif
