#include "CKernels.h"
#include "clones.h"
#include <string.h>

// The compiler turns these conversions into F16C or AVX-512 instructions where there are any, and
// into calls of its run-time library elsewhere.

AVPREP_CLONES
size_t avprep_narrow(uint16_t *restrict y, const float *restrict x, size_t count) {
    size_t overflow = 0;
    for (size_t i = 0; i < count; i++) {
        const _Float16 half = (_Float16)x[i];
        memcpy(y + i, &half, sizeof half);
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        overflow += (bits & 0x7fffffff) > 0x477fe000;  // |x| > 65504, infinity or NaN.
    }
    return overflow;
}

AVPREP_CLONES
void avprep_widen(float *restrict y, const uint16_t *restrict x, size_t count) {
    for (size_t i = 0; i < count; i++) {
        _Float16 half;
        memcpy(&half, x + i, sizeof half);
        y[i] = (float)half;
    }
}
