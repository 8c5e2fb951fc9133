/* The three passes through a dense layer. A strip is TILE_PANELS panels of outputs (forward, update) or as many
 * columns of inputs (backward). */

enum { STRIP = TILE_PANELS * NABLA_PANEL };

/* f(z) over a strip of A, in place, while it is in L1. Lanes from `lanes` on become zero, because sigmoid(0) = 1/2 in a
 * neuron that does not exist would feed the next layer. Prefetches the floats `ahead` of here, which are written next,
 * unless `ahead` is 0. */
INLINE void activate_as(const nabla_activation activation, size_t m, size_t lanes, float *a, size_t lda, size_t ahead)
{
    const size_t width = panels_in(lanes) * NABLA_PANEL;
    if (activation == NABLA_IDENTITY && lanes == width) return;
    for (size_t s = 0; s < m; ++s, a += lda)
        for (size_t j = 0; j < width; j += LANES) {
            if (ahead) __builtin_prefetch(a + j + ahead, 1);
            vec x = vec_activate(activation, vec_load(a + j));
            if (j + LANES > lanes) x = vec_keep_first(x, j < lanes ? lanes - j : 0);
            vec_store(a + j, x);
        }
}

INLINE void activate_ahead(nabla_activation activation, size_t m, size_t lanes, float *a, size_t lda, size_t ahead)
{
#define CASE(constant)                                                                                                 \
    case constant: activate_as(constant, m, lanes, a, lda, ahead); break;
    switch (activation) {
        FOR_EACH_ACTIVATION(CASE)
    default: break;
    }
#undef CASE
}

static void activate(nabla_activation activation, size_t m, size_t lanes, float *a, size_t lda)
{
    activate_ahead(activation, m, lanes, a, lda, 0);
}

/* The pass of some samples through a strip of the layer. The floats `ahead` of A are written next; 0: not known. */
static void forward_strip(nabla_activation activation, size_t m, size_t lanes, size_t in, const float *x, size_t ldx,
                          const float *panels, size_t panel_stride, const float *bias, float *a, size_t lda,
                          size_t ahead)
{
    strip_by(A_BY_ROWS, m, panels_in(lanes),
             (tile){.k = in,
                    .a = x,
                    .a_stride = ldx,
                    .b = panels,
                    .b_row = NABLA_PANEL,
                    .b_panel = panel_stride,
                    .c = a,
                    .c_row = lda,
                    .c_panel = NABLA_PANEL,
                    .lanes = STRIP,
                    .start = START_ROW,
                    .row = bias});
    activate_ahead(activation, m, lanes, a, lda, ahead);
}

static void dense_forward(nabla_activation activation, size_t m, size_t out, size_t in, const float *x, size_t ldx,
                          const float *panels, size_t panel_stride, const float *bias, float *a, size_t lda)
{
    enum { ACTIVATED = 8 * TILE_ROWS, SMALL = 4096 /* floats of a layer that stays in L1 with a block of A */ };
    /* Block by block of samples, each through all strips, where the layer is so small that its weights stay in L1: then
     * A, which is most of the traffic, is written in the order of memory. */
    const int small = in < SMALL && panels_in(out) * NABLA_PANEL <= SMALL / (in + 1);
    const size_t block = small ? ACTIVATED : m;
    for (size_t first = 0; first < m; first += block)
        for (size_t j = 0; j < out; j += STRIP) {
            const size_t end = first + smaller(m - first, block);
            for (size_t s = first; s < end; s += ACTIVATED) {
                const int another = m - s >= 2 * ACTIVATED;
                forward_strip(activation, smaller(end - s, ACTIVATED), smaller(out - j, STRIP), in,
                              in ? x + s * ldx : x, ldx, panels + j / NABLA_PANEL * panel_stride, panel_stride,
                              bias + j, a + s * lda + j, lda, another ? ACTIVATED * lda : 0);
            }
        }
}

/* D_prev = D_prev * f'(z_prev) over a strip, and zero past `lanes`. */
INLINE void multiply_by_derivative_of(const nabla_activation activation, size_t m, size_t lanes, const float *a_prev,
                                      size_t lda, float *d_prev, size_t ld_prev)
{
    const size_t width = panels_in(lanes) * NABLA_PANEL;
    for (size_t s = 0; s < m; ++s, d_prev += ld_prev)
        for (size_t i = 0; i < width; i += LANES) {
            const size_t left = i < lanes ? smaller(lanes - i, LANES) : 0;
            vec d = vec_load_first(d_prev + i, left);
            if (activation != NABLA_IDENTITY && left)
                d = vec_times_derivative(activation, d, vec_load_first(a_prev + s * lda + i, left));
            vec_store(d_prev + i, d);
        }
}

static void multiply_by_derivative(nabla_activation activation, size_t m, size_t lanes, const float *a_prev, size_t lda,
                                   float *d_prev, size_t ld_prev)
{
#define CASE(constant)                                                                                                 \
    case constant: multiply_by_derivative_of(constant, m, lanes, a_prev, lda, d_prev, ld_prev); break;
    switch (activation) {
        FOR_EACH_ACTIVATION(CASE)
    default: break;
    }
#undef CASE
}

/* A panel holds 16 outputs side by side, but here inputs must lie side by side: each 16 x 16 block is transposed
 * into the scratch, DEPTH outputs at a time, and then read by every sample. */
static void pack_outputs(const float *panels, size_t panel_stride, size_t outputs, size_t lanes, float *to,
                         size_t to_row)
{
    /* Whole panels: the lanes past the last output are there to be read, and the tile stops before them. */
    for (size_t j = 0; j < outputs; j += NABLA_PANEL, panels += panel_stride)
        pack_transposed(panels, NABLA_PANEL, NABLA_PANEL, lanes, to + j * to_row, to_row);
}

static void dense_backward(nabla_activation activation, size_t m, size_t out, size_t in, const float *d, size_t ldd,
                           const float *panels, size_t panel_stride, const float *a_prev, size_t lda, float *d_prev,
                           size_t ld_prev)
{
    const int transposing = TRANSPOSES && m <= TRANSPOSING_ROWS; /* few samples: no strip is packed */
    gemm_scratch scratch;
    size_t j = 0;
    do { /* once even when out = 0: the error is zero */
        const size_t depth = smaller(out - j, DEPTH);
        if (transposing && depth) pack_rows(d + j, ldd, m, depth, 1, scratch.a, PACKED_A_ROW);
        for (size_t i = 0; i < in; i += STRIP) {
            const size_t lanes = smaller(in - i, STRIP), width = panels_in(lanes) * NABLA_PANEL;
            const float *block = panels + j / NABLA_PANEL * panel_stride + i * NABLA_PANEL;
            tile t = {.k = depth,
                      .c = d_prev + i,
                      .c_row = ld_prev,
                      .c_panel = NABLA_PANEL,
                      .lanes = STRIP,
                      .start = j ? START_C : START_ZERO};
            if (transposing && lanes > NABLA_PANEL) { /* the second panel may overlap the first, as in gemm */
                t.a = scratch.a;
                t.b = block;
                t.b_row = NABLA_PANEL;
                t.b_block = panel_stride;
                t.c_panel = lanes - NABLA_PANEL;
                t.b_panel = t.c_panel * NABLA_PANEL;
                transposing_tile(m, &t, NULL);
            } else {
                pack_outputs(block, panel_stride, depth, lanes, scratch.b.b, width);
                t.a = d + j;
                t.a_stride = ldd;
                t.b = scratch.b.b;
                t.b_row = width;
                t.b_panel = NABLA_PANEL;
                /* A strip's weights lie 16 inputs here and 16 there: too short for the hardware to foresee the next
                 * ones. With few tiles to spread them over, prefetching them delays the tiles instead. */
                const size_t following = smaller(in - i - smaller(in - i, STRIP), STRIP);
                const ahead next = {.from = following ? block + STRIP * NABLA_PANEL : block,
                                    .row = panel_stride,
                                    .rows = panels_in(depth),
                                    .columns = following * NABLA_PANEL};
                strip_by_far(A_BY_ROWS, m, panels_in(lanes), t, m >= 8 * TILE_ROWS ? &next : NULL);
            }
            if (j + depth == out)
                multiply_by_derivative(activation, m, lanes, a_prev ? a_prev + i : NULL, lda, d_prev + i, ld_prev);
        }
        j += depth;
    } while (j < out);
}

/* b += alpha D, sample by sample: the weight of an input 1, for which fma(alpha d, 1, b) is this sum. */
static void update_bias(size_t m, const float *scaled_d, size_t width, int overwrite, float *bias)
{
    for (size_t j = 0; j < width; j += LANES) {
        vec b = overwrite ? vec_set1(0.0f) : vec_load(bias + j);
        for (size_t s = 0; s < m; ++s) b = vec_add(vec_load(scaled_d + s * width + j), b);
        vec_store(bias + j, b);
    }
}

/* A step on one sample is an outer product: each weight is read, changed once and written; a tile only delays that. */
static void dense_update_by_one(size_t out, size_t in, float alpha, const float *d, const float *x, float *panels,
                                size_t panel_stride, float *bias)
{
    for (size_t p = 0; p < panels_in(out); ++p) {
        float scaled_d[NABLA_PANEL];
        pack_rows(d + p * NABLA_PANEL, NABLA_PANEL, 1, NABLA_PANEL, alpha, scaled_d, NABLA_PANEL);
        ger(in, NABLA_PANEL, 1, x, scaled_d, panels + p * panel_stride, NABLA_PANEL);
        if (bias) update_bias(1, scaled_d, NABLA_PANEL, 0, bias + p * NABLA_PANEL);
    }
}

/* Of an update: samples whose errors stay in L1, together with the elements of A that a tile takes of them and a block
 * of C. More samples pass over the block in parts. */
enum { SAMPLES_IN_L1 = 128, ROWS_IN_L1 = 8 * TILE_ROWS };

/* A strip of an update whose samples come in parts, or whose C is far: for `depth` rows of packed errors at `d`. */
static void update_in_parts(size_t depth, size_t in, size_t count, const float *d, const float *x, size_t ldx,
                            enum start first, float beta, float *strip, size_t panel_stride)
{
    const size_t width = count * NABLA_PANEL, rows = depth > SAMPLES_IN_L1 ? ROWS_IN_L1 : in;
    for (size_t i = 0; i < in; i += rows) {
        tile t = {.a_stride = ldx,
                  .b_row = width,
                  .b_panel = NABLA_PANEL,
                  .c = strip + i * NABLA_PANEL,
                  .c_row = NABLA_PANEL,
                  .c_panel = panel_stride,
                  .lanes = STRIP,
                  .beta = beta};
        size_t q = 0;
        do {
            t.k = smaller(depth - q, SAMPLES_IN_L1);
            t.a = depth ? x + q * ldx + i : x;
            t.b = d + q * width;
            t.start = q ? START_C : first;
            if (q == 0)
                strip_by_far(A_BY_COLUMNS, smaller(in - i, rows), count, t, NULL);
            else
                strip_by(A_BY_COLUMNS, smaller(in - i, rows), count, t);
            q += t.k;
        } while (q < depth);
    }
}

static void dense_update(size_t m, size_t out, size_t in, float alpha, const float *d, size_t ldd, const float *x,
                         size_t ldx, float beta, float *panels, size_t panel_stride, float *bias)
{
    const enum start first = beta == 0 ? START_ZERO : beta == 1 ? START_C : START_SCALED_C;
    scratch scratch;
    if (m == 1 && beta == 1) {
        dense_update_by_one(out, in, alpha, d, x, panels, panel_stride, bias);
        return;
    }
    /* In one part, without prefetching, which does not pay where the layer stays in L2: 64 x 10 x 64 is 10% faster. */
    const int straight = m <= SAMPLES_IN_L1 && in <= LARGE / (out + 1);
    for (size_t j = 0; j < out; j += STRIP) {
        const size_t count = panels_in(smaller(out - j, STRIP)), width = count * NABLA_PANEL;
        float *const strip = panels + j / NABLA_PANEL * panel_stride;
        size_t s = 0;
        do { /* once even when m = 0: W = beta W */
            const size_t depth = smaller(m - s, DEPTH);
            if (depth) pack_rows(d + s * ldd + j, ldd, depth, width, alpha, scratch.b, width);
            const enum start start = s ? START_C : first;
            if (straight)
                strip_by(A_BY_COLUMNS, in, count,
                         (tile){.k = depth,
                                .a = x,
                                .a_stride = ldx,
                                .b = scratch.b,
                                .b_row = width,
                                .b_panel = NABLA_PANEL,
                                .c = strip,
                                .c_row = NABLA_PANEL,
                                .c_panel = panel_stride,
                                .lanes = STRIP,
                                .start = start,
                                .beta = beta});
            else
                update_in_parts(depth, in, count, scratch.b, depth ? x + s * ldx : x, ldx, start, beta, strip,
                                panel_stride);
            if (bias) update_bias(depth, scratch.b, width, s == 0 && beta == 0, bias + j);
            s += depth;
        } while (s < m);
    }
}
