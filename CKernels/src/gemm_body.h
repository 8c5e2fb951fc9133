/* C = alpha op(A) op(B) + beta C, and with one row of A both forms of gemv.
 *
 * Three loops around the strip: BAND rows of C, so that a block of A stays in the second-level cache; DEPTH terms,
 * so that a strip of B stays in the first; then the strips. Blocks of terms leave the chain in C and pick it up
 * again, which is exact. */

enum { BAND = 32 * TILE_ROWS };

/* alpha A for one tile, in the same layout as A. */
INLINE void pack_scaled_a(enum layout layout, const float *a, size_t lda, size_t rows, size_t k, float alpha, float *to)
{
    if (layout == A_BY_ROWS) {
        pack_rows(a, lda, rows, k, alpha, to, DEPTH);
    } else {
        pack_rows(a, lda, k, rows, alpha, to, NABLA_PANEL);
    }
}

/* One strip over one band and one block of terms. `lanes` of its columns exist in C. */
static void gemm_strip(enum layout layout, size_t m, size_t lanes, float alpha, tile t)
{
    const size_t panels = panels_in(lanes), tiles = m / TILE_ROWS + (m % TILE_ROWS != 0);
    _Alignas(64) float scaled_a[DEPTH * NABLA_PANEL];
    _Alignas(64) float edge[TILE_ROWS * TILE_PANELS * NABLA_PANEL];
    const float *a = t.a;
    float *c = t.c;
    const size_t lda = t.a_stride, ldc = t.c_row;

    for (size_t i = 0; i < tiles; ++i) {
        const range r = part(m, i, tiles);
        const size_t rows = r.end - r.begin;
        if (t.k) t.a = a + (layout == A_BY_ROWS ? r.begin * lda : r.begin); /* else A may be NULL */
        if (t.k && alpha != 1) {
            pack_scaled_a(layout, t.a, lda, rows, t.k, alpha, scaled_a);
            t.a = scaled_a;
            t.a_stride = layout == A_BY_ROWS ? DEPTH : NABLA_PANEL;
        }
        t.c = c + r.begin * ldc;
        if (lanes == panels * NABLA_PANEL) {
            tile_by(layout, rows, panels, &t);
            continue;
        }
        /* The last columns fill no panel: the tile works on a padded copy. */
        const size_t width = panels * NABLA_PANEL;
        float *target = t.c;
        memset(edge, 0, sizeof edge);
        if (t.start != START_ZERO)
            for (size_t row = 0; row < rows; ++row)
                memcpy(edge + row * width, target + row * ldc, lanes * sizeof(float));
        t.c = edge;
        t.c_row = width;
        tile_by(layout, rows, panels, &t);
        for (size_t row = 0; row < rows; ++row) memcpy(target + row * ldc, edge + row * width, lanes * sizeof(float));
    }
}

static void gemm(nabla_transpose transpose_a, nabla_transpose transpose_b, size_t m, size_t n, size_t k, float alpha,
                 const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
    const enum layout layout = transpose_a == NABLA_TRANSPOSE ? A_BY_COLUMNS : A_BY_ROWS;
    const enum start first = beta == 0 ? START_ZERO : beta == 1 ? START_C : START_SCALED_C;
    if (alpha == 0) k = 0;
    scratch s;

    for (size_t i = 0; i < m; i += BAND) {
        const size_t band = smaller(m - i, BAND);
        size_t p = 0;
        do { /* once even when k = 0: C = beta C */
            const size_t depth = smaller(k - p, DEPTH);
            for (size_t j = 0; j < n; j += TILE_PANELS * NABLA_PANEL) {
                const size_t lanes = smaller(n - j, TILE_PANELS * NABLA_PANEL);
                tile t = {.k = depth, .a_stride = lda, .c = c + i * ldc + j, .c_row = ldc, .c_panel = NABLA_PANEL};
                t.start = p ? START_C : first;
                t.beta = beta;
                if (depth) {
                    t.a = a + (layout == A_BY_ROWS ? i * lda + p : p * lda + i);
                    t.b = s.b;
                    t.b_row = panels_in(lanes) * NABLA_PANEL;
                    t.b_panel = NABLA_PANEL;
                    if (transpose_b == NABLA_TRANSPOSE) {
                        pack_transposed(b + j * ldb + p, ldb, depth, lanes, s.b, t.b_row);
                    } else if (band > TILE_ROWS || lanes % NABLA_PANEL != 0) {
                        pack_rows(b + p * ldb + j, ldb, depth, lanes, 1, s.b, t.b_row);
                    } else { /* a copy would be read once */
                        t.b = b + p * ldb + j;
                        t.b_row = ldb;
                    }
                }
                gemm_strip(layout, band, lanes, alpha, t);
            }
            p += depth;
        } while (p < k);
    }
}
