#include "rows.h"

#include <string.h>

static nabla_status forward(operands *o, const nabla_member *member)
{
    return nabla_dense_forward_f32((nabla_activation)o->variant, o->m, o->n, o->k, o->x, padded(o->k), o->w, o->bias,
                                   o->a, padded(o->n), member);
}

static nabla_status backward(operands *o, const nabla_member *member)
{
    return nabla_dense_backward_f32((nabla_activation)o->variant, o->m, o->n, o->k, o->a, padded(o->n), o->w,
                                    o->states[0], padded(o->k), o->x, padded(o->k), member);
}

static nabla_status update(operands *o, const nabla_member *member)
{
    return nabla_dense_update_f32(o->m, o->n, o->k, SMALL_STEP, o->a, padded(o->n), o->x, padded(o->k), 1, o->w,
                                  o->bias, member);
}

static nabla_status step(operands *o, const nabla_member *member)
{
    const nabla_rule rule = {.kind = (nabla_rule_kind)o->variant,
                             .rate = -SMALL_STEP,
                             .mean = 1.0f / (float)o->m,
                             .keep1 = 0.9f,
                             .take1 = 0.1f,
                             .keep2 = 0.999f,
                             .take2 = 0.001f,
                             .epsilon = 1e-6f,
                             .decay = 1};
    const nabla_rule_layer layer = {{o->w, o->states[0], o->states[1]}, {o->bias, o->states[2], o->states[3]}};
    return nabla_dense_rule_f32(&rule, o->m, o->n, o->k, o->a, padded(o->n), o->x, padded(o->k), &layer, member);
}

static nabla_status pack(operands *o, const nabla_member *member)
{
    return nabla_panels_pack_f32(o->n, o->k, o->x, o->k, o->w, member);
}

static nabla_status unpack(operands *o, const nabla_member *member)
{
    return nabla_panels_unpack_f32(o->n, o->k, o->w, o->x, o->k, member);
}

static void prepare(row *r, arena *from)
{
    operands *o = &r->operands;
    o->x = take_floats(from, o->m * padded(o->k));
    o->w = take_floats(from, nabla_panels_size(o->n, o->k));
    o->bias = take_floats(from, padded(o->n));
    o->a = take_floats(from, o->m * padded(o->n));
    o->states[0] = take_floats(from, o->m * padded(o->k)); /* the activations that backward derives from */
}

/* A rule's states are zero at first. */
static void prepare_rule(row *r, arena *from)
{
    prepare(r, from);
    operands *o = &r->operands;
    for (int i = 0; i < 4; ++i)
        o->states[i] = take(from, (i < 2 ? nabla_panels_size(o->n, o->k) : padded(o->n)) * sizeof(float));
}

static void prepare_matrix(row *r, arena *from)
{
    r->operands.x = take_floats(from, r->operands.n * r->operands.k);
    r->operands.w = take_floats(from, nabla_panels_size(r->operands.n, r->operands.k));
}

typedef nabla_status function(operands *, const nabla_member *);

static void add(row_list *list, const char *kernel, function *call, void (*prepare)(row *, arena *), operands sizes,
                work work)
{
    row r = {.operands = sizes, .work = work, .prepare = prepare, .call = call};
    strncpy(r.kernel, kernel, sizeof r.kernel - 1);
    if (sizes.m)
        add_row(list, r, "%zu x %zu x %zu", sizes.m, sizes.n, sizes.k);
    else
        add_row(list, r, "%zu x %zu", sizes.n, sizes.k);
}

/* What a layer's pass does to each of its outputs, and to each weight in a step: counted in activation_body.h and
 * rule_body.h. `arrays` of weights and states are changed. */
typedef struct rule_work {
    const char *kernel;
    nabla_rule_kind kind;
    double slots, divisions, arrays;
} rule_work;
static const rule_work rules[] = {{"dense rule, sgd", NABLA_RULE_SGD, 4, 0, 1},
                                  {"dense rule, momentum", NABLA_RULE_MOMENTUM, 6, 0, 2},
                                  {"dense rule, nesterov", NABLA_RULE_NESTEROV, 8, 0, 2},
                                  {"dense rule, adam", NABLA_RULE_ADAM, 10, 2, 3}};

/* The weights are read or changed once a call; samples and outputs are read or written beside them. */
static void add_layer(row_list *list, size_t m, size_t n, size_t k, int all)
{
    const double slots = (double)(m * n * k), outputs = (double)(m * n), inputs = (double)(m * k);
    const double weights = (double)(n * k), bytes = 4 * (weights + inputs + outputs);
    const operands sigmoid = {.m = m, .n = n, .k = k, .variant = NABLA_SIGMOID};
    const work passed = {slots + SIGMOID_SLOTS * outputs, outputs, 0, LOADS, bytes, bytes};
    const work changed = {slots, 0, 0, CHANGES, 8 * weights, bytes};
    add(list, "dense forward, sigmoid", forward, prepare, sigmoid, passed);
    if (all) {
        const operands relu = {.m = m, .n = n, .k = k, .variant = NABLA_RELU};
        const operands tanh = {.m = m, .n = n, .k = k, .variant = NABLA_TANH};
        add(list, "dense forward, tanh", forward, prepare, tanh,
            (work){slots + TANH_SLOTS * outputs, outputs, 0, LOADS, bytes, bytes});
        add(list, "dense forward, relu", forward, prepare, relu, (work){slots + outputs, 0, 0, LOADS, bytes, bytes});
    }
    add(list, "dense backward, sigmoid", backward, prepare, sigmoid,
        (work){slots + 3 * inputs, 0, 0, LOADS, bytes + 4 * inputs, bytes + 4 * inputs});
    add(list, "dense update", update, prepare, sigmoid, changed);
    for (size_t i = all ? 0 : 1; i < sizeof rules / sizeof *rules; ++i) {
        const rule_work *rule = &rules[i];
        if (!all && rule->kind == NABLA_RULE_NESTEROV) continue;
        add(list, rule->kernel, step, prepare_rule, (operands){.m = m, .n = n, .k = k, .variant = (int)rule->kind},
            (work){slots + rule->slots * weights, rule->divisions * weights, 0, CHANGES, 8 * rule->arrays * weights,
                   bytes + 4 * (rule->arrays - 1) * weights});
    }
}

/* A step on one sample. */
static void add_one_sample(row_list *list, size_t side)
{
    const double weights = (double)(side * side);
    add(list, "dense update", update, prepare, (operands){.m = 1, .n = side, .k = side},
        (work){weights, 0, 0, CHANGES, 8 * weights, 4 * weights});
}

void add_dense_rows(row_list *list)
{
    add_layer(list, 10, 30, 784, 0);
    add_layer(list, 32, 100, 784, 1);
    add_layer(list, 256, 800, 784, 0);
    /* A layer with one input is a bias and an activation. */
    const double floats = 64 * 4096;
    add(list, "dense forward, sigmoid", forward, prepare,
        (operands){.m = 4096, .n = 64, .k = 1, .variant = NABLA_SIGMOID},
        (work){floats * (1 + SIGMOID_SLOTS), floats, 0, LOADS, 4 * floats, 4 * floats});
    add_one_sample(list, 48);
    add_one_sample(list, 256);
    add_one_sample(list, side_beyond_caches());
    const double weights = 784 * 100;
    const work moved = {0, 0, 0, COPIES, 8 * weights, 8 * weights};
    add(list, "panels pack", pack, prepare_matrix, (operands){.n = 100, .k = 784}, moved);
    add(list, "panels unpack", unpack, prepare_matrix, (operands){.n = 100, .k = 784}, moved);
}
