/* Every kernel once more, as the header's "Numerics" lines read: one scalar fmaf a term, in the written order. It
 * shares nothing with the library except the sigmoid, which test_sigmoid holds against long double. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <math.h>

#include "nabla_kernels.h"

static inline size_t panels_of(size_t n) { return (n + NABLA_PANEL - 1) / NABLA_PANEL; }
static inline size_t padded(size_t n) { return panels_of(n) * NABLA_PANEL; }
static inline size_t panel_at(size_t j, size_t k, size_t in)
{
    return j / NABLA_PANEL * in * NABLA_PANEL + k * NABLA_PANEL + j % NABLA_PANEL;
}

static inline float reference_sigmoid(float z)
{
    const nabla_isa selected = nabla_selected_isa();
    float a;
    nabla_select_isa(NABLA_ISA_SCALAR);
    nabla_sigmoid_f32(1, &z, &a, NULL);
    nabla_select_isa(selected);
    return a;
}

static inline float reference_prime(float a)
{
    const float rest = 1 - a;
    return a * rest;
}

static inline void reference_gemm(nabla_transpose ta, nabla_transpose tb, size_t m, size_t n, size_t k, float alpha,
                                  const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
                                  size_t ldc)
{
    for (size_t i = 0; i < m; ++i)
        for (size_t j = 0; j < n; ++j) {
            float s = beta == 0 ? 0 : beta * c[i * ldc + j];
            for (size_t p = 0; alpha != 0 && p < k; ++p) {
                const float scaled = alpha * a[ta ? p * lda + i : i * lda + p];
                s = fmaf(scaled, b[tb ? j * ldb + p : p * ldb + j], s);
            }
            c[i * ldc + j] = s;
        }
}

static inline void reference_gemv(nabla_transpose ta, size_t m, size_t n, float alpha, const float *a, size_t lda,
                                  const float *x, float beta, float *y)
{
    const size_t results = ta ? n : m, terms = ta ? m : n;
    for (size_t i = 0; i < results; ++i) {
        float s = beta == 0 ? 0 : beta * y[i];
        for (size_t p = 0; alpha != 0 && p < terms; ++p) {
            const float scaled = alpha * x[p];
            s = fmaf(a[ta ? p * lda + i : i * lda + p], scaled, s);
        }
        y[i] = s;
    }
}

static inline void reference_ger(size_t m, size_t n, float alpha, const float *x, const float *y, float *a, size_t lda)
{
    for (size_t i = 0; i < m; ++i)
        for (size_t j = 0; j < n; ++j) {
            const float scaled = alpha * x[i];
            a[i * lda + j] = fmaf(scaled, y[j], a[i * lda + j]);
        }
}

static inline void reference_forward(nabla_activation f, size_t m, size_t out, size_t in, const float *x, size_t ldx,
                                     const float *panels, const float *bias, float *a, size_t lda)
{
    for (size_t s = 0; s < m; ++s)
        for (size_t j = 0; j < padded(out); ++j) {
            float z = j < out ? bias[j] : 0;
            for (size_t k = 0; j < out && k < in; ++k) z = fmaf(panels[panel_at(j, k, in)], x[s * ldx + k], z);
            a[s * lda + j] = f == NABLA_SIGMOID && j < out ? reference_sigmoid(z) : z;
        }
}

static inline void reference_output_error(nabla_cost cost, size_t m, size_t n, const float *a, size_t lda,
                                          const float *y, size_t ldy, float *d, size_t ldd)
{
    for (size_t s = 0; s < m; ++s)
        for (size_t j = 0; j < padded(n); ++j) {
            float error = j < n ? a[s * lda + j] - y[s * ldy + j] : 0;
            if (cost == NABLA_QUADRATIC && j < n) error = error * reference_prime(a[s * lda + j]);
            d[s * ldd + j] = error;
        }
}

static inline void reference_backward(nabla_activation f, size_t m, size_t out, size_t in, const float *d, size_t ldd,
                                      const float *panels, const float *a_prev, size_t lda, float *d_prev,
                                      size_t ld_prev)
{
    for (size_t s = 0; s < m; ++s)
        for (size_t i = 0; i < padded(in); ++i) {
            float sum = 0;
            for (size_t j = 0; i < in && j < out; ++j) sum = fmaf(panels[panel_at(j, i, in)], d[s * ldd + j], sum);
            if (f == NABLA_SIGMOID && i < in) sum = sum * reference_prime(a_prev[s * lda + i]);
            d_prev[s * ld_prev + i] = sum;
        }
}

static inline void reference_update(size_t m, size_t out, size_t in, float alpha, const float *d, size_t ldd,
                                    const float *x, size_t ldx, float beta, float *panels, float *bias)
{
    for (size_t j = 0; j < padded(out); ++j) {
        for (size_t k = 0; k < in; ++k) {
            float w = beta == 0 ? 0 : beta * panels[panel_at(j, k, in)];
            for (size_t s = 0; s < m; ++s) {
                const float scaled = alpha * d[s * ldd + j];
                w = fmaf(scaled, x[s * ldx + k], w);
            }
            panels[panel_at(j, k, in)] = w;
        }
        float b = beta == 0 ? 0 : bias[j];
        for (size_t s = 0; s < m; ++s) {
            const float scaled = alpha * d[s * ldd + j];
            b = fmaf(scaled, 1, b);
        }
        bias[j] = b;
    }
}

#endif
