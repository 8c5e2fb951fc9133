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
    void (*tanh)(size_t n, const float *z, float *a);
    void (*exp_nonpositive)(size_t n, const float *x, float *out); /* for tests: what softmax is made of */
    void (*sigmoid_prime)(size_t n, const float *z, float *out);
    void (*sigmoid_prime_from_activation)(size_t n, const float *a, float *out);
    void (*ger)(size_t m, size_t n, float alpha, const float *x, const float *y, float *a, size_t lda);
    void (*pixels)(size_t n, const uint8_t *pixels, float *out);

    void (*gemm)(nabla_transpose transpose_a, nabla_transpose transpose_b, size_t m, size_t n, size_t k, float alpha,
                 const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);
    void (*dense_forward)(nabla_activation activation, size_t m, size_t out, size_t in, const float *x, size_t ldx,
                          const float *panels, size_t panel_stride, const float *bias, float *a, size_t lda);
    void (*softmax)(size_t m, size_t n, const float *z, size_t ldz, float *a, size_t lda);
    void (*output_error)(nabla_cost cost, nabla_activation activation, size_t m, size_t n, const float *a, size_t lda,
                         const float *y, size_t ldy, float *d, size_t ldd);
    void (*dense_backward)(nabla_activation activation, size_t m, size_t out, size_t in, const float *d, size_t ldd,
                           const float *panels, size_t panel_stride, const float *a_prev, size_t lda, float *d_prev,
                           size_t ld_prev);
    /* `bias` NULL: another member updates it. */
    void (*dense_update)(size_t m, size_t out, size_t in, float alpha, const float *d, size_t ldd, const float *x,
                         size_t ldx, float beta, float *panels, size_t panel_stride, float *bias);
    void (*sparse_forward)(nabla_activation activation, const nabla_sparse_batch *x, size_t out, const float *panels,
                           size_t panel_stride, const float *bias, float *a, size_t lda);
    void (*sparse_update)(const nabla_sparse_batch *x, size_t out, size_t in, float alpha, const float *d, size_t ldd,
                          float beta, float *panels, size_t panel_stride, float *bias);
    /* `layer` is the whole layer; the other arguments are of its panels from `first` on and its inputs from `input` on.
     */
    void (*dense_rule)(const nabla_rule *rule, size_t m, size_t out, size_t in, const float *d, size_t ldd,
                       const float *x, size_t ldx, const nabla_rule_layer *layer, size_t first, size_t input,
                       size_t panel_stride, int with_bias);
    void (*sparse_rule)(const nabla_rule *rule, const nabla_sparse_batch *x, size_t out, size_t in, const float *d,
                        size_t ldd, const nabla_rule_layer *layer, size_t first, size_t panel_stride);
    void (*dropout_masks)(size_t m, size_t n, uint32_t drop, uint64_t seed, uint64_t stream, const uint32_t *samples,
                          size_t first, uint16_t *masks, size_t ldm); /* samples NULL: first, first + 1, ... */
    void (*dropout)(size_t m, size_t n, float scale, const uint16_t *masks, size_t ldm, const float *a, size_t lda,
                    float *out, size_t ldo);
    void (*elastic_field)(size_t rows, size_t columns, size_t terms, const float *taps, float alpha, uint64_t seed,
                          uint64_t stream, uint32_t sample, float *workspace, float *dx, float *dy, size_t ld);
    void (*warp)(size_t rows, size_t columns, const uint8_t *picture, const nabla_affine_map *map, const float *dx,
                 const float *dy, size_t ld, uint32_t *words, uint8_t *out);
} kernel_table;

/* The table in use. Read it once per call, so that nabla_select_isa never changes a call under way. */
const kernel_table *nabla_private_selected_table(void);

#endif
