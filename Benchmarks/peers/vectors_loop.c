/* Times calls of one elementwise kernel, Nabla's or another's, so that small arrays are not drowned in the caller's
 * interpreter. vectors.py compiles this for the machine it runs on and links it with the kernels.
 */
#include <string.h>
#include <time.h>

#include "nabla_kernels.h"

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#endif

/** What sigmoid is part of: a = s(z), s'(z) = a (1 - a), or s(z + bias). */
typedef enum form { PLAIN, PRIME, BIAS } form;

/** One kernel's operands: y [rows x columns] is written, or changed in place. */
typedef struct work {
    size_t rows, columns;
    form form;
    const float *x;       /* rows x columns; a row alone for the outer product */
    const float *factors; /* one for each row */
    float *bias;          /* one for each column */
    float *y;
    void *function; /* a peer's */
    void *object;   /* what it works with, where that is not these arrays */
} work;

typedef void (*method)(const work *w, const nabla_member *member);

/* ---------------------------------------------------------------------------------------- Nabla */

void nabla_sigmoid(const work *w, const nabla_member *member)
{
    const size_t n = w->rows * w->columns;
    if (w->form == PLAIN)
        nabla_sigmoid_f32(n, w->x, w->y, member);
    else if (w->form == PRIME)
        nabla_sigmoid_prime_f32(n, w->x, w->y, member);
    else /* a layer with one input: z = fma(weight, input, bias), and sigmoid while z is in the first-level cache */
        nabla_dense_forward_f32(NABLA_SIGMOID, w->rows, w->columns, 1, w->factors, 1, w->x, w->bias, w->y, w->columns,
                                member);
}

void nabla_prime_of_activation(const work *w, const nabla_member *member)
{
    nabla_sigmoid_prime_from_activation_f32(w->rows * w->columns, w->x, w->y, member);
}

void nabla_axpy(const work *w, const nabla_member *member)
{
    nabla_axpy_f32(w->rows * w->columns, w->factors[0], w->x, w->y, member);
}

void nabla_ger(const work *w, const nabla_member *member)
{
    nabla_ger_f32(w->rows, w->columns, 1, w->factors, w->x, w->y, w->columns, member);
}

/** A step on one sample: the outer product of error and input, added to the panels of a layer. */
void nabla_update(const work *w, const nabla_member *member)
{
    nabla_dense_update_f32(1, w->columns, w->rows, 1, w->x, w->columns, w->factors, w->rows, 1, w->y, w->bias, member);
}

/* ---------------------------------------------------------------------------------------- peers */

/** cblas_saxpy and cblas_sger of any BLAS with 32-bit integers. */
void blas_axpy(const work *w, const nabla_member *member)
{
    (void)member;
    void (*axpy)(int, float, const float *, int, float *, int) =
        (void (*)(int, float, const float *, int, float *, int))w->function;
    axpy((int)(w->rows * w->columns), w->factors[0], w->x, 1, w->y, 1);
}

void blas_ger(const work *w, const nabla_member *member)
{
    (void)member;
    enum { ROW_MAJOR = 101 };
    void (*ger)(int, int, int, float, const float *, int, const float *, int, float *, int) =
        (void (*)(int, int, int, float, const float *, int, const float *, int, float *, int))w->function;
    ger(ROW_MAJOR, (int)w->rows, (int)w->columns, 1, w->factors, 1, w->x, 1, w->y, (int)w->columns);
}

/** xnn_run_operator on an operator that was set up on these arrays. */
void xnnpack_sigmoid(const work *w, const nabla_member *member)
{
    (void)member;
    ((int (*)(void *, void *))w->function)(w->object, NULL);
}

/** With MKL's vmsExp, a block at a time, so that what stands between its passes stays in the first-level cache. */
static void mkl_block(const work *w, size_t begin, size_t n, int64_t mode)
{
    enum { BLOCK = 1024 };
    static float e[BLOCK];
    void (*exp_of)(int, const float *, float *, int64_t) = (void (*)(int, const float *, float *, int64_t))w->function;
    const float *x = w->x + begin;
    float *y = w->y + begin;
    if (w->form == BIAS) {
        for (size_t i = 0, count; i < n; i += count) { /* as far as the row goes */
            const float *bias = w->bias + (begin + i) % w->columns;
            count = w->columns - (begin + i) % w->columns;
            if (count > n - i) count = n - i;
            for (size_t j = 0; j < count; ++j) e[i + j] = -(x[i + j] + bias[j]);
        }
    } else {
        for (size_t i = 0; i < n; ++i) e[i] = -x[i];
    }
    exp_of((int)n, e, e, mode);
    for (size_t i = 0; i < n; ++i) {
        const float a = 1 / (1 + e[i]);
        y[i] = w->form == PRIME ? a * (1 - a) : a;
    }
}

static void mkl(const work *w, int64_t mode)
{
    const size_t n = w->rows * w->columns, block = 1024;
    for (size_t i = 0; i < n; i += block) mkl_block(w, i, n - i < block ? n - i : block, mode);
}

void mkl_high_accuracy(const work *w, const nabla_member *member) { (void)member, mkl(w, 2); }
void mkl_low_accuracy(const work *w, const nabla_member *member) { (void)member, mkl(w, 1); }

#if defined(__AVX512F__)
typedef __m512 sleef_vector;
#elif defined(__AVX2__)
typedef __m256 sleef_vector;
#endif
#if defined(__AVX512F__) || defined(__AVX2__)
enum { SLEEF_LANES = sizeof(sleef_vector) / sizeof(float) };

/** Which of SLEEF's functions belongs into `function`. */
const int sleef_lanes = SLEEF_LANES;

/** With SLEEF's exponential of one vector; rows are whole vectors. */
static inline __attribute__((always_inline)) void sleef(form f, const work *w)
{
    sleef_vector (*exp_of)(sleef_vector) = (sleef_vector(*)(sleef_vector))w->function;
    for (size_t row = 0; row < w->rows; ++row)
        for (size_t j = 0; j < w->columns; j += SLEEF_LANES) {
            sleef_vector z, b, a;
            memcpy(&z, w->x + row * w->columns + j, sizeof z);
            memcpy(&b, w->bias + j, sizeof b);
            if (f == BIAS) z += b;
            a = 1 / (1 + exp_of(-z));
            if (f == PRIME) a *= 1 - a;
            memcpy(w->y + row * w->columns + j, &a, sizeof a);
        }
}

void sleef_sigmoid(const work *w, const nabla_member *member)
{
    (void)member;
    if (w->form == PLAIN)
        sleef(PLAIN, w);
    else if (w->form == PRIME)
        sleef(PRIME, w);
    else
        sleef(BIAS, w);
}
#endif

/* ---------------------------------------------------------------------------------------- the same loads and stores
 *
 * What a kernel can reach at most where memory and not arithmetic bounds it. Each vector is 64 bytes, in one
 * instruction or in several; whatever hinders these loops hinders every kernel.
 */

typedef float vector __attribute__((vector_size(64), aligned(4), may_alias));
enum { LANES = 16, UNROLLED = 8 * LANES };

typedef struct range {
    size_t begin, end;
} range;

/** This member's floats, whole rounds of the loops below. */
static range part(const work *w, const nabla_member *member)
{
    const size_t rounds = w->rows * w->columns / UNROLLED;
    if (!member) return (range){0, rounds * UNROLLED};
    return (range){rounds * member->index / member->count * UNROLLED,
                   rounds * (member->index + 1) / member->count * UNROLLED};
}

/** One load and one store a vector, of two arrays, by the C library. */
void copy(const work *w, const nabla_member *member)
{
    const range r = part(w, member);
    memcpy(w->y + r.begin, w->x + r.begin, (r.end - r.begin) * sizeof(float));
    __asm__ volatile("" : : : "memory"); /* each copy counts */
}

/** One load and one store a vector, of one array: the least that a change in place can do. */
void change_in_place(const work *w, const nabla_member *member)
{
    const range r = part(w, member);
    const float factor = w->factors[0];
    float *y = w->y;
    for (size_t i = r.begin; i < r.end; i += UNROLLED)
        for (size_t j = 0; j < UNROLLED; j += LANES) *(vector *)(y + i + j) *= factor;
    __asm__ volatile("" : : : "memory");
}

/** Two loads and one store a vector, of two arrays. */
void add_to(const work *w, const nabla_member *member)
{
    const range r = part(w, member);
    const float *x = w->x;
    float *y = w->y;
    for (size_t i = r.begin; i < r.end; i += UNROLLED)
        for (size_t j = 0; j < UNROLLED; j += LANES) *(vector *)(y + i + j) += *(const vector *)(x + i + j);
    __asm__ volatile("" : : : "memory");
}

/* ---------------------------------------------------------------------------------------- timing */

typedef struct job {
    method f;
    const work *w;
    long calls;
} job;

static void repeat(void *context, nabla_member *member)
{
    const job *j = context;
    for (long i = 0; i < j->calls; ++i) {
        j->f(j->w, member->count > 1 ? member : NULL);
        nabla_barrier(member);
    }
}

static double now(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/** The seconds that `calls` calls take on `threads` threads; only Nabla's kernels share their work. */
double seconds(method f, const work *w, long calls, size_t threads)
{
    job j = {f, w, calls};
    const double start = now();
    nabla_team_run(threads, repeat, &j);
    return now() - start;
}
