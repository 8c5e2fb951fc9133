/* Update rules: what a finished gradient does to a weight and to the rule's state. Needs tile_body.h, pack_body.h. */

/* The numbers of a rule in every lane. */
typedef struct rule_words {
    nabla_rule_kind kind;
    int has_l1;
    vec minus_rate, mean, keep1, take1, keep2, take2, epsilon, l2, l1, decay;
} rule_words;

INLINE rule_words words_of(const nabla_rule *rule)
{
    return (rule_words){.kind = rule->kind,
                        .has_l1 = rule->l1 != 0,
                        .minus_rate = vec_set1(-rule->rate),
                        .mean = vec_set1(rule->mean),
                        .keep1 = vec_set1(rule->keep1),
                        .take1 = vec_set1(rule->take1),
                        .keep2 = vec_set1(rule->keep2),
                        .take2 = vec_set1(rule->take2),
                        .epsilon = vec_set1(rule->epsilon),
                        .l2 = vec_set1(rule->l2),
                        .l1 = vec_set1(rule->l1),
                        .decay = vec_set1(rule->decay)};
}

/* The rule of biases, which are not regularized. */
INLINE nabla_rule rule_of_biases(const nabla_rule *rule)
{
    nabla_rule of_biases = *rule;
    of_biases.l2 = of_biases.l1 = 0;
    of_biases.decay = 1;
    return of_biases;
}

/* A state on its way into memory. Without a gradient it shrinks by keep1 or keep2 in every step, and would stay at the
 * smallest subnormal for ever (0.9 of it rounds to itself), where each product takes a hundred cycles and more: pixels
 * at the edge of a picture made a step of momentum twice as long. Nobody sees the difference of 2^-100. */
INLINE vec vec_state(vec x) { return vec_unless_below(x, vec_set1(0x1p-100f)); }

/* One step of LANES weights at `w`, whose states lie at `v` and `s`; `sum` is their gradient over the samples. `kind`
 * is r->kind as a constant. */
INLINE void step(const nabla_rule_kind kind, const rule_words *r, vec sum, float *w, float *v, float *s)
{
    const vec before = vec_load(w);
    vec g = vec_fma(r->l2, before, vec_mul(r->mean, sum));
    if (r->has_l1) {
        const vec minus = vec_mul(before, vec_set1(-1.0f));
        g = vec_add(g, vec_sub(vec_if_positive(before, r->l1), vec_if_positive(minus, r->l1)));
    }
    const vec kept = vec_mul(r->decay, before);
    if (kind == NABLA_RULE_SGD) {
        vec_store(w, vec_fma(r->minus_rate, g, kept));
    } else if (kind == NABLA_RULE_ADAM) {
        const vec first = vec_state(vec_fma(r->take1, g, vec_mul(r->keep1, vec_load(v))));
        const vec second = vec_state(vec_fma(vec_mul(r->take2, g), g, vec_mul(r->keep2, vec_load(s))));
        vec_store(v, first);
        vec_store(s, second);
        const vec length = vec_div(first, vec_add(vec_sqrt(second), r->epsilon));
        vec_store(w, vec_fma(r->minus_rate, length, kept));
    } else {
        const vec velocity = vec_state(vec_fma(r->minus_rate, g, vec_mul(r->keep1, vec_load(v))));
        vec_store(v, velocity);
        if (kind == NABLA_RULE_MOMENTUM)
            vec_store(w, vec_add(kept, velocity));
        else
            vec_store(w, vec_add(kept, vec_fma(r->minus_rate, g, vec_mul(r->keep1, velocity))));
    }
}

/* The cases of a switch over the kinds of rules, each with the constant. */
#define FOR_EACH_RULE(CASE)                                                                                            \
    CASE(NABLA_RULE_SGD) CASE(NABLA_RULE_MOMENTUM) CASE(NABLA_RULE_NESTEROV) CASE(NABLA_RULE_ADAM)

/* A panel's row has `rows` x 16 weights at w; their gradients lie `gradient_row` floats apart. A state that the rule
 * has not is never touched: its pointer, which may be NULL, must not even be moved. */
INLINE void step_rows_of(const nabla_rule_kind kind, const nabla_rule *rule, size_t rows, const float *gradient,
                         size_t gradient_row, float *w, float *v, float *s)
{
    const rule_words r = words_of(rule);
    for (size_t i = 0; i < rows; ++i, gradient += gradient_row) {
        UNROLL for (size_t lane = 0; lane < NABLA_PANEL; lane += LANES) {
            const size_t at = i * NABLA_PANEL + lane;
            step(kind, &r, vec_load(gradient + lane), w + at, kind == NABLA_RULE_SGD ? NULL : v + at,
                 kind == NABLA_RULE_ADAM ? s + at : NULL);
        }
    }
}

static void step_rows(const nabla_rule *rule, size_t rows, const float *gradient, size_t gradient_row, float *w,
                      float *v, float *s)
{
#define CASE(constant)                                                                                                 \
    case constant: step_rows_of(constant, rule, rows, gradient, gradient_row, w, v, s); break;
    switch (rule->kind) {
        FOR_EACH_RULE(CASE)
    }
#undef CASE
}

/* Where a part of a layer begins: state pointers that are NULL stay so. */
INLINE float *moved(float *pointer, size_t by) { return pointer ? pointer + by : NULL; }

INLINE void step_panel(const nabla_rule *rule, size_t rows, const float *gradient, size_t gradient_row,
                       float *const panels[3], size_t at)
{
    step_rows(rule, rows, gradient, gradient_row, panels[0] + at, moved(panels[1], at), moved(panels[2], at));
}

/* The biases of `width` neurons, whose gradient is the sum of their errors. */
static void step_biases(const nabla_rule *rule, size_t m, const float *d, size_t ldd, size_t width,
                        float *const bias[3], size_t at)
{
    const nabla_rule of_biases = rule_of_biases(rule);
    for (size_t j = 0; j < width; j += NABLA_PANEL) {
        float sum[NABLA_PANEL];
        for (size_t lane = 0; lane < NABLA_PANEL; lane += LANES) {
            vec chain = vec_set1(0.0f);
            for (size_t s = 0; s < m; ++s) chain = vec_add(vec_load(d + s * ldd + j + lane), chain);
            vec_store(sum + lane, chain);
        }
        step_panel(&of_biases, 1, sum, NABLA_PANEL, bias, at + j);
    }
}

/* ROWS_IN_L1 inputs of a strip at a time: their chains are summed in the tiles, wait in L1 and meet the rule there, so
 * that the tile needs no copy for each kind of rule. `rule_scratch` is less than 64 KiB. */
typedef struct rule_scratch {
    scratch d;
    _Alignas(64) float gradient[ROWS_IN_L1 * TILE_PANELS * NABLA_PANEL];
} rule_scratch;

/* `layer` is the whole layer, of which this covers the panels from `first` on and `in` inputs from `input` on. */
static void dense_rule(const nabla_rule *rule, size_t m, size_t out, size_t in, const float *d, size_t ldd,
                       const float *x, size_t ldx, const nabla_rule_layer *layer, size_t first, size_t input,
                       size_t panel_stride, int with_bias)
{
    rule_scratch scratch;
    for (size_t j = 0; j < out; j += TILE_PANELS * NABLA_PANEL) {
        const size_t count = panels_in(smaller(out - j, TILE_PANELS * NABLA_PANEL)), width = count * NABLA_PANEL;
        for (size_t i = 0; i < in; i += ROWS_IN_L1) {
            const size_t rows = smaller(in - i, ROWS_IN_L1);
            size_t s = 0;
            do { /* once even when m = 0: the gradient is zero */
                const size_t depth = smaller(m - s, SAMPLES_IN_L1), packed = s % DEPTH;
                if (depth && packed == 0 && (i == 0 || m > DEPTH))
                    pack_rows(d + s * ldd + j, ldd, smaller(m - s, DEPTH), width, 1, scratch.d.b, width);
                strip_by(A_BY_COLUMNS, rows, count,
                         (tile){.k = depth,
                                .a = depth ? x + s * ldx + i : x,
                                .a_stride = ldx,
                                .b = scratch.d.b + packed * width,
                                .b_row = width,
                                .b_panel = NABLA_PANEL,
                                .c = scratch.gradient,
                                .c_row = width,
                                .c_panel = NABLA_PANEL,
                                .lanes = TILE_PANELS * NABLA_PANEL,
                                .start = s ? START_C : START_ZERO});
                s += depth;
            } while (s < m);
            for (size_t p = 0; p < count; ++p)
                step_panel(rule, rows, scratch.gradient + p * NABLA_PANEL, width, layer->panels,
                           (first + j / NABLA_PANEL + p) * panel_stride + (input + i) * NABLA_PANEL);
        }
        if (with_bias) step_biases(rule, m, m ? d + j : d, ldd, width, layer->bias, first * NABLA_PANEL + j);
    }
}
