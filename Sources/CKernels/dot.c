#include "CKernels.h"
#include "clones.h"

AVPREP_CLONES
double avprep_dot(const float *x, const float *y, size_t count) {
#pragma clang fp reassociate(on)
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += (double)x[i] * (double)y[i];
    return sum;
}
