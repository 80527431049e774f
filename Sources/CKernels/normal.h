#pragma once
#include "exponential.h"
#include <math.h>

/// e^(−x²/2).
static inline float bell(float x) { return exponential(-0.5f * x * x); }

/// Normal distribution function Φ(x), to within 2e-7, given e^(−x²/2).
///
///     Φ(−t) = e^(−t²/2) · w P(w),   w = 1 / (1 + 0.21 t),   t ≥ 0
///
/// P is minimax in relative error, 1.3e-8 for t up to 13.3, where Φ(−t) leaves single precision. So
/// the lower tail, which x multiplies, is exact in relative terms too.
/// The form is that of Abramowitz, Stegun, *Handbook of Mathematical Functions*, 1964, 7.1.26.
static inline float normal(float x, float bell) {
    const float w = 1 / (1 + 0.21f * fabsf(x));
    float p = -0.07218962162733078f;
    p = p * w + 0.28622230887413025f;
    p = p * w - 0.335814505815506f;
    p = p * w + 0.3559494912624359f;
    p = p * w - 0.09862256050109863f;
    p = p * w + 0.1269720047712326f;
    p = p * w + 0.06862196326255798f;
    p = p * w + 0.08515485376119614f;
    p = p * w + 0.08370606601238251f;
    const float tail = bell * (p * w);
    return x < 0 ? tail : 1 - tail;
}
