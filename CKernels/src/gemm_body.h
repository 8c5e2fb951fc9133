/* C = alpha op(A) op(B) + beta C, and with one row of A both forms of gemv. A B^T and A x are in dot_body.h.
 *
 * Three loops around the strip: up to BAND rows of C; DEPTH terms, so that a strip of B stays in L1 or L2; then the
 * strips, each packed once and read by all tiles of the band. Between two blocks of terms the chains are stored
 * in C and loaded again, which is exact. */

enum {
    BAND = 24 * TILE_ROWS, /* rows: a block of A stays in L2 even where its rows are 4 KiB apart and share few sets */
    SHALLOW = 64,          /* terms: so few rows of B fit L1 and the L1 dTLB unpacked */
    PAGE = 1024,           /* floats */
    FEW_TILES = 4,         /* up to which a strip is too short-lived for prefetching the next one */
    FLAT_DEPTH = 32,       /* terms of a product that is bound by writing C, */
    WIDE_DEPTH = 4,        /* and of one that writes two rows at a time */
    LARGE = 1 << 18        /* floats: a megabyte, half of L2 */
};

/* What the strips of one band and one block of terms share. */
typedef struct gemm_block {
    nabla_transpose transpose_b;
    enum layout layout;
    size_t m, depth, tiles;
    float alpha;
    const float *a, *b;
    size_t lda, ldb;
    float *c;
    size_t ldc;
    enum start start;
    float beta;
    size_t rows_after; /* of C, below the band; 0 unless the band is flat */
    int rows_collide;  /* rows of A are whole pages apart, so a tile's all fall into one set of L1 */
} gemm_block;

typedef struct gemm_scratch {
    scratch b;
    _Alignas(64) float a[DEPTH * NABLA_PANEL]; /* one tile's, by rows (PACKED_A_ROW) or by columns (16) */
} gemm_scratch;

/* Prefetches `rows` x `columns` floats. */
INLINE void prefetch(const float *from, size_t row, size_t rows, size_t columns)
{
    for (size_t r = 0; r < rows; ++r, from += row) {
        for (size_t j = 0; j < columns; j += 16) __builtin_prefetch(from + j);
        __builtin_prefetch(from + columns - 1);
    }
}

INLINE void prefetch_for_writing(const float *to, size_t row, size_t rows, size_t columns)
{
    for (size_t r = 0; r < rows; ++r, to += row)
        for (size_t j = 0; j < columns; j += 16) __builtin_prefetch(to + j, 1);
}

/* alpha A for one tile. */
INLINE void pack_a(const gemm_block *g, range rows, float *to)
{
    const size_t count = rows.end - rows.begin;
    if (g->layout == A_BY_ROWS)
        pack_rows(g->a + rows.begin * g->lda, g->lda, count, g->depth, g->alpha, to, PACKED_A_ROW);
    else
        pack_rows(g->a + rows.begin, g->lda, g->depth, count, g->alpha, to, NABLA_PANEL);
}

/* The strip of B whose first column is `j`, for the tile: where it lies, or a copy. */
static void take_b(const gemm_block *g, size_t j, size_t lanes, float *copy, tile *t)
{
    const size_t width = panels_in(lanes) * NABLA_PANEL;
    if (g->transpose_b == NABLA_NO_TRANSPOSE && lanes >= NABLA_PANEL && (g->tiles == 1 || g->depth <= SHALLOW)) {
        t->b = g->b + j;
        t->b_row = g->ldb;
        return;
    }
    if (g->transpose_b == NABLA_TRANSPOSE)
        pack_transposed(g->b + j * g->ldb, g->ldb, g->depth, lanes, copy, width);
    else
        pack_rows(g->b + j, g->ldb, g->depth, lanes, 1, copy, width);
    t->b = copy;
    t->b_row = width;
}

/* While a tile is computed: C of the tile below, A of it if that will be copied, and a part of the next strip of B.
 * Their rows are too short for the hardware prefetcher. */
INLINE void prefetch_for_next(const gemm_block *g, size_t i, size_t j, size_t lanes, size_t next_lanes)
{
    if (i + 1 < g->tiles) {
        const range below = part(g->m, i + 1, g->tiles);
        prefetch(g->c + below.begin * g->ldc + j, g->ldc, below.end - below.begin, lanes);
        if (g->rows_collide) prefetch(g->a + below.begin * g->lda, g->lda, below.end - below.begin, g->depth);
    }
    if (!next_lanes) return;
    const float *next = g->b + (g->transpose_b == NABLA_TRANSPOSE ? (j + lanes) * g->ldb : j + lanes);
    const range rows = part(g->transpose_b == NABLA_TRANSPOSE ? next_lanes : g->depth, i, g->tiles);
    prefetch(next + rows.begin * g->ldb, g->ldb, rows.end - rows.begin,
             g->transpose_b == NABLA_TRANSPOSE ? g->depth : next_lanes);
}

/* `lanes` columns of C from column `j` on; the strip after this one has `next_lanes`. */
static void gemm_strip(const gemm_block *g, size_t j, size_t lanes, size_t next_lanes, gemm_scratch *s)
{
    const size_t panels = panels_in(lanes);
    /* A second panel that is not whole starts earlier, within the first: what both hold is computed twice. */
    const size_t second = panels == 2 ? lanes - NABLA_PANEL : NABLA_PANEL;
    tile t = {.k = g->depth,
              .b_panel = second,
              .b_block = NABLA_PANEL,
              .c_row = g->ldc,
              .c_panel = second,
              .lanes = lanes,
              .start = g->start,
              .beta = g->beta};
    if (g->depth) take_b(g, j, lanes, s->b.b, &t);

    const size_t base = g->m / g->tiles, longer = g->m % g->tiles; /* part() without its divisions */
    range r = {0, 0};
    for (size_t i = 0; i < g->tiles; ++i) {
        r.begin = r.end;
        r.end += base + (i < longer);
        t.c = g->c + r.begin * g->ldc + j;
        if (g->depth && (g->alpha != 1 || g->rows_collide)) {
            pack_a(g, r, s->a);
            t.a = s->a;
            t.a_stride = g->layout == A_BY_ROWS ? PACKED_A_ROW : NABLA_PANEL;
        } else if (g->depth) { /* else A may be NULL */
            t.a = g->a + (g->layout == A_BY_ROWS ? r.begin * g->lda : r.begin);
            t.a_stride = g->lda;
        }
        if (g->rows_after)
            prefetch_for_writing(t.c + g->m * g->ldc, g->ldc, smaller(r.end - r.begin, g->rows_after), lanes);
        if (g->depth > SHALLOW && g->tiles >= FEW_TILES) prefetch_for_next(g, i, j, lanes, next_lanes);
        tile_by(g->layout, r.end - r.begin, panels, &t);
    }
}

static void gemm(nabla_transpose transpose_a, nabla_transpose transpose_b, size_t m, size_t n, size_t k, float alpha,
                 const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
    enum { STRIP = TILE_PANELS * NABLA_PANEL };
    const enum layout layout = transpose_a == NABLA_TRANSPOSE ? A_BY_COLUMNS : A_BY_ROWS;
    if (alpha == 0) k = 0;
    if (k && layout == A_BY_ROWS && transpose_b == NABLA_TRANSPOSE) {
        dot(m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
        return;
    }
    const size_t blocks = k ? k / DEPTH + (k % DEPTH != 0) : 1; /* one even when k = 0: C = beta C */
    /* A few rows cross as many panels as make chains enough, all strips nearly equal. */
    size_t strip = STRIP, most = BAND;
    /* A large C of few terms is bound by writing it: row by row, so that the cache lines come in their order. */
    const int flat =
        transpose_b == NABLA_NO_TRANSPOSE && k <= FLAT_DEPTH && n > STRIP && m > TILE_ROWS && m > LARGE / n;
    if (flat) most = TILE_PANELS > 1 && k <= WIDE_DEPTH ? WIDE_ROWS : TILE_ROWS;
    const size_t bands = m / most + (m % most != 0), band = m / bands + (m % bands != 0);
    if (band <= WIDE_ROWS && transpose_b == NABLA_NO_TRANSPOSE && n > STRIP) {
        const size_t panels = n / NABLA_PANEL, strips = panels / WIDE_PANELS + (panels % WIDE_PANELS != 0);
        strip = (panels / strips + (panels % strips != 0)) * NABLA_PANEL;
    }
    gemm_scratch scratch;

    for (size_t i = 0; i < m; i += band) {
        const size_t rows = smaller(m - i, band);
        for (size_t block = 0; block < blocks; ++block) {
            const range terms = part(k, block, blocks);
            gemm_block g = {.transpose_b = transpose_b,
                            .layout = layout,
                            .m = rows,
                            .depth = terms.end - terms.begin,
                            .tiles = rows / TILE_ROWS + (rows % TILE_ROWS != 0),
                            .alpha = alpha,
                            .a = a,
                            .b = b,
                            .lda = lda,
                            .ldb = ldb,
                            .c = c + i * ldc,
                            .ldc = ldc,
                            .start = block       ? START_C
                                     : beta == 0 ? START_ZERO
                                     : beta == 1 ? START_C
                                                 : START_SCALED_C,
                            .beta = beta,
                            .rows_after = flat ? m - i - rows : 0,
                            .rows_collide = k && layout == A_BY_ROWS && rows > TILE_ROWS && lda % PAGE == 0};
            if (g.depth) { /* else A and B may be NULL */
                g.a += layout == A_BY_ROWS ? i * lda + terms.begin : terms.begin * lda + i;
                g.b += transpose_b == NABLA_TRANSPOSE ? terms.begin : terms.begin * ldb;
            }
            for (size_t j = 0, lanes; j < n; j += lanes) {
                lanes = smaller(n - j, strip);
                if (strip > STRIP && lanes % NABLA_PANEL) lanes = smaller(lanes, STRIP);
                gemm_strip(&g, j, lanes, smaller(n - j - lanes, strip), &scratch);
            }
        }
    }
}
