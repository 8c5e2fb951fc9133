/* Nabla kernels: the arithmetic of a feed-forward sigmoid network, in C11.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The promise (kernel contract v1): every function here gives the same bits on every instruction set, for every
 * number of threads, from every supported compiler. It holds because each output element is summed by one
 * thread in one documented order, one fused multiply-add a term, and because exp is our own polynomial.
 *
 * Matrices     row-major, strides (ld*) in elements, sizes m n k as in BLAS. Any alignment; 64 bytes is fastest.
 * Memory       nothing is allocated, printed or kept; scratch lives on the stack (at most 64 KiB a call).
 * Overlap      an output must not overlap an input unless the function says so.
 * Errors       a nabla_status is returned and nothing is written. Sizes of zero are no error and do what BLAS does.
 * Threads      every function may be called from any thread. Its last argument, `member`, is NULL (do all the
 *              work on this thread) or the caller's place in a team: all members make the same call, each does
 *              its share and returns without waiting. Call nabla_barrier() before reading what others wrote.
 * Outside      NaN payloads, other rounding modes, flush-to-zero set by the host.
 */
#ifndef NABLA_KERNELS_H
#define NABLA_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define NABLA_RESTRICT
#else
#define NABLA_RESTRICT restrict
#endif

#if defined(NABLA_SHARED) && (defined(__GNUC__) || defined(__clang__))
#define NABLA_API __attribute__((visibility("default")))
#else
#define NABLA_API
#endif

#define NABLA_KERNELS_VERSION_MAJOR 0
#define NABLA_KERNELS_VERSION_MINOR 1
#define NABLA_KERNELS_VERSION_PATCH 0

/** Outputs (neurons) in one panel: 16 floats, one 64-byte cache line. The same on every instruction set. */
#define NABLA_PANEL 16

/* ------------------------------------------------------------------------------------------ status, version */

typedef enum nabla_status {
    NABLA_OK = 0,
    NABLA_ERROR_NULL_POINTER = 1,      /* a pointer is NULL although its matrix has elements */
    NABLA_ERROR_LEADING_DIMENSION = 2, /* a stride is smaller than the row it steps over */
    NABLA_ERROR_SIZE_OVERFLOW = 3,     /* rows * stride does not fit in size_t bytes */
    NABLA_ERROR_ARGUMENT = 4,          /* an enum or count has a value that is not listed here */
    NABLA_ERROR_ISA_UNAVAILABLE = 5    /* not built in, or not supported by this CPU and operating system */
} nabla_status;

/** English description of a status; never NULL, never freed. */
NABLA_API const char *nabla_status_description(nabla_status status);

/** "MAJOR.MINOR.PATCH" of the library that is linked; never NULL, never freed. */
NABLA_API const char *nabla_kernels_version(void);

/* ------------------------------------------------------------------------------------------ instruction sets */

typedef enum nabla_isa {
    NABLA_ISA_SCALAR = 0, /* the specification: plain C and fmaf; always available */
    NABLA_ISA_AVX2 = 1,   /* AVX2 and FMA */
    NABLA_ISA_AVX512 = 2, /* AVX-512 F, BW, DQ, VL */
    NABLA_ISA_NEON = 3    /* arm64 */
} nabla_isa;
#define NABLA_ISA_COUNT 4

/** "scalar", "avx2", "avx512" or "neon"; NULL for any other value. */
NABLA_API const char *nabla_isa_name(nabla_isa isa);

/** 1 when this build and this machine (CPUID and XGETBV) can run `isa`, else 0. */
NABLA_API int nabla_isa_available(nabla_isa isa);

/** The instruction set in use. Chosen at the first call: the environment variable NABLA_ISA when it names an
 *  available one, else the widest available. Since all give the same bits, the choice only changes speed. */
NABLA_API nabla_isa nabla_selected_isa(void);

/** Makes all later calls, from every thread, use `isa`. Calls under way finish on the former one.
 *  Errors    NABLA_ERROR_ISA_UNAVAILABLE: nothing changed. */
NABLA_API nabla_status nabla_select_isa(nabla_isa isa);

/* ------------------------------------------------------------------------------------------ team */

struct nabla_barrier;

/** A thread's place in its team. Kernels split their work by `index` and `count` alone. */
typedef struct nabla_member {
    size_t index; /* 0 ... count-1 */
    size_t count; /* members in the team */
    struct nabla_barrier *barrier;
    unsigned phase;
} nabla_member;

typedef void (*nabla_team_body)(void *context, nabla_member *member);

/** Runs body(context, member) once on each member of one team: one OpenMP parallel region.
 *  Members   1 ... 1024. A build without OpenMP, or a runtime that grants fewer threads, forms a smaller team;
 *            member->count tells. With 1 the body runs on the calling thread and no region is opened.
 *  Errors    NABLA_ERROR_ARGUMENT (members), NABLA_ERROR_NULL_POINTER (body).
 *  Threads   several teams may run at once; a team may be started inside a caller's own parallel region.
 *  fork()    in a child a team of one works always, and so does every kernel. A larger one works in a child of a
 *            process that has opened no parallel region before (test_fork). After that it depends on the runtime:
 *            LLVM's starts anew in the child; GNU's waits for ever for threads that the child does not have. */
NABLA_API nabla_status nabla_team_run(size_t members, nabla_team_body body, void *context);

/** Waits until every member of the team has called it as often. What was written before is visible after.
 *  `member` NULL returns at once. Spins, then yields the processor when members outnumber cores. */
NABLA_API void nabla_barrier(nabla_member *member);

/** Processors the operating system lets this process use (its affinity, not the machine's size); at least 1. */
NABLA_API size_t nabla_processor_count(void);

/** 1 when the library was built with OpenMP, else 0 (every team then has one member). */
NABLA_API int nabla_has_openmp(void);

/* ------------------------------------------------------------------------------------------ elementwise */

/** a = 1 / (1 + e^-z), elementwise over n floats. In place (a == z) is allowed.
 *  Numerics  results in [0,1]; sigmoid(+-0) = 0.5, sigmoid(-inf) = 0, sigmoid(+inf) = 1, NaN gives NaN;
 *            subnormal results are kept. Largest error 2.41 ULP, over all 2^32 floats (sweep_sigmoid). */
NABLA_API nabla_status nabla_sigmoid_f32(size_t n, const float *z, float *a, const nabla_member *member);

/** out = sigmoid'(z) = a (1 - a) with a = sigmoid(z). In place is allowed. */
NABLA_API nabla_status nabla_sigmoid_prime_f32(size_t n, const float *z, float *out, const nabla_member *member);

/** out = a * (1 - a): sigmoid' from the activation. In place is allowed.
 *  Numerics  two roundings: at most 1.5 ULP for a in [0,1] (sweep_sigmoid). */
NABLA_API nabla_status nabla_sigmoid_prime_from_activation_f32(size_t n, const float *a, float *out,
                                                               const nabla_member *member);

/** y = fma(alpha, x, y).                                                                      BLAS level 1. */
NABLA_API nabla_status nabla_axpy_f32(size_t n, float alpha, const float *NABLA_RESTRICT x, float *NABLA_RESTRICT y,
                                      const nabla_member *member);

/** out = pixel / 255, correctly rounded.
 *  Shapes    pixels, out: n. */
NABLA_API nabla_status nabla_pixels_f32(size_t n, const uint8_t *NABLA_RESTRICT pixels, float *NABLA_RESTRICT out,
                                        const nabla_member *member);

/* ------------------------------------------------------------------------------------------ matrices */

typedef enum nabla_transpose { NABLA_NO_TRANSPOSE = 0, NABLA_TRANSPOSE = 1 } nabla_transpose;

/** C = alpha * op(A) * op(B) + beta * C.                                        BLAS level 3, row-major.
 *  Shapes    op(A) m x k, op(B) k x n, C m x n; lda, ldb, ldc >= row length, in elements.
 *  Memory    touches only these elements; C must not overlap A or B. beta = 0 never reads C.
 *  Numerics  s = beta * C[i,j] (+0 when beta = 0); for p = 0 ... k-1: s = fma(alpha * op(A)[i,p], op(B)[p,j], s);
 *            C[i,j] = s. alpha = 0 reads neither A nor B.
 *  Threads   splits C among the members.
 *  Source    Goto & van de Geijn 2008. */
NABLA_API nabla_status nabla_gemm_f32(nabla_transpose transpose_a, nabla_transpose transpose_b, size_t m, size_t n,
                                      size_t k, float alpha, const float *NABLA_RESTRICT a, size_t lda,
                                      const float *NABLA_RESTRICT b, size_t ldb, float beta, float *NABLA_RESTRICT c,
                                      size_t ldc, const nabla_member *member);

/** y = alpha * op(A) * x + beta * y.                                            BLAS level 2, row-major.
 *  Shapes    A m x n as stored; op(A) = A: x n, y m; op(A) = A^T: x m, y n. x and y contiguous.
 *  Numerics  s = beta * y[i] (+0 when beta = 0); then, in ascending p, s = fma(op(A)[i,p], alpha * x[p], s).
 *            alpha = 0 reads neither A nor x, beta = 0 does not read y. */
NABLA_API nabla_status nabla_gemv_f32(nabla_transpose transpose_a, size_t m, size_t n, float alpha,
                                      const float *NABLA_RESTRICT a, size_t lda, const float *NABLA_RESTRICT x,
                                      float beta, float *NABLA_RESTRICT y, const nabla_member *member);

/** A = A + alpha * x * y^T: the outer product.                                  BLAS level 2, row-major.
 *  Shapes    x m, y n, A m x n, lda >= n.
 *  Numerics  A[i,j] = fma(alpha * x[i], y[j], A[i,j]). */
NABLA_API nabla_status nabla_ger_f32(size_t m, size_t n, float alpha, const float *NABLA_RESTRICT x,
                                     const float *NABLA_RESTRICT y, float *NABLA_RESTRICT a, size_t lda,
                                     const nabla_member *member);

/* ------------------------------------------------------------------------------------------ dense layers
 *
 * A layer of `out` neurons with `in` inputs keeps its weights in panels: P = ceil(out / 16) panels, one after
 * the other, each in x 16 floats, row k of panel p holding w[16p ... 16p+15, k], the weights from input k. So a
 * row is one cache line, a panel belongs to one thread, and no call packs anything. Lanes past `out` hold zero.
 * Activations and errors are m samples x ld floats, ld >= 16 P; the lanes past `out` are written as zero.
 */

typedef enum nabla_activation { NABLA_IDENTITY = 0, NABLA_SIGMOID = 1 } nabla_activation;
typedef enum nabla_cost { NABLA_QUADRATIC = 0, NABLA_CROSS_ENTROPY = 1 } nabla_cost;

/** Floats in the panels of a layer: 16 * ceil(out / 16) * in; 0 when that does not fit in size_t bytes. */
NABLA_API size_t nabla_panels_size(size_t out, size_t in);

/** Panels from Nielsen's matrix w^l [out, in] (row-major, ldw >= in); the lanes past `out` become zero. */
NABLA_API nabla_status nabla_panels_pack_f32(size_t out, size_t in, const float *NABLA_RESTRICT w, size_t ldw,
                                             float *NABLA_RESTRICT panels, const nabla_member *member);

/** Nielsen's matrix w^l [out, in] from panels. */
NABLA_API nabla_status nabla_panels_unpack_f32(size_t out, size_t in, const float *NABLA_RESTRICT panels,
                                               float *NABLA_RESTRICT w, size_t ldw, const nabla_member *member);

/** A = f(X W^T + b): the feedforward step of one layer, for a mini-batch.              z = w a + b, a = f(z)
 *  Shapes    X m x in (ldx >= in), panels of W [out, in], bias 16 P, A m x 16 P (lda >= 16 P).
 *  Numerics  z = b[j]; for k = 0 ... in-1: z = fma(W[j,k], X[s,k], z). The bias is the weight of an input 1.
 *  Threads   splits A among the members: by panels, then by samples. */
NABLA_API nabla_status nabla_dense_forward_f32(nabla_activation activation, size_t m, size_t out, size_t in,
                                               const float *NABLA_RESTRICT x, size_t ldx,
                                               const float *NABLA_RESTRICT panels, const float *NABLA_RESTRICT bias,
                                               float *NABLA_RESTRICT a, size_t lda, const nabla_member *member);

/** D = the output error delta^L.                                                                   (BP1)
 *  Shapes    A, Y, D m x n; lda, ldy >= n, ldd >= 16 ceil(n / 16); the lanes of D past n become zero.
 *  Numerics  quadratic: (a - y) * (a * (1 - a)); cross-entropy: a - y.       D may be A's memory (ldd == lda). */
NABLA_API nabla_status nabla_output_error_f32(nabla_cost cost, size_t m, size_t n, const float *a, size_t lda,
                                              const float *NABLA_RESTRICT y, size_t ldy, float *d, size_t ldd,
                                              const nabla_member *member);

/** D_prev = (D W) * f'(z_prev): the error of the layer before.                                    (BP2)
 *  Shapes    D m x out (ldd >= 16 P), panels of W [out, in], A_prev m x in (lda >= in): that layer's
 *            activations, f' is computed from them; D_prev m x in, ld_prev >= 16 ceil(in / 16), lanes past
 *            `in` become zero. NABLA_IDENTITY: A_prev is not read and may be NULL.
 *  Numerics  s = +0; for j = 0 ... out-1: s = fma(W[j,i], D[s,j], s); then s * (a * (1 - a)). */
NABLA_API nabla_status nabla_dense_backward_f32(nabla_activation activation, size_t m, size_t out, size_t in,
                                                const float *NABLA_RESTRICT d, size_t ldd,
                                                const float *NABLA_RESTRICT panels, const float *NABLA_RESTRICT a_prev,
                                                size_t lda, float *NABLA_RESTRICT d_prev, size_t ld_prev,
                                                const nabla_member *member);

/** W = beta * W + alpha * D^T X and b = b + alpha * sum(D): gradient or update, in place.    (BP3, BP4)
 *            The gradient alone: beta = 0, alpha = 1 (W and b are written, not read). A step of gradient
 *            descent: alpha = -eta / m, beta = 1 - eta * lambda / n.
 *  Shapes    D m x out (ldd >= 16 P, lanes past `out` zero), X m x in, panels of W, bias 16 P. While X is finite,
 *            zeros past `out` in D keep zeros there in the panels and the bias.
 *  Numerics  w = beta * W[j,k] (+0 when beta = 0); for s = 0 ... m-1: w = fma(alpha * D[s,j], X[s,k], w).
 *            Bias: as the weight of an input 1, and never decayed: starts at b[j] (+0 when beta = 0).
 *  Threads   splits by panels (forward's owner of a panel updates it), then by inputs where panels are few. */
NABLA_API nabla_status nabla_dense_update_f32(size_t m, size_t out, size_t in, float alpha,
                                              const float *NABLA_RESTRICT d, size_t ldd, const float *NABLA_RESTRICT x,
                                              size_t ldx, float beta, float *NABLA_RESTRICT panels,
                                              float *NABLA_RESTRICT bias, const nabla_member *member);

/* ------------------------------------------------------------------------------------------ sparse inputs
 *
 * The first layer on pictures. A pixel that is zero contributes fma(w, 0, s) = s, so it is left out: for finite
 * weights the results are those of the dense functions on X = value / 255, bit for bit but for the sign of a zero.
 */

/** Rows of pixels, zeros left out: row s is the entries starts[s] ... starts[s+1]-1, in ascending columns.
 *  An entry is pixel << 8 | step: the pixel, standing for pixel / 255, is `step` columns past the entry before it
 *  (past column 0 for a row's first). Where the next pixel is more than 255 columns away, entries with pixel 0 and
 *  step 255 lead there. Two bytes a pixel instead of three for a column and a value: rows come from far away. */
typedef struct nabla_sparse_rows {
    const uint64_t *starts;  /* rows + 1, ascending */
    const uint16_t *entries; /* starts[rows] */
} nabla_sparse_rows;

/** starts[s+1] - starts[s] = entries of row s; starts[0] = 0.
 *  Shapes    pixels m x in, contiguous; starts m + 1. One thread. */
NABLA_API nabla_status nabla_sparse_count(size_t m, size_t in, const uint8_t *NABLA_RESTRICT pixels,
                                          uint64_t *NABLA_RESTRICT starts);

/** Fills entries[starts[0]] ... entries[starts[m]-1] from the same pixels, after nabla_sparse_count.
 *  Threads   splits the rows among the members. */
NABLA_API nabla_status nabla_sparse_pack(size_t m, size_t in, const uint8_t *NABLA_RESTRICT pixels,
                                         const uint64_t *NABLA_RESTRICT starts, uint16_t *NABLA_RESTRICT entries,
                                         const nabla_member *member);

/** nabla_dense_forward_f32 on sparse rows: A = f(X W^T + b).
 *  Shapes    X: the m rows that `samples` names, or rows 0 ... m-1 when it is NULL.
 *            Columns at or past `in` and rows that do not exist are the caller's error and are not checked.
 *  Numerics  as nabla_dense_forward_f32, without the terms whose X is zero.
 *  Threads   splits A among the members by panels; members past the last panel do nothing. */
NABLA_API nabla_status nabla_sparse_forward_f32(nabla_activation activation, size_t m, size_t out, size_t in,
                                                const nabla_sparse_rows *x, const uint32_t *NABLA_RESTRICT samples,
                                                const float *NABLA_RESTRICT panels, const float *NABLA_RESTRICT bias,
                                                float *NABLA_RESTRICT a, size_t lda, const nabla_member *member);

/** nabla_dense_update_f32 on sparse rows: W = beta * W + alpha * D^T X and b = b + alpha * sum(D), in place.
 *  Shapes, threads   as nabla_sparse_forward_f32; D as for nabla_dense_update_f32.
 *            ahead: the `ahead_count` rows that are read after these, in order, or NULL and 0. The processor is asked
 *            to bring the next of them into its cache meanwhile; the results do not depend on it.
 *  Numerics  as nabla_dense_update_f32, without the terms whose X is zero. */
NABLA_API nabla_status nabla_sparse_update_f32(size_t m, size_t out, size_t in, float alpha,
                                               const float *NABLA_RESTRICT d, size_t ldd, const nabla_sparse_rows *x,
                                               const uint32_t *NABLA_RESTRICT samples,
                                               const uint32_t *NABLA_RESTRICT ahead, size_t ahead_count, float beta,
                                               float *NABLA_RESTRICT panels, float *NABLA_RESTRICT bias,
                                               const nabla_member *member);

/** The sum of x[i]^2 and whether all are finite, over n floats: in double, 16 interleaved chains joined in a
 *  fixed tree. `finite` gets 1 or 0. One thread. */
NABLA_API nabla_status nabla_sum_of_squares_f32(size_t n, const float *x, double *sum, int *finite);

#ifdef __cplusplus
}
#endif

#endif /* NABLA_KERNELS_H */
