#pragma once
#include "Frozen.h"

// An affine map of normalised rows that never change, as a ladder has them: LN(x) W + b.
//
// With x̂ for the rows brought to mean 0 and deviation 1, the map is x̂ (γ ∘ W) + (β W + b), and all that
// its parameters' gradients need is G = x̂ᵀ dy. So rows are normalised while they are packed for a tile,
// and nothing as large as x is ever written. Sums run over inputs, or over rows, in their order.

/// Rows of `dy` that are packed together.
enum { avprep_cotangent_block = 128 };

/// Outputs are packed in panels; floats of room for `inputs × outputs` weights.
size_t avprep_normalised_words(enum avprep_level level, size_t inputs, size_t outputs);

/// Packs γ ∘ W into `words`, for W `[inputs, outputs]`.
void avprep_pack_normalised(enum avprep_level level, const float *weight, const float *gamma,
                            size_t inputs, size_t outputs, float *words);

/// y = x̂ · words + shift for `rows` rows, and the mean and reciprocal deviation of each.
void avprep_multiply_normalised(enum avprep_level level, const float *x, size_t rows, size_t inputs,
                                size_t outputs, const float *words, const float *shift,
                                float epsilon, float *y, float *mean, float *rstd);

/// Packs at most `avprep_cotangent_block` rows of dy, `[rows, outputs]`, into as many, rounded up to a
/// multiple of 16, times `outputs` floats.
void avprep_pack_cotangent(enum avprep_level level, const float *dy, size_t rows, size_t outputs,
                           float *words);

/// G = x̂ᵀ dy for the inputs in `first..<first + count`, stored in these rows of G, `[inputs, outputs]`.
///
/// `words` holds the packed blocks of dy one after the other.
void avprep_normalised_gradient(enum avprep_level level, const float *x, const float *mean,
                                const float *rstd, size_t rows, size_t inputs, size_t outputs,
                                const float *words, size_t first, size_t count, float *gradient);
