/* No kernel reads or writes one byte outside its operands: each operand stands flush against a page that must not be
 * touched, once behind it and once before it. A violation ends the program with a signal. */
#define _GNU_SOURCE
#include "guard.h"
#include "reference_rule.h"

enum { OPERANDS = 10, LARGEST = 112 * 150 };

static guarded memory[OPERANDS];
static int flush_with_end;
static size_t calls;

static void *place_bytes(int index, size_t bytes)
{
    if (bytes > LARGEST * sizeof(float)) abort();
    return flush_with_end ? at_end(&memory[index], bytes) : at_begin(&memory[index]);
}

/* Operand `index` of rows x columns with stride ld; only the elements exist, the last row has no padding. */
static float *place(int index, size_t rows, size_t columns, size_t ld)
{
    const size_t floats = rows && columns ? (rows - 1) * ld + columns : 0;
    float *p = place_bytes(index, floats * sizeof(float));
    for (size_t i = 0; i < floats; ++i) p[i] = 0.25f;
    return p;
}

static void require(nabla_status status)
{
    ++calls;
    if (status == NABLA_OK) return;
    printf("FAILED: %s\n", nabla_status_description(status));
    exit(1);
}

static void run_matrix_kernels(size_t m, size_t n, size_t k, size_t pad, const nabla_member *who)
{
    for (int form = 0; form < 4; ++form) {
        const nabla_transpose ta = form & 1, tb = form >> 1;
        const size_t ar = ta ? k : m, ac = ta ? m : k, br = tb ? n : k, bc = tb ? k : n;
        const float *a = place(0, ar, ac, ac + pad), *b = place(1, br, bc, bc + pad);
        float *c = place(2, m, n, n + pad);
        require(nabla_gemm_f32(ta, tb, m, n, k, 1, a, ac + pad, b, bc + pad, 0, c, n + pad, who));
        require(nabla_gemm_f32(ta, tb, m, n, k, 0.5f, a, ac + pad, b, bc + pad, 0.5f, c, n + pad, who));
    }
    for (int form = 0; form < 2; ++form) {
        const nabla_transpose ta = form;
        const float *a = place(0, n, k, k + pad), *x = place(1, 1, ta ? n : k, ta ? n : k);
        require(nabla_gemv_f32(ta, n, k, 0.5f, a, k + pad, x, 1, place(2, 1, ta ? k : n, ta ? k : n), who));
    }
    require(nabla_ger_f32(m, n, 0.5f, place(0, 1, m, m), place(1, 1, n, n), place(2, m, n, n + pad), n + pad, who));
}

static nabla_rule rule_of(nabla_rule_kind kind)
{
    return (nabla_rule){.kind = kind,
                        .rate = 0.1f,
                        .mean = 0.1f,
                        .keep1 = 0.5f,
                        .take1 = 0.5f,
                        .keep2 = 0.5f,
                        .take2 = 0.5f,
                        .epsilon = 0.1f,
                        .l2 = 0.1f,
                        .l1 = 0.1f,
                        .decay = 0.9f};
}

/* The states that the rule has, in operands 5 ... 8. */
static nabla_rule_layer place_states(const nabla_rule *rule, size_t out, size_t in, float *w, float *bias)
{
    nabla_rule_layer layer = {.panels = {w}, .bias = {bias}};
    for (int i = 1; i <= reference_states(rule->kind); ++i) {
        layer.panels[i] = place(3 + 2 * i, 1, nabla_panels_size(out, in), 0);
        layer.bias[i] = place(4 + 2 * i, 1, padded(out), padded(out));
    }
    return layer;
}

static void run_layer_kernels(size_t m, size_t out, size_t in, size_t pad, const nabla_member *who)
{
    const size_t wide_out = padded(out), wide_in = padded(in);
    const float *x = place(0, m, in, in + pad);
    float *w = place(1, 1, nabla_panels_size(out, in), 0);
    float *bias = place(2, 1, wide_out, wide_out), *a = place(3, m, wide_out, wide_out + pad);
    for (int f = NABLA_IDENTITY; f <= NABLA_RELU; ++f)
        require(nabla_dense_forward_f32((nabla_activation)f, m, out, in, x, in + pad, w, bias, a, wide_out + pad, who));
    require(nabla_dense_update_f32(m, out, in, -1, a, wide_out + pad, x, in + pad, 0.5f, w, bias, who));
    require(nabla_dense_update_f32(m, out, in, 1, a, wide_out + pad, x, in + pad, 0, w, bias, who));
    for (int kind = NABLA_RULE_SGD; kind <= NABLA_RULE_ADAM; ++kind) {
        const nabla_rule rule = rule_of((nabla_rule_kind)kind);
        const nabla_rule_layer layer = place_states(&rule, out, in, w, bias);
        require(nabla_dense_rule_f32(&rule, m, out, in, a, wide_out + pad, x, in + pad, &layer, who));
    }
    const float *a_prev = place(0, m, in, in + pad);
    float *d_prev = place(2, m, wide_in, wide_in + pad);
    for (int f = NABLA_SIGMOID; f <= NABLA_RELU; ++f)
        require(nabla_dense_backward_f32((nabla_activation)f, m, out, in, a, wide_out + pad, w, a_prev, in + pad,
                                         d_prev, wide_in + pad, who));
    require(nabla_dense_backward_f32(NABLA_IDENTITY, m, out, in, a, wide_out + pad, w, NULL, in, d_prev, wide_in + pad,
                                     who));
    const float *narrow = place(0, m, out, out + pad), *y = place(2, m, out, out);
    static const nabla_activation quadratic[] = {NABLA_IDENTITY, NABLA_SIGMOID, NABLA_TANH, NABLA_SOFTMAX};
    for (size_t f = 0; f < sizeof quadratic / sizeof *quadratic; ++f)
        require(nabla_output_error_f32(NABLA_QUADRATIC, quadratic[f], m, out, narrow, out + pad, y, out, a,
                                       wide_out + pad, who));
    require(nabla_softmax_f32(m, out, narrow, out + pad, a, wide_out + pad, who));
    require(nabla_softmax_f32(m, out, a, wide_out + pad, a, wide_out + pad, who));
    float *matrix = place(0, out, in, in + pad);
    require(nabla_panels_pack_f32(out, in, matrix, in + pad, w, who));
    require(nabla_panels_unpack_f32(out, in, w, matrix, in + pad, who));
}

/* Row s lacks every (2 + s % 3)rd pixel; row 1 is empty, row 2 full. The entries, the pixels they are made from and the
 * names of the samples all end at the wall, too. */
static void run_sparse_kernels(size_t m, size_t out, size_t in, size_t pad, int named, const nabla_member *who)
{
    uint8_t *pixels = place_bytes(0, m * in);
    for (size_t s = 0; s < m; ++s)
        for (size_t k = 0; k < in; ++k)
            pixels[s * in + k] = s == 1 ? 0 : (uint8_t)(s == 2 || k % (2 + s % 3) ? 1 + (s + k) % 255 : 0);
    uint64_t *starts = place_bytes(1, (m + 1) * sizeof *starts);
    require(nabla_sparse_count(m, in, pixels, starts));
    uint16_t *entries = place_bytes(2, (size_t)starts[m] * sizeof *entries);
    require(nabla_sparse_pack(m, in, pixels, starts, entries, NULL));
    require(nabla_sparse_pack(m, in, pixels, starts, entries, who));

    uint32_t *samples = place_bytes(0, m * sizeof *samples); /* the pixels have done their part */
    for (size_t s = 0; s < m; ++s) samples[s] = (uint32_t)(m - 1 - s);
    nabla_sparse_batch x = {.rows = {starts, starts + 1, entries, NULL}, .count = m, .ahead = samples, .ahead_count = m};
    if (named) x.samples = samples;
    const size_t wide = padded(out);
    float *w = place(4, 1, nabla_panels_size(out, in), 0), *bias = place(3, 1, wide, wide);
    float *a = place(5, m, wide, wide + pad);
    require(nabla_sparse_forward_f32(NABLA_SIGMOID, &x, out, in, w, bias, a, wide + pad, who));
    require(nabla_sparse_update_f32(&x, out, in, -1, a, wide + pad, 1, w, bias, who));
    x.ahead_count = m / 2;
    require(nabla_sparse_update_f32(&x, out, in, 1, a, wide + pad, 0, w, bias, who));
    /* The rule's states in the place of what is not read again: 1 and 2 hold the rows. */
    for (int kind = NABLA_RULE_SGD; kind <= NABLA_RULE_ADAM; ++kind) {
        const nabla_rule rule = rule_of((nabla_rule_kind)kind);
        nabla_rule_layer layer = {.panels = {w}, .bias = {bias}};
        const int states = reference_states(rule.kind);
        if (states) layer.panels[1] = place(6, 1, nabla_panels_size(out, in), 0), layer.bias[1] = place(7, 1, wide, wide);
        if (states > 1) {
            layer.panels[2] = place(8, 1, nabla_panels_size(out, in), 0);
            layer.bias[2] = place(9, 1, wide, wide);
        }
        require(nabla_sparse_rule_f32(&rule, &x, out, in, a, wide + pad, &layer, who));
    }
}

/* Masks of n neurons, and what they do to activations and to one sparse row, whose copy may be as long as it is. */
static void run_dropout_kernels(size_t m, size_t n, size_t pad, const nabla_member *who)
{
    const size_t wide = padded(n), words = panels_of(n);
    uint32_t *samples = place_bytes(0, m * sizeof *samples);
    for (size_t s = 0; s < m; ++s) samples[s] = (uint32_t)s;
    uint16_t *masks = place_bytes(1, ((m - 1) * (words + pad) + words) * sizeof *masks);
    require(nabla_dropout_masks(m, n, 1u << 31, 1, 2, samples, masks, words + pad, NULL));
    require(nabla_dropout_masks(m, n, 1u << 31, 1, 2, samples, masks, words + pad, who));
    float *a = place(2, m, wide, wide + pad), *out = place(3, m, wide, wide);
    require(nabla_dropout_f32(m, n, 2, masks, words + pad, a, wide + pad, out, wide, who));
    require(nabla_dropout_f32(m, n, 2, masks, words + pad, a, wide + pad, a, wide + pad, who));

    uint16_t *from = place_bytes(4, n * sizeof *from), *to = place_bytes(5, n * sizeof *to);
    for (size_t k = 0; k < n; ++k) from[k] = (uint16_t)(9 << 8 | (k != 0));
    require(nabla_dropout_masks(1, n, 0, 1, 2, NULL, masks, words, NULL)); /* nothing is dropped */
    if (nabla_sparse_dropout(n, from, masks, to) != n) require(NABLA_ERROR_ARGUMENT);
    require(nabla_dropout_masks(1, n, 1u << 31, 1, 2, NULL, masks, words, NULL));
    nabla_sparse_dropout(n, from, masks, to);
}

/* A field and a picture warped through it, then packed as one row. */
static void run_augment_kernels(size_t rows, size_t columns, size_t pad)
{
    static const nabla_distortion strong = {9, 180, 0.5f, 60};
    const size_t ld = columns + pad, pixels = rows * columns;
    float *taps = place(0, 1, nabla_gaussian_size(2), 0);
    require(nabla_gaussian_f32(2, taps));
    float *workspace = place(1, 1, nabla_elastic_workspace(rows, columns), 0);
    float *dx = place(2, rows, columns, ld), *dy = place(3, rows, columns, ld);
    nabla_affine_map *map = place_bytes(4, sizeof *map);
    require(nabla_elastic_field_f32(rows, columns, nabla_gaussian_size(2), taps, 20, 1, 2, 3, workspace, dx, dy, ld));
    uint8_t *picture = place_bytes(5, pixels), *out = place_bytes(6, pixels);
    memset(picture, 200, pixels);
    uint32_t *words = place_bytes(7, nabla_warp_workspace(rows, columns) * sizeof *words);
    for (uint32_t sample = 0; sample < 5; ++sample) {
        require(nabla_affine_maps(&strong, rows, columns, 1, 2, 1, &sample, map));
        require(nabla_warp_u8(rows, columns, picture, map, dx, dy, ld, words, out));
        require(nabla_warp_u8(rows, columns, picture, map, NULL, NULL, 0, words, out));
    }
    if (nabla_sparse_pack_row(pixels, picture, place_bytes(8, pixels * sizeof(uint16_t))) != pixels)
        require(NABLA_ERROR_ARGUMENT);
}

static void run_elementwise_kernels(size_t n, const nabla_member *who)
{
    const float *x = place(0, 1, n, n);
    float *y = place(1, 1, n, n);
    require(nabla_sigmoid_f32(n, x, y, who));
    require(nabla_sigmoid_prime_f32(n, x, y, who));
    require(nabla_sigmoid_prime_from_activation_f32(n, x, y, who));
    require(nabla_tanh_f32(n, x, y, who));
    require(nabla_axpy_f32(n, 0.5f, x, y, who));
    const uint8_t *pixels = place_bytes(2, n);
    require(nabla_pixels_f32(n, pixels, y, who));
    double sum;
    int finite;
    require(nabla_sum_of_squares_f32(n, x, &sum, &finite));
}

int main(void)
{
    static const size_t ms[] = {1, 2, 5, 6, 7, 13, 14, 15, 29}, ns[] = {1, 15, 16, 17, 31, 32, 33, 40};
    static const size_t ks[] = {1, 3, 16, 17, 33, 257};
    /* Sparse: mini-batches on both sides of the sizes from which weights are updated pixel by pixel. */
    static const size_t rows[] = {1, 2, 3, 5, 10, 16, 70}, neurons[] = {1, 16, 17, 32, 40, 70, 100},
                        pixels[] = {1, 7, 65, 150};
    for (int i = 0; i < OPERANDS; ++i) memory[i] = make_guarded(LARGEST * sizeof(float));
    for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
        if (nabla_select_isa((nabla_isa)isa) != NABLA_OK) continue;
        for (flush_with_end = 0; flush_with_end < 2; ++flush_with_end)
            for (size_t count = 0; count < 4; ++count) { /* alone, then the last member of a team */
                const nabla_member place_ = {.index = count - 1, .count = count}, *who = count ? &place_ : NULL;
                for (size_t n = 0; n < 100; ++n) run_elementwise_kernels(n, who);
                for (size_t n = 1; n < 45; ++n) run_augment_kernels(n, n * 5 % 43 + 1, n % 3);
                for (size_t m = 1; m < 6; ++m)
                    for (size_t n = 1; n < 150; n += 1 + n / 20) run_dropout_kernels(m, n, m % 3, who);
                for (size_t m = 0; m < sizeof ms / sizeof *ms; ++m)
                    for (size_t n = 0; n < sizeof ns / sizeof *ns; ++n)
                        for (size_t k = 0; k < sizeof ks / sizeof *ks; ++k) {
                            const size_t pad = (m + n + k) % 3;
                            run_matrix_kernels(ms[m], ns[n], ks[k], pad, who);
                            run_layer_kernels(ms[m], ns[n], ks[k], pad, who);
                            run_layer_kernels(ms[m], ks[k], ns[n], pad, who);
                        }
                for (size_t m = 0; m < sizeof rows / sizeof *rows; ++m)
                    for (size_t n = 0; n < sizeof neurons / sizeof *neurons; ++n)
                        for (size_t k = 0; k < sizeof pixels / sizeof *pixels; ++k)
                            run_sparse_kernels(rows[m], neurons[n], pixels[k], (m + k) % 3, (m + n) % 2, who);
            }
    }
    printf("%zu calls, none outside its operands\n", calls);
    return 0;
}
