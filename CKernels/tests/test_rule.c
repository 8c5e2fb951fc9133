/* Update rules against the naive reference, on dense X and on sparse rows that mean the same X: 0 differing bytes. Each
 * kind with every choice of L1, L2 and decay; mini-batches around the blocks of samples; layers of 1 ... 130 neurons;
 * members one after the other in both orders; every instruction set. A state that the rule does not have is NULL or
 * must stay as it is. `test_rule 7` runs every seventh case. */
#include "cases.h"
#include "pictures.h"
#include "reference_rule.h"

enum { KINDS = 4, FLAGS = 8, STATES = 3 };

static nabla_rule make_rule(nabla_rule_kind kind, unsigned flags, size_t m)
{
    return (nabla_rule){
        .kind = kind,
        .rate = 0.03f,
        .mean = m ? 1 / (float)m : 1,
        .keep1 = 0.9f,
        .take1 = 0.1f,
        .keep2 = 0.999f,
        .take2 = 0.001f,
        .epsilon = 1e-4f,
        .l2 = flags & 1 ? 0.002f : 0,
        .l1 = flags & 2 ? 0.0007f : 0,
        .decay = flags & 4 ? 0.995f : 1,
    };
}

/* A layer with its states, each in an operand. */
typedef struct layer {
    operand panels[STATES], bias[STATES];
    nabla_rule_layer at; /* what the kernel gets */
} layer;

static layer make_layer(nabla_rule_kind kind, size_t out, size_t in, size_t misalignment, int unneeded_are_null)
{
    layer l;
    for (int i = 0; i < STATES; ++i) {
        l.panels[i] = make_panels(out, in, (misalignment + 3 * (size_t)i) % 16);
        l.bias[i] = make_operand(1, padded(out), padded(out), (misalignment + 5 * (size_t)i) % 16);
        set_columns(&l.bias[i], out, padded(out), 0);
        const int needed = i <= reference_states(kind);
        for (size_t p = 0; i == 2 && p < padded(out) * in; ++p) l.panels[i].at[p] *= l.panels[i].at[p]; /* no root of */
        for (size_t j = 0; i == 2 && j < padded(out); ++j) l.bias[i].at[j] *= l.bias[i].at[j];          /* less than 0 */
        /* Some states around 2^-100, below which a new one becomes 0 where the gradient is 0. */
        for (size_t p = 0; i && p < padded(out) * in; p += 5) l.panels[i].at[p] *= 0x1p-99f;
        /* And a third of the inputs has none: a kernel may leave these alone where they have no gradient either. */
        for (size_t p = 0; i && p < padded(out) * in; ++p)
            if (p / 16 % in % 3 == 0) l.panels[i].at[p] = 0;
        operand_filled(&l.panels[i]);
        operand_filled(&l.bias[i]);
        l.at.panels[i] = needed || !unneeded_are_null ? l.panels[i].at : NULL;
        l.at.bias[i] = needed || !unneeded_are_null ? l.bias[i].at : NULL;
    }
    return l;
}

static void expect_step(const nabla_rule *rule, const shape *s, const operand *d, const operand *x, layer *l)
{
    float *panels[STATES], *bias[STATES];
    for (int i = 0; i < STATES; ++i) panels[i] = l->panels[i].expected, bias[i] = l->bias[i].expected;
    reference_rule(rule, s->m, s->n, s->k, d->at, d->ld, x->at, x->ld, panels, bias);
    for (int i = 0; i < STATES; ++i) watch(&l->panels[i]), watch(&l->bias[i]);
}

static operand make_errors(const shape *s)
{
    operand d = make_operand(s->m, s->n, padded(s->n) + s->padding, s->misalignment);
    set_columns(&d, s->n, padded(s->n), 0);
    return d;
}

static void dense_case(const shape *s)
{
    const nabla_rule rule = make_rule((nabla_rule_kind)(s->variant % KINDS), s->variant / KINDS % FLAGS, s->m);
    operand d = make_errors(s), x = make_operand(s->m, s->k, s->k + s->padding, (s->misalignment + 5) % 16);
    layer l = make_layer(rule.kind, s->n, s->k, s->misalignment, s->variant & 128);
    expect_step(&rule, s, &d, &x, &l);
    count_nonzero(&l.bias[0], s->n);
    watch(&d), watch(&x);
    ON_EVERY_ISA("dense_rule", s,
                 nabla_dense_rule_f32(&rule, s->m, s->n, s->k, d.at, d.ld, x.at, x.ld, &l.at, member));
}

static void sparse_case(const shape *s, const pictures *p)
{
    const nabla_rule rule = make_rule((nabla_rule_kind)(s->variant % KINDS), s->variant / KINDS % FLAGS, s->m);
    operand d = make_errors(s);
    mini_batch b = make_batch(p, s->m, s->m > p->rows || s->variant & 64);
    layer l = make_layer(rule.kind, s->n, s->k, s->misalignment, s->variant & 128);
    expect_step(&rule, s, &d, &b.x, &l);
    watch(&d);
    ON_EVERY_ISA("sparse_rule", s, nabla_sparse_rule_f32(&rule, &b.batch, s->n, s->k, d.at, d.ld, &l.at, member));
    free_batch(&b);
}

static const size_t member_counts[] = {0, 1, 2, 3, 4, 7, 8};
static size_t stride = 1, turn;

/* The next case: what the caller does not vary changes from one to the next. 1 when it is to be run. */
static int next_shape(shape *s, size_t m, size_t out, size_t in)
{
    const uint32_t dice = random_bits() >> 4;
    *s = (shape){.m = m,
                 .n = out,
                 .k = in,
                 .misalignment = dice % 16,
                 .padding = dice / 16 % 4,
                 .members = member_counts[dice / 64 % COUNT(member_counts)],
                 .backwards = dice / 1024 % 2,
                 .variant = (unsigned)(turn % (KINDS * FLAGS)) | (dice / 4096 % 8) << 5};
    return turn++ % stride == 0;
}

static const size_t batches[] = {0, 1, 2, 3, 5, 6, 16, 63, 64, 65, 100, 128, 129, 256, 257, 600};
static const size_t neurons[] = {1, 10, 16, 17, 30, 100, 130};

/* Every mini-batch with every layer, each kind and choice of flags at least once. */
static void run_grid(size_t in, const pictures *p, size_t repeats)
{
    shape s;
    for (size_t m = 0; m < COUNT(batches); ++m)
        for (size_t n = 0; n < COUNT(neurons); ++n)
            for (size_t i = 0; i < repeats; ++i)
                if (next_shape(&s, batches[m], neurons[n], in)) p ? sparse_case(&s, p) : dense_case(&s);
}

int main(int argc, char **argv)
{
    if (argc > 1) stride = strtoull(argv[1], NULL, 10);
    static const size_t inputs[] = {0, 1, 5, 17, 64, 113, 130};
    for (size_t i = 0; i < COUNT(inputs); ++i) run_grid(inputs[i], NULL, 1);

    shape s;
    for (size_t i = 0; i < KINDS * FLAGS; ++i) /* long rows, and more of them than a block */
        if (next_shape(&s, batches[i % COUNT(batches)], neurons[i % COUNT(neurons)], 700)) dense_case(&s);

    static const struct {
        size_t rows, in;
        unsigned percent;
        int scattered, valued;
        size_t repeats;
    } sets[] = {{40, 70, 30, 0, 0, 2}, {40, 130, 100, 1, 0, 1}, {40, 300, 2, 1, 1, 1}, {12, 1022, 1, 0, 0, 0}};
    for (size_t i = 0; i < COUNT(sets); ++i) {
        pictures p = make_pictures(sets[i].rows, sets[i].in, sets[i].percent);
        if (sets[i].scattered) scatter_rows(&p);
        if (sets[i].valued) give_values(&p);
        run_grid(p.in, &p, sets[i].repeats);
        for (size_t j = 0; j < KINDS * FLAGS; ++j)
            if (next_shape(&s, 1 + j * 5, neurons[j % COUNT(neurons)], p.in)) sparse_case(&s, &p);
        free_pictures(&p);
    }
    pictures p = make_pictures(20, 4200, 4); /* more inputs than there is room for masks, however it is done */
    for (size_t i = 0; i < 2 * KINDS; ++i) {
        if (next_shape(&s, i < KINDS ? 10 : 70, i % 2 ? 100 : 10, p.in)) sparse_case(&s, &p);
        if (i % 4 == 0 && next_shape(&s, 10, 30, p.in)) dense_case(&s);
    }
    free_pictures(&p);

    failures += picture_failures;
    printf("%zu cases, %zu failures\n", cases, failures);
    return failures > 0;
}
