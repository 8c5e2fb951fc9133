/* Copies of B into the stack scratch, laid out as the tile reads it: row p holds the strip's columns, 16 a panel.
 * They pay because every tile of the strip reads them again, from one short stretch of memory. */

enum { DEPTH = 256 }; /* rows of B a block: 256 x 32 floats fill 32 KiB */

typedef struct scratch {
    _Alignas(64) float b[DEPTH * TILE_PANELS * NABLA_PANEL];
} scratch;

/* Columns from `columns` to the next multiple of 16 become zero. A factor of 1 changes no bit. */
static void pack_rows(const float *from, size_t from_row, size_t rows, size_t columns, float factor, float *to,
                      size_t to_row)
{
    const vec f = vec_set1(factor);
    const size_t whole = columns / LANES * LANES, width = panels_in(columns) * NABLA_PANEL;
    for (size_t p = 0; p < rows; ++p, from += from_row, to += to_row) {
        for (size_t j = 0; j < whole; j += LANES) vec_store(to + j, vec_mul(f, vec_load(from + j)));
        for (size_t j = whole; j < width; j += LANES) {
            const size_t left = j < columns ? columns - j : 0; /* 0: past the last, and the address is not read */
            vec_store(to + j, vec_mul(f, vec_load_first(left ? from + j : from, left)));
        }
    }
}

/* to[j, i] = from[i, j] for `rows` x `columns` of `from`, at most 16 each; the rest of the 16 x 16 block may be
 * written with zeros when `to` has room for it, which the scratch always has. */
INLINE void transpose_block(const float *from, size_t from_row, size_t rows, size_t columns, float *to, size_t to_row)
{
    if (rows == 16 && columns == 16) {
        transpose_16x16(from, from_row, to, to_row);
        return;
    }
    float padded[16 * 16];
    memset(padded, 0, sizeof padded);
    for (size_t i = 0; i < rows; ++i) memcpy(padded + i * 16, from + i * from_row, columns * sizeof(float));
    transpose_16x16(padded, 16, to, to_row);
}

/* The same for B stored transposed: `columns` rows of `from`, `rows` floats each. */
static void pack_transposed(const float *from, size_t from_row, size_t rows, size_t columns, float *to, size_t to_row)
{
    for (size_t j = 0; j < to_row; j += 16) {
        const size_t width = j < columns ? smaller(columns - j, 16) : 0;
        for (size_t p = 0; p < rows; p += 16)
            transpose_block(width ? from + j * from_row + p : from, from_row, width, smaller(rows - p, 16),
                            to + p * to_row + j, to_row);
    }
}
