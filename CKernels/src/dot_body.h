/* C = alpha A B^T + beta C, and A x: sums whose operands both lie along the sum, so that vectors run along it too.
 *
 * Each element has 16 chains, whatever the width of a vector: chain i takes the terms i, i + 16, ...; terms past the
 * last are zeros. After DOT_BLOCK terms they are joined, chain i with i + 8, then i + 4, i + 2, i + 1, and the sum is
 * added to C. A tile of few rows by few columns keeps its chains in registers and loads each operand once for all of
 * them. Nothing is copied or transposed: a group of columns (rows of B) stays in L1 while the tiles of a band of A
 * go by. */

enum {
    DOT_BLOCK = 1024, /* terms; part of the contract */
    DOT_BAND = 256,   /* rows of A: with DOT_BLOCK terms a megabyte, half of L2 */
    DOT_VECTORS = NABLA_PANEL / LANES,
    DOT_FEW_TILES = 4, /* from which on a group of B is worth a copy */
    DOT_MOST = 25,     /* elements of C in a tile */
    DOT_MOST_ROWS = 5,
    DOT_MOST_COLUMNS = 8
};

/* Operands of one band and block of terms. */
typedef struct dot_block {
    size_t k;
    const float *a, *b;
    size_t lda, ldb;
    float *c;
    size_t ldc;
    float alpha, beta;
} dot_block;

/* Writes the sums [rows x columns], all but the first `done` columns, which stand in C already. */
INLINE void add_to_c(const int rows, const int columns, const float *sums, const dot_block *d, float *c, size_t done)
{
    const vec alpha = vec_set1(d->alpha), beta = vec_set1(d->beta);
    const int reads = d->beta != 0;
    const size_t ldc = d->ldc;
    for (int r = 0; r < rows; ++r, c += ldc)
        for (size_t q = done; q < (size_t)columns; q += LANES) {
            const size_t left = smaller((size_t)columns - q, LANES);
            const vec old = reads ? vec_mul(beta, vec_load_first(c + q, left)) : vec_set1(0.0f);
            vec_store_first(c + q, left, vec_fma(alpha, vec_load_first(sums + r * columns + (int)q, left), old));
        }
}

/* The terms from `p` on, as many as a vector has or the first `left`. A load stays with its multiply-adds: the barriers
 * keep the compiler from collecting loads in registers that it does not have. */
INLINE void dot_terms(const int rows, const int columns, const int v, const float *const a[], const float *const b[],
                      size_t p, size_t left, vec *acc)
{
    vec a_vec[DOT_MOST_ROWS];
    UNROLL for (int r = 0; r < rows; ++r)
        a_vec[r] = left == LANES ? vec_load(a[r] + p) : vec_load_first(a[r] + p, left);
    UNROLL for (int q = 0; q < columns; ++q) {
        const vec b_vec = left == LANES ? vec_load(b[q] + p) : vec_load_first(b[q] + p, left);
        UNROLL for (int r = 0; r < rows; ++r) {
            vec *chain = &acc[(r * columns + q) * DOT_VECTORS + v];
            *chain = vec_fma(a_vec[r], b_vec, *chain);
        }
        __asm__ volatile("" ::: "memory");
    }
}

/* C of `rows` rows of A by `columns` rows of B. */
INLINE void dot_tile(const int rows, const int columns, const dot_block *d, const float *a, const float *b, float *c,
                     size_t done)
{
    vec acc[DOT_MOST * DOT_VECTORS];
    const float *a_row[DOT_MOST_ROWS], *b_row[DOT_MOST_COLUMNS];
    const size_t k = d->k, whole = k / NABLA_PANEL * NABLA_PANEL;
    UNROLL for (int r = 0; r < rows; ++r) {
        a_row[r] = a + (size_t)r * d->lda;
        __asm__("" : "+r"(a_row[r]));
    }
    UNROLL for (int q = 0; q < columns; ++q) {
        b_row[q] = b + (size_t)q * d->ldb;
        __asm__("" : "+r"(b_row[q]));
    }
    UNROLL for (int r = 0; r < rows; ++r) UNROLL
        for (int i = 0; i < columns * DOT_VECTORS; ++i) acc[r * columns * DOT_VECTORS + i] = vec_set1(0.0f);
    for (size_t p = 0; p < whole; p += NABLA_PANEL) UNROLL
        for (int v = 0; v < DOT_VECTORS; ++v)
            dot_terms(rows, columns, v, a_row, b_row, p + (size_t)v * LANES, LANES, acc);
    if (whole < k) UNROLL
        for (int v = 0; v < DOT_VECTORS; ++v) {
            const size_t at = whole + (size_t)v * LANES, left = at < k ? smaller(k - at, LANES) : 0;
            dot_terms(rows, columns, v, a_row, b_row, left ? at : 0, left, acc);
        }
    float sums[DOT_MOST + LANES];
    UNROLL for (int i = 0; i < rows * columns; i += LANES) {
        vec chains[NABLA_PANEL];
        UNROLL for (int x = 0; x < NABLA_PANEL; ++x) {
            const int at = i * DOT_VECTORS + x;
            chains[x] = at < rows * columns * DOT_VECTORS ? acc[at] : vec_set1(0.0f);
        }
        vec_store(sums + i, vec_join(chains));
    }
    add_to_c(rows, columns, sums, d, c, done);
}

/* Columns of a group, by the most rows that a tile of the band has: as many as make the registers full. */
#if LANES == 16
enum { DOT_ROWS = 5, DOT_MANY_ROWS = 3 };
static const unsigned char dot_columns[DOT_ROWS + 1] = {0, 8, 8, 8, 6, 5};
#define FOR_EACH_DOT_SHAPE(DO) DO(1, 8) DO(2, 8) DO(3, 8) DO(3, 6) DO(4, 6) DO(4, 5) DO(5, 5) DO(3, 1) DO(4, 1) DO(5, 1)
#else
enum { DOT_ROWS = 2, DOT_MANY_ROWS = 2 };
static const unsigned char dot_columns[DOT_ROWS + 1] = {0, 6, 3};
#define FOR_EACH_DOT_SHAPE(DO) DO(1, 6) DO(1, 3) DO(2, 3)
#endif

static void dot_tile_of(size_t rows, size_t columns, const dot_block *d, const float *a, const float *b, float *c,
                        size_t done)
{
#define CASE(r, q)                                                                                                     \
    case 16 * r + q: dot_tile(r, q, d, a, b, c, done); break;
    switch (16 * rows + columns) {
        FOR_EACH_DOT_SHAPE(CASE)
        CASE(1, 1)
        CASE(2, 1)
    }
#undef CASE
}

/* The group's rows of B one after the other, each at the beginning of a cache line. */
static void copy_group(const float *from, size_t ldb, size_t columns, size_t k, float *to)
{
    for (size_t q = 0; q < columns; ++q, from += ldb, to += DOT_BLOCK) {
        size_t p = 0;
        for (; p + LANES <= k; p += LANES) vec_store(to + p, vec_load(from + p));
        if (p < k) vec_store_first(to + p, k - p, vec_load_first(from + p, k - p));
    }
}

static void dot_band(const dot_block *d, size_t m, size_t n, float *copy)
{
    /* Many low tiles by wide groups: A comes from L2, and often not at the beginning of a cache line. */
    const int many = m > DOT_FEW_TILES * DOT_ROWS && n >= 4 * DOT_MOST_COLUMNS;
    const size_t height = many ? DOT_MANY_ROWS : DOT_ROWS;
    const size_t tiles = (m + height - 1) / height, base = m / tiles, longer = m % tiles;
    const size_t wide = dot_columns[base + (longer != 0)], columns = n < wide ? 1 : wide;
    /* A load from two cache lines takes twice the time, and each of B is repeated for every tile. */
    const int copies = tiles >= DOT_FEW_TILES && ((uintptr_t)d->b % 64 || d->ldb % NABLA_PANEL);
    dot_block block = *d;
    if (copies) block.ldb = DOT_BLOCK;
    for (size_t j = 0; j < n; j += columns) {
        const size_t first = smaller(j, n - columns); /* the last group may begin within the one before */
        const float *a = d->a, *b = d->b + first * d->ldb;
        float *c = d->c + first;
        if (copies) {
            copy_group(b, d->ldb, columns, d->k, copy);
            b = copy;
        }
        for (size_t i = 0; i < tiles; ++i) {
            const size_t rows = base + (i < longer);
            dot_tile_of(rows, columns, &block, a, b, c, j - first);
            a += rows * d->lda;
            c += rows * d->ldc;
        }
    }
}

static void dot(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b, size_t ldb,
                float beta, float *c, size_t ldc)
{
    _Alignas(64) float copy[DOT_MOST_COLUMNS * DOT_BLOCK];
    for (size_t i = 0; i < m; i += DOT_BAND)
        for (size_t p = 0; p < k; p += DOT_BLOCK) {
            const dot_block d = {.k = smaller(k - p, DOT_BLOCK),
                                 .a = a + i * lda + p,
                                 .b = b + p,
                                 .lda = lda,
                                 .ldb = ldb,
                                 .c = c + i * ldc,
                                 .ldc = ldc,
                                 .alpha = alpha,
                                 .beta = p ? 1 : beta};
            dot_band(&d, smaller(m - i, DOT_BAND), n, copy);
        }
}
