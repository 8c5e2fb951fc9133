/* Moving weights between Nielsen's matrix and panels. Plain loops: no arithmetic, and once a run. */
#include "checks.h"
#include "share.h"

size_t nabla_panels_size(size_t out, size_t in)
{
    if (out == 0 || in == 0) return 0;
    const size_t largest = SIZE_MAX / sizeof(float) / NABLA_PANEL;
    return panels_in(out) > largest / in ? 0 : NABLA_PANEL * panels_in(out) * in;
}

static nabla_status check_both(size_t out, size_t in, const float *w, size_t ldw, const float *panels,
                               const nabla_member *member)
{
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_floats(w, out, in, ldw));
    return check_panels(panels, out, in);
}

nabla_status nabla_panels_pack_f32(size_t out, size_t in, const float *restrict w, size_t ldw, float *restrict panels,
                                   const nabla_member *member)
{
    RETURN_IF_ERROR(check_both(out, in, w, ldw, panels, member));
    if (out == 0 || in == 0) return NABLA_OK;
    const panel_share mine = part_of_panels(panels_in(out), in, member);
    for (size_t p = mine.panels.begin; p < mine.panels.end; ++p)
        for (size_t i = mine.rows.begin; i < mine.rows.end; ++i) {
            float *row = panels + (p * in + i) * NABLA_PANEL;
            for (size_t j = 0; j < NABLA_PANEL; ++j)
                row[j] = p * NABLA_PANEL + j < out ? w[(p * NABLA_PANEL + j) * ldw + i] : 0;
        }
    return NABLA_OK;
}

nabla_status nabla_panels_unpack_f32(size_t out, size_t in, const float *restrict panels, float *restrict w, size_t ldw,
                                     const nabla_member *member)
{
    RETURN_IF_ERROR(check_both(out, in, w, ldw, panels, member));
    if (out == 0 || in == 0) return NABLA_OK;
    const panel_share mine = part_of_panels(panels_in(out), in, member);
    for (size_t j = mine.panels.begin * NABLA_PANEL; j < smaller(out, mine.panels.end * NABLA_PANEL); ++j)
        for (size_t i = mine.rows.begin; i < mine.rows.end; ++i)
            w[j * ldw + i] = panels[(j / NABLA_PANEL * in + i) * NABLA_PANEL + j % NABLA_PANEL];
    return NABLA_OK;
}
