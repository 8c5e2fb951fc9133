/* How good the fixed order of summation is: against double, element by element, for every kernel with a sum.
 *
 * Hard    |C - C64| <= gamma_(k+1) (|A||B| + |C0|), gamma_n = n u / (1 - n u): the bound every order obeys.
 * Alarm   4 sqrt(k) u (|A||B| + |C0|) on random data: errors that stop cancelling are a sign of a bias.
 * Exact   integers whose sums stay below 2^24 come out without any error.
 */
#include <math.h>

#include "operands.h"
#include "reference.h"

static const double u = 0x1p-24; /* half the spacing of floats at 1 */
static size_t elements, failures;
static double worst_alarm; /* largest error as a part of the alarm's limit */

static void check(const char *kernel, float computed, double exact, double magnitude, size_t terms, int integers)
{
    const double n = (double)terms + 1, error = fabs((double)computed - exact);
    const double limit = magnitude * n * u / (1 - n * u), alarm = 4 * sqrt(n) * u * magnitude;
    ++elements;
    if (alarm > 0 && error / alarm > worst_alarm) worst_alarm = error / alarm;
    if (!(error <= limit) || !(error <= alarm) || (integers && error != 0)) {
        if (++failures <= 20)
            printf("FAILED %s, %zu terms: error %g, limit %g, alarm %g\n", kernel, terms, error, limit, alarm);
    }
}

static void fill(float *p, size_t n, int integers)
{
    for (size_t i = 0; i < n; ++i) p[i] = integers ? (float)((int)(random_bits() >> 8) % 21 - 10) : random_float();
}

/* Sums x[p * x_step] * y[p * y_step] on top of `start` in double, exactly enough: products are exact there. */
typedef struct sum {
    double value, magnitude;
} sum;

static sum dot(size_t n, const float *x, size_t x_step, const float *y, size_t y_step, double start)
{
    sum s = {start, fabs(start)};
    for (size_t p = 0; p < n; ++p) {
        const double product = (double)x[p * x_step] * (double)y[p * y_step];
        s.value += product;
        s.magnitude += fabs(product);
    }
    return s;
}

enum { M = 19, N = 37, WIDE = 48, K_MOST = 1100 };
static float a[M * K_MOST], b[WIDE * K_MOST], c[WIDE * K_MOST], c0[WIDE * K_MOST], bias[WIDE], x[WIDE * K_MOST];

static void test_gemm(size_t k, int integers)
{
    fill(a, M * k, integers), fill(b, N * k, integers), fill(c0, M * N, integers);
    for (int form = 0; form < 4; ++form) {
        const nabla_transpose ta = form & 1, tb = form >> 1;
        memcpy(c, c0, M * N * sizeof(float));
        nabla_gemm_f32(ta, tb, M, N, k, 1, a, ta ? M : k, b, tb ? k : N, 1, c, N, NULL);
        for (size_t i = 0; i < M; ++i)
            for (size_t j = 0; j < N; ++j) {
                const sum s =
                    dot(k, ta ? a + i : a + i * k, ta ? M : 1, tb ? b + j * k : b + j, tb ? 1 : N, c0[i * N + j]);
                check("gemm", c[i * N + j], s.value, s.magnitude, k, integers);
            }
    }
}

static void test_layer(size_t k, int integers)
{
    fill(a, M * k, integers), fill(b, WIDE * k, integers), fill(bias, WIDE, integers);
    for (size_t j = N; j < WIDE; ++j)
        for (size_t p = 0; p < k; ++p) b[panel_at(j, p, k)] = 0;
    nabla_dense_forward_f32(NABLA_IDENTITY, M, N, k, a, k, b, bias, c, WIDE, NULL);
    for (size_t i = 0; i < M; ++i)
        for (size_t j = 0; j < N; ++j) {
            const sum s = dot(k, a + i * k, 1, b + panel_at(j, 0, k), NABLA_PANEL, bias[j]);
            check("dense_forward", c[i * WIDE + j], s.value, s.magnitude, k, integers);
        }

    /* Backward through a layer of k neurons with N inputs. */
    const size_t wide_k = padded(k);
    fill(c, M * wide_k, integers), fill(b, nabla_panels_size(k, N), integers);
    nabla_dense_backward_f32(NABLA_IDENTITY, M, k, N, c, wide_k, b, NULL, N, x, WIDE, NULL);
    for (size_t i = 0; i < M; ++i)
        for (size_t j = 0; j < N; ++j) {
            sum s = {0, 0};
            for (size_t p = 0; p < k; ++p) {
                const double product = (double)b[panel_at(p, j, N)] * (double)c[i * wide_k + p];
                s.value += product, s.magnitude += fabs(product);
            }
            check("dense_backward", x[i * WIDE + j], s.value, s.magnitude, k, integers);
        }

    /* The gradient of a layer of N neurons with M inputs, over k samples. */
    fill(x, k * WIDE, integers), fill(c0, WIDE * M, integers), fill(a, k * M, integers);
    memcpy(c, c0, WIDE * M * sizeof(float));
    nabla_dense_update_f32(k, N, M, 1, x, WIDE, a, M, 1, c, bias, NULL);
    for (size_t j = 0; j < N; ++j)
        for (size_t i = 0; i < M; ++i) {
            const sum s = dot(k, x + j, WIDE, a + i, M, c0[panel_at(j, i, M)]);
            check("dense_update", c[panel_at(j, i, M)], s.value, s.magnitude, k, integers);
        }
}

int main(void)
{
    static const size_t depths[] = {1, 2, 7, 16, 31, 100, 255, 257, 784, 1023};
    for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
        if (nabla_select_isa((nabla_isa)isa) != NABLA_OK) continue;
        for (size_t i = 0; i < sizeof depths / sizeof *depths; ++i)
            for (int integers = 0; integers < 2; ++integers) {
                test_gemm(depths[i], integers);
                test_layer(depths[i], integers);
            }
    }
    printf("%zu elements, largest error %.2f of the alarm, %zu failures\n", elements, worst_alarm, failures);
    return failures != 0;
}
