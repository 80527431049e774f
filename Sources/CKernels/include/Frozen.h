#pragma once
#include <stddef.h>
#include <stdint.h>

// Products and attention of the frozen pass, compiled for each level of instructions.
//
// A matrix is multiplied tile by tile: `rows × columns` sums stay in registers while words of 32 bits
// are read from packed rows and packed weights. A word holds one number in single precision, two in
// bfloat16 or in 16 bits, or four in 8 bits. A sum runs over the words of a row in their order, so a
// row's result does not depend on the rows around it.

/// Instructions to compute with, each level with all that is in those before.
enum avprep_level {
    avprep_baseline,     // x86-64 of 2003, or any other processor
    avprep_avx2,         // with FMA
    avprep_avx512,
    avprep_avx512_vnni,  // products of 8-bit integers
    avprep_avx512_bf16,  // products of bfloat16
    avprep_levels
};

/// The highest level of this processor.
enum avprep_level avprep_highest_level(void);

enum avprep_number { avprep_f32, avprep_bf16, avprep_int8 };

enum avprep_activation {
    avprep_identity,
    avprep_exact_gelu,
    avprep_tanh_gelu,
    avprep_quick_gelu,
    avprep_relu
};

/// Weights packed by `avprep_pack_weights`, and what is done beside the product.
///
/// `bias`, `scales` and `offsets` have an element for each output, and zeros up to a multiple of the
/// tile's columns; only int8 uses the latter two.
struct avprep_weights {
    enum avprep_level level;
    enum avprep_number number;
    enum avprep_activation activation;
    size_t inputs, outputs;
    uint32_t *words;
    float *bias;
    float *scales;     // of each output's weights
    int32_t *offsets;  // added to each output's sum of integers
};

/// How many outputs there are room for: a multiple of the tile's columns.
size_t avprep_padded_outputs(const struct avprep_weights *weights);

/// 32-bit words of the packed weights.
size_t avprep_weight_words(const struct avprep_weights *weights);

/// Packs `w`, `[outputs, inputs]`, into `words` and, for int8, `scales` and `offsets`.
void avprep_pack_weights(const struct avprep_weights *weights, const float *w);

/// 32-bit words of memory that `avprep_multiply` needs for `rows` rows.
size_t avprep_multiply_words(const struct avprep_weights *weights, size_t rows);

/// y = activation(x Wᵀ + b), or y += that, for `x`, `[rows, inputs]`, and `y`, `[rows, outputs]`.
///
/// bf16 rounds both factors to bfloat16. int8 rounds each row of `x` to multiples of its largest
/// magnitude over 127, and each row of W likewise; their products are summed exactly.
void avprep_multiply(const struct avprep_weights *weights, const float *x, size_t rows, float *y,
                     int add, uint32_t *memory);

/// Attention of one head in one sequence.
struct avprep_head {
    enum avprep_level level;
    const float *queries, *keys, *values;  // first of `tokens` rows, `stride` elements apart
    size_t stride, tokens, width;
    float scale;
    int is_cosine;      // queries and keys are divided by their lengths
    int is_causal;      // a query sees no later key
    const float *bias;  // [tokens, tokens], or none
    const float *mask;  // [tokens, tokens], or none
    float *output;
    size_t output_stride;
};

/// 32-bit words of memory that `avprep_attend` needs.
size_t avprep_attend_words(enum avprep_level level, size_t tokens, size_t width);

/// output = softmax(scale · Q Kᵀ + bias + mask) V, for some dozens of queries at a time.
void avprep_attend(const struct avprep_head *head, uint32_t *memory);

/// The processor's time stamp, which all cores share.
uint64_t avprep_ticks(void);

/// Time that all threads have spent in tiles since the program started, in the same unit.
uint64_t avprep_product_ticks(void);
