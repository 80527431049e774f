#include "CKernels.h"
#include "clones.h"
#include <math.h>

// As in layer_norm.c, sums may be reassociated.

AVPREP_CLONES
void avprep_layer_norm_gather(float *restrict y, const float *restrict x,
                              const ptrdiff_t *restrict order, const float *restrict gamma,
                              const float *restrict beta, size_t rows, size_t columns,
                              float epsilon) {
#pragma clang fp reassociate(on) contract(fast)
    for (size_t r = 0; r < rows; r++, y += columns) {
        if (order[r] < 0) {
            for (size_t c = 0; c < columns; c++) y[c] = 0;
            continue;
        }
        const float *restrict row = x + order[r] * columns;
        float sum = 0;
        for (size_t c = 0; c < columns; c++) sum += row[c];
        const float m = sum / columns;

        float squares = 0;
        for (size_t c = 0; c < columns; c++) squares += (row[c] - m) * (row[c] - m);
        const float s = 1 / sqrtf(squares / columns + epsilon);

        for (size_t c = 0; c < columns; c++) y[c] = (row[c] - m) * s * gamma[c] + beta[c];
    }
}

AVPREP_CLONES
void avprep_add_layer_norm(float *restrict y, const float *restrict x,
                           const ptrdiff_t *restrict order, const float *restrict gamma,
                           const float *restrict beta, size_t rows, size_t columns,
                           float epsilon) {
#pragma clang fp reassociate(on) contract(fast)
    for (size_t r = 0; r < rows; r++, x += columns) {
        const ptrdiff_t target = order ? order[r] : (ptrdiff_t)r;
        if (target < 0) continue;
        float *restrict row = y + target * columns;
        float sum = 0;
        for (size_t c = 0; c < columns; c++) sum += x[c];
        const float m = sum / columns;

        float squares = 0;
        for (size_t c = 0; c < columns; c++) squares += (x[c] - m) * (x[c] - m);
        const float s = 1 / sqrtf(squares / columns + epsilon);

        for (size_t c = 0; c < columns; c++) row[c] += (x[c] - m) * s * gamma[c] + beta[c];
    }
}
