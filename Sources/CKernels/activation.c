#include "CKernels.h"
#include "clones.h"
#include "normal.h"

// The formulas are those that products of the frozen pass apply to their results, and give the same bits.

static const float height = 0.3989422804f;  // φ(0) = 1/√(2π)

/// x · σ(u) and its derivative by x, where u and its derivative are given.
static inline float gated(float x, float u) { return x / (1 + exponential(-u)); }

static inline float gated_slope(float x, float u, float du) {
    const float s = 1 / (1 + exponential(-u));
    return s + x * s * (1 - s) * du;
}

AVPREP_CLONES
void avprep_swish(float *restrict y, const float *restrict x, size_t count, float beta) {
    for (size_t i = 0; i < count; i++) y[i] = gated(x[i], beta * x[i]);
}

AVPREP_CLONES
void avprep_swish_dx(float *restrict x, const float *restrict dy, size_t count, float beta) {
    for (size_t i = 0; i < count; i++) x[i] = dy[i] * gated_slope(x[i], beta * x[i], beta);
}

AVPREP_CLONES
void avprep_sigmoid(float *restrict y, const float *restrict x, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] = 1 / (1 + exponential(-x[i]));
}

AVPREP_CLONES
void avprep_tanh(float *restrict y, const float *restrict x, size_t count) {
    for (size_t i = 0; i < count; i++) {
        // (tanh x − x) / x³ by x², fitted for the smallest relative error of tanh x up to 0.625: 5e-9.
        // The quotient would lose digits there.
        const float square = x[i] * x[i];
        float q = -5.70496e-3f;
        q = q * square + 2.063906e-2f;
        q = q * square - 5.373971e-2f;
        q = q * square + 1.3331442e-1f;
        q = q * square - 3.3333282e-1f;
        const float near = x[i] + x[i] * square * q;
        const float far = 1 - 2 / (1 + exponential(2 * x[i]));
        y[i] = square < 0.390625f ? near : far;
    }
}

AVPREP_CLONES
static void tanh_gelu(float *restrict y, const float *restrict x, size_t count) {
    for (size_t i = 0; i < count; i++) {
        y[i] = gated(x[i], 1.5957691216f * (x[i] + 0.044715f * x[i] * x[i] * x[i]));
    }
}

AVPREP_CLONES
static void tanh_gelu_dx(float *restrict x, const float *restrict dy, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const float square = x[i] * x[i];
        x[i] = dy[i] * gated_slope(x[i], 1.5957691216f * (x[i] + 0.044715f * x[i] * square),
                                    1.5957691216f * (1 + 3 * 0.044715f * square));
    }
}

AVPREP_CLONES
static void exact_gelu_dx(float *restrict x, const float *restrict dy, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const float e = bell(x[i]);
        x[i] = dy[i] * (normal(x[i], e) + x[i] * (height * e));
    }
}

void avprep_activate(float *y, const float *x, size_t count, enum avprep_activation activation) {
    switch (activation) {
    case avprep_exact_gelu: avprep_gelu(y, x, count); break;
    case avprep_tanh_gelu: tanh_gelu(y, x, count); break;
    case avprep_quick_gelu: avprep_swish(y, x, count, 1.702f); break;
    case avprep_relu:
        for (size_t i = 0; i < count; i++) y[i] = x[i] > 0 ? x[i] : 0;
        break;
    case avprep_identity:
        for (size_t i = 0; i < count; i++) y[i] = x[i];
        break;
    }
}

void avprep_activate_dx(float *x, const float *dy, size_t count,
                        enum avprep_activation activation) {
    switch (activation) {
    case avprep_exact_gelu: exact_gelu_dx(x, dy, count); break;
    case avprep_tanh_gelu: tanh_gelu_dx(x, dy, count); break;
    case avprep_quick_gelu: avprep_swish_dx(x, dy, count, 1.702f); break;
    case avprep_relu:
        for (size_t i = 0; i < count; i++) x[i] = x[i] > 0 ? dy[i] : 0;
        break;
    case avprep_identity:
        for (size_t i = 0; i < count; i++) x[i] = dy[i];
        break;
    }
}
