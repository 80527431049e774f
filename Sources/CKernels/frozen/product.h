// Packing of rows, the product, and what follows it, for one level.

#define NAME(x) f32_##x
#define ELEMENT float
#define ADD_PRODUCT(sum, a, b) ((sum) + (a) * (b))
#include "tile.h"
#undef NAME
#undef ELEMENT
#undef ADD_PRODUCT

#ifdef ADD_BFLOAT16
#define NAME(x) bf16_##x
#define ELEMENT float
#define ADD_PRODUCT ADD_BFLOAT16
#include "tile.h"
#undef NAME
#undef ELEMENT
#undef ADD_PRODUCT
#endif

#define NAME(x) int8_##x
#define ELEMENT int32_t
#define ADD_PRODUCT ADD_INTEGERS
#include "tile.h"
#undef NAME
#undef ELEMENT
#undef ADD_PRODUCT

enum { columns = LANES * VECTORS };

/// Packs a chunk of a row: at most as many numbers as it has room for, then zeros.
static inline void pack_chunk(uint32_t *restrict words, const float *restrict x, size_t count,
                              enum avprep_number number, float factor) {
    float full[chunk * INTEGERS];
    const size_t room = number == avprep_int8 ? chunk * INTEGERS
                        : number == avprep_bf16 ? chunk * BFLOATS : chunk;
    if (count < room) {
        memset(full, 0, sizeof full);
        memcpy(full, x, count * sizeof *x);
        x = full;
    }
    switch (number) {
    case avprep_f32:
        for (size_t i = 0; i < chunk; i++) memcpy(words + i, x + i, sizeof *x);
        break;
    case avprep_bf16:
#if BFLOATS == 2
        for (size_t i = 0; i < chunk; i++) {
            words[i] = bfloat16(x[2 * i]) >> 16 | bfloat16(x[2 * i + 1]);
        }
#else
        for (size_t i = 0; i < chunk; i++) words[i] = bfloat16(x[i]);
#endif
        break;
    case avprep_int8: {
#if INTEGERS == 4
        uint8_t bytes[4 * chunk];
        for (size_t i = 0; i < 4 * chunk; i++) bytes[i] = (uint8_t)(nearest(x[i] * factor) + 128);
        memcpy(words, bytes, sizeof bytes);
#else
        int16_t pairs[2 * chunk];
        for (size_t i = 0; i < 2 * chunk; i++) pairs[i] = (int16_t)nearest(x[i] * factor);
        memcpy(words, pairs, sizeof pairs);
#endif
    }
    }
}

/// Packs `rows` rows; for int8 with the scale of each.
static void pack_rows(uint32_t *restrict words, float *restrict scales, const float *restrict x,
                      size_t rows, size_t inputs, size_t stride, enum avprep_number number) {
    const size_t room = number == avprep_int8 ? chunk * INTEGERS
                        : number == avprep_bf16 ? chunk * BFLOATS : chunk;
    for (size_t first = 0; first < rows; first += ROWS) {
        const size_t count = smaller(ROWS, rows - first);
        for (size_t r = 0; r < count; r++) {
            const float *row = x + (first + r) * stride;
            float factor = 1;
            if (number == avprep_int8) {
                const float largest = magnitude(row, inputs);
                scales[first + r] = largest / 127;
                factor = largest > 0x1p-120f ? 127 / largest : 0;
            }
            uint32_t *word = words + r * chunk;
            for (size_t i = 0; i < inputs; i += room, word += count * chunk) {
                // Rows of zeros, and those with a NaN, which becomes their scale, have no integers.
                const size_t known = factor == 0 ? 0 : smaller(room, inputs - i);
                pack_chunk(word, row + i, known, number, factor);
            }
        }
        words += count * rounded(inputs, room) / room * chunk;
    }
}

static inline float activated(float x, enum avprep_activation activation) {
    switch (activation) {
    case avprep_exact_gelu: return x * normal(x, bell(x));
    case avprep_tanh_gelu:
        return x / (1 + exponential(-1.5957691216f * (x + 0.044715f * x * x * x)));
    case avprep_quick_gelu: return x / (1 + exponential(-1.702f * x));
    case avprep_relu: return x > 0 ? x : 0;
    default: return x;
    }
}

/// Bias, scales and activation of a panel of sums, into the result.
__attribute__((always_inline)) static inline void finish_as(
    const struct avprep_weights *w, const enum avprep_activation activation,
    const uint32_t *restrict sums, size_t rows, size_t first, const float *restrict scales,
    float *restrict y, int add) {
    const size_t count = smaller(columns, w->outputs - first);
    const float *restrict bias = w->bias + first, *restrict scale = w->scales + first;
    const int32_t *restrict offset = w->offsets + first;
    for (size_t r = 0; r < rows; r++, sums += columns, y += w->outputs) {
        float x[columns];
        if (w->number == avprep_int8) {
            int32_t sum[columns];
            memcpy(sum, sums, sizeof sum);
            for (size_t i = 0; i < columns; i++) {
                x[i] = (float)(sum[i] + offset[i]) * (scales[r] * scale[i]) + bias[i];
            }
        } else {
            memcpy(x, sums, sizeof x);
            for (size_t i = 0; i < columns; i++) x[i] += bias[i];
        }
        for (size_t i = 0; i < columns; i++) x[i] = activated(x[i], activation);
        if (count == columns && add) {
            for (size_t i = 0; i < columns; i++) y[i] += x[i];
        } else if (count == columns) {
            memcpy(y, x, sizeof x);
        } else {
            for (size_t i = 0; i < count; i++) y[i] = add ? y[i] + x[i] : x[i];
        }
    }
}

static void finish(const struct avprep_weights *w, const uint32_t *sums, size_t rows,
                   size_t first, const float *scales, float *y, int add) {
    switch (w->activation) {
#define CASE(a) case a: finish_as(w, a, sums, rows, first, scales, y, add); break
        CASE(avprep_identity);
        CASE(avprep_exact_gelu);
        CASE(avprep_tanh_gelu);
        CASE(avprep_quick_gelu);
        CASE(avprep_relu);
#undef CASE
    }
}

static inline void tile(enum avprep_number number, size_t count, uint32_t *c, const uint32_t *a,
                        const uint32_t *b, size_t chunks, int is_first) {
    if (number == avprep_int8) {
        int8_tile(count, (int32_t *)c, columns, a, b, chunks, is_first);
#ifdef ADD_BFLOAT16
    } else if (number == avprep_bf16) {
        bf16_tile(count, (float *)c, columns, a, b, chunks, is_first);
#endif
    } else {
        f32_tile(count, (float *)c, columns, a, b, chunks, is_first);
    }
}

static void multiply(const struct avprep_weights *w, const float *x, size_t rows, float *y,
                     int add, uint32_t *memory) {
    const size_t words = row_words(&LEVEL, w->number, w->inputs), chunks = words / chunk;
    const size_t blocks = (rows + block - 1) / block;
    const size_t size = rounded((rows + blocks - 1) / blocks, ROWS);
    uint32_t *sums = memory, *packed = sums + size * columns;
    float *scales = (float *)(packed + size * words);
    uint64_t inside = 0;
    for (; rows > 0; rows -= smaller(size, rows), x += size * w->inputs, y += size * w->outputs) {
        const size_t count = smaller(size, rows);
        pack_rows(packed, scales, x, count, w->inputs, w->inputs, w->number);
        const uint32_t *weights = w->words;
        for (size_t first = 0; first < w->outputs; first += columns) {
            const uint64_t start = ticks();
            for (size_t k = 0; k < chunks; k += depth) {
                const size_t deep = smaller(depth, chunks - k);
                const uint32_t *next = weights + deep * chunk * columns;
                // Lines of the next piece of weights to ask for while a tile is computed.
                const size_t lines = deep * columns * ROWS / count + 1;
                for (size_t r = 0; r < count; r += ROWS) {
                    for (size_t l = 0; l < lines; l++) {
                        __builtin_prefetch(next + (r / ROWS * lines + l) * chunk, 0, 2);
                    }
                    const size_t height = smaller(ROWS, count - r);
                    tile(w->number, height, sums + r * columns,
                         packed + r * words + k * chunk * height, weights, deep, k == 0);
                }
                weights = next;
            }
            inside += ticks() - start;
            finish(w, sums, count, first, scales, y + first, add);
        }
    }
    add_product_ticks(inside);
}
