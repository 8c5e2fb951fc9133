/* Times calls of one matrix product, so that the small shapes are not drowned in the caller's interpreter.
 * blas.py compiles this and links it with the kernels.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "nabla_kernels.h"

/** cblas_sgemm of any BLAS with 32-bit integers. */
typedef void (*sgemm)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                      const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);

/** C = op(A) op(B), row-major: op(A) m x k, op(B) k x n, C m x n. */
typedef struct product {
    int transpose_a, transpose_b, m, n, k;
    const float *a, *b;
    float *c;
} product;

enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112 };

static double now(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/** With the BLAS function `f`, or with Nabla's kernel where it is NULL. */
static void multiply(sgemm f, const product *p)
{
    const int lda = p->transpose_a ? p->m : p->k, ldb = p->transpose_b ? p->k : p->n;
    if (f) {
        const int transpose_a = p->transpose_a ? TRANSPOSE : NO_TRANSPOSE;
        const int transpose_b = p->transpose_b ? TRANSPOSE : NO_TRANSPOSE;
        f(ROW_MAJOR, transpose_a, transpose_b, p->m, p->n, p->k, 1, p->a, lda, p->b, ldb, 0, p->c, p->n);
    } else {
        const nabla_transpose transpose_a = p->transpose_a ? NABLA_TRANSPOSE : NABLA_NO_TRANSPOSE;
        const nabla_transpose transpose_b = p->transpose_b ? NABLA_TRANSPOSE : NABLA_NO_TRANSPOSE;
        nabla_gemm_f32(transpose_a, transpose_b, (size_t)p->m, (size_t)p->n, (size_t)p->k, 1, p->a,
                       (size_t)lda, p->b, (size_t)ldb, 0, p->c, (size_t)p->n, NULL);
    }
}

/** The seconds that `calls` calls take, after one that is not timed. */
double seconds(sgemm f, const product *p, long calls)
{
    multiply(f, p);
    const double start = now();
    for (long i = 0; i < calls; ++i) multiply(f, p);
    return now() - start;
}

/** Writes `n` numbers in -0.5 ..< 0.5. */
void fill(float *x, size_t n)
{
    uint32_t state = 1;
    for (size_t i = 0; i < n; ++i) {
        state = state * 1664525u + 1013904223u;
        x[i] = (float)(state >> 8) * 0x1p-24f - 0.5f;
    }
}

/** The largest |x - y| over `n` floats. */
float largest_difference(const float *x, const float *y, size_t n)
{
    float largest = 0;
    for (size_t i = 0; i < n; ++i) largest = fmaxf(largest, fabsf(x[i] - y[i]));
    return largest;
}
