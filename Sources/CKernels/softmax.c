#include "CKernels.h"
#include "clones.h"
#include "exponential.h"

// A register's width. Reassociation does not cover a running maximum, so there are sixteen.
enum { lanes = 16 };

static inline float maximum(const float *x, size_t count) {
    float best[lanes];
    for (size_t l = 0; l < lanes; l++) best[l] = x[0];
    size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        for (size_t l = 0; l < lanes; l++) best[l] = x[i + l] > best[l] ? x[i + l] : best[l];
    }
    float m = x[0];
    for (size_t l = 0; l < lanes; l++) m = best[l] > m ? best[l] : m;
    for (; i < count; i++) m = x[i] > m ? x[i] : m;
    return m;
}

static inline float sum(const float *x, size_t count) {
#pragma clang fp reassociate(on)
    float s = 0;
    for (size_t i = 0; i < count; i++) s += x[i];
    return s;
}

AVPREP_CLONES
void avprep_softmax(float *x, size_t rows, size_t columns, float scale) {
    if (columns == 0) return;
    for (size_t r = 0; r < rows; r++, x += columns) {
        const float m = maximum(x, columns);
        for (size_t c = 0; c < columns; c++) x[c] = exponential((x[c] - m) * scale);
        const float reciprocal = 1 / sum(x, columns);
        for (size_t c = 0; c < columns; c++) x[c] *= reciprocal;
    }
}

AVPREP_CLONES
void avprep_softmax_dx(float *restrict dy, const float *restrict p, size_t rows, size_t columns) {
#pragma clang fp reassociate(on) contract(fast)
    for (size_t r = 0; r < rows; r++, dy += columns, p += columns) {
        float product = 0;
        for (size_t c = 0; c < columns; c++) product += p[c] * dy[c];
        for (size_t c = 0; c < columns; c++) dy[c] = p[c] * (dy[c] - product);
    }
}
