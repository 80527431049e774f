// Attention of one head, for one level. Its products are those of single precision.

/// Queries whose scores are held at once.
enum { queries_at_once = 4 * ROWS };

/// The reciprocal length of a vector, or 1.
static inline float reciprocal_length(const float *x, size_t count, int is_cosine) {
    if (!is_cosine) return 1;
    float lanes[LANES] = {0}, squares = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        for (size_t l = 0; l < LANES; l++) lanes[l] += x[i + l] * x[i + l];
    }
    for (; i < count; i++) squares += x[i] * x[i];
    for (size_t l = 0; l < LANES; l++) squares += lanes[l];
    const float length = sqrtf(squares);
    return 1 / (length > 1e-12f ? length : 1e-12f);
}

/// Packs keys as weights: element i of key j at [j / columns][i][j % columns].
static void pack_keys(float *restrict packed, const struct avprep_head *h, size_t height) {
    for (size_t first = 0; first < h->tokens; first += columns, packed += height * columns) {
        const size_t count = smaller(columns, h->tokens - first);
        memset(packed, 0, height * columns * sizeof *packed);
        for (size_t j = 0; j < count; j++) {
            const float *key = h->keys + (first + j) * h->stride;
            const float factor = reciprocal_length(key, h->width, h->is_cosine);
            for (size_t i = 0; i < h->width; i++) packed[i * columns + j] = key[i] * factor;
        }
    }
}

/// Packs values as weights: element i of token j at [i / columns][j][i % columns].
static void pack_values(float *restrict packed, const struct avprep_head *h, size_t height) {
    for (size_t first = 0; first < h->width; first += columns, packed += height * columns) {
        const size_t count = smaller(columns, h->width - first);
        if (count < columns || h->tokens < height) {
            memset(packed, 0, height * columns * sizeof *packed);
        }
        for (size_t j = 0; j < h->tokens; j++) {
            const float *value = h->values + j * h->stride + first;
            float *row = packed + j * columns;
            if (count == columns) {
                memcpy(row, value, columns * sizeof *row);
            } else {
                for (size_t i = 0; i < count; i++) row[i] = value[i];
            }
        }
    }
}

static void pack_queries(float *restrict packed, const struct avprep_head *h, size_t first,
                         size_t rows, size_t height) {
    for (size_t r = 0; r < rows; r += ROWS) {
        const size_t count = smaller(ROWS, rows - r);
        for (size_t q = 0; q < count; q++) {
            const float *query = h->queries + (first + r + q) * h->stride;
            const float factor = h->scale * reciprocal_length(query, h->width, h->is_cosine);
            for (size_t i = 0; i < height; i += chunk) {
                float *word = packed + i * count + q * chunk;
                const size_t part = h->width - i;
                if (part >= chunk) {
                    for (size_t k = 0; k < chunk; k++) word[k] = query[i + k] * factor;
                } else {
                    memset(word, 0, chunk * sizeof *word);
                    for (size_t k = 0; k < part; k++) word[k] = query[i + k] * factor;
                }
            }
        }
        packed += count * height;
    }
}

/// Exponentials of a row of scores less the largest, packed, chunks `step` elements apart.
///
/// Returns their sum.
static float exponentials(float *restrict packed, size_t step, const float *restrict scores,
                          size_t visible, size_t height) {
    float best[chunk], sums[chunk] = {0};
    for (size_t l = 0; l < chunk; l++) best[l] = scores[0];
    size_t i = 0;
    for (; i + chunk <= visible; i += chunk) {
        for (size_t l = 0; l < chunk; l++) {
            best[l] = scores[i + l] > best[l] ? scores[i + l] : best[l];
        }
    }
    float largest = scores[0];
    for (size_t l = 0; l < chunk; l++) largest = best[l] > largest ? best[l] : largest;
    for (; i < visible; i++) largest = scores[i] > largest ? scores[i] : largest;
    for (i = 0; i < height; i += chunk, packed += step) {
        if (i + chunk <= visible) {
            for (size_t l = 0; l < chunk; l++) {
                packed[l] = exponential(scores[i + l] - largest);
                sums[l] += packed[l];
            }
        } else {
            for (size_t l = 0; l < chunk; l++) {
                packed[l] = i + l < visible ? exponential(scores[i + l] - largest) : 0;
                sums[l] += packed[l];
            }
        }
    }
    float sum = 0;
    for (size_t l = 0; l < chunk; l++) sum += sums[l];
    return sum;
}

static void attend(const struct avprep_head *h, uint32_t *memory) {
    const size_t n = h->tokens, height = rounded(h->width, chunk), keys = rounded(n, chunk);
    const size_t stride = rounded(n, columns > chunk ? columns : chunk);
    float *packed_keys = (float *)memory;
    float *packed_values = packed_keys + stride * height;
    float *packed_queries = packed_values + keys * rounded(h->width, columns);
    float *scores = packed_queries + queries_at_once * height;
    float *weights = scores + queries_at_once * stride;
    float *sums = weights + queries_at_once * keys;
    pack_keys(packed_keys, h, height);
    pack_values(packed_values, h, keys);
    uint64_t inside = 0;
    for (size_t first = 0; first < n; first += queries_at_once) {
        const size_t rows = smaller(queries_at_once, n - first);
        pack_queries(packed_queries, h, first, rows, height);
        uint64_t start = ticks();
        for (size_t j = 0; j < n; j += columns) {
            for (size_t r = 0; r < rows; r += ROWS) {
                f32_tile(smaller(ROWS, rows - r), scores + r * stride + j, stride,
                         (uint32_t *)(packed_queries + r * height),
                         (uint32_t *)(packed_keys + j * height), height / chunk, 1);
            }
        }
        inside += ticks() - start;
        float totals[queries_at_once];
        for (size_t r = 0; r < rows; r++) {
            float *row = scores + r * stride;
            if (h->bias) {
                const float *bias = h->bias + (first + r) * n;
                for (size_t j = 0; j < n; j++) row[j] += bias[j];
            }
            if (h->mask) {
                const float *mask = h->mask + (first + r) * n;
                for (size_t j = 0; j < n; j++) row[j] += mask[j];
            }
            const size_t start = r / ROWS * ROWS, count = smaller(ROWS, rows - start);
            totals[r] = exponentials(weights + start * keys + (r - start) * chunk, count * chunk,
                                     row, h->is_causal ? first + r + 1 : n, keys);
        }
        for (size_t i = 0; i < h->width; i += columns) {
            const size_t count = smaller(columns, h->width - i);
            start = ticks();
            for (size_t r = 0; r < rows; r += ROWS) {
                f32_tile(smaller(ROWS, rows - r), sums + r * columns, columns,
                         (uint32_t *)(weights + r * keys), (uint32_t *)(packed_values + i * keys),
                         keys / chunk, 1);
            }
            inside += ticks() - start;
            for (size_t r = 0; r < rows; r++) {
                float *output = h->output + (first + r) * h->output_stride + i;
                const float factor = 1 / totals[r];
                for (size_t k = 0; k < count; k++) output[k] = sums[r * columns + k] * factor;
            }
        }
    }
    add_product_ticks(inside);
}

const struct level LEVEL = {ROWS, columns, INTEGERS, BFLOATS == 2, multiply, attend,
                            multiply_normalised, pack_cotangent, normalised_gradient};
