#include "checks.h"
#include "kernel_table.h"
#include "share.h"

/* A bit for each of 64 pixels, lowest first, 1 where there is ink. Bytes are put together by shifts, so that the
 * machine's byte order does not matter; where it is the usual one they become one load. */
static inline uint64_t inked(const uint8_t *row, size_t count)
{
    const uint64_t all_but_highest = UINT64_C(0x7f7f7f7f7f7f7f7f);
    uint64_t bits = 0;
    for (size_t first = 0; first < count; first += 8) {
        uint64_t eight = 0;
        if (count - first >= 8)
            for (size_t i = 0; i < 8; ++i) eight |= (uint64_t)row[first + i] << 8 * i;
        else
            for (size_t i = 0; i < count - first; ++i) eight |= (uint64_t)row[first + i] << 8 * i;
        /* The highest bit of each byte that is not zero; then these eight bits next to each other. */
        const uint64_t highest = (((eight & all_but_highest) + all_but_highest) | eight) & ~all_but_highest;
        bits |= ((highest >> 7) * UINT64_C(0x0102040810204080) >> 56) << first;
    }
    return bits;
}

/* The entries of one row, written to `to` unless it is NULL; returns how many. */
static inline size_t walk_row(const uint8_t *row, size_t in, uint16_t *to)
{
    enum { LONGEST_STEP = 255 };
    size_t count = 0, column = 0;
    for (size_t first = 0; first < in; first += 64)
        for (uint64_t bits = inked(row + first, smaller(in - first, 64)); bits; bits &= bits - 1) {
            const size_t k = first + (size_t)__builtin_ctzll(bits);
            for (; k - column > LONGEST_STEP; column += LONGEST_STEP, ++count)
                if (to) to[count] = LONGEST_STEP;
            if (to) to[count] = (uint16_t)(row[k] << 8 | (k - column));
            column = k;
            ++count;
        }
    return count;
}

size_t nabla_sparse_pack_row(size_t in, const uint8_t *restrict pixels, uint16_t *restrict entries)
{
    return walk_row(pixels, in, entries);
}

nabla_status nabla_sparse_count(size_t m, size_t in, const uint8_t *restrict pixels, uint64_t *restrict starts)
{
    RETURN_IF_ERROR(check_matrix(pixels, m, in, in, 1));
    if (!starts) return NABLA_ERROR_NULL_POINTER;
    starts[0] = 0;
    for (size_t s = 0; s < m; ++s) starts[s + 1] = starts[s] + walk_row(pixels + s * in, in, NULL);
    return NABLA_OK;
}

nabla_status nabla_sparse_pack(size_t m, size_t in, const uint8_t *restrict pixels, const uint64_t *restrict starts,
                               uint16_t *restrict entries, const nabla_member *member)
{
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_matrix(pixels, m, in, in, 1));
    if (!starts || (m && starts[m] && !entries)) return NABLA_ERROR_NULL_POINTER;
    const range mine = member ? part(m, member->index, member->count) : (range){0, m};
    for (size_t s = mine.begin; s < mine.end; ++s) walk_row(pixels + s * in, in, entries + starts[s]);
    return NABLA_OK;
}

nabla_status nabla_sparse_forward_f32(nabla_activation activation, const nabla_sparse_batch *x, size_t out, size_t in,
                                      const float *restrict panels, const float *restrict bias, float *restrict a,
                                      size_t lda, const nabla_member *member)
{
    if (!is_activation(activation)) return NABLA_ERROR_ARGUMENT;
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_batch(x));
    RETURN_IF_ERROR(check_panels(panels, out, in));
    RETURN_IF_ERROR(check_padded(a, x->count, out, lda));
    RETURN_IF_ERROR(check_vector(bias, out));
    if (x->count == 0 || out == 0) return NABLA_OK;

    const range mine = part_of_outputs(out, member);
    if (mine.begin < mine.end)
        nabla_private_selected_table()->sparse_forward(activation, x, mine.end - mine.begin, panels + mine.begin * in,
                                                       NABLA_PANEL * in, bias + mine.begin, a + mine.begin, lda);
    return NABLA_OK;
}

nabla_status nabla_sparse_update_f32(const nabla_sparse_batch *x, size_t out, size_t in, float alpha,
                                     const float *restrict d, size_t ldd, float beta, float *restrict panels,
                                     float *restrict bias, const nabla_member *member)
{
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_batch(x));
    RETURN_IF_ERROR(check_panels(panels, out, in));
    RETURN_IF_ERROR(check_padded(d, x->count, out, ldd));
    RETURN_IF_ERROR(check_vector(bias, out));
    if (out == 0) return NABLA_OK;

    const range mine = part_of_outputs(out, member);
    if (mine.begin < mine.end)
        nabla_private_selected_table()->sparse_update(x, mine.end - mine.begin, in, alpha,
                                                      x->count ? d + mine.begin : d, ldd, beta,
                                                      panels + mine.begin * in, NABLA_PANEL * in, bias + mine.begin);
    return NABLA_OK;
}
