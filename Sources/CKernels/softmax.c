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

// Of one query: a matrix of a few dozen rows, read twice while it is in the first-level cache.

/// x = K q, for the rows of K.
static inline void products(float *restrict x, const float *restrict keys, const float *restrict q,
                            size_t count, size_t width) {
#pragma clang fp reassociate(on) contract(fast)
    for (size_t n = 0; n < count; n++, keys += width) {
        float product = 0;
        for (size_t c = 0; c < width; c++) product += keys[c] * q[c];
        x[n] = product;
    }
}

/// y += factor · Kᵀ x.
static inline void add_rows(float *restrict y, const float *restrict x, const float *restrict keys,
                            size_t count, size_t width, float factor) {
#pragma clang fp contract(fast)
    for (size_t n = 0; n < count; n++, keys += width) {
        const float weight = factor * x[n];
        for (size_t c = 0; c < width; c++) y[c] += weight * keys[c];
    }
}

AVPREP_CLONES
void avprep_attend_one(float *restrict y, float *restrict p, const float *restrict q,
                       const float *restrict keys, size_t count, size_t width, float scale) {
    products(p, keys, q, count, width);
    avprep_softmax(p, 1, count, scale);
    for (size_t c = 0; c < width; c++) y[c] = 0;
    add_rows(y, p, keys, count, width, 1);
}

AVPREP_CLONES
void avprep_attend_one_ds(float *restrict ds, const float *restrict dy, const float *restrict p,
                          const float *restrict keys, size_t count, size_t width) {
    products(ds, keys, dy, count, width);
    avprep_softmax_dx(ds, p, 1, count);
}

AVPREP_CLONES
void avprep_attend_one_dq(float *restrict dq, const float *restrict ds,
                          const float *restrict keys, size_t count, size_t width, float scale,
                          int add) {
    for (size_t c = 0; c < width && !add; c++) dq[c] = 0;
    add_rows(dq, ds, keys, count, width, scale);
}

AVPREP_CLONES
void avprep_attend_one_dk(float *restrict dk, const float *restrict ds, const float *restrict p,
                          const float *restrict q, const float *restrict dy, size_t count,
                          size_t width, float scale, int add) {
#pragma clang fp contract(fast)
    for (size_t n = 0; n < count; n++, dk += width) {
        const float own = scale * ds[n], weight = p[n];
        if (add) {
            for (size_t c = 0; c < width; c++) dk[c] += own * q[c] + weight * dy[c];
        } else {
            for (size_t c = 0; c < width; c++) dk[c] = own * q[c] + weight * dy[c];
        }
    }
}
