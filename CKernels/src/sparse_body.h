/* The first layer on pictures, whose pixels are mostly zero: fma(w, 0, s) = s, so those terms are skipped. Forward; the
 * updates are in sparse_update_body.h. Needs dense_body.h.
 *
 * A strip is a number of panels whose accumulators, together with those of other samples beside them, fill the
 * pipeline: a multiply-add takes about four cycles and one or two start in each, so a single chain is bound by latency.
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
enum { SPARSE_PANELS = LANES == 16 ? 8 : LANES == 1 ? 1 : 4 };

/* Samples a block: as many as a mask has bits. */
enum { SAMPLES = 64 };

/* One row of nabla_sparse_rows, and where its activations go. */
typedef struct sparse_row {
    size_t count;
    const uint16_t *entries;
    float *a;
} sparse_row;

/* Sample `s` of a mini-batch. */
INLINE sparse_row sparse_row_at(const nabla_sparse_batch *x, size_t s)
{
    const size_t index = x->samples ? x->samples[s] : s, start = (size_t)x->rows.starts[index];
    return (sparse_row){(size_t)x->rows.ends[index] - start, x->rows.entries + start, NULL};
}

INLINE const float *values_of(const nabla_sparse_batch *x) { return x->rows.values ? x->rows.values : pixel_values; }

static void prefetch_row(const nabla_sparse_rows *x, size_t index)
{
    enum { CACHE_LINE = 64 };
    const size_t end = (size_t)x->ends[index];
    for (size_t e = (size_t)x->starts[index]; e < end; e += CACHE_LINE / sizeof *x->entries)
        __builtin_prefetch(x->entries + e);
}

/* What an entry says, in the lowest 16 bits of `entry`. */
INLINE vec entry_pixel(const float *values, uint64_t entry) { return vec_set1(values[entry >> 8 & 255]); }
INLINE size_t entry_step(uint64_t entry) { return (size_t)(entry & 255) * NABLA_PANEL; }

/* Four entries in one load, the first in the lowest bits. 4K aliasing: a load waits for a
 * store in flight whose address has the same lowest 12 bits. One load instead of four saves 10% of an update. */
INLINE uint64_t four_entries(const uint16_t *entries)
{
    uint64_t four;
    memcpy(&four, entries, sizeof four);
    return four;
}

/* z of `group` samples side by side, over `panels` panels; written to each row's `a`. */
INLINE void sparse_strip_forward(const int group, const int panels, const sparse_row *row, const float *values,
                                 const float *w, size_t panel_stride, const float *bias)
{
    vec acc[4][SPARSE_PANELS * PANEL_VECTORS];
    const float *weights[4];
    size_t common = row[0].count;
    UNROLL for (int g = 0; g < group; ++g) {
        weights[g] = w;
        common = smaller(common, row[g].count);
        UNROLL for (int i = 0; i < panels * PANEL_VECTORS; ++i)
            acc[g][i] = vec_load(bias + i * LANES);
    }

#define ADD_ENTRY(g, entry)                                                                                            \
    do {                                                                                                               \
        const vec pixel = entry_pixel(values, entry);                                                                  \
        weights[g] += entry_step(entry);                                                                               \
        UNROLL for (int p = 0; p < panels; ++p) {                                                                      \
            vec *sum = &acc[g][p * PANEL_VECTORS];                                                                     \
            UNROLL for (int i = 0; i < PANEL_VECTORS; ++i)                                                             \
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
        UNROLL for (int i = 0; i < panels * PANEL_VECTORS; ++i)
            vec_store(row[g].a + i * LANES, acc[g][i]);
    }
#undef ADD_ENTRY
}

/* The same for many samples and a strip so wide that its weights do not stay in L1 from one sample to the next:
 * BLOCK_INPUTS of them at a time do, while every sample reads them. Between two blocks the sums are in `a`. */
enum { BLOCK_INPUTS = 112 };

INLINE void sparse_blocks_forward(const int panels, size_t m, const sparse_row *row, const float *values,
                                  const float *w, size_t panel_stride, const float *bias)
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
        UNROLL for (int i = 0; i < panels * PANEL_VECTORS; ++i)
            vec_store(row[s].a + i * LANES, vec_load(bias + i * LANES));
        unread -= row[s].count == 0;
    }
    for (size_t end = 0; unread;) {
        end += BLOCK_INPUTS * NABLA_PANEL;
        for (size_t s = 0; s < m; ++s) {
            if (at[s].entry == at[s].end) continue;
            vec acc[SPARSE_PANELS * PANEL_VECTORS];
            UNROLL for (int i = 0; i < panels * PANEL_VECTORS; ++i)
                acc[i] = vec_load(row[s].a + i * LANES);
            do {
                const uint64_t entry = *at[s].entry;
                const size_t input = at[s].input + entry_step(entry);
                if (input >= end) break;
                at[s].input = input;
                const vec pixel = entry_pixel(values, entry);
                const float *weights = w + input;
                UNROLL for (int p = 0; p < panels; ++p) {
                    vec *sum = &acc[p * PANEL_VECTORS];
                    UNROLL for (int i = 0; i < PANEL_VECTORS; ++i)
                        sum[i] = vec_fma(pixel, vec_load(weights + (size_t)p * panel_stride + i * LANES), sum[i]);
                }
            } while (++at[s].entry < at[s].end);
            unread -= at[s].entry == at[s].end;
            UNROLL for (int i = 0; i < panels * PANEL_VECTORS; ++i)
                vec_store(row[s].a + i * LANES, acc[i]);
        }
    }
}

/* All rows of a block over one strip. Samples stand side by side until eight vectors are under way. */
INLINE void sparse_rows_forward(const int panels, size_t m, const sparse_row *row, const float *values, const float *w,
                                size_t panel_stride, const float *bias)
{
    const int vectors = panels * PANEL_VECTORS;
    size_t s = 0;
    if (panels >= 4 && vectors > 4 && m > 1) {
        sparse_blocks_forward(panels, m, row, values, w, panel_stride, bias);
        return;
    }
    /* Four samples side by side leave no register for another table of values (5% of a layer of 30). */
    if (vectors <= 2 && values == pixel_values)
        for (; s + 4 <= m; s += 4) sparse_strip_forward(4, panels, row + s, pixel_values, w, panel_stride, bias);
    if (vectors <= 4)
        for (; s + 2 <= m; s += 2) sparse_strip_forward(2, panels, row + s, values, w, panel_stride, bias);
    for (; s < m; ++s) sparse_strip_forward(1, panels, row + s, values, w, panel_stride, bias);
}

/* A case for each number of panels a strip can have. */
#if LANES == 16
#define FOR_EACH_PANEL_COUNT(CASE) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8)
#elif LANES == 1
#define FOR_EACH_PANEL_COUNT(CASE) CASE(1)
#else
#define FOR_EACH_PANEL_COUNT(CASE) CASE(1) CASE(2) CASE(3) CASE(4)
#endif

NOINLINE void sparse_rows_forward_of(size_t panels, size_t m, const sparse_row *row, const float *values,
                                     const float *w, size_t panel_stride, const float *bias)
{
#define CASE(count)                                                                                                    \
    case count: sparse_rows_forward(count, m, row, values, w, panel_stride, bias); break;
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

static void sparse_forward(nabla_activation activation, const nabla_sparse_batch *x, size_t out, const float *panels,
                           size_t panel_stride, const float *bias, float *a, size_t lda)
{
    const float *values = values_of(x);
    const size_t m = x->count;
    sparse_row row[SAMPLES];
    /* Strips outside, samples inside: a strip's weights stay in L2. */
    for (size_t j = 0; j < out; j += SPARSE_PANELS * NABLA_PANEL) {
        const size_t lanes = smaller(out - j, SPARSE_PANELS * NABLA_PANEL);
        for (size_t begin = 0; begin < m; begin += SAMPLES) {
            const size_t rows = smaller(m - begin, SAMPLES);
            float *strip = a + begin * lda + j;
            for (size_t s = 0; s < rows; ++s) {
                row[s] = sparse_row_at(x, begin + s);
                row[s].a = strip + s * lda;
            }
            if (j == 0 && x->samples)
                for (size_t s = begin + rows; s < smaller(m, begin + rows + SAMPLES); ++s)
                    prefetch_row(&x->rows, x->samples[s]);
            if (panels_in(lanes) * PANEL_VECTORS <= 4) sort_by_count(rows, row);
            sparse_rows_forward_of(panels_in(lanes), rows, row, values, panels + j / NABLA_PANEL * panel_stride,
                                   panel_stride, bias + j);
            activate(activation, rows, lanes, strip, lda);
        }
    }
}
