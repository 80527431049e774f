#pragma once
#include "Frozen.h"
#include "Normalised.h"

/// Words of a row that lie together in packed rows: a cache line.
enum { chunk = 16 };

/// Chunks whose weights are multiplied with all rows of a block before the next ones: 16 or 32 KiB.
enum { depth = 16 };

/// Rows of a block; its packed rows fit into the second-level cache.
enum { block = 192 };

/// What is compiled for one level.
struct level {
    size_t rows, columns;  // of a tile
    size_t integers;       // int8 numbers in a word
    int has_bf16;          // otherwise bfloat16 numbers are multiplied in single precision

    void (*multiply)(const struct avprep_weights *, const float *, size_t, float *, int,
                     uint32_t *);
    void (*attend)(const struct avprep_head *, uint32_t *);

    void (*multiply_normalised)(const float *, size_t, size_t, size_t, const float *, const float *,
                                float, float *, float *, float *);
    void (*pack_cotangent)(const float *, size_t, size_t, float *);
    void (*normalised_gradient)(const float *, const float *, const float *, size_t, size_t, size_t,
                                const float *, size_t, size_t, float *);
};

extern const struct level level_baseline, level_avx2, level_avx512, level_avx512_vnni,
    level_avx512_bf16;

const struct level *level_of(enum avprep_level level);

/// The processor's time stamp, between what stands before and after.
static inline uint64_t ticks(void) {
    __asm__ volatile("" ::: "memory");
    const uint64_t now = __builtin_readcyclecounter();
    __asm__ volatile("" ::: "memory");
    return now;
}

void add_product_ticks(uint64_t ticks);

/// Numbers in a word.
static inline size_t numbers(const struct level *level, enum avprep_number number) {
    if (number == avprep_int8) return level->integers;
    return number == avprep_bf16 && level->has_bf16 ? 2 : 1;
}

static inline size_t rounded(size_t count, size_t unit) { return (count + unit - 1) / unit * unit; }

/// Words of a packed row.
static inline size_t row_words(const struct level *level, enum avprep_number number,
                               size_t inputs) {
    return rounded(inputs, chunk * numbers(level, number)) / numbers(level, number);
}

static inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
