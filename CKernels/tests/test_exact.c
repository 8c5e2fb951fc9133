/* Every kernel, on every instruction set of this machine, against the naive reference: 0 differing bytes.
 *
 * Shapes run over the edges of the register tiles: m 0 ... 29 (twice the tallest tile and one), n 0 ... 65 (twice the
 * widest and one), k over the list below. Each pair (m, n) meets some of the k, and alignment, padding, factors,
 * number of members and the order in which members run change from case to case. */
#include "cases.h"

static const size_t depths[] = {0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 64, 127, 255, 256, 257, 784, 1023};
static const size_t member_counts[] = {0, 1, 2, 3, 4, 7, 8};
static const size_t paddings[] = {0, 1, 3, 16, 17};
static const float alphas[] = {1, -0.5f, 0.3f, 1, 0, -1};
static const float betas[] = {0, 1, -0.5f, 0.999f, 1};

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

/* Those of a layer pass. */
static const nabla_activation activations[] = {NABLA_IDENTITY, NABLA_SIGMOID, NABLA_TANH, NABLA_RELU};

static void forward_case(const shape *s)
{
    const nabla_activation f = activations[s->variant % COUNT(activations)];
    operand x = make_operand(s->m, s->k, s->k + s->padding, s->misalignment);
    operand w = make_panels(s->n, s->k, (s->misalignment + 5) % 16);
    operand bias = make_operand(1, s->n, padded(s->n), (s->misalignment + 6) % 16); /* its last lanes are canaries */
    operand a = make_unreadable(s->m, padded(s->n), padded(s->n) + s->padding, (s->misalignment + 9) % 16);
    reference_forward(f, s->m, s->n, s->k, x.at, x.ld, w.at, bias.at, a.expected, a.ld);
    if (f != NABLA_RELU) count_nonzero(&a, s->n);
    watch(&x), watch(&w), watch(&bias), watch(&a);
    ON_EVERY_ISA("dense_forward", s,
                 nabla_dense_forward_f32(f, s->m, s->n, s->k, x.at, x.ld, w.at, bias.at, a.at, a.ld, member));
}

/* Outputs run over k and inputs over n here, so that the sum is the long side. */
static void backward_case(const shape *s)
{
    const nabla_activation f = activations[s->variant % COUNT(activations)];
    operand d = make_operand(s->m, s->k, padded(s->k) + s->padding, s->misalignment);
    set_columns(&d, s->k, padded(s->k), 0);
    operand w = make_panels(s->k, s->n, (s->misalignment + 5) % 16);
    operand a = make_operand(s->m, s->n, s->n + s->padding, (s->misalignment + 9) % 16);
    operand d_prev = make_unreadable(s->m, padded(s->n), padded(s->n) + s->padding, (s->misalignment + 2) % 16);
    reference_backward(f, s->m, s->k, s->n, d.at, d.ld, w.at, a.at, a.ld, d_prev.expected, d_prev.ld);
    if (s->k > 1 && f != NABLA_RELU) count_nonzero(&d_prev, s->n);
    watch(&d), watch(&w), watch(&a), watch(&d_prev);
    ON_EVERY_ISA("dense_backward", s,
                 nabla_dense_backward_f32(f, s->m, s->k, s->n, d.at, d.ld, w.at, f == NABLA_IDENTITY ? NULL : a.at,
                                          a.ld, d_prev.at, d_prev.ld, member));
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

/* Each pair of cost and activation that has an output error. */
static const struct {
    nabla_cost cost;
    nabla_activation activation;
} pairs[] = {{NABLA_QUADRATIC, NABLA_IDENTITY},    {NABLA_QUADRATIC, NABLA_SIGMOID},
             {NABLA_QUADRATIC, NABLA_TANH},        {NABLA_QUADRATIC, NABLA_SOFTMAX},
             {NABLA_CROSS_ENTROPY, NABLA_SIGMOID}, {NABLA_LOG_LIKELIHOOD, NABLA_SOFTMAX}};

static void output_error_case(const shape *s)
{
    const nabla_cost cost = pairs[s->variant % COUNT(pairs)].cost;
    const nabla_activation f = pairs[s->variant % COUNT(pairs)].activation;
    operand a = make_operand(s->m, s->n, s->n + s->padding, s->misalignment);
    operand y = make_operand(s->m, s->n, s->n + s->padding / 2, (s->misalignment + 5) % 16);
    operand d = make_unreadable(s->m, padded(s->n), padded(s->n) + s->padding, (s->misalignment + 9) % 16);
    reference_output_error(cost, f, s->m, s->n, a.at, a.ld, y.at, y.ld, d.expected, d.ld);
    count_nonzero(&d, s->n);
    watch(&a), watch(&y), watch(&d);
    ON_EVERY_ISA("output_error", s,
                 nabla_output_error_f32(cost, f, s->m, s->n, a.at, a.ld, y.at, y.ld, d.at, d.ld, member));
}

/* D in the memory of A, as the header allows. */
static void output_error_in_place_case(const shape *s)
{
    const nabla_cost cost = pairs[s->variant % COUNT(pairs)].cost;
    const nabla_activation f = pairs[s->variant % COUNT(pairs)].activation;
    operand d = make_operand(s->m, s->n, padded(s->n) + s->padding, s->misalignment);
    operand y = make_operand(s->m, s->n, s->n, (s->misalignment + 5) % 16);
    reference_output_error(cost, f, s->m, s->n, d.at, d.ld, y.at, y.ld, d.expected, d.ld);
    watch(&d), watch(&y);
    ON_EVERY_ISA("output_error in place", s,
                 nabla_output_error_f32(cost, f, s->m, s->n, d.at, d.ld, y.at, y.ld, d.at, d.ld, member));
}

/* Into a matrix of its own, or over Z. Rows differ in scale, so that some outputs underflow. */
static void softmax_case(const shape *s)
{
    const int in_place = s->variant % 3 == 0;
    operand z = make_operand(s->m, s->n, padded(s->n) + s->padding, s->misalignment);
    operand a = make_unreadable(s->m, padded(s->n), padded(s->n) + s->padding / 2, (s->misalignment + 7) % 16);
    for (size_t r = 0; r < s->m; ++r)
        for (size_t j = 0; j < s->n; ++j) z.at[r * z.ld + j] *= (float)(1 + r * r);
    operand_filled(&z);
    reference_softmax(s->m, s->n, z.at, z.ld, in_place ? z.expected : a.expected, in_place ? z.ld : a.ld);
    watch(&z), watch(&a);
    ON_EVERY_ISA("softmax", s,
                 nabla_softmax_f32(s->m, s->n, z.at, z.ld, in_place ? z.at : a.at, in_place ? z.ld : a.ld, member));
}

/* Kernels of one float each. */
static const struct {
    nabla_status (*run)(size_t n, const float *in, float *out, const nabla_member *member);
    float (*reference)(float x);
} elementwise[] = {{nabla_sigmoid_f32, reference_sigmoid},
                   {nabla_sigmoid_prime_f32, reference_prime_of},
                   {nabla_sigmoid_prime_from_activation_f32, reference_prime},
                   {nabla_tanh_f32, reference_tanh}};

static void elementwise_case(const shape *s)
{
    const size_t n = s->m * s->n + s->k, kernel = s->variant % COUNT(elementwise);
    operand z = make_operand(1, n, n, s->misalignment), a = make_unreadable(1, n, n, (s->misalignment + 7) % 16);
    for (size_t i = 0; i < n; ++i) z.at[i] *= 32;
    operand_filled(&z);
    for (size_t i = 0; i < n; ++i) a.expected[i] = elementwise[kernel].reference(z.at[i]);
    if (kernel != 3) count_nonzero(&a, n); /* tanh(0) = 0 */
    watch(&z), watch(&a);
    ON_EVERY_ISA("elementwise", s, elementwise[kernel].run(n, z.at, a.at, member));
}

static void in_place_case(const shape *s)
{
    const size_t n = s->m * s->n, kernel = s->variant % COUNT(elementwise);
    operand z = make_operand(1, n, n, s->misalignment);
    for (size_t i = 0; i < n; ++i) z.expected[i] = elementwise[kernel].reference(z.at[i]);
    watch(&z);
    ON_EVERY_ISA("elementwise in place", s, elementwise[kernel].run(n, z.at, z.at, member));
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
    {panels_case, 7},      {sum_of_squares_case, 5}, {softmax_case, 2},
};

/* gemm's edges beyond those shapes: rows around four and five tiles (33 ... 45), one and two rows over many panels,
 * rows of A a multiple of 4 KiB apart, more rows than a band has, a large C of few terms, more terms than A B^T joins.
 */
static void gemm_edges(void)
{
    static const struct {
        size_t m, n, k, padding;
    } edges[] = {{33, 40, 20, 1},   {34, 31, 260, 0}, {44, 65, 21, 3},  {45, 33, 9, 0},     {1, 129, 31, 1},
                 {1, 300, 7, 0},    {2, 128, 70, 17}, {2, 271, 5, 0},   {15, 33, 1024, 0},  {31, 40, 1000, 24},
                 {50, 30, 65, 0},   {60, 48, 300, 1}, {1793, 17, 5, 3}, {17, 40, 513, 0},   {20, 13200, 3, 1},
                 {300, 900, 20, 0}, {21, 9, 1025, 0}, {1, 8, 2048, 3},  {258, 17, 1041, 7}, {3, 5, 3100, 0}};
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
                if (s.m * s.k < 1 << 18) gemv_case(&s);
            }
}

/* Of a layer: samples in parts over blocks of inputs, one part of a layer larger than L2 takes, and weights prefetched
 * (m is of an update the neurons, k the samples; of backward m the samples, k the neurons). */
static void layer_edges(void)
{
    static const size_t updates[][3] = {{33, 250, 300}, {20, 130, 129}, {500, 600, 70}},
                        backwards[][3] = {{130, 100, 300}};
    static const size_t members[] = {0, 3};
    for (size_t team = 0; team < COUNT(members); ++team) {
        shape s = {.misalignment = 3, .padding = 1, .members = members[team], .alpha = -0.5f, .beta = 0.999f};
        for (size_t i = 0; i < COUNT(updates); ++i) {
            s.m = updates[i][0], s.n = updates[i][1], s.k = updates[i][2];
            update_case(&s);
        }
        for (size_t i = 0; i < COUNT(backwards); ++i) {
            s.m = backwards[i][0], s.n = backwards[i][1], s.k = backwards[i][2];
            s.variant = 1;
            backward_case(&s);
        }
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
    if (stride == 1) gemm_edges(), layer_edges();

    const double share = 100.0 * (double)nonzero / (double)outputs;
    printf("%zu cases, %zu outputs, %.1f%% of them not zero, %zu failures\n", cases, outputs, share, failures);
    return failures || share < 90;
}
