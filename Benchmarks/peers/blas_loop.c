/* Times calls of one matrix product, so that the small shapes are not drowned in the caller's interpreter.
 * blas.py compiles this and links it with the kernels.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "nabla_kernels.h"
#include "peaks.h"

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

static void multiply_with_peer(sgemm f, const product *p)
{
    f(ROW_MAJOR, p->transpose_a ? TRANSPOSE : NO_TRANSPOSE, p->transpose_b ? TRANSPOSE : NO_TRANSPOSE, p->m, p->n, p->k,
      1, p->a, p->transpose_a ? p->m : p->k, p->b, p->transpose_b ? p->k : p->n, 0, p->c, p->n);
}

static void multiply_with_nabla(const product *p, const nabla_member *member)
{
    nabla_gemm_f32(p->transpose_a ? NABLA_TRANSPOSE : NABLA_NO_TRANSPOSE,
                   p->transpose_b ? NABLA_TRANSPOSE : NABLA_NO_TRANSPOSE, (size_t)p->m, (size_t)p->n, (size_t)p->k, 1,
                   p->a, (size_t)(p->transpose_a ? p->m : p->k), p->b, (size_t)(p->transpose_b ? p->k : p->n), 0, p->c,
                   (size_t)p->n, member);
}

/** What each member of Nabla's team does, and the seconds that the first one took. */
typedef struct turn {
    const product *p;
    long calls;
    double seconds;
} turn;

/** After each call comes the barrier, which whoever reads what another member wrote needs. */
static void multiply_in_team(void *context, nabla_member *member)
{
    turn *t = context;
    double start = 0;
    for (long i = -1; i < t->calls; ++i) {
        if (i == 0) start = now();
        multiply_with_nabla(t->p, member);
        nabla_barrier(member);
    }
    if (member->index == 0) t->seconds = now() - start;
}

/** The seconds that `calls` calls take, after one that is not timed: of the BLAS function `f`, which finds its own
 *  threads, or with Nabla's kernel where it is NULL, by `members` of a team that stays open meanwhile. */
double seconds(sgemm f, const product *p, long calls, size_t members)
{
    if (!f) {
        turn t = {p, calls, 0};
        nabla_team_run(members, multiply_in_team, &t);
        return t.seconds;
    }
    multiply_with_peer(f, p);
    const double start = now();
    for (long i = 0; i < calls; ++i) multiply_with_peer(f, p);
    return now() - start;
}

/** What each member does to find the peak, and what the first one found. */
typedef struct peak_turn {
    size_t rounds;
    double flops;
} peak_turn;

static void multiply_add(void *context, nabla_member *member)
{
    peak_turn *t = context;
    nabla_barrier(member);
    const double start = now(), work = 2 * peaks_widest()->multiply_add(t->rounds) * (double)member->count;
    nabla_barrier(member);
    if (member->index == 0) t->flops = work / (now() - start);
}

/** Floating-point operations a second of `members` threads that do nothing but multiply-adds in registers. */
double peak_flops(size_t rounds, size_t members)
{
    peak_turn t = {rounds, 0};
    nabla_team_run(members, multiply_add, &t);
    return t.flops;
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
