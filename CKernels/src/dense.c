#include "checks.h"
#include "kernel_table.h"
#include "share.h"

nabla_status nabla_dense_forward_f32(nabla_activation activation, size_t m, size_t out, size_t in,
                                     const float *restrict x, size_t ldx, const float *restrict panels,
                                     const float *restrict bias, float *restrict a, size_t lda,
                                     const nabla_member *member)
{
    if (!is_activation(activation)) return NABLA_ERROR_ARGUMENT;
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_floats(x, m, in, ldx));
    RETURN_IF_ERROR(check_panels(panels, out, in));
    RETURN_IF_ERROR(check_padded(a, m, out, lda));
    RETURN_IF_ERROR(check_vector(bias, out));
    if (m == 0 || out == 0) return NABLA_OK;

    const panel_share mine = part_of_panels(panels_in(out), m, member);
    const size_t s = mine.rows.begin, rows = mine.rows.end - s;
    const size_t j = mine.panels.begin * NABLA_PANEL, outputs = smaller(out, mine.panels.end * NABLA_PANEL) - j;
    if (rows && outputs)
        nabla_private_selected_table()->dense_forward(activation, rows, outputs, in, in ? x + s * ldx : x, ldx,
                                                      in ? panels + j * in : panels, NABLA_PANEL * in, bias + j,
                                                      a + s * lda + j, lda);
    return NABLA_OK;
}

nabla_status nabla_softmax_f32(size_t m, size_t n, const float *z, size_t ldz, float *a, size_t lda,
                               const nabla_member *member)
{
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_floats(z, m, n, ldz));
    RETURN_IF_ERROR(check_padded(a, m, n, lda));
    if (m == 0 || n == 0) return NABLA_OK;

    const range rows = member ? part(m, member->index, member->count) : (range){0, m};
    const size_t s = rows.begin;
    if (s < rows.end) nabla_private_selected_table()->softmax(rows.end - s, n, z + s * ldz, ldz, a + s * lda, lda);
    return NABLA_OK;
}

/* The pairs of cost and output activation whose error is known. */
static int is_pair(nabla_cost cost, nabla_activation activation)
{
    switch (cost) {
    case NABLA_QUADRATIC:
        return activation == NABLA_IDENTITY || activation == NABLA_SIGMOID || activation == NABLA_TANH ||
               activation == NABLA_SOFTMAX;
    case NABLA_CROSS_ENTROPY: return activation == NABLA_SIGMOID;
    case NABLA_LOG_LIKELIHOOD: return activation == NABLA_SOFTMAX;
    }
    return 0;
}

nabla_status nabla_output_error_f32(nabla_cost cost, nabla_activation activation, size_t m, size_t n, const float *a,
                                    size_t lda, const float *restrict y, size_t ldy, float *d, size_t ldd,
                                    const nabla_member *member)
{
    if (!is_pair(cost, activation)) return NABLA_ERROR_ARGUMENT;
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_floats(a, m, n, lda));
    RETURN_IF_ERROR(check_floats(y, m, n, ldy));
    RETURN_IF_ERROR(check_padded(d, m, n, ldd));
    if (m == 0 || n == 0) return NABLA_OK;

    const range rows = member ? part(m, member->index, member->count) : (range){0, m};
    const size_t s = rows.begin;
    if (s < rows.end)
        nabla_private_selected_table()->output_error(cost, activation, rows.end - s, n, a + s * lda, lda, y + s * ldy,
                                                     ldy, d + s * ldd, ldd);
    return NABLA_OK;
}

nabla_status nabla_dense_backward_f32(nabla_activation activation, size_t m, size_t out, size_t in,
                                      const float *restrict d, size_t ldd, const float *restrict panels,
                                      const float *restrict a_prev, size_t lda, float *restrict d_prev, size_t ld_prev,
                                      const nabla_member *member)
{
    if (!is_activation(activation)) return NABLA_ERROR_ARGUMENT;
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_padded(d, m, out, ldd));
    RETURN_IF_ERROR(check_panels(panels, out, in));
    const int reads_a = activation != NABLA_IDENTITY;
    if (reads_a) RETURN_IF_ERROR(check_floats(a_prev, m, in, lda));
    RETURN_IF_ERROR(check_padded(d_prev, m, in, ld_prev));
    if (m == 0 || in == 0) return NABLA_OK;

    const panel_share mine = part_of_panels(panels_in(in), m, member);
    const size_t s = mine.rows.begin, rows = mine.rows.end - s;
    const size_t i = mine.panels.begin * NABLA_PANEL, inputs = smaller(in, mine.panels.end * NABLA_PANEL) - i;
    if (rows && inputs)
        nabla_private_selected_table()->dense_backward(
            activation, rows, out, inputs, out ? d + s * ldd : d, ldd, out ? panels + i * NABLA_PANEL : panels,
            NABLA_PANEL * in, reads_a ? a_prev + s * lda + i : NULL, lda, d_prev + s * ld_prev + i, ld_prev);
    return NABLA_OK;
}

nabla_status nabla_dense_update_f32(size_t m, size_t out, size_t in, float alpha, const float *restrict d, size_t ldd,
                                    const float *restrict x, size_t ldx, float beta, float *restrict panels,
                                    float *restrict bias, const nabla_member *member)
{
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_padded(d, m, out, ldd));
    RETURN_IF_ERROR(check_floats(x, m, in, ldx));
    RETURN_IF_ERROR(check_panels(panels, out, in));
    RETURN_IF_ERROR(check_vector(bias, out));
    if (out == 0) return NABLA_OK;

    const panel_share mine = part_of_panels(panels_in(out), in, member);
    const size_t i = mine.rows.begin, inputs = mine.rows.end - i;
    const size_t j = mine.panels.begin * NABLA_PANEL, outputs = smaller(out, mine.panels.end * NABLA_PANEL) - j;
    if (outputs && (inputs || mine.leads))
        nabla_private_selected_table()->dense_update(m, outputs, inputs, alpha, m ? d + j : d, ldd, m && in ? x + i : x,
                                                     ldx, beta, in ? panels + j * in + i * NABLA_PANEL : panels,
                                                     NABLA_PANEL * in, mine.leads ? bias + j : NULL);
    return NABLA_OK;
}
