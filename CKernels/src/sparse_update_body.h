/* Updates of the first layer on sparse rows: gradient descent, whose terms go straight to the weight, and rules, which
 * take the gradient as a chain of its own. Needs sparse_body.h and rule_body.h. */

/* While sample `s` of a mini-batch is at work, prefetches a row to come: a miss costs more than the row's arithmetic,
 * and about 20 fill buffers bound how many can be in flight. Two small mini-batches ahead; of a large one only what its
 * first block needs, or it would be evicted again. Where a row starts is prefetched one mini-batch before that. */
static void prefetch_ahead(const nabla_sparse_batch *x, size_t s)
{
    const size_t m = x->count;
    if (s >= SAMPLES) return;
    const size_t row = m <= SAMPLES / 4 ? m + s : s, start = row + smaller(m, SAMPLES);
    if (row < x->ahead_count) prefetch_row(&x->rows, x->ahead[row]);
    if (start < x->ahead_count) __builtin_prefetch(x->rows.starts + x->ahead[start]);
}

/* w = fma(d, pixel, w) for the pixels of one sample that are not zero. */
INLINE void add_sample(const int panels, const sparse_row *row, const float *values, const float *d, float *w,
                       size_t panel_stride)
{
    const uint16_t *entries = row->entries; /* copies, for the compiler must assume that a weight is stored over *row */
    const size_t count = row->count;
    vec delta[SPARSE_PANELS * PANEL_VECTORS];
    UNROLL for (int i = 0; i < panels * PANEL_VECTORS; ++i)
        delta[i] = vec_load(d + i * LANES);

#define ADD_ENTRY(entry)                                                                                               \
    do {                                                                                                               \
        const vec pixel = entry_pixel(values, entry);                                                                  \
        w += entry_step(entry);                                                                                        \
        UNROLL for (int p = 0; p < panels; ++p) {                                                                      \
            UNROLL for (int i = 0; i < PANEL_VECTORS; ++i) {                                                           \
                float *at = w + (size_t)p * panel_stride + i * LANES;                                                  \
                vec_store(at, vec_fma(delta[p * PANEL_VECTORS + i], pixel, vec_load(at)));                             \
            }                                                                                                          \
        }                                                                                                              \
    } while (0)

    size_t e = 0;
    for (; e + 4 <= count; e += 4) {
        const uint64_t four = four_entries(entries + e);
        UNROLL for (int i = 0; i < 4; ++i)
            ADD_ENTRY(four >> 16 * i);
    }
    for (; e < count; ++e) ADD_ENTRY(entries[e]);
#undef ADD_ENTRY
}

INLINE void add_sample_of(size_t panels, const sparse_row *row, const float *values, const float *d, float *w,
                          size_t panel_stride)
{
#define CASE(count)                                                                                                    \
    case count: add_sample(count, row, values, d, w, panel_stride); break;
    switch (panels) {
        FOR_EACH_PANEL_COUNT(CASE)
    }
#undef CASE
}

/* The other way round, for mini-batches that have pixels in common: a mask for each pixel of the samples in which it is
 * not zero. A weight is then read and written once a mini-batch instead of once a sample, and the errors, which are
 * read instead, stay in L1. Each weight still gets its samples in their order. */
enum {
    MASKS = 2304, /* words of 64 samples: pixels times words a pixel */
    /* The most samples of a rule: their errors for one panel fit where those of 64 for a whole strip do. */
    MASK_SAMPLES = SAMPLES * (SPARSE_PANELS < 4 ? SPARSE_PANELS : 4)
};

typedef struct pixel_masks {
    size_t words;                       /* a pixel: samples / 64, rounded up */
    uint64_t mask[MASKS];               /* bit s of mask[pixel * words + s / 64]: sample s has this pixel */
    const uint16_t *next[MASK_SAMPLES]; /* each sample's first entry in this block of pixels */
    _Alignas(64) float d[SAMPLES * SPARSE_PANELS * NABLA_PANEL];
} pixel_masks;

/* The masks of all `in` pixels for up to 64 samples, from sample `first` on. */
static void make_masks(pixel_masks *masks, const nabla_sparse_batch *x, size_t first, size_t count, size_t in)
{
    masks->words = 1;
    memset(masks->mask, 0, in * sizeof masks->mask[0]);
    for (size_t s = 0; s < count; ++s) {
        const sparse_row row = sparse_row_at(x, first + s);
        masks->next[s] = row.entries;
        uint64_t *mask = masks->mask;
        for (size_t e = 0; e < row.count; ++e) *(mask += row.entries[e] & 255) |= (uint64_t)1 << s;
    }
}

/* Where a block of pixels ended in a sample's row: its next entry, and the column of the entry before that. */
typedef struct row_position {
    const uint16_t *entry, *end;
    size_t column;
} row_position;

/* The masks of a block of pixels, `first` and the `count` - 1 after it, for all samples. */
static void make_block_masks(pixel_masks *masks, size_t m, size_t first, size_t count, row_position *at)
{
    memset(masks->mask, 0, count * masks->words * sizeof masks->mask[0]);
    for (size_t s = 0; s < m; ++s) {
        const uint64_t bit = (uint64_t)1 << s % SAMPLES;
        uint64_t *mask = masks->mask + s / SAMPLES;
        row_position p = at[s];
        masks->next[s] = p.entry;
        for (; p.entry < p.end; ++p.entry) {
            const size_t column = p.column + (*p.entry & 255);
            if (column >= first + count) break;
            p.column = column;
            mask[(column - first) * masks->words] |= bit;
        }
        at[s] = p;
    }
}

/* acc = fma(d, pixel, acc) over the samples that `mask` names; `next` and `d` are those of sample 0. */
INLINE void add_masked(const int panels, uint64_t mask, const uint16_t **next, const float *values, const float *d,
                       vec *acc)
{
    while (mask) {
        const size_t s = (size_t)__builtin_ctzll(mask);
        const vec pixel = entry_pixel(values, *next[s]++);
        const float *of = d + s * (size_t)(panels * NABLA_PANEL);
        UNROLL for (int i = 0; i < panels * PANEL_VECTORS; ++i)
            acc[i] = vec_fma(vec_load(of + i * LANES), pixel, acc[i]);
        mask &= mask - 1;
    }
}

INLINE void mask_strip_update(const int panels, const pixel_masks *masks, const float *values, size_t in, float *w,
                              size_t panel_stride)
{
    const uint16_t *next[SAMPLES];
    memcpy(next, masks->next, sizeof next);
    for (size_t k = 0; k < in; ++k, w += NABLA_PANEL) {
        const uint64_t mask = masks->mask[k];
        if (mask == 0) continue;
        vec acc[SPARSE_PANELS * PANEL_VECTORS];
        UNROLL for (int p = 0; p < panels; ++p) {
            UNROLL for (int i = 0; i < PANEL_VECTORS; ++i)
                acc[p * PANEL_VECTORS + i] = vec_load(w + (size_t)p * panel_stride + i * LANES);
        }
        add_masked(panels, mask, next, values, masks->d, acc);
        UNROLL for (int p = 0; p < panels; ++p) {
            UNROLL for (int i = 0; i < PANEL_VECTORS; ++i)
                vec_store(w + (size_t)p * panel_stride + i * LANES, acc[p * PANEL_VECTORS + i]);
        }
    }
}

NOINLINE void mask_strip_update_of(size_t panels, const pixel_masks *masks, const float *values, size_t in, float *w,
                                   size_t panel_stride)
{
#define CASE(count)                                                                                                    \
    case count: mask_strip_update(count, masks, values, in, w, panel_stride); break;
    switch (panels) {
        FOR_EACH_PANEL_COUNT(CASE)
    }
#undef CASE
}

static void update_by_pixels(const nabla_sparse_batch *x, size_t out, size_t in, float alpha, const float *d,
                             size_t ldd, float *panels, size_t panel_stride, float *bias)
{
    const float *values = values_of(x);
    pixel_masks masks;
    for (size_t s = 0; s < x->count; s += SAMPLES) {
        const size_t count = smaller(x->count - s, SAMPLES);
        make_masks(&masks, x, s, count, in);
        if (s == 0)
            for (size_t i = 0; i < count; ++i) prefetch_ahead(x, i);
        for (size_t j = 0; j < out; j += SPARSE_PANELS * NABLA_PANEL) {
            const size_t width = panels_in(smaller(out - j, SPARSE_PANELS * NABLA_PANEL)) * NABLA_PANEL;
            float *w = panels + j / NABLA_PANEL * panel_stride;
            pack_rows(d + s * ldd + j, ldd, count, width, alpha, masks.d, width);
            update_bias(count, masks.d, width, 0, bias + j);
            mask_strip_update_of(width / NABLA_PANEL, &masks, values, in, w, panel_stride);
        }
    }
}

static void update_by_samples(const nabla_sparse_batch *x, size_t out, float alpha, const float *d, size_t ldd,
                              float *panels, size_t panel_stride, float *bias)
{
    const float *values = values_of(x);
    for (size_t j = 0; j < out; j += SPARSE_PANELS * NABLA_PANEL) {
        const size_t count = panels_in(smaller(out - j, SPARSE_PANELS * NABLA_PANEL)), width = count * NABLA_PANEL;
        for (size_t s = 0; s < x->count; ++s) {
            if (j == 0) prefetch_ahead(x, s);
            const sparse_row row = sparse_row_at(x, s);
            _Alignas(64) float scaled_d[SPARSE_PANELS * NABLA_PANEL];
            pack_rows(d + s * ldd + j, ldd, 1, width, alpha, scaled_d, width);
            add_sample_of(count, &row, values, scaled_d, panels + j / NABLA_PANEL * panel_stride, panel_stride);
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

static void sparse_update(const nabla_sparse_batch *x, size_t out, size_t in, float alpha, const float *d, size_t ldd,
                          float beta, float *panels, size_t panel_stride, float *bias)
{
    if (beta != 1) scale_weights(out, in, beta, panels, panel_stride);
    if (beta == 0) memset(bias, 0, panels_in(out) * NABLA_PANEL * sizeof(float));
    /* Making the masks takes as long as one or two panels' updates, and what they save grows with both sizes. */
    const size_t width = panels_in(out), m = x->count;
    if (in <= MASKS && ((width > 4 && m >= 6) || (width > 2 && m >= 16)))
        update_by_pixels(x, out, in, alpha, d, ldd, panels, panel_stride, bias);
    else
        update_by_samples(x, out, alpha, d, ldd, panels, panel_stride, bias);
}

/* A rule on a strip: every weight is read and changed, those without a gradient too, since their states decay. The
 * chains are finished in registers and the rule is applied there. */
INLINE void mask_strip_rule(const int panels, const nabla_rule *rule, const pixel_masks *masks, size_t m,
                            const float *values, size_t in, float *w, float *v, float *s, size_t panel_stride)
{
    const uint16_t *next[MASK_SAMPLES];
    memcpy(next, masks->next, m * sizeof next[0]);
    const rule_words r = words_of(rule);
    const size_t words = masks->words;
    for (size_t k = 0; k < in; ++k) {
        vec acc[SPARSE_PANELS * PANEL_VECTORS];
        UNROLL for (int i = 0; i < panels * PANEL_VECTORS; ++i)
            acc[i] = vec_set1(0.0f);
        for (size_t word = 0; word < words; ++word)
            add_masked(panels, masks->mask[k * words + word], next + word * SAMPLES, values,
                       masks->d + word * SAMPLES * (size_t)(panels * NABLA_PANEL), acc);
#define CASE(constant)                                                                                                 \
    case constant:                                                                                                     \
        UNROLL for (int i = 0; i < panels * PANEL_VECTORS; ++i)                                                        \
        {                                                                                                              \
            const size_t at =                                                                                          \
                (size_t)(i / PANEL_VECTORS) * panel_stride + k * NABLA_PANEL + (size_t)(i % PANEL_VECTORS) * LANES;    \
            step(constant, &r, acc[i], w + at, constant == NABLA_RULE_SGD ? NULL : v + at,                             \
                 constant == NABLA_RULE_ADAM ? s + at : NULL);                                                         \
        }                                                                                                              \
        break;
        switch (r.kind) {
            FOR_EACH_RULE(CASE)
        }
#undef CASE
    }
}

NOINLINE void rule_by_pixels(const nabla_rule *rule, const nabla_sparse_batch *x, size_t out, size_t in, const float *d,
                             size_t ldd, const nabla_rule_layer *layer, size_t first, size_t panel_stride)
{
    const float *values = values_of(x);
    const size_t m = x->count;
    pixel_masks masks;
    row_position at[MASK_SAMPLES];
    masks.words = m / SAMPLES + (m % SAMPLES != 0);
    for (size_t s = 0; s < m; ++s) {
        const sparse_row row = sparse_row_at(x, s);
        at[s] = (row_position){row.entries, row.entries + row.count, 0};
        prefetch_ahead(x, s);
    }
    /* As many panels a strip as leave the errors of all samples in L1. */
    const size_t strip = masks.words >= SPARSE_PANELS ? 1 : SPARSE_PANELS / masks.words;
    const size_t block = MASKS / masks.words;
    for (size_t k = 0; k < in; k += block) {
        const size_t inputs = smaller(in - k, block);
        make_block_masks(&masks, m, k, inputs, at);
        for (size_t j = 0; j < out; j += strip * NABLA_PANEL) {
            const size_t count = panels_in(smaller(out - j, strip * NABLA_PANEL)), width = count * NABLA_PANEL;
            const size_t from = (first + j / NABLA_PANEL) * panel_stride + k * NABLA_PANEL;
            float *w = layer->panels[0] + from, *v = moved(layer->panels[1], from), *s = moved(layer->panels[2], from);
            pack_rows(d + j, ldd, m, width, 1, masks.d, width);
#define CASE(panels)                                                                                                   \
    case panels: mask_strip_rule(panels, rule, &masks, m, values, inputs, w, v, s, panel_stride); break;
            switch (count) {
                FOR_EACH_PANEL_COUNT(CASE)
            }
#undef CASE
        }
    }
}

/* Adds the pixels of a row from column `first` on, `count` columns, to their gradients, panels `stride` floats apart;
 * `at` is where the block before ended, and is left where this one ends. */
NOINLINE void add_block(row_position *at, size_t first, size_t count, const float *values, size_t panels,
                        const float *d, float *gradient, size_t stride)
{
    const uint16_t *begin = at->entry, *end = begin;
    const size_t before = at->column;
    size_t column = before;
    for (; end < at->end && column + (*end & 255) < first + count; ++end) column += *end & 255;
    *at = (row_position){end, at->end, column};
    if (begin == end) return;
    /* Steps count from the column before, which lies in another block. */
    const size_t in_block = before + (*begin & 255) - first;
    const uint16_t head = (uint16_t)((*begin & 0xff00) | (before < first ? in_block : *begin & 255));
    const sparse_row one = {1, &head, NULL}, rest = {(size_t)(end - begin) - 1, begin + 1, NULL};
    float *from = before < first ? gradient : gradient + (before - first) * NABLA_PANEL;
    add_sample_of(panels, &one, values, d, from, stride);
    add_sample_of(panels, &rest, values, d, from + (size_t)(head & 255) * NABLA_PANEL, stride);
}

/* The same for a few samples, which have few pixels in common, and for so many that their errors do not fit: a block of
 * the gradient at a time, in L1. */
NOINLINE void rule_by_samples(const nabla_rule *rule, const nabla_sparse_batch *x, size_t out, size_t in,
                              const float *d, size_t ldd, const nabla_rule_layer *layer, size_t first,
                              size_t panel_stride)
{
    enum { ROWS = 784 };
    _Alignas(64) float gradient[ROWS * NABLA_PANEL];
    row_position at[MASK_SAMPLES];
    const float *values = values_of(x);
    const size_t m = x->count;
    for (size_t s = 0; s < m; ++s) prefetch_ahead(x, s);
    for (size_t j = 0; j < out; j += SPARSE_PANELS * NABLA_PANEL) {
        const size_t count = panels_in(smaller(out - j, SPARSE_PANELS * NABLA_PANEL)), block = ROWS / count;
        for (size_t k = 0; k < in; k += block) {
            const size_t inputs = smaller(in - k, block), stride = inputs * NABLA_PANEL;
            memset(gradient, 0, count * stride * sizeof gradient[0]);
            for (size_t s = 0; s < m; ++s) {
                row_position unknown, *p = s < MASK_SAMPLES ? &at[s] : &unknown;
                if (k == 0 || s >= MASK_SAMPLES) { /* from the row's beginning: past the blocks before */
                    const sparse_row row = sparse_row_at(x, s);
                    *p = (row_position){row.entries, row.entries + row.count, 0};
                    for (; p->entry < p->end && p->column + (*p->entry & 255) < k; ++p->entry)
                        p->column += *p->entry & 255;
                }
                add_block(p, k, inputs, values, count, d + s * ldd + j, gradient, stride);
            }
            for (size_t p = 0; p < count; ++p)
                step_panel(rule, inputs, gradient + p * stride, NABLA_PANEL, layer->panels,
                           (first + j / NABLA_PANEL + p) * panel_stride + k * NABLA_PANEL);
        }
    }
}

/* `layer` is the whole layer, of which this covers the panels from `first` on. */
static void sparse_rule(const nabla_rule *rule, const nabla_sparse_batch *x, size_t out, size_t in, const float *d,
                        size_t ldd, const nabla_rule_layer *layer, size_t first, size_t panel_stride)
{
    if (x->count >= 4 && x->count <= MASK_SAMPLES)
        rule_by_pixels(rule, x, out, in, d, ldd, layer, first, panel_stride);
    else
        rule_by_samples(rule, x, out, in, d, ldd, layer, first, panel_stride);
    step_biases(rule, x->count, d, ldd, panels_in(out) * NABLA_PANEL, layer->bias, first * NABLA_PANEL);
}
#undef FOR_EACH_PANEL_COUNT
