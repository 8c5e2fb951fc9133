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

/* to[i, j] = from[j, i]: B stored transposed, `columns` rows of `rows` floats, four terms at a time. Columns up to
 * `to_row` become zero; rows up to the fourth may be written, for which the scratch has room. */
static void pack_transposed(const float *from, size_t from_row, size_t rows, size_t columns, float *to, size_t to_row)
{
    for (size_t j = 0; j < to_row; j += LANES) {
        const size_t width = j < columns ? smaller(columns - j, LANES) : 0;
        if (j && width) from += LANES * from_row;
        for (size_t i = 0; i < rows; i += 4) {
            if (i + 4 > rows && rows >= 4) i = rows - 4; /* again rather than past the end */
            vec column[4];
            if (width == LANES && rows >= 4) {
                vec_load_columns(from + i, from_row, column);
            } else {
                float padded[LANES * 4] = {0};
                for (size_t r = 0; r < width; ++r)
                    if (rows >= 4)
                        memcpy(padded + 4 * r, from + r * from_row + i, 4 * sizeof(float));
                    else
                        for (size_t p = 0; p < rows; ++p) padded[4 * r + p] = from[r * from_row + p];
                vec_load_columns(padded, 4, column);
            }
            UNROLL for (size_t r = 0; r < 4; ++r)
                vec_store(to + (i + r) * to_row + j, column[r]);
        }
    }
}
