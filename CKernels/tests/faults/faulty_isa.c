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
 *  10  sparse rows: each is taken to end where the next begins
 *  11  Nesterov's step looks ahead along the old velocity
 *  12  the square root through its reciprocal, which rounds twice more
 *  13  dropout draws the same mask for every sample
 *  14  softmax sums its row in one chain
 *  15  every sample has the same elastic field
 *  16  half of the displacement at the end of a row that is no whole number of vectors
 *  17  rows are displaced as columns are
 */
#include "../../src/instruction_set.h"
#include "../../src/simd_words.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#define THIS_ISA NABLA_ISA_AVX2
BEGIN_TARGET("avx2,fma")
#include "../../src/simd_avx2.h"
#elif defined(__aarch64__)
#include <arm_neon.h>
#define THIS_ISA NABLA_ISA_NEON
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
#define vec_keep_first(x, count) ((void)(count), (x))
#elif FAULT == 12
#define vec_sqrt(x) vec_div(vec_set1(1.0f), vec_div(vec_set1(1.0f), vec_sqrt(x)))
#endif

#include "../../src/all_bodies.h"

#if FAULT == 2
static void split_forward(nabla_activation activation, size_t m, size_t out, size_t in, const float *x, size_t ldx,
                          const float *panels, size_t panel_stride, const float *bias, float *a, size_t lda)
{
    enum { MOST = 1 << 12 };
    static float half[MOST];
    const size_t width = panels_in(out) * NABLA_PANEL, middle = in / 2;
    if (activation != NABLA_IDENTITY || m * width > MOST) {
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

#if FAULT >= 7 && FAULT <= 10
/* The same mini-batch with each row one pixel shorter (7, 8), one longer (9) or up to the next one's start (10). */
static nabla_sparse_batch faulty_batch(const nabla_sparse_batch *x)
{
    enum { ROWS_MOST = 128 };
    static uint64_t starts[ROWS_MOST], ends[ROWS_MOST];
    for (size_t s = 0; s < x->count; ++s) {
        const size_t row = x->samples ? x->samples[s] : s;
        starts[s] = x->rows.starts[row];
        ends[s] = x->rows.ends[row];
        if (FAULT == 10) ends[s] = x->rows.starts[row + 1];
        if (FAULT == 9) ++ends[s];
        if (FAULT < 9) ends[s] -= ends[s] > starts[s];
    }
    return (nabla_sparse_batch){.rows = {starts, ends, x->rows.entries, x->rows.values}, .count = x->count};
}

static void faulty_sparse_forward(nabla_activation activation, const nabla_sparse_batch *x, size_t out,
                                  const float *panels, size_t panel_stride, const float *bias, float *a, size_t lda)
{
    const nabla_sparse_batch batch = FAULT == 8 ? *x : faulty_batch(x);
    sparse_forward(activation, &batch, out, panels, panel_stride, bias, a, lda);
}

static void faulty_sparse_update(const nabla_sparse_batch *x, size_t out, size_t in, float alpha, const float *d,
                                 size_t ldd, float beta, float *panels, size_t panel_stride, float *bias)
{
    const nabla_sparse_batch batch = FAULT == 8 ? faulty_batch(x) : *x;
    sparse_update(&batch, out, in, alpha, d, ldd, beta, panels, panel_stride, bias);
}
#endif

#if FAULT == 11
static void faulty_rule(const nabla_rule *rule, size_t m, size_t out, size_t in, const float *d, size_t ldd,
                        const float *x, size_t ldx, const nabla_rule_layer *layer, size_t first, size_t input,
                        size_t panel_stride, int with_bias)
{
    nabla_rule other = *rule; /* the new velocity is what the old one becomes: momentum's step */
    if (other.kind == NABLA_RULE_NESTEROV) other.kind = NABLA_RULE_MOMENTUM;
    dense_rule(&other, m, out, in, d, ldd, x, ldx, layer, first, input, panel_stride, with_bias);
}
#elif FAULT == 13
static void faulty_masks(size_t m, size_t n, uint32_t drop, uint64_t seed, uint64_t stream, const uint32_t *samples,
                         size_t first, uint16_t *masks, size_t ldm)
{
    static const uint32_t zeros[64];
    (void)samples, (void)first;
    dropout_masks(m, n, drop, seed, stream, m <= 64 ? zeros : samples, 0, masks, ldm);
}
#elif FAULT == 15 || FAULT == 16
static void faulty_field(size_t rows, size_t columns, size_t terms, const float *taps, float alpha, uint64_t seed,
                         uint64_t stream, uint32_t sample, float *workspace, float *dx, float *dy, size_t ld)
{
    elastic_field(rows, columns, terms, taps, alpha, seed, stream, FAULT == 15 ? 0 : sample, workspace, dx, dy, ld);
    if (FAULT == 16 && columns % LANES) dx[columns - 1] = dx[columns - 1] * 0.5f;
}
#elif FAULT == 17
static void faulty_warp(size_t rows, size_t columns, const uint8_t *picture, const nabla_affine_map *map,
                        const float *dx, const float *dy, size_t ld, uint32_t *words, uint8_t *out)
{
    warp(rows, columns, picture, map, dx, dy ? dx : NULL, ld, words, out);
}
#elif FAULT == 14
static void faulty_softmax(size_t m, size_t n, const float *z, size_t ldz, float *a, size_t lda)
{
    for (size_t s = 0; s < m; ++s, z += ldz, a += lda) {
        float largest = z[0], sum = 0;
        for (size_t j = 0; j < n; ++j) largest = z[j] > largest ? z[j] : largest;
        for (size_t j = 0; j < panels_in(n) * NABLA_PANEL; ++j) a[j] = j < n ? z[j] - largest : 0;
        exp_nonpositive(n, a, a);
        for (size_t j = 0; j < n; ++j) sum += a[j];
        for (size_t j = 0; j < n; ++j) a[j] /= sum;
    }
}
#endif

#if defined(__x86_64__)
END_TARGET
#endif

static kernel_table faulty;

__attribute__((constructor)) static void put_fault_in(void)
{
    faulty = table;
#if FAULT == 2
    faulty.dense_forward = split_forward;
#elif FAULT >= 7 && FAULT <= 10
    faulty.sparse_forward = faulty_sparse_forward;
    faulty.sparse_update = faulty_sparse_update;
#elif FAULT == 11
    faulty.dense_rule = faulty_rule;
#elif FAULT == 13
    faulty.dropout_masks = faulty_masks;
#elif FAULT == 14
    faulty.softmax = faulty_softmax;
#elif FAULT == 15 || FAULT == 16
    faulty.elastic_field = faulty_field;
#elif FAULT == 17
    faulty.warp = faulty_warp;
#endif
}

#if defined(__x86_64__)
const instruction_set nabla_private_avx2 = {
    .isa = THIS_ISA,
    .name = "avx2",
    .needs = {{[CPUID_1_ECX] = bit_AVX | bit_FMA, [CPUID_7_EBX] = bit_AVX2, [XCR0] = XCR0_XMM_YMM}},
    .kernels = &faulty,
};
#elif defined(__aarch64__)
const instruction_set nabla_private_neon = {.isa = THIS_ISA, .name = "neon", .kernels = &faulty};
#endif
