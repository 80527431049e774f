#include "CKernels.h"
#include "clones.h"

AVPREP_CLONES
void avprep_adam(float *restrict p, float *restrict m, float *restrict v, const float *restrict g,
                 size_t count, const struct avprep_adam_factors *restrict factors) {
    const struct avprep_adam_factors f = *factors;
    for (size_t i = 0; i < count; i++) {
        m[i] = f.beta1 * m[i] + f.rest1 * g[i];
        v[i] = f.beta2 * v[i] + f.rest2 * g[i] * g[i];
        // Not sqrtf, which may set errno and so would keep the loop from being vectorised.
        const float length = __builtin_elementwise_sqrt(v[i]) / f.correction + f.epsilon;
        p[i] = f.keep * p[i] - f.size * m[i] / length;
    }
}
