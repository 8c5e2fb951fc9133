/* The kernels of one instruction set with a fault put in on purpose, chosen by FAULT. Compiled in place of isa_avx2.c
 * or isa_neon.c; the tests must then fail. A guard that has never caught anything guards nothing.
 *
 *   1  a multiplication and an addition instead of one fused multiply-add
 *   2  the sum of a layer split in two along k and the halves added
 *   3  the last, shorter vector loads one float too many
 *   4  the last, shorter vector is stored whole
 *   5  2^n applied in one step, which loses the subnormal results of the sigmoid
 *   6  lanes that belong to no neuron are left as sigmoid(0)
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
#define ivec_half(x) (x)
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

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

const kernel_table *FAULTY_TABLE(void)
{
#if FAULT == 2
    static kernel_table faulty;
    faulty = table;
    faulty.dense_forward = split_forward;
    return &faulty;
#else
    return &table;
#endif
}
