#include "pictures.h"

#include <stdlib.h>
#include <string.h>

/* Every call takes the next mini-batch, as training does. */
static nabla_sparse_batch next_batch(operands *o)
{
    const size_t first = o->next;
    o->next = first + 2 * o->m > PICTURES ? 0 : first + o->m;
    return (nabla_sparse_batch){
        .rows = {o->starts, o->starts + 1, o->entries, NULL}, .count = o->m, .samples = o->samples + first};
}

static nabla_status forward(operands *o, const nabla_member *member)
{
    const nabla_sparse_batch batch = next_batch(o);
    return nabla_sparse_forward_f32(NABLA_SIGMOID, &batch, o->n, INPUTS, o->w, o->bias, o->a, padded(o->n), member);
}

static nabla_status update(operands *o, const nabla_member *member)
{
    const nabla_sparse_batch batch = next_batch(o);
    return nabla_sparse_update_f32(&batch, o->n, INPUTS, SMALL_STEP, o->a, padded(o->n), 1, o->w, o->bias, member);
}

static nabla_status momentum(operands *o, const nabla_member *member)
{
    const nabla_sparse_batch batch = next_batch(o);
    const nabla_rule rule = {
        .kind = NABLA_RULE_MOMENTUM, .rate = -SMALL_STEP, .mean = 1.0f / (float)o->m, .keep1 = 0.9f, .decay = 1};
    const nabla_rule_layer layer = {{o->w, o->states[0], NULL}, {o->bias, o->states[2], NULL}};
    return nabla_sparse_rule_f32(&rule, &batch, o->n, INPUTS, o->a, padded(o->n), &layer, member);
}

static nabla_status count(operands *o, const nabla_member *member)
{
    (void)member;
    return nabla_sparse_count(o->m, INPUTS, o->pixels, o->starts);
}

static nabla_status pack(operands *o, const nabla_member *member)
{
    return nabla_sparse_pack(o->m, INPUTS, o->pixels, o->starts, o->entries, member);
}

static nabla_status drop(operands *o, const nabla_member *member)
{
    (void)member;
    const size_t s = o->next;
    o->next = s + 1 < PICTURES ? s + 1 : 0;
    const uint64_t begin = o->starts[s];
    nabla_sparse_dropout((size_t)(o->starts[s + 1] - begin), o->entries + begin, o->masks, (uint16_t *)o->bytes);
    return NABLA_OK;
}

static void prepare(row *r, arena *from)
{
    operands *o = &r->operands;
    take_sparse(o, from);
    if (o->n) {
        o->w = take_floats(from, nabla_panels_size(o->n, INPUTS));
        o->bias = take_floats(from, padded(o->n));
        o->a = take_floats(from, o->m * padded(o->n));
        o->states[0] = take(from, nabla_panels_size(o->n, INPUTS) * sizeof(float));
        o->states[2] = take(from, padded(o->n) * sizeof(float));
    }
    o->masks = take(from, INPUTS / 16 * sizeof *o->masks);
    memset(o->masks, 0x5b, INPUTS / 16 * sizeof *o->masks);
    o->bytes = take(from, INPUTS * sizeof(uint16_t));
}

/* Pixels that are not zero, and columns that have one, in a mini-batch of m, on average. */
static void count_pixels(size_t m, double *pixels, double *columns)
{
    arena from = make_arena((size_t)16 << 20);
    const uint8_t *picture = take_pictures(&from);
    const size_t batches = PICTURES / m;
    size_t all = 0, apart = 0;
    for (size_t b = 0; b < batches; ++b)
        for (size_t k = 0; k < INPUTS; ++k) {
            size_t here = 0;
            for (size_t s = b * m; s < (b + 1) * m; ++s) here += picture[s * INPUTS + k] != 0;
            all += here;
            apart += here > 0;
        }
    *pixels = (double)all / (double)batches;
    *columns = (double)apart / (double)batches;
    free_arena(&from);
}

/* A multiply-add takes one operand from memory: a weight or an error. What the samples of a mini-batch need of the
 * weights is read (and written) once. */
static void add_layer(row_list *list, size_t m, size_t n)
{
    double pixels, columns;
    count_pixels(m, &pixels, &columns);
    const double outputs = (double)n, slots = pixels * outputs, weights = 4 * INPUTS * outputs;
    const operands sizes = {.m = m, .n = n, .k = INPUTS};
    const double made = (double)m * outputs;
    const work read = {slots + SIGMOID_SLOTS * made, made, 4 * slots, LOADS, 4 * columns * outputs, weights};
    const work changed = {slots, 0, 4 * slots, CHANGES, 8 * columns * outputs, weights};
    const work stepped = {slots + 6 * INPUTS * outputs, 0, 4 * slots, CHANGES, 4 * weights, 2 * weights};
    add_row(list, (row){"sparse forward, sigmoid", "", sizes, read, 0, prepare, forward}, "%zu x %zu x %d", m, n,
            INPUTS);
    add_row(list, (row){"sparse update", "", sizes, changed, 0, prepare, update}, "%zu x %zu x %d", m, n, INPUTS);
    add_row(list, (row){"sparse rule, momentum", "", sizes, stepped, 0, prepare, momentum}, "%zu x %zu x %d", m, n,
            INPUTS);
}

void add_sparse_rows(row_list *list)
{
    add_layer(list, 10, 30);
    add_layer(list, 10, 100);
    add_layer(list, 100, 800);
    double pixels, columns;
    count_pixels(1, &pixels, &columns);
    const operands pictures = {.m = 100, .k = INPUTS}, one = {.m = 1, .k = INPUTS};
    const double bytes = 100 * (INPUTS + 2 * pixels);
    add_row(list, (row){"sparse count", "", pictures, {0, 0, 0, LOADS, 100 * INPUTS, 100 * INPUTS}, 1, prepare, count},
            "100 x %d", INPUTS);
    add_row(list, (row){"sparse pack", "", pictures, {0, 0, 0, COPIES, bytes, bytes}, 0, prepare, pack}, "100 x %d",
            INPUTS);
    add_row(list,
            (row){"sparse dropout", "", one, {0, 0, 0, COPIES, 3.2 * pixels, 2 * PICTURES * pixels}, 1, prepare, drop},
            "1 x %d", INPUTS);
}
