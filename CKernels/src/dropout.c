/* Dropout at the public edge; the masks and their use are in dropout_body.h. */
#include "checks.h"
#include "kernel_table.h"
#include "share.h"

static nabla_status check_masks(const uint16_t *masks, size_t m, size_t n, size_t ldm)
{
    return check_matrix(masks, m, panels_in(n), ldm, sizeof *masks);
}

nabla_status nabla_dropout_masks(size_t m, size_t n, uint32_t drop, uint64_t seed, uint64_t stream,
                                 const uint32_t *restrict samples, uint16_t *restrict masks, size_t ldm,
                                 const nabla_member *member)
{
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_masks(masks, m, n, ldm));
    if (n == 0) return NABLA_OK;
    const range mine = member ? part(m, member->index, member->count) : (range){0, m};
    const size_t s = mine.begin;
    if (s < mine.end)
        nabla_private_selected_table()->dropout_masks(mine.end - s, n, drop, seed, stream, samples ? samples + s : NULL,
                                                      s, masks + s * ldm, ldm);
    return NABLA_OK;
}

nabla_status nabla_dropout_f32(size_t m, size_t n, float scale, const uint16_t *restrict masks, size_t ldm,
                               const float *a, size_t lda, float *out, size_t ldo, const nabla_member *member)
{
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_masks(masks, m, n, ldm));
    RETURN_IF_ERROR(check_padded(a, m, n, lda));
    RETURN_IF_ERROR(check_padded(out, m, n, ldo));
    if (n == 0) return NABLA_OK;
    const range mine = member ? part(m, member->index, member->count) : (range){0, m};
    const size_t s = mine.begin;
    if (s < mine.end)
        nabla_private_selected_table()->dropout(mine.end - s, n, scale, masks + s * ldm, ldm, a + s * lda, lda,
                                                out + s * ldo, ldo);
    return NABLA_OK;
}

size_t nabla_sparse_dropout(size_t count, const uint16_t *from, const uint16_t *restrict mask, uint16_t *to)
{
    enum { LONGEST_STEP = 255 };
    size_t kept = 0, column = 0, last = 0; /* last: the column of the entry written last */
    for (size_t e = 0; e < count; ++e) {
        const unsigned pixel = from[e] >> 8;
        column += from[e] & 255;
        if (pixel == 0 || !(mask[column / NABLA_PANEL] >> column % NABLA_PANEL & 1)) continue;
        /* At most as many as were dropped since, each of which stepped no further. */
        for (; column - last > LONGEST_STEP; last += LONGEST_STEP) to[kept++] = LONGEST_STEP;
        to[kept++] = (uint16_t)(pixel << 8 | (column - last));
        last = column;
    }
    return kept;
}
