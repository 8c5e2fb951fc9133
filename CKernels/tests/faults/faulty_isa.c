/* The kernels of one instruction set with a fault put in on purpose, chosen by FAULT. Compiled in place of isa_avx2.c
 * or isa_neon.c; the tests must then fail. A guard that has never caught anything guards nothing.
 *
 *   1  a multiplication and an addition instead of one fused multiply-add
 *   2  the sum of a layer split in two along k and the halves added
 *   3  the last, shorter vector loads one float too many
 *   4  the last, shorter vector is stored whole
 *   5  2^n applied in one step, which loses the subnormal results of the sigmoid
 *   6  lanes that belong to no neuron are left as sigmoid(0)
 *   7  sparse rows: the last pixel of each row is left out of the forward pass
 *   8  sparse rows: the last pixel of each row is left out of the update
 *   9  sparse rows: one pixel too many is read
 */
#include "../../src/simd_words.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define THIS_ISA NABLA_ISA_AVX2
#define FAULTY_TABLE nabla_private_avx2_table
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#include "../../src/simd_avx2.h"
#elif defined(__aarch64__)
#include <arm_neon.h>
#define THIS_ISA NABLA_ISA_NEON
#define FAULTY_TABLE nabla_private_neon_table
#include "../../src/simd_neon.h"
#endif

#if FAULT == 1
#define vec_fma(a, b, c) vec_add(vec_mul(a, b), c)
#elif FAULT == 3
#define vec_load_first(p, count) vec_load_first(p, (count) + ((count) != 0))
#elif FAULT == 4
#define vec_store_first(p, count, x) vec_store(p, x)
#elif FAULT == 5
#define HAS_VEC_SCALE
#define vec_scale(x, n)                                                                                                \
    vec_mul(x, vec_from_bits(ivec_shift_left_23(ivec_from_bits(vec_add(n, vec_set1(0x1.8p+23f + 127))))))
#elif FAULT == 6
#define vec_keep_first(x, count) (x)
#endif

#include "../../src/all_bodies.h"

#if FAULT == 2
static void split_forward(nabla_activation activation, size_t m, size_t out, size_t in, const float *x, size_t ldx,
                          const float *panels, size_t panel_stride, const float *bias, float *a, size_t lda)
{
    enum { MOST = 1 << 12 };
    static float half[MOST];
    const size_t width = panels_in(out) * NABLA_PANEL, middle = in / 2;
    if (activation == NABLA_SIGMOID || m * width > MOST) {
        dense_forward(activation, m, out, in, x, ldx, panels, panel_stride, bias, a, lda);
        return;
    }
    static const float zero[MOST];
    dense_forward(activation, m, out, middle, x, ldx, panels, panel_stride, bias, a, lda);
    dense_forward(activation, m, out, in - middle, x + middle, ldx, panels + middle * NABLA_PANEL, panel_stride, zero,
                  half, width);
    for (size_t s = 0; s < m; ++s)
        for (size_t j = 0; j < width; ++j) a[s * lda + j] += half[s * width + j];
}
#endif

#if FAULT >= 7
/* The rows that `samples` names, one after the other, the last pixel of each left out or one too many taken in. */
static nabla_sparse_rows faulty_rows(size_t m, const nabla_sparse_rows *x, const uint32_t *samples)
{
    enum { ROWS_MOST = 128, PIXELS_MOST = 1 << 17 };
    static uint64_t starts[ROWS_MOST + 1];
    static uint16_t entries[PIXELS_MOST];
    for (size_t s = 0; s < m; ++s) {
        const size_t row = samples ? samples[s] : s, begin = (size_t)x->starts[row];
        size_t count = (size_t)x->starts[row + 1] - begin;
        count = FAULT == 9 ? count + 1 : count - (count != 0);
        memcpy(entries + starts[s], x->entries + begin, count * sizeof *entries);
        starts[s + 1] = starts[s] + count;
    }
    return (nabla_sparse_rows){starts, entries};
}

#if FAULT != 8
static void faulty_sparse_forward(nabla_activation activation, size_t m, size_t out, const nabla_sparse_rows *x,
                                  const uint32_t *samples, const float *panels, size_t panel_stride, const float *bias,
                                  float *a, size_t lda)
{
    const nabla_sparse_rows rows = faulty_rows(m, x, samples);
    sparse_forward(activation, m, out, &rows, NULL, panels, panel_stride, bias, a, lda);
}
#else
static void faulty_sparse_update(size_t m, size_t out, size_t in, float alpha, const float *d, size_t ldd,
                                 const nabla_sparse_rows *x, const uint32_t *samples, const uint32_t *ahead,
                                 size_t ahead_count, float beta, float *panels, size_t panel_stride, float *bias)
{
    const nabla_sparse_rows rows = faulty_rows(m, x, samples);
    (void)ahead, (void)ahead_count;
    sparse_update(m, out, in, alpha, d, ldd, &rows, NULL, NULL, 0, beta, panels, panel_stride, bias);
}
#endif
#endif

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

const kernel_table *FAULTY_TABLE(void)
{
    static kernel_table faulty;
    faulty = table;
#if FAULT == 2
    faulty.dense_forward = split_forward;
#elif FAULT == 7 || FAULT == 9
    faulty.sparse_forward = faulty_sparse_forward;
#elif FAULT == 8
    faulty.sparse_update = faulty_sparse_update;
#endif
    return &faulty;
}
