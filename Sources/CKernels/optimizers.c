#include "CKernels.h"
#include "clones.h"

AVPREP_CLONES
void avprep_adam(float *restrict p, float *restrict m, float *restrict v, const float *restrict g,
                 size_t count, const struct avprep_adam_factors *restrict factors) {
    const struct avprep_adam_factors f = *factors;
    for (size_t i = 0; i < count; i++) {
        const float d = g[i] + f.decay * p[i];
        m[i] = f.beta1 * m[i] + f.rest1 * d;
        v[i] = f.beta2 * v[i] + f.rest2 * d * d;
        // Not sqrtf, which may set errno and so would keep the loop from being vectorised.
        const float length = __builtin_elementwise_sqrt(v[i]) / f.correction + f.epsilon;
        p[i] = f.keep * p[i] - f.size * m[i] / length;
    }
}

AVPREP_CLONES
void avprep_sgd(float *restrict p, float *restrict v, const float *restrict g, size_t count,
                const struct avprep_sgd_factors *restrict factors) {
    const struct avprep_sgd_factors f = *factors;
    for (size_t i = 0; i < count; i++) {
        const float d = g[i] + f.decay * p[i];
        v[i] = f.momentum * v[i] + d;
        p[i] -= f.rate * (f.is_nesterov ? d + f.ahead * v[i] : v[i]);
    }
}
