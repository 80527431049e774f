#include "CKernels.h"
#include "clones.h"

// Of one query: the rows of a matrix that is larger than the first-level cache are read twice, and each row twice at
// a time while it is in that cache.

static inline float sum(const float *x, size_t count) {
#pragma clang fp reassociate(on)
    float s = 0;
    for (size_t i = 0; i < count; i++) s += x[i];
    return s;
}

/// Σ (x − mean) · q.
static inline float centred_product(const float *restrict x, const float *restrict q, float mean, size_t count) {
#pragma clang fp reassociate(on) contract(fast)
    float s = 0;
    for (size_t i = 0; i < count; i++) s += (x[i] - mean) * q[i];
    return s;
}

static inline float centred_square(const float *x, float mean, size_t count) {
#pragma clang fp reassociate(on) contract(fast)
    float s = 0;
    for (size_t i = 0; i < count; i++) s += (x[i] - mean) * (x[i] - mean);
    return s;
}

/// y = scale · Σ w_n (x_n − mean_n) · rstd_n, or y += that.
static inline void add_rows(float *restrict y, const float *restrict w, const float *restrict x,
                            const float *restrict mean, const float *restrict rstd, size_t count, size_t width,
                            float scale, int add) {
#pragma clang fp contract(fast)
    for (size_t c = 0; c < width && !add; c++) y[c] = 0;
    for (size_t n = 0; n < count; n++, x += width) {
        const float weight = scale * w[n] * rstd[n], shift = weight * mean[n];
        for (size_t c = 0; c < width; c++) y[c] += weight * x[c] - shift;
    }
}

AVPREP_CLONES
void avprep_attend_normalised(float *restrict y, float *restrict p, float *restrict mean, float *restrict rstd,
                              const float *restrict q, const float *restrict x, size_t count, size_t width,
                              float scale, float epsilon) {
    const float *row = x;
    for (size_t n = 0; n < count; n++, row += width) {
        mean[n] = sum(row, width) / (float)width;
        rstd[n] = 1 / __builtin_sqrtf(centred_square(row, mean[n], width) / (float)width + epsilon);
        p[n] = rstd[n] * centred_product(row, q, mean[n], width);
    }
    avprep_softmax(p, 1, count, scale);
    add_rows(y, p, x, mean, rstd, count, width, 1, 0);
}

AVPREP_CLONES
void avprep_attend_normalised_dq(float *restrict dq, float *restrict ds, const float *restrict dy,
                                 const float *restrict p, const float *restrict mean, const float *restrict rstd,
                                 const float *restrict x, size_t count, size_t width, float scale, int add) {
    const float *row = x;
    for (size_t n = 0; n < count; n++, row += width) {
        ds[n] = rstd[n] * centred_product(row, dy, mean[n], width);
    }
    avprep_softmax_dx(ds, p, 1, count);
    add_rows(dq, ds, x, mean, rstd, count, width, scale, add);
}
