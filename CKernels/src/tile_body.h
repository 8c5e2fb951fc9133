/* The register tile: the one inner loop behind forward, backward, update, gemm and gemv.
 *
 * C[r, j] = start + sum over p of A(r, p) B[p, j], for up to TILE_ROWS rows and TILE_PANELS panels of 16 columns.
 * Vectors run across columns, so each element of C is one chain in ascending p, in one register: that order is the
 * contract. Every row count has its own copy of the loop, since mini-batches of 10 are the main case and a tile
 * padded to 14 rows would waste a quarter of the work.
 */

/* How A lies in memory. One stride is always 1, which keeps addresses within what an instruction can hold. */
enum layout { A_BY_ROWS, A_BY_COLUMNS };

/* What the chains start from. */
enum start { START_ZERO, START_C, START_SCALED_C, START_ROW };

typedef struct tile {
    size_t k;
    const float *a; /* A(r, p) = a[r * a_stride + p] by rows, a[p * a_stride + r] by columns */
    size_t a_stride;
    const float *b;                 /* B[p, 16 v ... 16 v + 15] = b[v * b_panel + p * b_row ...] */
    size_t b_row, b_panel, b_block; /* b_block: of the transposing tile alone */
    float *c;                       /* C[r, 16 v ... 16 v + 15] = c[v * c_panel + r * c_row ...] */
    size_t c_row, c_panel;
    size_t lanes; /* columns of C that exist; the last vectors of a single panel may have fewer than all */
    enum start start;
    float beta;       /* of START_SCALED_C */
    const float *row; /* of START_ROW: row[v * 16 ...], the same for every r */
} tile;

/* The chains of a tile, in registers. */
enum { PANEL_VECTORS = NABLA_PANEL / LANES, WIDE_ROWS = 2, WIDE_PANELS = TILE_PANELS == 1 ? 1 : 8 };
typedef vec accumulators[TILE_ROWS * TILE_PANELS * PANEL_VECTORS];

/* clang-format off */
#define FOR_EACH_ACCUMULATOR                                                                                           \
    UNROLL for (int r = 0; r < rows; ++r)                                                                              \
        UNROLL for (int v = 0; v < panels; ++v)                                                                        \
            UNROLL for (int i = 0; i < PANEL_VECTORS; ++i)
/* clang-format on */
#define ACCUMULATOR acc[(r * panels + v) * PANEL_VECTORS + i]
#define C_ADDRESS (c + (size_t)r * c_row + (size_t)v * c_panel + i * LANES)
/* Of the vector at C_ADDRESS, the lanes that exist. */
#define C_LANES (lanes > (size_t)i * LANES ? smaller(lanes - (size_t)i * LANES, LANES) : 0)

INLINE void start_chains(const int rows, const int panels, const tile *t, accumulators acc)
{
    const float *c = t->c;
    const size_t c_row = t->c_row, c_panel = t->c_panel, lanes = t->lanes;
    const int partial = panels == 1 && lanes < NABLA_PANEL;
    switch (t->start) {
    case START_C:
        if (partial)
            FOR_EACH_ACCUMULATOR ACCUMULATOR = vec_load_first(C_ADDRESS, C_LANES);
        else
            FOR_EACH_ACCUMULATOR ACCUMULATOR = vec_load(C_ADDRESS);
        break;
    case START_SCALED_C: {
        const vec beta = vec_set1(t->beta);
        if (partial)
            FOR_EACH_ACCUMULATOR ACCUMULATOR = vec_mul(beta, vec_load_first(C_ADDRESS, C_LANES));
        else
            FOR_EACH_ACCUMULATOR ACCUMULATOR = vec_mul(beta, vec_load(C_ADDRESS));
        break;
    }
    case START_ROW: FOR_EACH_ACCUMULATOR ACCUMULATOR = vec_load(t->row + v * NABLA_PANEL + i * LANES); break;
    default: /* START_ZERO */ FOR_EACH_ACCUMULATOR ACCUMULATOR = vec_set1(0.0f);
    }
}

INLINE void store_chains(const int rows, const int panels, const tile *t, accumulators acc)
{
    float *c = t->c; /* copies, for the compiler must assume that a vector is stored over *t */
    const size_t c_row = t->c_row, c_panel = t->c_panel, lanes = t->lanes;
    if (panels == 1 && lanes < NABLA_PANEL)
        FOR_EACH_ACCUMULATOR vec_store_first(C_ADDRESS, C_LANES, ACCUMULATOR);
    else
        FOR_EACH_ACCUMULATOR vec_store(C_ADDRESS, ACCUMULATOR);
}

/* A term of every chain: `a_element` is its element of A in row r, and `b_address` where its row of panel v begins. */
#define ADD_TERM(a_element, b_address)                                                                                 \
    do {                                                                                                               \
        vec b_vec[WIDE_PANELS * PANEL_VECTORS];                                                                        \
        UNROLL for (int v = 0; v < panels; ++v)                                                                        \
        {                                                                                                              \
            UNROLL for (int i = 0; i < PANEL_VECTORS; ++i) b_vec[v * PANEL_VECTORS + i] =                              \
                vec_load((b_address) + i * LANES);                                                                     \
        }                                                                                                              \
        UNROLL for (int r = 0; r < rows; ++r)                                                                          \
        {                                                                                                              \
            const vec a_vec = vec_set1(a_element);                                                                     \
            UNROLL for (int i = 0; i < panels * PANEL_VECTORS; ++i)                                                    \
            {                                                                                                          \
                vec *chain = &acc[r * panels * PANEL_VECTORS + i];                                                     \
                *chain = vec_fma(a_vec, b_vec[i], *chain);                                                             \
            }                                                                                                          \
        }                                                                                                              \
    } while (0)

/* A by rows, four terms at a time, from three pointers: an address can name the row of a pointer and those one, two,
 * three (a product computed before) and four strides on. Left to itself the compiler computes each row's address anew
 * for each term, a quarter of the loop's instructions. */
INLINE void run_tile_by_rows(const int rows, const int panels, const tile *t)
{
    accumulators acc;
    start_chains(rows, panels, t, acc);
    size_t stride = t->a_stride, thrice = 3 * stride, b_row = t->b_row, thrice_b = 3 * b_row;
    const float *a0 = t->a, *a5 = a0 + (rows > 5 ? 5 * stride : 0), *a10 = a0 + (rows > 10 ? 10 * stride : 0);
    const float *b0 = t->b, *b1 = b0 + (panels > 1 ? t->b_panel : 0);
    __asm__("" : "+r"(stride), "+r"(thrice), "+r"(b_row), "+r"(thrice_b));
#define A_ROW ((r < 5 ? a0 : r < 10 ? a5 : a10) + (r % 5 == 3 ? thrice : (size_t)(r % 5) * stride))
#define B_ROW (v ? b1 : b0)
    size_t p = t->k;
    for (; p >= 4; p -= 4, a0 += 4, a5 += 4, a10 += 4, b0 += 4 * b_row, b1 += 4 * b_row) {
        __asm__("" : "+r"(a0), "+r"(a5), "+r"(a10), "+r"(b0), "+r"(b1));
        UNROLL for (int q = 0; q < 4; ++q) ADD_TERM(A_ROW[q], B_ROW + (q == 3 ? thrice_b : (size_t)q * b_row));
    }
    for (; p; --p, ++a0, ++a5, ++a10, b0 += b_row, b1 += b_row) ADD_TERM(A_ROW[0], B_ROW);
#undef A_ROW
#undef B_ROW
    store_chains(rows, panels, t, acc);
}

INLINE void run_tile(const enum layout layout, const int rows, const int panels, const tile *t)
{
    if (layout == A_BY_ROWS && panels <= TILE_PANELS) {
        run_tile_by_rows(rows, panels, t);
        return;
    }
    accumulators acc;
    start_chains(rows, panels, t, acc);
    const size_t a_stride = t->a_stride, b_row = t->b_row, b_panel = t->b_panel;
    const float *a = t->a, *b = t->b;
    for (size_t p = t->k; p; --p) {
        ADD_TERM(layout == A_BY_ROWS ? a[(size_t)r * a_stride] : a[r], b + (size_t)v * b_panel);
        if (layout == A_BY_COLUMNS) __builtin_prefetch(a + rows + 15); /* of the tile below */
        a += layout == A_BY_ROWS ? 1 : a_stride;
        b += b_row;
    }
    store_chains(rows, panels, t, acc);
}
#undef ADD_TERM
#undef FOR_EACH_ACCUMULATOR
#undef ACCUMULATOR
#undef C_ADDRESS
#undef C_LANES

/* The same with B stored transposed, B[p, j] = b[p / 16 * b_block + j * b_row + p % 16]: four terms at a time are
 * transposed in registers, while the multiply-adds of the four before are under way. Eight registers hold them, so a
 * tile has at most 11 rows; and the stride of A is a constant, since all others are needed for the addresses of B.
 * `packed`, unless NULL, gets the strip for the tiles below. If terms are contiguous (b_block == 16), k must
 * be >= 4; else each block of 16 can be read to its end. */
enum { TRANSPOSES = TILE_ROWS >= 14, TRANSPOSING_ROWS = 11, PACKED_A_ROW = 256 + 16 };

#if TILE_ROWS >= 14
INLINE void run_transposing_tile(const int rows, const int packs, const tile *t, float *packed)
{
    enum { PANELS = 2 };
    accumulators acc;
    start_chains(rows, PANELS, t, acc);
    const float *a = t->a, *b = t->b;
    const size_t b_row = t->b_row, b_panel = t->b_panel, b_block = t->b_block, second = t->c_panel;
    const size_t whole = t->k / 4 * 4;
    for (size_t p = 0; p < whole; p += 4) {
        vec column[PANELS][4];
        const float *from = b + p / NABLA_PANEL * b_block + p % NABLA_PANEL;
        /* clang-format off */
        UNROLL for (int v = 0; v < PANELS; ++v, from += b_panel) vec_load_columns(from, b_row, column[v]);
        if (packs)
            UNROLL for (int q = 0; q < 4; ++q, packed += PANELS * LANES)
                UNROLL for (int v = 0; v < PANELS; ++v) vec_store(packed + (size_t)v * second, column[v][q]);
        UNROLL for (int q = 0; q < 4; ++q)
            UNROLL for (int r = 0; r < rows; ++r) {
                const vec a_vec = vec_set1(a[p + (size_t)q + (size_t)r * PACKED_A_ROW]);
                UNROLL for (int v = 0; v < PANELS; ++v)
                    acc[r * PANELS + v] = vec_fma(a_vec, column[v][q], acc[r * PANELS + v]);
            }
        /* clang-format on */
    }
    if (whole < t->k) { /* the last one to three, from the last four or those that would follow */
        const size_t first = b_block == NABLA_PANEL ? t->k - 4 : whole;
        const float *last = b + first / NABLA_PANEL * b_block + first % NABLA_PANEL;
        float rest[4][PANELS * LANES];
        for (int v = 0; v < PANELS; ++v) {
            vec column[4];
            vec_load_columns(last + (size_t)v * b_panel, b_row, column);
            for (int q = 0; q < 4; ++q) vec_store(rest[q] + v * LANES, column[q]);
        }
        for (size_t p = whole; p < t->k; ++p) {
            const float *row = rest[p - first];
            /* clang-format off */
            UNROLL for (int r = 0; r < rows; ++r) {
                const vec a_vec = vec_set1(a[p + (size_t)r * PACKED_A_ROW]);
                UNROLL for (int v = 0; v < PANELS; ++v)
                    acc[r * PANELS + v] = vec_fma(a_vec, vec_load(row + v * LANES), acc[r * PANELS + v]);
            }
            /* clang-format on */
            if (packs) {
                for (int v = 0; v < PANELS; ++v)
                    memcpy(packed + (size_t)v * second, row + v * LANES, LANES * sizeof(float));
                packed += PANELS * LANES;
            }
        }
    }
    store_chains(rows, PANELS, t, acc);
}

#define ROWS_CASE(count)                                                                                               \
    case count: packed ? run_transposing_tile(count, 1, t, packed) : run_transposing_tile(count, 0, t, NULL); break
static void transposing_tile(size_t rows, const tile *t, float *packed)
{
    switch (rows) {
        ROWS_CASE(1);
        ROWS_CASE(2);
        ROWS_CASE(3);
        ROWS_CASE(4);
        ROWS_CASE(5);
        ROWS_CASE(6);
        ROWS_CASE(7);
        ROWS_CASE(8);
        ROWS_CASE(9);
        ROWS_CASE(10);
        ROWS_CASE(11);
    }
}
#undef ROWS_CASE
#else /* too few registers */
static void transposing_tile(size_t rows, const tile *t, float *packed) { (void)rows, (void)t, (void)packed; }
#endif

/* run_tile for a row count known only at run time: a jump to the copy made for it. */
#define ROWS_CASE(count)                                                                                               \
    case count: run_tile(layout, count, panels, t); break
INLINE void run_tile_of(const enum layout layout, size_t rows, const int panels, const tile *t)
{
    switch (rows) {
        ROWS_CASE(1);
        ROWS_CASE(2);
        ROWS_CASE(3);
        ROWS_CASE(4);
#if TILE_ROWS >= 6
        ROWS_CASE(5);
        ROWS_CASE(6);
#endif
#if TILE_ROWS >= 14
        ROWS_CASE(7);
        ROWS_CASE(8);
        ROWS_CASE(9);
        ROWS_CASE(10);
        ROWS_CASE(11);
        ROWS_CASE(12);
        ROWS_CASE(13);
        ROWS_CASE(14);
#endif
    }
}
#undef ROWS_CASE

#if TILE_PANELS > 1
/* One or two rows by up to WIDE_PANELS panels: two panels would give too few chains. */
#define PANELS_CASE(count)                                                                                             \
    case count: rows == 1 ? run_tile(layout, 1, count, t) : run_tile(layout, WIDE_ROWS, count, t); break
INLINE void run_wide_tile(const enum layout layout, size_t rows, size_t panels, const tile *t)
{
    switch (panels) {
        PANELS_CASE(3);
        PANELS_CASE(4);
        PANELS_CASE(5);
        PANELS_CASE(6);
        PANELS_CASE(7);
        PANELS_CASE(8);
    }
}
#undef PANELS_CASE
#endif

INLINE void run_any_tile(const enum layout layout, size_t rows, size_t panels, const tile *t)
{
    if (TILE_PANELS == 1 || panels == 1)
        run_tile_of(layout, rows, 1, t);
    else if (panels == TILE_PANELS)
        run_tile_of(layout, rows, TILE_PANELS, t);
#if TILE_PANELS > 1
    else
        run_wide_tile(layout, rows, panels, t);
#endif
}

static void tile_by_rows(size_t rows, size_t panels, const tile *t) { run_any_tile(A_BY_ROWS, rows, panels, t); }

static void tile_by_columns(size_t rows, size_t panels, const tile *t) { run_any_tile(A_BY_COLUMNS, rows, panels, t); }

static void tile_by(enum layout layout, size_t rows, size_t panels, const tile *t)
{
    if (layout == A_BY_ROWS)
        tile_by_rows(rows, panels, t);
    else
        tile_by_columns(rows, panels, t);
}

/* What is read after a strip: `rows` stretches of `columns` floats, a part of which each of its tiles prefetches. */
typedef struct ahead {
    const float *from;
    size_t row, rows, columns;
} ahead;

INLINE void prefetch_into_l2(const ahead *next, range rows)
{
    enum { CACHE_LINE = 16 };
    for (size_t r = rows.begin; r < rows.end; ++r)
        for (size_t j = 0; j < next->columns; j += CACHE_LINE) __builtin_prefetch(next->from + r * next->row + j, 0, 2);
}

/* A strip: `m` rows of C below each other, cut into tiles of nearly equal height (15 rows are 8 + 7 and not 14 + 1,
 * whose single row would be bound by its latency). `c_is_far`: C is not in L1, so a tile prefetches that of the tile
 * below, whose short rows the hardware does not foresee; with few terms that would cost more than it saves. */
INLINE void run_strip(enum layout layout, size_t m, size_t panels, tile t, const int c_is_far, const ahead *next)
{
    enum { MANY_TERMS = 64 };
    const size_t tiles = m / TILE_ROWS + (m % TILE_ROWS != 0);
    for (size_t i = 0; i < tiles; ++i) {
        const range r = part(m, i, tiles);
        const size_t rows = r.end - r.begin;
        if (c_is_far && t.k >= MANY_TERMS && i + 1 < tiles)
            for (size_t below = rows; below < 2 * rows; ++below)
                for (size_t v = 0; v < panels; ++v) __builtin_prefetch(t.c + below * t.c_row + v * t.c_panel, 1);
        if (next) prefetch_into_l2(next, part(next->rows, i, tiles));
        tile_by(layout, rows, panels, &t);
        if (t.k) t.a += layout == A_BY_ROWS ? rows * t.a_stride : rows; /* else A may be NULL */
        t.c += rows * t.c_row;
    }
}

static void strip_by(enum layout layout, size_t m, size_t panels, tile t) { run_strip(layout, m, panels, t, 0, NULL); }

/* `next` may be NULL. */
static void strip_by_far(enum layout layout, size_t m, size_t panels, tile t, const ahead *next)
{
    run_strip(layout, m, panels, t, 1, next);
}
