#include "level.h"
#include "rounding.h"
#include <stdatomic.h>

static _Atomic uint64_t product_ticks;

void add_product_ticks(uint64_t ticks) {
    atomic_fetch_add_explicit(&product_ticks, ticks, memory_order_relaxed);
}

uint64_t avprep_product_ticks(void) {
    return atomic_load_explicit(&product_ticks, memory_order_relaxed);
}

uint64_t avprep_ticks(void) { return ticks(); }

const struct level *level_of(enum avprep_level level) {
#if defined(__x86_64__)
    static const struct level *const levels[] = {&level_baseline, &level_avx2, &level_avx512,
                                                 &level_avx512_vnni, &level_avx512_bf16};
    return levels[level];
#else
    (void)level;
    return &level_baseline;
#endif
}

enum avprep_level avprep_highest_level(void) {
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("x86-64-v3")) return avprep_baseline;
    if (!__builtin_cpu_supports("x86-64-v4")) return avprep_avx2;
    if (!__builtin_cpu_supports("avx512vnni")) return avprep_avx512;
    return __builtin_cpu_supports("avx512bf16") ? avprep_avx512_bf16 : avprep_avx512_vnni;
#else
    return avprep_baseline;
#endif
}

size_t avprep_padded_outputs(const struct avprep_weights *w) {
    return rounded(w->outputs, level_of(w->level)->columns);
}

size_t avprep_weight_words(const struct avprep_weights *w) {
    return avprep_padded_outputs(w) * row_words(level_of(w->level), w->number, w->inputs);
}

/// The word that holds `count` numbers of a row of weights.
static uint32_t word(const float *w, size_t count, size_t room, enum avprep_number number,
                     float factor) {
    uint32_t bits = 0;
    if (number == avprep_f32) {
        memcpy(&bits, w, sizeof bits);
    } else if (number == avprep_bf16) {
        bits = room == 1 ? bfloat16(w[0]) : bfloat16(w[0]) >> 16;
        if (count == 2) bits |= bfloat16(w[1]);
    } else {
        const unsigned size = 32 / (unsigned)room;
        for (size_t i = 0; i < count; i++) {
            const uint32_t integer = (uint32_t)nearest(w[i] * factor);
            bits |= (integer & (0xffffffff >> (32 - size))) << (i * size);
        }
    }
    return bits;
}

void avprep_pack_weights(const struct avprep_weights *weights, const float *w) {
    const struct level *level = level_of(weights->level);
    const size_t inputs = weights->inputs, room = numbers(level, weights->number);
    const size_t words = row_words(level, weights->number, inputs);
    memset(weights->words, 0, avprep_weight_words(weights) * sizeof *weights->words);
    for (size_t o = 0; o < weights->outputs; o++, w += inputs) {
        float factor = 1;
        if (weights->number == avprep_int8) {
            const float largest = magnitude(w, inputs);
            weights->scales[o] = largest / 127;
            factor = largest > 0x1p-120f ? 127 / largest : 0;
            int32_t sum = 0;
            for (size_t i = 0; i < inputs; i++) sum += nearest(w[i] * factor);
            // Rows of four numbers to a word are stored with 128 added, which this takes off again.
            weights->offsets[o] = room == 4 ? -128 * sum : 0;
        }
        uint32_t *column =
            weights->words + o / level->columns * level->columns * words + o % level->columns;
        for (size_t i = 0, k = 0; i < inputs; i += room, k++) {
            column[k * level->columns] =
                word(w + i, smaller(room, inputs - i), room, weights->number, factor);
        }
    }
}

size_t avprep_multiply_words(const struct avprep_weights *w, size_t rows) {
    const struct level *level = level_of(w->level);
    const size_t size = smaller(block + level->rows, rounded(rows, level->rows));
    return size * (level->columns + row_words(level, w->number, w->inputs) + 1);
}

void avprep_multiply(const struct avprep_weights *weights, const float *x, size_t rows, float *y,
                     int add, uint32_t *memory) {
    level_of(weights->level)->multiply(weights, x, rows, y, add, memory);
}

size_t avprep_attend_words(enum avprep_level number, size_t tokens, size_t width) {
    const struct level *level = level_of(number);
    const size_t columns = level->columns > chunk ? level->columns : chunk;
    const size_t queries = 4 * level->rows;
    const size_t stride = rounded(tokens, columns), height = rounded(width, columns);
    return 2 * stride * height + queries * (height + 2 * stride + columns);
}

void avprep_attend(const struct avprep_head *head, uint32_t *memory) {
    level_of(head->level)->attend(head, memory);
}
