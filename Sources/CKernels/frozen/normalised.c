#include "Normalised.h"
#include "level.h"
#include <string.h>

size_t avprep_normalised_words(enum avprep_level level, size_t inputs, size_t outputs) {
    return rounded(outputs, level_of(level)->columns) * rounded(inputs, chunk);
}

void avprep_pack_normalised(enum avprep_level level, const float *weight, const float *gamma,
                            size_t inputs, size_t outputs, float *words) {
    const size_t columns = level_of(level)->columns, padded = rounded(inputs, chunk);
    memset(words, 0, avprep_normalised_words(level, inputs, outputs) * sizeof *words);
    for (size_t first = 0; first < outputs; first += columns) {
        const size_t count = smaller(columns, outputs - first);
        for (size_t k = 0; k < inputs; k++) {
            float *target = words + first * padded + k * columns;
            const float *source = weight + k * outputs + first;
            for (size_t i = 0; i < count; i++) target[i] = gamma[k] * source[i];
        }
    }
}

void avprep_multiply_normalised(enum avprep_level level, const float *x, size_t rows, size_t inputs,
                                size_t outputs, const float *words, const float *shift,
                                float epsilon, float *y, float *mean, float *rstd) {
    level_of(level)->multiply_normalised(x, rows, inputs, outputs, words, shift, epsilon, y, mean,
                                         rstd);
}

void avprep_pack_cotangent(enum avprep_level level, const float *dy, size_t rows, size_t outputs,
                           float *words) {
    level_of(level)->pack_cotangent(dy, rows, outputs, words);
}

void avprep_normalised_gradient(enum avprep_level level, const float *x, const float *mean,
                                const float *rstd, size_t rows, size_t inputs, size_t outputs,
                                const float *words, size_t first, size_t count, float *gradient) {
    level_of(level)->normalised_gradient(x, mean, rstd, rows, inputs, outputs, words, first, count,
                                         gradient);
}
