/* Nabla kernels: the arithmetic of feed-forward networks, in C11.              SPDX-License-Identifier: Apache-2.0
 *
 * The promise (NABLA_KERNEL_CONTRACT 2): every function here gives the same bits on every instruction set, for
 * every number of threads, from every supported compiler. It holds because each output element is summed by one
 * thread in one documented order, one fused multiply-add a term, and because exp and tanh are our own polynomials.
 * The families, in the order of this file:
 *   version, ISA         nabla_kernels_version, nabla_kernel_contract, nabla_selected_isa, nabla_select_isa, ...
 *   team                 nabla_team_run, nabla_barrier, nabla_processor_count: threads, if you have none of your own
 *   elementwise          nabla_sigmoid_f32, nabla_tanh_f32, nabla_axpy_f32, nabla_pixels_f32, ...
 *   matrices             nabla_gemm_f32, nabla_gemv_f32, nabla_ger_f32: BLAS, row-major
 *   dense layers         nabla_dense_forward_f32, ..._backward_f32, ..._update_f32: one layer, one mini-batch
 *   sparse inputs        nabla_sparse_forward_f32, ..._update_f32: the first layer on pictures, zeros skipped
 *   update rules         nabla_dense_rule_f32, nabla_sparse_rule_f32: momentum, Nesterov, Adam
 *   dropout              nabla_dropout_masks, nabla_dropout_f32, nabla_sparse_dropout
 *   augmentation         nabla_affine_maps, nabla_elastic_field_f32, nabla_warp_u8: see nabla_augmentation.h
 *
 * Matrices     row-major, strides (ld*) in elements, sizes m n k as in BLAS. Any alignment; 64 bytes is fastest.
 * Memory       nothing is allocated, printed or kept; scratch lives on the stack: less than 64 KiB a call (test_stack),
 *              up to 1 MiB when compiled without optimisation.
 * Overlap      an output must not overlap an input unless the function says so.
 * Errors       a nabla_status is returned and nothing is written. Sizes of zero are no error and do what BLAS does.
 * Threads      every function may be called from any thread. Where the last argument is `member`, it is NULL (do all
 *              the work on this thread) or the caller's place in a team: all members make the same call, each does
 *              its share and returns without waiting. Call nabla_barrier() before reading what others wrote.
 * Outside      NaN payloads, other rounding modes, flush-to-zero set by the host.
 */
#ifndef NABLA_KERNELS_H
#define NABLA_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(NABLA_SHARED) && (defined(__GNUC__) || defined(__clang__))
#define NABLA_API __attribute__((visibility("default")))
#else
#define NABLA_API
#endif

#define NABLA_KERNELS_VERSION_MAJOR 0
#define NABLA_KERNELS_VERSION_MINOR 1
#define NABLA_KERNELS_VERSION_PATCH 0
/** The version as one number, for comparing: 10203 is 1.2.3. */
#define NABLA_KERNELS_VERSION                                                                                          \
    (10000 * NABLA_KERNELS_VERSION_MAJOR + 100 * NABLA_KERNELS_VERSION_MINOR + NABLA_KERNELS_VERSION_PATCH)

/** Changes when the same call may give other bits: under one number results of all versions compare bit by bit. */
#define NABLA_KERNEL_CONTRACT 2

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

/** Of the linked library: "MAJOR.MINOR.PATCH" (never freed), NABLA_KERNELS_VERSION, NABLA_KERNEL_CONTRACT. */
NABLA_API const char *nabla_kernels_version(void);
NABLA_API int nabla_kernels_version_number(void);
NABLA_API int nabla_kernel_contract(void);

/* ------------------------------------------------------------------------------------------ instruction sets */

typedef enum nabla_isa {
    NABLA_ISA_SCALAR = 0, /* the specification: plain C and fmaf; always available */
    NABLA_ISA_AVX2 = 1,   /* AVX2 and FMA */
    NABLA_ISA_AVX512 = 2, /* AVX-512 F, BW, DQ, VL */
    NABLA_ISA_NEON = 3    /* arm64 */
} nabla_isa;
#define NABLA_ISA_COUNT 4

/** "scalar", "avx2", "avx512" or "neon" (NULL for any other value); 1 when this build and this machine can run it. */
NABLA_API const char *nabla_isa_name(nabla_isa isa);
NABLA_API int nabla_isa_available(nabla_isa isa);

/** The instruction set in use. Chosen at the first call: the environment variable NABLA_ISA when it names an
 *  available one, else the widest available. Since all give the same bits, the choice only changes speed. */
NABLA_API nabla_isa nabla_selected_isa(void);

/** NABLA_OK when NABLA_ISA is unset or was followed; NABLA_ERROR_ARGUMENT when it names no instruction set,
 *  NABLA_ERROR_ISA_UNAVAILABLE when it names one that cannot run here: then the widest available one is in use. */
NABLA_API nabla_status nabla_isa_request(void);

/** Makes all later calls, from every thread, use `isa`; NABLA_ERROR_ISA_UNAVAILABLE: nothing changed. */
NABLA_API nabla_status nabla_select_isa(nabla_isa isa);

/* ------------------------------------------------------------------------------------------ team */

struct nabla_barrier;
/** A thread's place in its team. Kernels read `index` and `count` alone, so a program that has threads of its own may
 *  fill in these two, leave the rest zero, and wait by its own means: nabla_barrier then returns at once. */
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
 *  fork()    in a child a team of one works always, and so does every kernel; a larger one where the process had opened
 *            no parallel region before, or the runtime is LLVM's (GNU's waits for ever for threads that are gone). */
NABLA_API nabla_status nabla_team_run(size_t members, nabla_team_body body, void *context);

/** Waits until all members of the team have made the same number of calls. What was written before is visible after.
 *  Returns at once where `member` is NULL or has no barrier. Spins, then yields the processor to other threads. */
NABLA_API void nabla_barrier(nabla_member *member);

/** Processors the operating system lets this process use (its affinity, not the machine's size), at least 1; and 1 when
 *  the library was built with OpenMP, else 0 (every team then has one member). */
NABLA_API size_t nabla_processor_count(void);
NABLA_API int nabla_has_openmp(void);

/* ------------------------------------------------------------------------------------------ elementwise */

/** a = 1 / (1 + e^-z), elementwise over n floats. In place (a == z) is allowed.
 *  Numerics  results in [0,1]; sigmoid(+-0) = 0.5, sigmoid(-inf) = 0, sigmoid(+inf) = 1, NaN gives NaN;
 *            subnormal results are kept. Largest error 2.41 ULP, over all 2^32 floats (sweep_activations). */
NABLA_API nabla_status nabla_sigmoid_f32(size_t n, const float *z, float *a, const nabla_member *member);

/** out = sigmoid'(z) = a * (1 - a) with a = sigmoid(z), from z or from a. In place is allowed.
 *  Numerics  from a two roundings: at most 1.5 ULP for a in [0,1] (sweep_activations). */
NABLA_API nabla_status nabla_sigmoid_prime_f32(size_t n, const float *z, float *out, const nabla_member *member);
NABLA_API nabla_status nabla_sigmoid_prime_from_activation_f32(size_t n, const float *a, float *out,
                                                               const nabla_member *member);

/** a = tanh(z), elementwise over n floats. In place (a == z) is allowed.
 *  Numerics  results in [-1,1]; tanh(+-0) = +-0, tanh(+-inf) = +-1, NaN gives NaN; odd, bit for bit. Largest error
 *            1.51 ULP, over all 2^32 floats (sweep_activations). */
NABLA_API nabla_status nabla_tanh_f32(size_t n, const float *z, float *a, const nabla_member *member);

/** y = fma(alpha, x, y).                                                                      BLAS level 1. */
NABLA_API nabla_status nabla_axpy_f32(size_t n, float alpha, const float *x, float *y, const nabla_member *member);

/** out = pixel / 255, correctly rounded, over n pixels. */
NABLA_API nabla_status nabla_pixels_f32(size_t n, const uint8_t *pixels, float *out, const nabla_member *member);

/* ------------------------------------------------------------------------------------------ matrices */

typedef enum nabla_transpose { NABLA_NO_TRANSPOSE = 0, NABLA_TRANSPOSE = 1 } nabla_transpose;

/** C = alpha * op(A) * op(B) + beta * C.                                        BLAS level 3, row-major.
 *  Shapes    op(A) m x k, op(B) k x n, C m x n; lda, ldb, ldc >= row length, in elements.
 *  Memory    touches only these elements; C must not overlap A or B. beta = 0 never reads C.
 *  Numerics  s = beta * C[i,j] (+0 when beta = 0); for p = 0 ... k-1: s = fma(alpha * op(A)[i,p], op(B)[p,j], s);
 *            C[i,j] = s. alpha = 0 reads neither A nor B.
 *            A B^T alone runs along k: t = 16 chains from +0, one fma(A[i,p], B[j,p], chain) a term, chain q the terms
 *            p = q, q + 16, ... (those past k up to a multiple of 16 are +0); then chain q takes chain q + 8, then q + 4,
 *            q + 2, q + 1. C[i,j] = fma(alpha, t, beta * C[i,j]); so for every 1024 terms, later ones with beta = 1.
 *  Threads   splits C among the members.                             Source: Goto & van de Geijn 2008. */
NABLA_API nabla_status nabla_gemm_f32(nabla_transpose transpose_a, nabla_transpose transpose_b, size_t m, size_t n,
                                      size_t k, float alpha, const float *a, size_t lda, const float *b, size_t ldb,
                                      float beta, float *c, size_t ldc, const nabla_member *member);

/** y = alpha * op(A) * x + beta * y.                                            BLAS level 2, row-major.
 *  Shapes    A m x n as stored; op(A) = A: x n, y m; op(A) = A^T: x m, y n. x and y contiguous.
 *  Numerics  as nabla_gemm_f32: A x is A B^T there with x^T for A and A for B, A^T x is x^T A, in one chain.
 *            alpha = 0 reads neither A nor x, beta = 0 does not read y. */
NABLA_API nabla_status nabla_gemv_f32(nabla_transpose transpose_a, size_t m, size_t n, float alpha, const float *a,
                                      size_t lda, const float *x, float beta, float *y, const nabla_member *member);

/** A = A + alpha * x * y^T: the outer product.                                  BLAS level 2, row-major.
 *  Numerics  A[i,j] = fma(alpha * x[i], y[j], A[i,j]); x m, y n, A m x n, lda >= n. */
NABLA_API nabla_status nabla_ger_f32(size_t m, size_t n, float alpha, const float *x, const float *y, float *a,
                                     size_t lda, const nabla_member *member);

/* ------------------------------------------------------------------------------------------ dense layers
 *
 * A layer of `out` neurons with `in` inputs keeps its weights in panels: P = ceil(out / 16) panels, one after
 * the other, each in x 16 floats, row k of panel p holding w[16p ... 16p+15, k], the weights from input k. So a
 * row is one cache line, a panel belongs to one thread, and no call packs anything. Lanes past `out` hold zero.
 * Activations and errors are m samples x ld floats, ld >= 16 P; the lanes past `out` are written as zero.
 */

typedef enum nabla_activation {
    NABLA_IDENTITY = 0,
    NABLA_SIGMOID = 1,
    NABLA_TANH = 2,
    NABLA_RELU = 3,   /* 0 > z ? 0 : z, so NaN and -0 stay */
    NABLA_SOFTMAX = 4 /* of a whole row, so never of a single layer pass: nabla_softmax_f32 after NABLA_IDENTITY */
} nabla_activation;

typedef enum nabla_cost {
    NABLA_QUADRATIC = 0,     /* C = 1/2 |a - y|^2 */
    NABLA_CROSS_ENTROPY = 1, /* C = -sum of y ln a + (1 - y) ln(1 - a) */
    NABLA_LOG_LIKELIHOOD = 2 /* C = -sum of y ln a */
} nabla_cost;

/** Floats in the panels of a layer: 16 * ceil(out / 16) * in; 0 when that does not fit in size_t bytes. */
NABLA_API size_t nabla_panels_size(size_t out, size_t in);

/** Panels from Nielsen's matrix w^l [out, in] (row-major, ldw >= in), and back; the lanes past `out` become zero. */
NABLA_API nabla_status nabla_panels_pack_f32(size_t out, size_t in, const float *w, size_t ldw, float *panels,
                                             const nabla_member *member);
NABLA_API nabla_status nabla_panels_unpack_f32(size_t out, size_t in, const float *panels, float *w, size_t ldw,
                                               const nabla_member *member);

/** A = f(X W^T + b): the feedforward step of one layer, for a mini-batch.              z = w a + b, a = f(z)
 *  Shapes    X m x in (ldx >= in), panels of W [out, in], bias 16 P, A m x 16 P (lda >= 16 P).
 *  Numerics  z = b[j]; for k = 0 ... in-1: z = fma(W[j,k], X[s,k], z). The bias is the weight of an input 1.
 *  Threads   splits A among the members: by panels, then by samples. */
NABLA_API nabla_status nabla_dense_forward_f32(nabla_activation activation, size_t m, size_t out, size_t in,
                                               const float *x, size_t ldx, const float *panels, const float *bias,
                                               float *a, size_t lda, const nabla_member *member);

/** A = softmax(Z), row by row: a[j] = e^(z[j] - max z) / sum of e^(z[i] - max z). A may be Z's memory (lda == ldz).
 *  Shapes    Z m x n (ldz >= n), A m x n, lda >= 16 ceil(n / 16); the lanes of A past n become zero.
 *  Numerics  the sum in 16 interleaved chains: chain i adds the elements i, i + 16, ... in order, then chain i takes
 *            chain i + 8, then i + 4, i + 2, i + 1. e^x is at most 1.02 ULP off, and +0 below x = -104. */
NABLA_API nabla_status nabla_softmax_f32(size_t m, size_t n, const float *z, size_t ldz, float *a, size_t lda,
                                         const nabla_member *member);

/** D = the output error delta^L of a layer with this activation.                                   (BP1)
 *  Shapes    A, Y, D m x n; lda, ldy >= n, ldd >= 16 ceil(n / 16); the lanes of D past n become zero.
 *            D may be A's memory (ldd == lda).
 *  Numerics  e = a - y. quadratic: identity e; sigmoid e * (a * (1 - a)); tanh e * fma(-a, a, 1); softmax
 *            a * (e - t), where t is the sum of e * a as softmax sums, each term one fma.
 *            cross-entropy with sigmoid, log-likelihood with softmax: e, because f' cancels.
 *  Errors    NABLA_ERROR_ARGUMENT for any other pair. */
NABLA_API nabla_status nabla_output_error_f32(nabla_cost cost, nabla_activation activation, size_t m, size_t n,
                                              const float *a, size_t lda, const float *y, size_t ldy, float *d,
                                              size_t ldd, const nabla_member *member);

/** D_prev = (D W) * f'(z_prev): the error of the layer before.                                    (BP2)
 *  Shapes    D m x out (ldd >= 16 P), panels of W [out, in], A_prev m x in (lda >= in): that layer's
 *            activations, f' is computed from them; D_prev m x in, ld_prev >= 16 ceil(in / 16), lanes past
 *            `in` become zero. NABLA_IDENTITY: A_prev is not read and may be NULL.
 *  Numerics  s = +0; for j = 0 ... out-1: s = fma(W[j,i], D[s,j], s); then sigmoid s * (a * (1 - a)), tanh
 *            s * fma(-a, a, 1), relu a > 0 ? s : +0. */
NABLA_API nabla_status nabla_dense_backward_f32(nabla_activation activation, size_t m, size_t out, size_t in,
                                                const float *d, size_t ldd, const float *panels, const float *a_prev,
                                                size_t lda, float *d_prev, size_t ld_prev, const nabla_member *member);

/** W = beta * W + alpha * D^T X and b = b + alpha * sum(D): gradient or update, in place.    (BP3, BP4)
 *            The gradient alone: beta = 0, alpha = 1 (W and b are written, not read). A step of gradient
 *            descent: alpha = -eta / m, beta = 1 - eta * lambda / n.
 *  Shapes    D m x out (ldd >= 16 P, lanes past `out` zero), X m x in, panels of W, bias 16 P. While X is finite,
 *            zeros past `out` in D keep zeros there in the panels and the bias.
 *  Numerics  w = beta * W[j,k] (+0 when beta = 0); for s = 0 ... m-1: w = fma(alpha * D[s,j], X[s,k], w).
 *            Bias: as the weight of an input 1, and never decayed: starts at b[j] (+0 when beta = 0).
 *  Threads   splits by panels (forward's owner of a panel updates it), then by inputs where panels are few. */
NABLA_API nabla_status nabla_dense_update_f32(size_t m, size_t out, size_t in, float alpha, const float *d, size_t ldd,
                                              const float *x, size_t ldx, float beta, float *panels, float *bias,
                                              const nabla_member *member);

/** The sum of x[i]^2 and whether all are finite, over n floats: in double, 16 interleaved chains joined in a
 *  fixed tree. `finite` gets 1 or 0. One thread. */
NABLA_API nabla_status nabla_sum_of_squares_f32(size_t n, const float *x, double *sum, int *finite);

/* ------------------------------------------------------------------------------------------ sparse inputs
 *
 * The first layer on pictures. A pixel that is zero contributes fma(w, 0, s) = s, so it is skipped: for finite weights
 * the results are those of the dense functions on X = values[pixel], bit for bit but for the sign of a zero.
 */

/** Rows of pixels without zeros: row s is the entries starts[s] ... ends[s]-1, in ascending columns.
 *  An entry is pixel << 8 | step: the pixel lies `step` columns past the entry before it (past column 0 for a row's
 *  first). Where the next pixel is more than 255 columns away, entries with pixel 0 and step 255 lead there. */
typedef struct nabla_sparse_rows {
    const uint64_t *starts;
    const uint64_t *ends; /* starts + 1 where each row begins at the end of the one before */
    const uint16_t *entries;
    const float *values; /* 256 inputs, values[pixel]; NULL: pixel / 255. values[0] must be 0 */
} nabla_sparse_rows;

/** A mini-batch of sparse rows. */
typedef struct nabla_sparse_batch {
    nabla_sparse_rows rows;
    size_t count;            /* m, samples in the mini-batch */
    const uint32_t *samples; /* the row of each; NULL: rows 0 ... count-1 */
    const uint32_t *ahead;   /* the rows that will be read after these, in order: updates prefetch the next of them. */
    size_t ahead_count;      /* NULL and 0 if unknown; the results do not depend on it */
} nabla_sparse_batch;

/** starts[s+1] - starts[s] = entries of row s; starts[0] = 0.
 *  Shapes    pixels m x in, contiguous; starts m + 1. One thread. */
NABLA_API nabla_status nabla_sparse_count(size_t m, size_t in, const uint8_t *pixels, uint64_t *starts);

/** Fills entries[starts[0]] ... entries[starts[m]-1] from the same pixels, after nabla_sparse_count.
 *  Threads   splits the rows among the members. */
NABLA_API nabla_status nabla_sparse_pack(size_t m, size_t in, const uint8_t *pixels, const uint64_t *starts,
                                         uint16_t *entries, const nabla_member *member);

/** nabla_dense_forward_f32 on sparse rows: A = f(X W^T + b).
 *  Shapes    X: the m rows of the batch. Columns at or past `in`, entries without an end and rows that do not exist
 *            are the caller's error and are not checked.
 *  Numerics  as nabla_dense_forward_f32, without the terms whose X is zero.
 *  Threads   splits A among the members by panels; members past the last panel do nothing. */
NABLA_API nabla_status nabla_sparse_forward_f32(nabla_activation activation, const nabla_sparse_batch *x, size_t out,
                                                size_t in, const float *panels, const float *bias, float *a, size_t lda,
                                                const nabla_member *member);

/** nabla_dense_update_f32 on sparse rows: W = beta * W + alpha * D^T X and b = b + alpha * sum(D), in place.
 *  Shapes, threads   as nabla_sparse_forward_f32; D as for nabla_dense_update_f32.
 *  Numerics  as nabla_dense_update_f32, without the terms whose X is zero. */
NABLA_API nabla_status nabla_sparse_update_f32(const nabla_sparse_batch *x, size_t out, size_t in, float alpha,
                                               const float *d, size_t ldd, float beta, float *panels, float *bias,
                                               const nabla_member *member);

/* ------------------------------------------------------------------------------------------ update rules
 *
 * Plain gradient descent is nabla_dense_update_f32: each term goes straight to the weight. A rule that needs the
 * gradient itself takes it as a chain of its own from +0 and applies it to the weight and the rule's state at once;
 * the gradient is not stored.
 */

typedef enum nabla_rule_kind {
    NABLA_RULE_SGD = 0,      /* w = fma(-rate, g, decay w) */
    NABLA_RULE_MOMENTUM = 1, /* v = fma(-rate, g, keep1 v); w = decay w + v             Nielsen (107, 108) */
    NABLA_RULE_NESTEROV = 2, /* v as before; w = decay w + fma(-rate, g, keep1 v)       Sutskever et al. 2013 */
    NABLA_RULE_ADAM = 3      /* v = fma(take1, g, keep1 v); s = fma(take2 g, g, keep2 s);
                              * w = fma(-rate, v / (sqrt(s) + epsilon), decay w)        Kingma & Ba 2015, section 2 */
} nabla_rule_kind;

/** One step of an update rule. v is state 1, s is state 2; a new state whose magnitude is below 2^-100 becomes +0, lest
 *  it stay among the subnormals, which take a hundred cycles an operation. Adam's corrections of the bias stand in
 *  `rate`, eta sqrt(1 - beta2^t) / (1 - beta1^t), and `epsilon`, epsilon sqrt(1 - beta2^t). */
typedef struct nabla_rule {
    nabla_rule_kind kind;
    float rate;
    float mean;         /* the sum over the samples times this is g: 1 / m for a mini-batch */
    float keep1, take1; /* mu of momentum; beta1 and 1 - beta1 */
    float keep2, take2; /* beta2 and 1 - beta2 */
    float epsilon;
    float l2, l1; /* of weights, not biases: g = fma(l2, w, g), then + l1 for w > 0, - l1 for w < 0 (+0 else) */
    float decay;  /* of weights, not biases: 1 - eta * weight decay (Loshchilov & Hutter 2019), else 1 */
} nabla_rule;

/** What a step changes: [0] the layer's parameters, [1] and [2] the rule's states, laid out alike. A state that the
 *  rule does not have is not touched and may be NULL. */
typedef struct nabla_rule_layer {
    float *panels[3]; /* 16 P x in each */
    float *bias[3];   /* 16 P each */
} nabla_rule_layer;

/** One step on a dense layer.                                                               (BP3, BP4)
 *  Shapes    as nabla_dense_update_f32: D m x out (ldd >= 16 P, lanes past `out` zero), X m x in.
 *  Numerics  s = +0; for each sample s = fma(D[s,j], X[s,k], s); g = mean * s; then the rule, each operation rounded
 *            once (fma as written, sqrt and / as IEEE 754 says). Bias: as the weight of an input 1.
 *  Threads   as nabla_dense_update_f32. */
NABLA_API nabla_status nabla_dense_rule_f32(const nabla_rule *rule, size_t m, size_t out, size_t in, const float *d,
                                            size_t ldd, const float *x, size_t ldx, const nabla_rule_layer *layer,
                                            const nabla_member *member);

/** The same on sparse rows, without the terms whose X is zero. Threads as nabla_sparse_forward_f32. */
NABLA_API nabla_status nabla_sparse_rule_f32(const nabla_rule *rule, const nabla_sparse_batch *x, size_t out, size_t in,
                                             const float *d, size_t ldd, const nabla_rule_layer *layer,
                                             const nabla_member *member);

/* ------------------------------------------------------------------------------------------ dropout
 *
 * Srivastava et al. 2014, inverted: what is kept is multiplied by 1 / (1 - p) while training, so that the trained
 * network is used as it is. Masks are drawn by counter, so that no order of work changes them.
 */

/** Random bits: bit j % 16 of masks[s, j / 16] is 1 (kept) with probability 1 - drop / 2^32, bits past n are 0.
 *  Shapes    masks m x ceil(n / 16), ldm >= ceil(n / 16); samples m, the number of each sample, or NULL: 0 ... m-1.
 *  Numerics  Philox4x32-10 (Salmon et al. 2011) with key `seed` and counter (64-bit words, low first)
 *            {j / 64 * 16 + j % 16 | sample << 32, stream}: neuron j has word j / 16 % 4 and is kept when
 *            that word >= drop.
 *  Threads   splits the samples among the members. */
NABLA_API nabla_status nabla_dropout_masks(size_t m, size_t n, uint32_t drop, uint64_t seed, uint64_t stream,
                                           const uint32_t *samples, uint16_t *masks, size_t ldm,
                                           const nabla_member *member);

/** OUT = A * scale where the mask's bit is 1, +0 elsewhere. OUT may be A's memory (ldo == lda).
 *  Shapes    A, OUT m x 16 ceil(n / 16) (lda, ldo >= that), masks m x ceil(n / 16).
 *  Threads   splits the samples among the members. */
NABLA_API nabla_status nabla_dropout_f32(size_t m, size_t n, float scale, const uint16_t *masks, size_t ldm,
                                         const float *a, size_t lda, float *out, size_t ldo,
                                         const nabla_member *member);

/** Copies the entries of one sparse row that its mask keeps, and returns how many; `to` has room for as many as the
 *  row has, and may be `from`. Their scale belongs into nabla_sparse_rows.values. No argument is checked.
 *  Shapes    from count entries, mask ceil(in / 16). */
NABLA_API size_t nabla_sparse_dropout(size_t count, const uint16_t *from, const uint16_t *mask, uint16_t *to);

#ifdef __cplusplus
}
#endif

#include "nabla_augmentation.h"
#endif /* NABLA_KERNELS_H */
