/* Augmentation: the elastic field of a picture, and the picture read through it. */

/* The columns of a field are padded to whole blocks of 32, two blocks of dx and dy fill CHAINS vectors. */
enum { FIELD_BLOCK = 32, CHAINS = LANES > 1 ? 2 * FIELD_BLOCK / LANES : 4 };

/* Uniform noise at the places 0 ..< count, a multiple of 64; writes up to 192 more. */
NOINLINE void field_noise(size_t count, uint64_t seed, uint64_t stream, uint32_t sample, float *noise)
{
    const ivec low_byte = ivec_set1(255);
    const vec unit = vec_set1(0x1p-7f), middle = vec_set1(-255.0f / 256.0f);
    for (size_t first = 0; first < count; first += 16 * 16)
        for (unsigned lane = 0; lane < 16; lane += LANES) {
            ivec word[4] = {ivec_count_from((uint32_t)(16 + first / 16 + lane)), ivec_set1(sample),
                            ivec_set1((uint32_t)stream), ivec_set1((uint32_t)(stream >> 32))};
            philox(word, seed);
            UNROLL for (unsigned v = 0; v < 4; ++v) UNROLL for (unsigned b = 0; b < 4; ++b)
            {
                const ivec byte = ivec_and(ivec_shift_right(word[v], 8 * b), low_byte);
                vec_store(noise + first + 64 * v + 16 * b + lane, vec_fma(vec_from_whole(byte), unit, middle));
            }
        }
}

/* CHAINS vectors that are `next` floats apart, each `terms` terms of rows that are `step` floats apart. */
INLINE void smooth(size_t terms, const float *taps, const float *from, size_t step, const size_t *next, vec sum[CHAINS])
{
    UNROLL for (int c = 0; c < CHAINS; ++c) sum[c] = vec_set1(0);
    for (size_t t = 0; t < terms; ++t, from += step) {
        const vec tap = vec_set1(taps[t]);
        UNROLL for (int c = 0; c < CHAINS; ++c) sum[c] = vec_fma(tap, vec_load(from + next[c]), sum[c]);
    }
}

/* One row of dx or dy, smoothed by rows; `row` has room for as many columns before and behind as terms reach. */
INLINE void smooth_row(size_t columns, size_t width, size_t reach, const float *taps, float alpha, const float *row[2],
                       float *out[2])
{
    enum { WIDE = LANES > 1 ? FIELD_BLOCK : 2 }; /* columns of both at once */
    const vec factor = vec_set1(alpha);
    for (size_t j = 0; j < columns; j += WIDE) {
        size_t next[CHAINS];
        UNROLL for (int c = 0; c < CHAINS; ++c) next[c] =
            (size_t)(c / (CHAINS / 2)) * width + (size_t)(c % (CHAINS / 2)) * LANES;
        vec sum[CHAINS];
        smooth(2 * reach + 1, taps, row[0] + j - reach, 1, next, sum);
        UNROLL for (int c = 0; c < CHAINS; ++c)
        {
            const size_t column = j + (size_t)(c % (CHAINS / 2)) * LANES;
            float *to = out[c / (CHAINS / 2)] + column;
            if (column + LANES <= columns)
                vec_store(to, vec_mul(factor, sum[c]));
            else if (column < columns)
                vec_store_first(to, columns - column, vec_mul(factor, sum[c]));
        }
    }
}

static void elastic_field(size_t rows, size_t columns, size_t terms, const float *taps, float alpha, uint64_t seed,
                          uint64_t stream, uint32_t sample, float *workspace, float *dx, float *dy, size_t ld)
{
    const size_t stride = field_stride(columns), radius = terms / 2;
    const size_t above = smaller(radius, rows - 1), aside = smaller(radius, columns - 1);
    /* Two rows with zeros around: those before dy are those behind dx. */
    const size_t margin = field_stride(columns), width = stride + margin;
    float *const row = workspace + margin, *const noise = workspace + field_row_floats(columns);
    memset(workspace, 0, field_row_floats(columns) * sizeof *workspace);
    field_noise(2 * stride * rows, seed, stream, sample, noise);
    size_t next[CHAINS];
    UNROLL for (int c = 0; c < CHAINS; ++c) next[c] = (size_t)c * LANES;
    for (size_t i = 0; i < rows; ++i) {
        const size_t first = i - smaller(i, above), last = i + smaller(rows - 1 - i, above);
        for (size_t j = 0; j < 2 * stride; j += CHAINS * LANES) {
            vec sum[CHAINS];
            smooth(last - first + 1, taps + (radius + first - i), noise + first * 2 * stride + j, 2 * stride, next,
                   sum);
            UNROLL for (int c = 0; c < CHAINS; ++c)
            {
                const size_t place = j + (size_t)c * LANES, is_dy = place >= stride, column = place - is_dy * stride;
                const vec kept = column + LANES <= columns ? sum[c]
                                 : column < columns        ? vec_keep_first(sum[c], columns - column)
                                                           : vec_set1(0);
                vec_store(row + is_dy * width + column, kept);
            }
        }
        const float *from[2] = {row, row + width};
        float *to[2] = {dx + i * ld, dy + i * ld};
        smooth_row(columns, width, aside, taps + (radius - aside), alpha, from, to);
    }
}

/* A word for each pixel of the picture with its margin: the pixel, the one behind, those below both. */
NOINLINE void gather_pixels(size_t rows, size_t columns, const uint8_t *picture, uint32_t *words)
{
    const size_t stride = warp_stride(columns), bytes = warp_byte_stride(columns);
    uint8_t *const padded = (uint8_t *)(words + stride * (rows + 2));
    memset(padded, 0, bytes * (rows + 3));
    for (size_t i = 0; i < rows; ++i) memcpy(padded + (i + 1) * bytes + 1, picture + i * columns, columns);
    for (size_t i = 0; i < rows + 2; ++i) {
        const uint8_t *here = padded + i * bytes, *below = here + bytes;
        for (size_t j = 0; j < stride; j += LANES) {
            const ivec top = ivec_or(ivec_load_bytes(here + j), ivec_shift_left(ivec_load_bytes(here + j + 1), 8));
            const ivec bottom = ivec_or(ivec_load_bytes(below + j), ivec_shift_left(ivec_load_bytes(below + j + 1), 8));
            ivec_store(words + i * stride + j, ivec_or(top, ivec_shift_left(bottom, 16)));
        }
    }
}

/* LANES pixels from their sources, as whole numbers in the lowest bits of floats. */
INLINE ivec fetch(const uint32_t *words, vec stride, vec x, vec y)
{
    const ivec low_byte = ivec_set1(255);
    const vec column = vec_from_whole(ivec_truncate(x)), row = vec_from_whole(ivec_truncate(y));
    const vec f = vec_sub(x, column), g = vec_sub(y, row);
    const ivec four = ivec_gather(words, ivec_truncate(vec_fma(row, stride, column)));
    const vec p00 = vec_from_whole(ivec_and(four, low_byte));
    const vec p01 = vec_from_whole(ivec_and(ivec_shift_right(four, 8), low_byte));
    const vec p10 = vec_from_whole(ivec_and(ivec_shift_right(four, 16), low_byte));
    const vec p11 = vec_from_whole(ivec_shift_right(four, 24));
    const vec a = vec_fma(f, vec_sub(p01, p00), p00), b = vec_fma(f, vec_sub(p11, p10), p10);
    return ivec_and(ivec_from_bits(vec_add(vec_fma(g, vec_sub(b, a), a), vec_set1(0x1p23f))), low_byte);
}

static void warp(size_t rows, size_t columns, const uint8_t *picture, const nabla_affine_map *map, const float *dx,
                 const float *dy, size_t ld, uint32_t *words, uint8_t *out)
{
    gather_pixels(rows, columns, picture, words);
    const vec stride = vec_set1((float)warp_stride(columns));
    const vec most_x = vec_set1((float)(columns + 1)), most_y = vec_set1((float)(rows + 1)), zero = vec_set1(0);
    const vec centre = vec_set1(0.5f * (float)(columns - 1)), xx = vec_set1(map->xx), yx = vec_set1(map->yx);
    for (size_t i = 0; i < rows; ++i, out += columns) {
        const vec below = vec_set1((float)i - 0.5f * (float)(rows - 1));
        const vec row_x = vec_fma(vec_set1(map->xy), below, vec_set1(map->x + 1));
        const vec row_y = vec_fma(vec_set1(map->yy), below, vec_set1(map->y + 1));
        for (size_t j = 0; j < columns; j += LANES) {
            const size_t count = smaller(LANES, columns - j);
            const vec aside = vec_sub(vec_from_whole(ivec_count_from((uint32_t)j)), centre);
            vec x = vec_fma(xx, aside, row_x), y = vec_fma(yx, aside, row_y);
            if (dx) {
                x = vec_add(x, count == LANES ? vec_load(dx + i * ld + j) : vec_load_first(dx + i * ld + j, count));
                y = vec_add(y, count == LANES ? vec_load(dy + i * ld + j) : vec_load_first(dy + i * ld + j, count));
            }
            const ivec pixels =
                fetch(words, stride, vec_min(vec_max(x, zero), most_x), vec_min(vec_max(y, zero), most_y));
            ivec_store_bytes_first(out + j, count, pixels);
        }
    }
}
