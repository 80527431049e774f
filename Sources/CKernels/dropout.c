#include "CKernels.h"
#include "clones.h"

AVPREP_CLONES
void avprep_add_dropped(float *restrict y, const float *restrict x, uint64_t state, size_t count,
                        float probability) {
    const float scale = 1 / (1 - probability);
    for (size_t i = 0; i < count; i++) {
        uint64_t z = state + (i + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        const float uniform = (float)(int32_t)(z >> 40) * 0x1p-24f;
        y[i] += uniform >= probability ? scale * x[i] : 0;
    }
}
