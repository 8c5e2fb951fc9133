/* The first layer on pictures, whose pixels are mostly zero: fma(w, 0, s) = s, so those terms are left out.
 *
 * A strip is a number of panels whose accumulators, together with those of other samples beside them, fill the
 * pipeline: a multiply-add takes about four cycles and one or two start in each, so a single chain would wait.
 */

/* pixel / 255, correctly rounded by the compiler. */
#define PIXEL(i) (float)(i) / 255.0f
#define PIXELS_4(i) PIXEL(i), PIXEL((i) + 1), PIXEL((i) + 2), PIXEL((i) + 3)
#define PIXELS_16(i) PIXELS_4(i), PIXELS_4((i) + 4), PIXELS_4((i) + 8), PIXELS_4((i) + 12)
#define PIXELS_64(i) PIXELS_16(i), PIXELS_16((i) + 16), PIXELS_16((i) + 32), PIXELS_16((i) + 48)
static const float pixel_values[256] = {PIXELS_64(0), PIXELS_64(64), PIXELS_64(128), PIXELS_64(192)};
#undef PIXEL
#undef PIXELS_4
#undef PIXELS_16
#undef PIXELS_64

/* Panels a strip: their accumulators for one sample stay in registers. */
enum { PER_PANEL = NABLA_PANEL / LANES, SPARSE_PANELS = LANES == 16 ? 8 : LANES == 1 ? 1 : 4 };

/* Samples a block: as many as a mask has bits. */
enum { SAMPLES = 64 };

/* One row of nabla_sparse_rows, and where its activations go. */
typedef struct sparse_row {
    size_t count;
    const uint16_t *entries;
    float *a;
} sparse_row;

INLINE sparse_row sparse_row_at(const nabla_sparse_rows *rows, size_t index)
{
    const size_t start = (size_t)rows->starts[index];
    return (sparse_row){(size_t)rows->starts[index + 1] - start, rows->entries + start, NULL};
}

static void prefetch_row(const nabla_sparse_rows *x, size_t index)
{
    enum { CACHE_LINE = 64 };
    const size_t end = (size_t)x->starts[index + 1];
    for (size_t e = (size_t)x->starts[index]; e < end; e += CACHE_LINE / sizeof *x->entries)
        __builtin_prefetch(x->entries + e);
}

/* While sample `s` of a mini-batch of `m` is at work, asks for a picture to come: it lies anywhere in memory, and would
 * be waited for longer than its multiply-adds take. One at a time, because the processor keeps a list of some twenty
 * lines under way and stands still when it is full. Two small mini-batches ahead; of a large one only what its first
 * block needs, or it would be gone again. Where a picture starts is asked for one mini-batch before that. */
static void prefetch_ahead(const nabla_sparse_rows *x, const uint32_t *ahead, size_t ahead_count, size_t s, size_t m)
{
    if (s >= SAMPLES) return;
    const size_t row = m <= SAMPLES / 4 ? m + s : s, start = row + smaller(m, SAMPLES);
    if (row < ahead_count) prefetch_row(x, ahead[row]);
    if (start < ahead_count) __builtin_prefetch(x->starts + ahead[start]);
}

/* What an entry says, in the lowest 16 bits of `entry`. */
INLINE vec entry_pixel(uint64_t entry) { return vec_set1(pixel_values[entry >> 8 & 255]); }
INLINE size_t entry_step(uint64_t entry) { return (size_t)(entry & 255) * NABLA_PANEL; }

/* Four entries in one load, the first in the lowest bits. A load meets the stores to weights that are still under
 * way, and waits where the lowest 12 bits of the addresses agree: one load instead of four is 10% of an update. */
INLINE uint64_t four_entries(const uint16_t *entries)
{
    uint64_t four;
    memcpy(&four, entries, sizeof four);
    return four;
}

/* z of `group` samples side by side, over `panels` panels; written to each row's `a`. */
INLINE void sparse_strip_forward(const int group, const int panels, const sparse_row *row, const float *w,
                                 size_t panel_stride, const float *bias)
{
    vec acc[4][SPARSE_PANELS * PER_PANEL];
    const float *weights[4];
    size_t common = row[0].count;
    UNROLL for (int g = 0; g < group; ++g) {
        weights[g] = w;
        common = smaller(common, row[g].count);
        UNROLL for (int i = 0; i < panels * PER_PANEL; ++i)
            acc[g][i] = vec_load(bias + i * LANES);
    }

#define ADD_ENTRY(g, entry)                                                                                            \
    do {                                                                                                               \
        const vec pixel = entry_pixel(entry);                                                                          \
        weights[g] += entry_step(entry);                                                                               \
        UNROLL for (int p = 0; p < panels; ++p) {                                                                      \
            vec *sum = &acc[g][p * PER_PANEL];                                                                         \
            UNROLL for (int i = 0; i < PER_PANEL; ++i)                                                                 \
                sum[i] = vec_fma(pixel, vec_load(weights[g] + (size_t)p * panel_stride + i * LANES), sum[i]);          \
        }                                                                                                              \
    } while (0)

    size_t e = 0;
    for (; e + 4 <= common; e += 4) {
        uint64_t four[4];
        UNROLL for (int g = 0; g < group; ++g)
            four[g] = four_entries(row[g].entries + e);
        UNROLL for (int i = 0; i < 4; ++i) {
            UNROLL for (int g = 0; g < group; ++g)
                ADD_ENTRY(g, four[g] >> 16 * i);
        }
    }
    UNROLL for (int g = 0; g < group; ++g) {
        for (size_t rest = e; rest < row[g].count; ++rest) ADD_ENTRY(g, row[g].entries[rest]);
        UNROLL for (int i = 0; i < panels * PER_PANEL; ++i)
            vec_store(row[g].a + i * LANES, acc[g][i]);
    }
#undef ADD_ENTRY
}

/* w = fma(alpha delta, pixel, w) for the pixels of one sample that are not zero. */
INLINE void sparse_strip_update(const int panels, const sparse_row *row, const float *scaled_d, float *w,
                                size_t panel_stride)
{
    vec delta[SPARSE_PANELS * PER_PANEL];
    UNROLL for (int i = 0; i < panels * PER_PANEL; ++i)
        delta[i] = vec_load(scaled_d + i * LANES);

#define ADD_ENTRY(entry)                                                                                               \
    do {                                                                                                               \
        const vec pixel = entry_pixel(entry);                                                                          \
        w += entry_step(entry);                                                                                        \
        UNROLL for (int p = 0; p < panels; ++p) {                                                                      \
            UNROLL for (int i = 0; i < PER_PANEL; ++i) {                                                               \
                float *at = w + (size_t)p * panel_stride + i * LANES;                                                  \
                vec_store(at, vec_fma(delta[p * PER_PANEL + i], pixel, vec_load(at)));                                 \
            }                                                                                                          \
        }                                                                                                              \
    } while (0)

    size_t e = 0;
    for (; e + 4 <= row->count; e += 4) {
        const uint64_t four = four_entries(row->entries + e);
        UNROLL for (int i = 0; i < 4; ++i)
            ADD_ENTRY(four >> 16 * i);
    }
    for (; e < row->count; ++e) ADD_ENTRY(row->entries[e]);
#undef ADD_ENTRY
}

/* The same for many samples and a strip so wide that its weights do not stay in the first-level cache from one sample
 * to the next: BLOCK_INPUTS of them at a time do, while every sample reads them. The sums wait in `a` meanwhile. */
enum { BLOCK_INPUTS = 112 };

INLINE void sparse_blocks_forward(const int panels, size_t m, const sparse_row *row, const float *w,
                                  size_t panel_stride, const float *bias)
{
    struct {
        const uint16_t *entry, *end;
        size_t input; /* of the entry before, times NABLA_PANEL */
    } at[SAMPLES];
    size_t unread = m;
    for (size_t s = 0; s < m; ++s) {
        at[s].entry = row[s].entries;
        at[s].end = row[s].entries + row[s].count;
        at[s].input = 0;
        UNROLL for (int i = 0; i < panels * PER_PANEL; ++i)
            vec_store(row[s].a + i * LANES, vec_load(bias + i * LANES));
        unread -= row[s].count == 0;
    }
    for (size_t end = 0; unread;) {
        end += BLOCK_INPUTS * NABLA_PANEL;
        for (size_t s = 0; s < m; ++s) {
            if (at[s].entry == at[s].end) continue;
            vec acc[SPARSE_PANELS * PER_PANEL];
            UNROLL for (int i = 0; i < panels * PER_PANEL; ++i)
                acc[i] = vec_load(row[s].a + i * LANES);
            do {
                const uint64_t entry = *at[s].entry;
                const size_t input = at[s].input + entry_step(entry);
                if (input >= end) break;
                at[s].input = input;
                const vec pixel = entry_pixel(entry);
                const float *weights = w + input;
                UNROLL for (int p = 0; p < panels; ++p) {
                    vec *sum = &acc[p * PER_PANEL];
                    UNROLL for (int i = 0; i < PER_PANEL; ++i)
                        sum[i] = vec_fma(pixel, vec_load(weights + (size_t)p * panel_stride + i * LANES), sum[i]);
                }
            } while (++at[s].entry < at[s].end);
            unread -= at[s].entry == at[s].end;
            UNROLL for (int i = 0; i < panels * PER_PANEL; ++i)
                vec_store(row[s].a + i * LANES, acc[i]);
        }
    }
}

/* All rows of a block over one strip. Samples stand side by side until eight vectors are under way. */
INLINE void sparse_rows_forward(const int panels, size_t m, const sparse_row *row, const float *w, size_t panel_stride,
                                const float *bias)
{
    const int vectors = panels * PER_PANEL;
    size_t s = 0;
    if (panels >= 4 && vectors > 4 && m > 1) {
        sparse_blocks_forward(panels, m, row, w, panel_stride, bias);
        return;
    }
    if (vectors <= 2)
        for (; s + 4 <= m; s += 4) sparse_strip_forward(4, panels, row + s, w, panel_stride, bias);
    if (vectors <= 4)
        for (; s + 2 <= m; s += 2) sparse_strip_forward(2, panels, row + s, w, panel_stride, bias);
    for (; s < m; ++s) sparse_strip_forward(1, panels, row + s, w, panel_stride, bias);
}

/* A case for each number of panels a strip can have. */
#if LANES == 16
#define FOR_EACH_PANEL_COUNT(CASE) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8)
#elif LANES == 1
#define FOR_EACH_PANEL_COUNT(CASE) CASE(1)
#else
#define FOR_EACH_PANEL_COUNT(CASE) CASE(1) CASE(2) CASE(3) CASE(4)
#endif

static void sparse_rows_forward_of(size_t panels, size_t m, const sparse_row *row, const float *w, size_t panel_stride,
                                   const float *bias)
{
#define CASE(count)                                                                                                    \
    case count: sparse_rows_forward(count, m, row, w, panel_stride, bias); break;
    switch (panels) {
        FOR_EACH_PANEL_COUNT(CASE)
    }
#undef CASE
}

static void sparse_strip_update_of(size_t panels, const sparse_row *row, const float *scaled_d, float *w,
                                   size_t panel_stride)
{
#define CASE(count)                                                                                                    \
    case count: sparse_strip_update(count, row, scaled_d, w, panel_stride); break;
    switch (panels) {
        FOR_EACH_PANEL_COUNT(CASE)
    }
#undef CASE
}

/* Longest first, so that samples side by side end together. */
static void sort_by_count(size_t m, sparse_row *row)
{
    for (size_t s = 1; s < m; ++s) {
        const sparse_row inserted = row[s];
        size_t at = s;
        for (; at > 0 && row[at - 1].count < inserted.count; --at) row[at] = row[at - 1];
        row[at] = inserted;
    }
}

static void sparse_forward(nabla_activation activation, size_t m, size_t out, const nabla_sparse_rows *x,
                           const uint32_t *samples, const float *panels, size_t panel_stride, const float *bias,
                           float *a, size_t lda)
{
    sparse_row row[SAMPLES];
    /* Strips outside, samples inside: a strip's weights stay in the second-level cache. */
    for (size_t j = 0; j < out; j += SPARSE_PANELS * NABLA_PANEL) {
        const size_t lanes = smaller(out - j, SPARSE_PANELS * NABLA_PANEL);
        for (size_t begin = 0; begin < m; begin += SAMPLES) {
            const size_t rows = smaller(m - begin, SAMPLES);
            float *strip = a + begin * lda + j;
            for (size_t s = 0; s < rows; ++s) {
                row[s] = sparse_row_at(x, samples ? samples[begin + s] : begin + s);
                row[s].a = strip + s * lda;
            }
            if (j == 0 && samples)
                for (size_t s = begin + rows; s < smaller(m, begin + rows + SAMPLES); ++s) prefetch_row(x, samples[s]);
            if (panels_in(lanes) * PER_PANEL <= 4) sort_by_count(rows, row);
            sparse_rows_forward_of(panels_in(lanes), rows, row, panels + j / NABLA_PANEL * panel_stride, panel_stride,
                                   bias + j);
            activate(activation, rows, lanes, strip, lda);
        }
    }
}

/* The other way round, for mini-batches that have pixels in common: a mask for each pixel of the samples in which it is
 * not zero. A weight is then read and written once a block of samples instead of once a sample, and the errors, which
 * are read instead, stay in the first-level cache. Each weight still gets its samples in their order. */
enum { MASK_INPUTS = 4096 };

typedef struct pixel_masks {
    uint64_t mask[MASK_INPUTS]; /* bit s: sample s of the block has this pixel */
    const uint16_t *entries[SAMPLES];
    _Alignas(64) float scaled_d[SAMPLES * SPARSE_PANELS * NABLA_PANEL];
} pixel_masks;

static void make_masks(pixel_masks *masks, size_t first, size_t count, size_t in, const nabla_sparse_rows *x,
                       const uint32_t *samples)
{
    memset(masks->mask, 0, in * sizeof masks->mask[0]);
    for (size_t s = 0; s < count; ++s) {
        const sparse_row row = sparse_row_at(x, samples ? samples[first + s] : first + s);
        masks->entries[s] = row.entries;
        uint64_t *mask = masks->mask;
        for (size_t e = 0; e < row.count; ++e) *(mask += row.entries[e] & 255) |= (uint64_t)1 << s;
    }
}

INLINE void mask_strip_update(const int panels, const pixel_masks *masks, size_t in, float *w, size_t panel_stride)
{
    const uint16_t *next[SAMPLES];
    memcpy(next, masks->entries, sizeof next);
    for (size_t k = 0; k < in; ++k, w += NABLA_PANEL) {
        uint64_t mask = masks->mask[k];
        if (mask == 0) continue;
        vec acc[SPARSE_PANELS * PER_PANEL];
        UNROLL for (int p = 0; p < panels; ++p) {
            UNROLL for (int i = 0; i < PER_PANEL; ++i)
                acc[p * PER_PANEL + i] = vec_load(w + (size_t)p * panel_stride + i * LANES);
        }
        do {
            const size_t s = (size_t)__builtin_ctzll(mask);
            const vec pixel = entry_pixel(*next[s]++);
            const float *d = masks->scaled_d + s * (size_t)(panels * NABLA_PANEL);
            UNROLL for (int i = 0; i < panels * PER_PANEL; ++i)
                acc[i] = vec_fma(vec_load(d + i * LANES), pixel, acc[i]);
        } while (mask &= mask - 1);
        UNROLL for (int p = 0; p < panels; ++p) {
            UNROLL for (int i = 0; i < PER_PANEL; ++i)
                vec_store(w + (size_t)p * panel_stride + i * LANES, acc[p * PER_PANEL + i]);
        }
    }
}

static void update_by_pixels(size_t m, size_t out, size_t in, float alpha, const float *d, size_t ldd,
                             const nabla_sparse_rows *x, const uint32_t *samples, const uint32_t *ahead,
                             size_t ahead_count, float *panels, size_t panel_stride, float *bias)
{
    pixel_masks masks;
    for (size_t s = 0; s < m; s += SAMPLES) {
        const size_t count = smaller(m - s, SAMPLES);
        make_masks(&masks, s, count, in, x, samples);
        if (s == 0)
            for (size_t i = 0; i < count; ++i) prefetch_ahead(x, ahead, ahead_count, i, m);
        for (size_t j = 0; j < out; j += SPARSE_PANELS * NABLA_PANEL) {
            const size_t width = panels_in(smaller(out - j, SPARSE_PANELS * NABLA_PANEL)) * NABLA_PANEL;
            float *w = panels + j / NABLA_PANEL * panel_stride;
            pack_rows(d + s * ldd + j, ldd, count, width, alpha, masks.scaled_d, width);
            update_bias(count, masks.scaled_d, width, 0, bias + j);
#define CASE(count)                                                                                                    \
    case count: mask_strip_update(count, &masks, in, w, panel_stride); break;
            switch (width / NABLA_PANEL) {
                FOR_EACH_PANEL_COUNT(CASE)
            }
#undef CASE
        }
    }
}

static void update_by_samples(size_t m, size_t out, float alpha, const float *d, size_t ldd, const nabla_sparse_rows *x,
                              const uint32_t *samples, const uint32_t *ahead, size_t ahead_count, float *panels,
                              size_t panel_stride, float *bias)
{
    for (size_t j = 0; j < out; j += SPARSE_PANELS * NABLA_PANEL) {
        const size_t count = panels_in(smaller(out - j, SPARSE_PANELS * NABLA_PANEL)), width = count * NABLA_PANEL;
        for (size_t s = 0; s < m; ++s) {
            if (j == 0) prefetch_ahead(x, ahead, ahead_count, s, m);
            const sparse_row row = sparse_row_at(x, samples ? samples[s] : s);
            _Alignas(64) float scaled_d[SPARSE_PANELS * NABLA_PANEL];
            pack_rows(d + s * ldd + j, ldd, 1, width, alpha, scaled_d, width);
            sparse_strip_update_of(count, &row, scaled_d, panels + j / NABLA_PANEL * panel_stride, panel_stride);
            update_bias(1, scaled_d, width, 0, bias + j);
        }
    }
}

/* beta W in place, before the samples' terms. */
static void scale_weights(size_t out, size_t in, float beta, float *panels, size_t panel_stride)
{
    const vec factor = vec_set1(beta);
    for (size_t p = 0; p < panels_in(out); ++p)
        for (size_t i = 0; i < in * NABLA_PANEL; i += LANES) {
            float *at = panels + p * panel_stride + i;
            vec_store(at, beta == 0 ? vec_set1(0.0f) : vec_mul(factor, vec_load(at)));
        }
}

static void sparse_update(size_t m, size_t out, size_t in, float alpha, const float *d, size_t ldd,
                          const nabla_sparse_rows *x, const uint32_t *samples, const uint32_t *ahead,
                          size_t ahead_count, float beta, float *panels, size_t panel_stride, float *bias)
{
    if (beta != 1) scale_weights(out, in, beta, panels, panel_stride);
    if (beta == 0) memset(bias, 0, panels_in(out) * NABLA_PANEL * sizeof(float));
    /* Making the masks takes as long as one or two panels' updates, and what they save grows with both sizes. */
    const size_t width = panels_in(out);
    if (in <= MASK_INPUTS && ((width > 4 && m >= 6) || (width > 2 && m >= 16)))
        update_by_pixels(m, out, in, alpha, d, ldd, x, samples, ahead, ahead_count, panels, panel_stride, bias);
    else
        update_by_samples(m, out, alpha, d, ldd, x, samples, ahead, ahead_count, panels, panel_stride, bias);
}
#undef FOR_EACH_PANEL_COUNT
