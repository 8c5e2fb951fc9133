/* Every kernel, on every instruction set of this machine, against the naive reference: 0 differing bytes.
 *
 * Shapes run over the edges of the register tiles: m 0 ... 29 (twice the tallest tile and one), n 0 ... 65 (twice the
 * widest and one), k over the list below. Each pair (m, n) meets some of the k, and alignment, padding, factors,
 * number of members and the order in which members run change from case to case. */
#include "operands.h"
#include "reference.h"

typedef struct shape {
    size_t m, n, k;
    size_t misalignment, padding;
    size_t members; /* 0: NULL */
    int backwards;  /* the last member runs first */
    float alpha, beta;
    unsigned variant; /* transposes, activation, cost */
} shape;

static const size_t depths[] = {0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 64, 127, 255, 256, 257, 784, 1023};
static const size_t member_counts[] = {0, 1, 2, 3, 4, 7, 8};
static const size_t paddings[] = {0, 1, 3, 16, 17};
static const float alphas[] = {1, -0.5f, 0.3f, 1, 0, -1};
static const float betas[] = {0, 1, -0.5f, 0.999f, 1};
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static size_t cases, outputs, nonzero, failures;
static operand *watched[4]; /* the case's operands, inputs and outputs alike */
static size_t watched_count;

static void watch(operand *o) { watched[watched_count++] = o; }

static void check(const char *kernel, const shape *s, const char *isa)
{
    int wrong = 0;
    for (size_t i = 0; i < watched_count; ++i) wrong |= !operand_is_as_expected(watched[i]);
    ++cases;
    if (!wrong) return;
    if (++failures <= 20)
        printf(
            "FAILED %s on %s: m %zu n %zu k %zu alpha %g beta %g members %zu variant %u misaligned %zu padding %zu\n",
            kernel, isa, s->m, s->n, s->k, (double)s->alpha, (double)s->beta, s->members, s->variant, s->misalignment,
            s->padding);
}

static void count_nonzero(const operand *o, size_t columns)
{
    for (size_t r = 0; r < o->rows; ++r)
        for (size_t c = 0; c < columns; ++c) {
            ++outputs;
            nonzero += o->expected[r * o->ld + c] != 0;
        }
}

/* Runs `call`, in which `member` is in scope, for every member on every instruction set, and checks all operands. */
#define ON_EVERY_ISA(kernel, s, call)                                                                                  \
    do {                                                                                                               \
        for (int isa_ = 0; isa_ < NABLA_ISA_COUNT; ++isa_) {                                                           \
            if (nabla_select_isa((nabla_isa)isa_) != NABLA_OK) continue;                                               \
            for (size_t i_ = 0; i_ < watched_count; ++i_) reset_operand(watched[i_]);                                  \
            for (size_t i_ = 0; i_ < ((s)->members ? (s)->members : 1); ++i_) {                                        \
                const nabla_member place_ = {.index = (s)->backwards ? (s)->members - 1 - i_ : i_,                     \
                                             .count = (s)->members};                                                   \
                const nabla_member *member = (s)->members ? &place_ : NULL;                                            \
                if ((call) != NABLA_OK) ++failures, printf("FAILED %s returned an error\n", kernel);                   \
            }                                                                                                          \
            check(kernel, s, nabla_isa_name((nabla_isa)isa_));                                                         \
        }                                                                                                              \
        for (size_t i_ = 0; i_ < watched_count; ++i_) free_operand(watched[i_]);                                       \
        watched_count = 0;                                                                                             \
    } while (0)

static void gemm_case(const shape *s)
{
    const nabla_transpose ta = s->variant & 1, tb = s->variant >> 1 & 1;
    const size_t a_rows = ta ? s->k : s->m, a_columns = ta ? s->m : s->k;
    const size_t b_rows = tb ? s->n : s->k, b_columns = tb ? s->k : s->n;
    operand a = make_operand(a_rows, a_columns, a_columns + s->padding, s->misalignment);
    operand b = make_operand(b_rows, b_columns, b_columns + s->padding, (s->misalignment + 5) % 16);
    operand c =
        (s->beta == 0 ? make_unreadable : make_operand)(s->m, s->n, s->n + s->padding, (s->misalignment + 9) % 16);
    reference_gemm(ta, tb, s->m, s->n, s->k, s->alpha, a.at, a.ld, b.at, b.ld, s->beta, c.expected, c.ld);
    if (s->alpha != 0 && s->k) count_nonzero(&c, s->n);
    watch(&a), watch(&b), watch(&c);
    ON_EVERY_ISA(
        "gemm", s,
        nabla_gemm_f32(ta, tb, s->m, s->n, s->k, s->alpha, a.at, a.ld, b.at, b.ld, s->beta, c.at, c.ld, member));
}

static void gemv_case(const shape *s)
{
    const nabla_transpose ta = s->variant & 1;
    const size_t m = s->m + s->n, results = ta ? s->k : m, terms = ta ? m : s->k;
    operand a = make_operand(m, s->k, s->k + s->padding, s->misalignment);
    operand x = make_operand(1, terms, terms, (s->misalignment + 3) % 16);
    operand y = (s->beta == 0 ? make_unreadable : make_operand)(1, results, results, (s->misalignment + 7) % 16);
    reference_gemv(ta, m, s->k, s->alpha, a.at, a.ld, x.at, s->beta, y.expected);
    if (s->alpha != 0 && terms > 1) count_nonzero(&y, results);
    watch(&a), watch(&x), watch(&y);
    ON_EVERY_ISA("gemv", s, nabla_gemv_f32(ta, m, s->k, s->alpha, a.at, a.ld, x.at, s->beta, y.at, member));
}

static void ger_case(const shape *s)
{
    operand x = make_operand(1, s->m, s->m, s->misalignment), y = make_operand(1, s->n, s->n, 0);
    operand a = make_operand(s->m, s->n, s->n + s->padding, (s->misalignment + 7) % 16);
    reference_ger(s->m, s->n, s->alpha, x.at, y.at, a.expected, a.ld);
    count_nonzero(&a, s->n);
    watch(&x), watch(&y), watch(&a);
    ON_EVERY_ISA("ger", s, nabla_ger_f32(s->m, s->n, s->alpha, x.at, y.at, a.at, a.ld, member));
}

/* Random weights of a layer with zero in the lanes past `out`. */
static operand make_panels(size_t out, size_t in, size_t misalignment)
{
    operand w = make_operand(panels_of(out) * in, NABLA_PANEL, NABLA_PANEL, misalignment);
    for (size_t j = out; j < padded(out); ++j)
        for (size_t k = 0; k < in; ++k) w.at[panel_at(j, k, in)] = 0;
    operand_filled(&w);
    return w;
}

static void forward_case(const shape *s)
{
    const nabla_activation f = s->variant & 1 ? NABLA_SIGMOID : NABLA_IDENTITY;
    operand x = make_operand(s->m, s->k, s->k + s->padding, s->misalignment);
    operand w = make_panels(s->n, s->k, (s->misalignment + 5) % 16);
    operand bias = make_operand(1, s->n, padded(s->n), (s->misalignment + 6) % 16); /* its last lanes are canaries */
    operand a = make_unreadable(s->m, padded(s->n), padded(s->n) + s->padding, (s->misalignment + 9) % 16);
    reference_forward(f, s->m, s->n, s->k, x.at, x.ld, w.at, bias.at, a.expected, a.ld);
    count_nonzero(&a, s->n);
    watch(&x), watch(&w), watch(&bias), watch(&a);
    ON_EVERY_ISA("dense_forward", s,
                 nabla_dense_forward_f32(f, s->m, s->n, s->k, x.at, x.ld, w.at, bias.at, a.at, a.ld, member));
}

/* Outputs run over k and inputs over n here, so that the sum is the long side. */
static void backward_case(const shape *s)
{
    const nabla_activation f = s->variant & 1 ? NABLA_SIGMOID : NABLA_IDENTITY;
    operand d = make_operand(s->m, s->k, padded(s->k) + s->padding, s->misalignment);
    set_columns(&d, s->k, padded(s->k), 0);
    operand w = make_panels(s->k, s->n, (s->misalignment + 5) % 16);
    operand a = make_operand(s->m, s->n, s->n + s->padding, (s->misalignment + 9) % 16);
    operand d_prev = make_unreadable(s->m, padded(s->n), padded(s->n) + s->padding, (s->misalignment + 2) % 16);
    reference_backward(f, s->m, s->k, s->n, d.at, d.ld, w.at, a.at, a.ld, d_prev.expected, d_prev.ld);
    if (s->k > 1) count_nonzero(&d_prev, s->n);
    watch(&d), watch(&w), watch(&a), watch(&d_prev);
    ON_EVERY_ISA("dense_backward", s,
                 nabla_dense_backward_f32(f, s->m, s->k, s->n, d.at, d.ld, w.at, f == NABLA_SIGMOID ? a.at : NULL, a.ld,
                                          d_prev.at, d_prev.ld, member));
}

/* Inputs run over n; the sum runs over the samples, whose number is k. The layer has m or m + 32 neurons. */
static void update_case(const shape *s)
{
    const size_t out = s->m + (s->variant & 1 ? 32 : 0);
    operand d = make_operand(s->k, out, padded(out) + s->padding, s->misalignment);
    set_columns(&d, out, padded(out), 0);
    operand x = make_operand(s->k, s->n, s->n + s->padding, (s->misalignment + 5) % 16);
    operand w = make_panels(out, s->n, (s->misalignment + 9) % 16);
    operand bias = make_operand(1, padded(out), padded(out), (s->misalignment + 2) % 16);
    set_columns(&bias, out, padded(out), 0);
    if (s->beta == 0) {
        set_columns(&w, 0, NABLA_PANEL, canary());
        set_columns(&bias, 0, padded(out), canary());
    }
    reference_update(s->k, out, s->n, s->alpha, d.at, d.ld, x.at, x.ld, s->beta, w.expected, bias.expected);
    if (s->alpha != 0 && s->k > 1)
        for (size_t j = 0; j < out; ++j)
            for (size_t k = 0; k < s->n; ++k) ++outputs, nonzero += w.expected[panel_at(j, k, s->n)] != 0;
    watch(&d), watch(&x), watch(&w), watch(&bias);
    ON_EVERY_ISA(
        "dense_update", s,
        nabla_dense_update_f32(s->k, out, s->n, s->alpha, d.at, d.ld, x.at, x.ld, s->beta, w.at, bias.at, member));
}

static void output_error_case(const shape *s)
{
    const nabla_cost cost = s->variant & 1 ? NABLA_CROSS_ENTROPY : NABLA_QUADRATIC;
    operand a = make_operand(s->m, s->n, s->n + s->padding, s->misalignment);
    operand y = make_operand(s->m, s->n, s->n + s->padding / 2, (s->misalignment + 5) % 16);
    operand d = make_unreadable(s->m, padded(s->n), padded(s->n) + s->padding, (s->misalignment + 9) % 16);
    reference_output_error(cost, s->m, s->n, a.at, a.ld, y.at, y.ld, d.expected, d.ld);
    count_nonzero(&d, s->n);
    watch(&a), watch(&y), watch(&d);
    ON_EVERY_ISA("output_error", s,
                 nabla_output_error_f32(cost, s->m, s->n, a.at, a.ld, y.at, y.ld, d.at, d.ld, member));
}

/* D in the memory of A, as the header allows. */
static void output_error_in_place_case(const shape *s)
{
    const nabla_cost cost = s->variant & 1 ? NABLA_CROSS_ENTROPY : NABLA_QUADRATIC;
    operand d = make_operand(s->m, s->n, padded(s->n) + s->padding, s->misalignment);
    operand y = make_operand(s->m, s->n, s->n, (s->misalignment + 5) % 16);
    reference_output_error(cost, s->m, s->n, d.at, d.ld, y.at, y.ld, d.expected, d.ld);
    watch(&d), watch(&y);
    ON_EVERY_ISA("output_error in place", s,
                 nabla_output_error_f32(cost, s->m, s->n, d.at, d.ld, y.at, y.ld, d.at, d.ld, member));
}

static void elementwise_case(const shape *s)
{
    const size_t n = s->m * s->n + s->k;
    operand z = make_operand(1, n, n, s->misalignment), a = make_unreadable(1, n, n, (s->misalignment + 7) % 16);
    for (size_t i = 0; i < n; ++i) z.at[i] *= 32;
    operand_filled(&z);
    const unsigned kernel = s->variant % 3;
    for (size_t i = 0; i < n; ++i)
        a.expected[i] = kernel == 0   ? reference_sigmoid(z.at[i])
                        : kernel == 1 ? reference_prime(reference_sigmoid(z.at[i]))
                                      : reference_prime(z.at[i]);
    count_nonzero(&a, n);
    watch(&z), watch(&a);
    ON_EVERY_ISA("elementwise", s,
                 kernel == 0   ? nabla_sigmoid_f32(n, z.at, a.at, member)
                 : kernel == 1 ? nabla_sigmoid_prime_f32(n, z.at, a.at, member)
                               : nabla_sigmoid_prime_from_activation_f32(n, z.at, a.at, member));
}

static void in_place_case(const shape *s)
{
    const size_t n = s->m * s->n;
    operand z = make_operand(1, n, n, s->misalignment);
    const unsigned kernel = s->variant % 3;
    for (size_t i = 0; i < n; ++i)
        z.expected[i] = kernel == 0   ? reference_sigmoid(z.at[i])
                        : kernel == 1 ? reference_prime(reference_sigmoid(z.at[i]))
                                      : reference_prime(z.at[i]);
    watch(&z);
    ON_EVERY_ISA("elementwise in place", s,
                 kernel == 0   ? nabla_sigmoid_f32(n, z.at, z.at, member)
                 : kernel == 1 ? nabla_sigmoid_prime_f32(n, z.at, z.at, member)
                               : nabla_sigmoid_prime_from_activation_f32(n, z.at, z.at, member));
}

static void axpy_case(const shape *s)
{
    const size_t n = s->m * s->n + s->k;
    operand x = make_operand(1, n, n, s->misalignment), y = make_operand(1, n, n, (s->misalignment + 7) % 16);
    for (size_t i = 0; i < n; ++i) y.expected[i] = fmaf(s->alpha, x.at[i], y.at[i]);
    count_nonzero(&y, n);
    watch(&x), watch(&y);
    ON_EVERY_ISA("axpy", s, nabla_axpy_f32(n, s->alpha, x.at, y.at, member));
}

static void pixels_case(const shape *s)
{
    const size_t n = s->m * s->n + s->k;
    operand source = make_operand(1, n, n, s->misalignment), out = make_unreadable(1, n, n, s->misalignment);
    uint8_t *pixels = (uint8_t *)source.at + s->misalignment; /* n bytes in the middle of 4 n */
    for (size_t i = 0; i < n; ++i) pixels[i] = (uint8_t)(i + s->k);
    operand_filled(&source);
    for (size_t i = 0; i < n; ++i) out.expected[i] = (float)pixels[i] / 255.0f;
    count_nonzero(&out, n);
    watch(&source), watch(&out);
    ON_EVERY_ISA("pixels", s, nabla_pixels_f32(n, pixels, out.at, member));
}

static void panels_case(const shape *s)
{
    const size_t out = s->m + s->n;
    operand w = make_operand(out, s->k, s->k + s->padding, s->misalignment);
    operand panels = make_unreadable(panels_of(out) * s->k, NABLA_PANEL, NABLA_PANEL, (s->misalignment + 3) % 16);
    operand back = make_unreadable(out, s->k, s->k + s->padding, (s->misalignment + 7) % 16);
    for (size_t j = 0; j < padded(out); ++j)
        for (size_t k = 0; k < s->k; ++k) {
            panels.expected[panel_at(j, k, s->k)] = j < out ? w.at[j * w.ld + k] : 0;
            if (j < out) back.expected[j * back.ld + k] = w.at[j * w.ld + k];
        }
    if (nabla_panels_size(out, s->k) != panels.rows * NABLA_PANEL) ++failures, printf("FAILED panels_size\n");
    watch(&w), watch(&panels);
    ON_EVERY_ISA("panels_pack", s, nabla_panels_pack_f32(out, s->k, w.at, w.ld, panels.at, member));

    panels = make_panels(out, s->k, (s->misalignment + 3) % 16);
    for (size_t j = 0; j < out; ++j)
        for (size_t k = 0; k < s->k; ++k) back.expected[j * back.ld + k] = panels.at[panel_at(j, k, s->k)];
    watch(&panels), watch(&back);
    ON_EVERY_ISA("panels_unpack", s, nabla_panels_unpack_f32(out, s->k, panels.at, back.at, back.ld, member));
}

static void sum_of_squares_case(const shape *s)
{
    const size_t n = s->m * s->n + s->k;
    operand x = make_operand(1, n, n, s->misalignment);
    const int spoil = n && s->variant & 1;
    if (spoil) x.at[s->k % n] = s->variant & 2 ? INFINITY : NAN;
    operand_filled(&x);
    double chain[16] = {0};
    for (size_t i = 0; i < n; ++i) chain[i % 16] += (double)x.at[i] * (double)x.at[i];
    for (size_t half = 8; half; half /= 2)
        for (size_t i = 0; i < half; ++i) chain[i] += chain[i + half];
    double sum = -1;
    int finite = -1;
    ++cases;
    if (nabla_sum_of_squares_f32(n, x.at, &sum, &finite) != NABLA_OK || finite != !spoil || (!spoil && sum != chain[0]))
        ++failures, printf("FAILED sum_of_squares: n %zu finite %d sum %g\n", n, finite, sum);
    free_operand(&x);
}

/* One row a kernel; `every` thins out those whose result does not depend on all of m, n and k. */
static const struct {
    void (*run)(const shape *);
    size_t every;
} kernels[] = {
    {gemm_case, 1},        {gemv_case, 3},           {ger_case, 3},          {forward_case, 1},
    {backward_case, 1},    {update_case, 1},         {output_error_case, 2}, {output_error_in_place_case, 5},
    {elementwise_case, 7}, {in_place_case, 7},       {axpy_case, 3},         {pixels_case, 5},
    {panels_case, 7},      {sum_of_squares_case, 5},
};

/* gemm's edges beyond those shapes: rows around four and five tiles that transpose (33 ... 45), one and two rows over
 * many panels, rows of A a multiple of 4 KiB apart, and one more row than a band has. */
static void gemm_edges(void)
{
    static const struct {
        size_t m, n, k, padding;
    } edges[] = {{33, 40, 20, 1}, {34, 31, 260, 0}, {44, 65, 21, 3},  {45, 33, 9, 0},    {1, 129, 31, 1},
                 {1, 300, 7, 0},  {2, 128, 70, 17}, {2, 271, 5, 0},   {15, 33, 1024, 0}, {31, 40, 1000, 24},
                 {50, 30, 65, 0}, {60, 48, 300, 1}, {1793, 17, 5, 3}, {17, 40, 513, 0}};
    static const size_t members[] = {0, 2, 3};
    unsigned turn = 0;
    for (size_t edge = 0; edge < COUNT(edges); ++edge)
        for (unsigned transposes = 0; transposes < 4; ++transposes)
            for (size_t team = 0; team < COUNT(members); ++team, ++turn) {
                const shape s = {
                    .m = edges[edge].m,
                    .n = edges[edge].n,
                    .k = edges[edge].k,
                    .misalignment = turn % 16,
                    .padding = edges[edge].padding,
                    .members = members[team],
                    .alpha = turn % 4 ? 1 : -0.5f,
                    .beta = betas[turn % COUNT(betas)],
                    .variant = transposes,
                };
                gemm_case(&s);
            }
}

int main(int argc, char **argv)
{
    /* `test_exact 7` runs every seventh case: for quick lanes and slow emulators. */
    const size_t stride = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    enum { M_END = 30, N_END = 66, DEPTHS_A_PAIR = 2 };
    size_t turn = 0;
    for (size_t m = 0; m < M_END; ++m)
        for (size_t n = 0; n < N_END; ++n)
            for (size_t i = 0; i < DEPTHS_A_PAIR; ++i, ++turn) {
                if (turn % stride) continue;
                for (size_t kernel = 0; kernel < COUNT(kernels); ++kernel) {
                    if ((turn / stride) % kernels[kernel].every) continue;
                    const uint32_t dice = random_bits() >> 4;
                    const shape s = {
                        .m = m,
                        .n = n,
                        .k = depths[(turn * 7 + kernel) % COUNT(depths)],
                        .misalignment = dice % 16,
                        .padding = paddings[dice / 16 % COUNT(paddings)],
                        .members = member_counts[dice / 128 % COUNT(member_counts)],
                        .backwards = dice / 1024 % 2,
                        .alpha = alphas[dice / 2048 % COUNT(alphas)],
                        .beta = betas[dice / 16384 % COUNT(betas)],
                        .variant = dice / 131072 % 12,
                    };
                    kernels[kernel].run(&s);
                }
            }
    if (stride == 1) gemm_edges();

    const double share = 100.0 * (double)nonzero / (double)outputs;
    printf("%zu cases, %zu outputs, %.1f%% of them not zero, %zu failures\n", cases, outputs, share, failures);
    return failures || share < 90;
}
