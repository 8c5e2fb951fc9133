/* The private side of the library: one table of kernels per instruction set, and the shapes they work on.
 *
 * A kernel here sees checked arguments and one member's share of the work. It takes the arguments of its public
 * namesake in the same order, without `member`; what differs is said beside it.
 */
#ifndef NABLA_KERNEL_TABLE_H
#define NABLA_KERNEL_TABLE_H

#include "../include/nabla_kernels.h"

/* Panels need not follow each other in memory when a share covers only some of a layer's inputs, so dense
 * kernels take `panel_stride`, the floats from one panel to the next (16 * the layer's inputs). */
typedef struct kernel_table {
    nabla_isa isa;

    void (*sigmoid)(size_t n, const float *z, float *a);
    void (*sigmoid_prime)(size_t n, const float *z, float *out);
    void (*sigmoid_prime_from_activation)(size_t n, const float *a, float *out);
    void (*ger)(size_t m, size_t n, float alpha, const float *x, const float *y, float *a, size_t lda);
    void (*pixels)(size_t n, const uint8_t *pixels, float *out);

    void (*gemm)(nabla_transpose transpose_a, nabla_transpose transpose_b, size_t m, size_t n, size_t k, float alpha,
                 const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);
    void (*dense_forward)(nabla_activation activation, size_t m, size_t out, size_t in, const float *x, size_t ldx,
                          const float *panels, size_t panel_stride, const float *bias, float *a, size_t lda);
    void (*output_error)(nabla_cost cost, size_t m, size_t n, const float *a, size_t lda, const float *y, size_t ldy,
                         float *d, size_t ldd);
    void (*dense_backward)(nabla_activation activation, size_t m, size_t out, size_t in, const float *d, size_t ldd,
                           const float *panels, size_t panel_stride, const float *a_prev, size_t lda, float *d_prev,
                           size_t ld_prev);
    /* `bias` NULL: another member updates it. */
    void (*dense_update)(size_t m, size_t out, size_t in, float alpha, const float *d, size_t ldd, const float *x,
                         size_t ldx, float beta, float *panels, size_t panel_stride, float *bias);
    /* `samples` NULL: rows 0 ... m-1. */
    void (*sparse_forward)(nabla_activation activation, size_t m, size_t out, const nabla_sparse_rows *x,
                           const uint32_t *samples, const float *panels, size_t panel_stride, const float *bias,
                           float *a, size_t lda);
    void (*sparse_update)(size_t m, size_t out, size_t in, float alpha, const float *d, size_t ldd,
                          const nabla_sparse_rows *x, const uint32_t *samples, const uint32_t *ahead,
                          size_t ahead_count, float beta, float *panels, size_t panel_stride, float *bias);
} kernel_table;

/* NULL when the instruction set is not built in. */
const kernel_table *nabla_private_scalar_table(void);
const kernel_table *nabla_private_avx2_table(void);
const kernel_table *nabla_private_avx512_table(void);
const kernel_table *nabla_private_neon_table(void);

/* The table in use. Read it once per call, so that nabla_select_isa never changes a call under way. */
const kernel_table *nabla_private_selected_table(void);

#endif
