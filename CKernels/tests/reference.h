/* Every kernel once more, as the header's "Numerics" lines read: one scalar fmaf a term, in the written order. It
 * shares nothing with the library except sigmoid, tanh and e^x in plain C, which test_activations and
 * sweep_activations hold against double. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <math.h>

#include "../src/kernel_table.h"
#include "nabla_kernels.h"

static inline size_t panels_of(size_t n) { return (n + NABLA_PANEL - 1) / NABLA_PANEL; }
static inline size_t padded(size_t n) { return panels_of(n) * NABLA_PANEL; }
static inline size_t panel_at(size_t j, size_t k, size_t in)
{
    return j / NABLA_PANEL * in * NABLA_PANEL + k * NABLA_PANEL + j % NABLA_PANEL;
}

/* The table of plain C, whatever is selected. */
static inline const kernel_table *scalar_kernels(void)
{
    static const kernel_table *scalar;
    if (scalar) return scalar;
    const nabla_isa selected = nabla_selected_isa();
    nabla_select_isa(NABLA_ISA_SCALAR);
    scalar = nabla_private_selected_table();
    nabla_select_isa(selected);
    return scalar;
}

static inline float reference_sigmoid(float z)
{
    float a;
    scalar_kernels()->sigmoid(1, &z, &a);
    return a;
}

static inline float reference_tanh(float z)
{
    float a;
    scalar_kernels()->tanh(1, &z, &a);
    return a;
}

/* e^x for x <= 0. */
static inline float reference_exp(float x)
{
    float y;
    scalar_kernels()->exp_nonpositive(1, &x, &y);
    return y;
}

static inline float reference_activation(nabla_activation f, float z)
{
    if (f == NABLA_SIGMOID) return reference_sigmoid(z);
    if (f == NABLA_TANH) return reference_tanh(z);
    if (f == NABLA_RELU) return z < 0 ? 0 : z; /* NaN and -0 stay */
    return z;
}

static inline float reference_prime(float a)
{
    const float rest = 1 - a;
    return a * rest;
}

static inline float reference_prime_of(float z) { return reference_prime(reference_sigmoid(z)); }

/* s f'(z), from a = f(z). */
static inline float reference_chain_rule(nabla_activation f, float s, float a)
{
    if (f == NABLA_SIGMOID) return s * reference_prime(a);
    if (f == NABLA_TANH) return s * fmaf(-a, a, 1);
    if (f == NABLA_RELU) return a > 0 ? s : 0;
    return s;
}

/* Joins 16 chains as the header says. */
static inline float reference_joined(float chain[16])
{
    for (size_t half = 8; half; half /= 2)
        for (size_t i = 0; i < half; ++i) chain[i] = chain[i] + chain[i + half];
    return chain[0];
}

/* A B^T and A x: 16 chains a block of 1024 terms, the terms past the last one zeros. */
static inline float reference_dot(size_t k, float alpha, const float *a, const float *b, float beta, float c)
{
    float s = beta == 0 ? 0 : beta * c;
    for (size_t block = 0; alpha != 0 && block < k; block += 1024) {
        float chain[16] = {0};
        for (size_t p = block; p < block + 1024 && p < padded(k); ++p)
            chain[p % 16] = fmaf(p < k ? a[p] : 0, p < k ? b[p] : 0, chain[p % 16]);
        s = fmaf(alpha, reference_joined(chain), s);
    }
    return s;
}

static inline void reference_gemm(nabla_transpose ta, nabla_transpose tb, size_t m, size_t n, size_t k, float alpha,
                                  const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
                                  size_t ldc)
{
    for (size_t i = 0; i < m; ++i)
        for (size_t j = 0; j < n; ++j) {
            if (!ta && tb) {
                c[i * ldc + j] = reference_dot(k, alpha, a + i * lda, b + j * ldb, beta, c[i * ldc + j]);
                continue;
            }
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
        if (!ta) {
            y[i] = reference_dot(n, alpha, a + i * lda, x, beta, y[i]);
            continue;
        }
        float s = beta == 0 ? 0 : beta * y[i];
        for (size_t p = 0; alpha != 0 && p < terms; ++p) {
            const float scaled = alpha * x[p];
            s = fmaf(a[p * lda + i], scaled, s);
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
            a[s * lda + j] = j < out ? reference_activation(f, z) : 0;
        }
}

static inline void reference_softmax(size_t m, size_t n, const float *z, size_t ldz, float *a, size_t lda)
{
    for (size_t s = 0; s < m; ++s, z += ldz, a += lda) {
        float largest = n ? z[0] : 0, chain[16] = {0};
        for (size_t j = 0; j < n; ++j) largest = z[j] > largest ? z[j] : largest;
        for (size_t j = 0; j < n; ++j) {
            a[j] = reference_exp(z[j] - largest);
            chain[j % 16] = chain[j % 16] + a[j];
        }
        const float sum = reference_joined(chain);
        for (size_t j = 0; j < padded(n); ++j) a[j] = j < n ? a[j] / sum : 0;
    }
}

static inline int reference_has_output_error(nabla_cost cost, nabla_activation f)
{
    if (cost == NABLA_QUADRATIC)
        return f == NABLA_IDENTITY || f == NABLA_SIGMOID || f == NABLA_TANH || f == NABLA_SOFTMAX;
    return (cost == NABLA_CROSS_ENTROPY && f == NABLA_SIGMOID) || (cost == NABLA_LOG_LIKELIHOOD && f == NABLA_SOFTMAX);
}

static inline void reference_output_error(nabla_cost cost, nabla_activation f, size_t m, size_t n, const float *a,
                                          size_t lda, const float *y, size_t ldy, float *d, size_t ldd)
{
    for (size_t s = 0; s < m; ++s, a += lda, y += ldy, d += ldd) {
        float chain[16] = {0};
        for (size_t j = 0; j < n; ++j) {
            const float e = a[j] - y[j];
            chain[j % 16] = fmaf(e, a[j], chain[j % 16]);
        }
        const float t = reference_joined(chain);
        for (size_t j = 0; j < padded(n); ++j) {
            const float e = j < n ? a[j] - y[j] : 0, rest = e - t;
            d[j] = j >= n || cost != NABLA_QUADRATIC ? e
                   : f == NABLA_SOFTMAX              ? a[j] * rest
                                                     : reference_chain_rule(f, e, a[j]);
        }
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
            d_prev[s * ld_prev + i] =
                f == NABLA_IDENTITY || i >= in ? sum : reference_chain_rule(f, sum, a_prev[s * lda + i]);
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
