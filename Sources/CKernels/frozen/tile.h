// The tile, compiled for a type of number: NAME, ELEMENT and ADD_PRODUCT(sum, a, b) say which.
//
// No include guard: a level includes it once for each type.

typedef ELEMENT NAME(vector) __attribute__((vector_size(4 * LANES), aligned(4)));

/// c = Σ a b, or c += that: `count` rows of packed rows with the columns of a panel of weights.
__attribute__((always_inline)) static inline void NAME(tile_of)(
    const size_t count, ELEMENT *restrict c, size_t stride, const uint32_t *restrict a,
    const uint32_t *restrict b, size_t chunks, int is_first) {
    NAME(vector) sum[ROWS][VECTORS];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < count; r++) {
#pragma clang loop unroll(full)
        for (size_t v = 0; v < VECTORS; v++) {
            sum[r][v] = (NAME(vector)){0};
            if (!is_first) memcpy(&sum[r][v], c + r * stride + v * LANES, sizeof sum[r][v]);
        }
    }
    for (; chunks > 0; chunks--, a += count * chunk) {
#pragma clang loop unroll_count(4)
        for (size_t k = 0; k < chunk; k++, b += VECTORS * LANES) {
            NAME(vector) weight[VECTORS];
            memcpy(weight, b, sizeof weight);
#pragma clang loop unroll(full)
            for (size_t r = 0; r < count; r++) {
                ELEMENT number;
                memcpy(&number, a + r * chunk + k, sizeof number);
                const NAME(vector) row = number - (NAME(vector)){0};
#pragma clang loop unroll(full)
                for (size_t v = 0; v < VECTORS; v++) {
                    sum[r][v] = ADD_PRODUCT(sum[r][v], row, weight[v]);
                }
            }
        }
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < count; r++) memcpy(c + r * stride, sum[r], sizeof sum[r]);
}

static void NAME(tile)(size_t count, ELEMENT *c, size_t stride, const uint32_t *a,
                       const uint32_t *b, size_t chunks, int is_first) {
    switch (count) {
#define CASE(n) case n: NAME(tile_of)(n, c, stride, a, b, chunks, is_first); break
        CASE(1); CASE(2); CASE(3); CASE(4);
#if ROWS > 4
        CASE(5); CASE(6);
#endif
#if ROWS > 6
        CASE(7); CASE(8); CASE(9); CASE(10); CASE(11); CASE(12);
#endif
#undef CASE
    }
}
