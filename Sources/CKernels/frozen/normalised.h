// Products with rows that are normalised while they are packed, for one level. See Normalised.h.

/// Tiles whose rows are packed at a time.
enum { tiles = 4 };

/// Mean and reciprocal deviation of a row.
static inline void moments_of(const float *restrict x, size_t count, float epsilon,
                              float *restrict mean, float *restrict rstd) {
#pragma clang fp reassociate(on) contract(fast)
    float sum = 0;
    for (size_t c = 0; c < count; c++) sum += x[c];
    const float m = sum / count;
    float squares = 0;
    for (size_t c = 0; c < count; c++) squares += (x[c] - m) * (x[c] - m);
    *mean = m;
    *rstd = 1 / sqrtf(squares / count + epsilon);
}

static void multiply_normalised(const float *x, size_t rows, size_t inputs, size_t outputs,
                                const float *words, const float *shift, float epsilon, float *y,
                                float *mean, float *rstd) {
    const size_t padded = rounded(inputs, chunk), chunks = padded / chunk;
    float packed[tiles * ROWS * padded], sums[tiles * ROWS * columns];
    for (size_t start = 0; start < rows; start += tiles * ROWS) {
        const size_t size = smaller(tiles * ROWS, rows - start);
        for (size_t r = 0; r < size; r++) {
            const float *row = x + (start + r) * inputs;
            moments_of(row, inputs, epsilon, mean + start + r, rstd + start + r);
            const float m = mean[start + r], s = rstd[start + r];
            const size_t height = smaller(ROWS, size - r / ROWS * ROWS);
            float *target = packed + r / ROWS * ROWS * padded + r % ROWS * chunk;
            for (size_t c = 0; c < inputs; c += chunk, target += height * chunk) {
                if (inputs - c >= chunk) {
                    for (size_t i = 0; i < chunk; i++) target[i] = (row[c + i] - m) * s;
                } else {
                    for (size_t i = 0; i < chunk; i++) {
                        target[i] = c + i < inputs ? (row[c + i] - m) * s : 0;
                    }
                }
            }
        }
        for (size_t first = 0; first < outputs; first += columns) {
            const float *panel = words + first * padded;
            for (size_t k = 0; k < chunks; k += depth) {
                const size_t deep = smaller(depth, chunks - k);
                for (size_t r = 0; r < size; r += ROWS) {
                    const size_t height = smaller(ROWS, size - r);
                    f32_tile(height, sums + r * columns, columns,
                             (const uint32_t *)(packed + r * padded + k * chunk * height),
                             (const uint32_t *)(panel + k * chunk * columns), deep, k == 0);
                }
            }
            const size_t count = smaller(columns, outputs - first);
            for (size_t r = 0; r < size; r++) {
                float *target = y + (start + r) * outputs + first;
                for (size_t i = 0; i < count; i++) {
                    target[i] = sums[r * columns + i] + shift[first + i];
                }
            }
        }
    }
}

static void pack_cotangent(const float *dy, size_t rows, size_t outputs, float *words) {
    for (size_t first = 0; first < outputs; first += ROWS) {
        const size_t count = smaller(ROWS, outputs - first);
        for (size_t k = 0; k < rows; k += chunk) {
            for (size_t r = 0; r < count; r++, words += chunk) {
                for (size_t i = 0; i < chunk; i++) {
                    words[i] = k + i < rows ? dy[(k + i) * outputs + first + r] : 0;
                }
            }
        }
    }
}

static void normalised_gradient(const float *x, const float *mean, const float *rstd, size_t rows,
                                size_t inputs, size_t outputs, const float *words, size_t first,
                                size_t count, float *gradient) {
    enum { block_rows = avprep_cotangent_block };
    const size_t panels = (count + columns - 1) / columns;
    float packed[panels * block_rows * columns], sums[panels * outputs * columns];
    memset(packed, 0, sizeof packed);
    for (size_t k = 0; k < rows; k += block_rows) {
        const size_t size = smaller(block_rows, rows - k), padded = rounded(size, chunk);
        // All panels row by row: what lies together is read together.
        for (size_t r = 0; r < size; r++) {
            const float *row = x + (k + r) * inputs + first;
            const float m = mean[k + r], s = rstd[k + r];
            for (size_t c = 0; c < count; c += columns, row += columns) {
                float *target = packed + c * block_rows + r * columns;
                // Rows lie so far apart that the processor does not foresee the next ones.
                __builtin_prefetch(row + 8 * inputs);
                if (count - c >= columns) {
                    for (size_t i = 0; i < columns; i++) target[i] = (row[i] - m) * s;
                } else {
                    for (size_t i = 0; i < count - c; i++) target[i] = (row[i] - m) * s;
                }
            }
        }
        for (size_t p = 0; p < panels; p++) {
            float *panel = packed + p * block_rows * columns;
            memset(panel + size * columns, 0, (padded - size) * columns * sizeof *panel);
            for (size_t o = 0; o < outputs; o += ROWS) {
                f32_tile(smaller(ROWS, outputs - o), sums + (p * outputs + o) * columns, columns,
                         (const uint32_t *)(words + k * outputs + o * padded),
                         (const uint32_t *)panel, padded / chunk, k == 0);
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        const float *sum = sums + i / columns * outputs * columns + i % columns;
        float *target = gradient + (first + i) * outputs;
        for (size_t o = 0; o < outputs; o++) target[o] = rows > 0 ? sum[o * columns] : 0;
    }
}
