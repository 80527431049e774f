#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>

/// The bits of the nearest bfloat16 number, ties going to the even one, in the upper half.
static inline uint32_t bfloat16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint32_t odd = (bits >> 16) & 1;
    // NaN keeps its sign and gets a bit that survives; adding could make it an infinity.
    return x == x ? (bits + 0x7fff + odd) & 0xffff0000 : (bits | 0x400000) & 0xffff0000;
}

/// The nearest integer of a number within ±2²², ties going to the even one.
static inline int32_t nearest(float x) {
    const float rounder = 12582912.0f;  // 1.5 · 2²³: beyond 2²³ floats are integers
    return (int32_t)((x + rounder) - rounder);
}

/// Largest magnitude; NaN if a number is not finite.
static inline float magnitude(const float *x, size_t count) {
    float best[16] = {0}, zeros[16] = {0}, m = 0;
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        for (size_t l = 0; l < 16; l++) {
            const float a = fabsf(x[i + l]);
            best[l] = a > best[l] ? a : best[l];
            zeros[l] += x[i + l] - x[i + l];
        }
    }
    for (; i < count; i++) {
        m = fabsf(x[i]) > m ? fabsf(x[i]) : m;
        zeros[0] += x[i] - x[i];
    }
    for (size_t l = 1; l < 16; l++) zeros[0] += zeros[l];
    for (size_t l = 0; l < 16; l++) m = best[l] > m ? best[l] : m;
    return m + zeros[0];
}
