#include "checks.h"
#include "kernel_table.h"
#include "share.h"

static int is_transpose(nabla_transpose t) { return t == NABLA_NO_TRANSPOSE || t == NABLA_TRANSPOSE; }

/* Splits C by panels, so that no two members pack the same part of B; by rows if B is small or not packed, because a
 * cache line of C that two members write moves between their cores, and if a tile would get narrow. */
static panel_share part_of_product(nabla_transpose transpose_b, size_t m, size_t n, size_t k,
                                   const nabla_member *member)
{
    enum { SHALLOW = 64, ENOUGH_PANELS = 4 };
    const size_t panels = panels_in(n);
    if (!member || m < 2 * member->count) return part_of_panels(panels, m, member);
    const int few = transpose_b == NABLA_TRANSPOSE && panels / ENOUGH_PANELS < member->count;
    if (!few && (k > SHALLOW || (transpose_b == NABLA_TRANSPOSE && k >= m))) return part_of_panels(panels, m, member);
    return (panel_share){{0, panels}, part(m, member->index, member->count), 0};
}

/* One member's part of C, both sizes positive. */
static void run_gemm(nabla_transpose transpose_a, nabla_transpose transpose_b, size_t m, size_t n, size_t k,
                     float alpha, const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
                     size_t ldc, const nabla_member *member)
{
    const panel_share mine = part_of_product(transpose_b, m, n, k, member);
    const size_t i = mine.rows.begin, rows = mine.rows.end - i;
    const size_t j = mine.panels.begin * NABLA_PANEL, columns = smaller(n, mine.panels.end * NABLA_PANEL) - j;
    if (rows == 0 || columns == 0) return;
    if (alpha != 0 && k) { /* else nothing of A or B is read, and with k = 0 they may be NULL */
        a += transpose_a == NABLA_TRANSPOSE ? i : i * lda;
        b += transpose_b == NABLA_TRANSPOSE ? j * ldb : j;
    }
    nabla_private_selected_table()->gemm(transpose_a, transpose_b, rows, columns, k, alpha, a, lda, b, ldb, beta,
                                         c + i * ldc + j, ldc);
}

nabla_status nabla_gemm_f32(nabla_transpose transpose_a, nabla_transpose transpose_b, size_t m, size_t n, size_t k,
                            float alpha, const float *restrict a, size_t lda, const float *restrict b, size_t ldb,
                            float beta, float *restrict c, size_t ldc, const nabla_member *member)
{
    if (!is_transpose(transpose_a) || !is_transpose(transpose_b)) return NABLA_ERROR_ARGUMENT;
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(transpose_a == NABLA_TRANSPOSE ? check_floats(a, k, m, lda) : check_floats(a, m, k, lda));
    RETURN_IF_ERROR(transpose_b == NABLA_TRANSPOSE ? check_floats(b, n, k, ldb) : check_floats(b, k, n, ldb));
    RETURN_IF_ERROR(check_floats(c, m, n, ldc));
    if (m && n) run_gemm(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, member);
    return NABLA_OK;
}

nabla_status nabla_gemv_f32(nabla_transpose transpose_a, size_t m, size_t n, float alpha, const float *restrict a,
                            size_t lda, const float *restrict x, float beta, float *restrict y,
                            const nabla_member *member)
{
    if (!is_transpose(transpose_a)) return NABLA_ERROR_ARGUMENT;
    const size_t results = transpose_a == NABLA_TRANSPOSE ? n : m, terms = transpose_a == NABLA_TRANSPOSE ? m : n;
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_floats(a, m, n, lda));
    RETURN_IF_ERROR(check_vector(x, terms));
    RETURN_IF_ERROR(check_vector(y, results));
    /* y^T = alpha x^T op(A)^T: gemm with one row, which runs its vectors along y and its chain along x, as promised. */
    const nabla_transpose transpose_b = transpose_a == NABLA_TRANSPOSE ? NABLA_NO_TRANSPOSE : NABLA_TRANSPOSE;
    if (results)
        run_gemm(NABLA_NO_TRANSPOSE, transpose_b, 1, results, terms, alpha, x, terms, a, lda, beta, y, results, member);
    return NABLA_OK;
}

nabla_status nabla_ger_f32(size_t m, size_t n, float alpha, const float *restrict x, const float *restrict y,
                           float *restrict a, size_t lda, const nabla_member *member)
{
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_vector(x, m));
    RETURN_IF_ERROR(check_vector(y, n));
    RETURN_IF_ERROR(check_floats(a, m, n, lda));
    if (m == 0 || n == 0) return NABLA_OK;
    const range rows = member ? part(m, member->index, member->count) : (range){0, m};
    const size_t i = rows.begin;
    if (i < rows.end) nabla_private_selected_table()->ger(rows.end - i, n, alpha, x + i, y, a + i * lda, lda);
    return NABLA_OK;
}
