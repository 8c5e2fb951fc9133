#include "rows.h"

#define CALL(name, function)                                                                                           \
    static nabla_status name(operands *o, const nabla_member *member) { return function; }

CALL(sigmoid, nabla_sigmoid_f32(o->n, o->x, o->a, member))
CALL(sigmoid_prime, nabla_sigmoid_prime_f32(o->n, o->x, o->a, member))
CALL(sigmoid_prime_from_activation, nabla_sigmoid_prime_from_activation_f32(o->n, o->x, o->a, member))
CALL(tanh_of, nabla_tanh_f32(o->n, o->x, o->a, member))
CALL(axpy, nabla_axpy_f32(o->n, SMALL_STEP, o->x, o->a, member))
CALL(pixels, nabla_pixels_f32(o->n, o->pixels, o->a, member))
CALL(softmax, nabla_softmax_f32(o->m, o->n, o->x, padded(o->n), o->a, padded(o->n), member))
CALL(output_error, nabla_output_error_f32(o->variant ? NABLA_CROSS_ENTROPY : NABLA_QUADRATIC, NABLA_SIGMOID, o->m, o->n,
                                          o->x, padded(o->n), o->w, padded(o->n), o->a, padded(o->n), member))

static nabla_status sum_of_squares(operands *o, const nabla_member *member)
{
    (void)member;
    double sum;
    int finite;
    return nabla_sum_of_squares_f32(o->n, o->x, &sum, &finite);
}

static void two_arrays(row *r, arena *from)
{
    const size_t count = (r->operands.m ? r->operands.m : 1) * padded(r->operands.n);
    r->operands.x = take_floats(from, count);
    r->operands.a = take_floats(from, count);
}

static void three_arrays(row *r, arena *from)
{
    two_arrays(r, from);
    r->operands.w = take_floats(from, r->operands.m * padded(r->operands.n));
}

static void bytes_to_floats(row *r, arena *from)
{
    r->operands.pixels = take(from, r->operands.n);
    for (size_t i = 0; i < r->operands.n; ++i) r->operands.pixels[i] = (uint8_t)(i * 37);
    r->operands.a = take_floats(from, r->operands.n);
}

/* `slots` and `divisions` are those of one float. */
static void add(row_list *list, const char *kernel, nabla_status (*call)(operands *, const nabla_member *), size_t n,
                double slots, double divisions)
{
    const double count = (double)n;
    row added = {.operands.n = n, .call = call, .prepare = two_arrays};
    added.work = (work){count * slots, count * divisions, 0, COPIES, 8 * count, 8 * count};
    for (size_t i = 0; kernel[i]; ++i) added.kernel[i] = kernel[i];
    if (call == axpy) added.work.pattern = ADDS, added.work.bytes = 12 * count;
    if (call == pixels) {
        added.prepare = bytes_to_floats;
        added.work.bytes = added.work.footprint = 5 * count;
    }
    if (call == sum_of_squares) {
        added.alone = 1;
        added.work.pattern = LOADS;
        added.work.bytes = added.work.footprint = 4 * count;
    }
    add_row(list, added, "%zu", n);
}

static void add_outputs(row_list *list, size_t m, size_t n)
{
    const double count = (double)(m * n);
    const operands sizes = {.m = m, .n = n}, cross_entropy = {.m = m, .n = n, .variant = 1};
    const work work = {count * SOFTMAX_SLOTS, count, 0, COPIES, 8 * count, 8 * count};
    const struct work subtracted = {count, 0, 0, ADDS, 12 * count, 12 * count};
    const struct work multiplied = {4 * count, 0, 0, ADDS, 12 * count, 12 * count};
    add_row(list, (row){"softmax", "", sizes, work, 0, two_arrays, softmax}, "%zu x %zu", m, n);
    add_row(list, (row){"output error, quadratic", "", sizes, multiplied, 0, three_arrays, output_error}, "%zu x %zu",
            m, n);
    add_row(list, (row){"output error", "", cross_entropy, subtracted, 0, three_arrays, output_error}, "%zu x %zu", m,
            n);
}

void add_elementwise_rows(row_list *list)
{
    const size_t counts[] = {2048, 65536, beyond_caches() / 8 / 4096 * 4096};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; ++i) {
        const size_t n = counts[i];
        add(list, "sigmoid", sigmoid, n, SIGMOID_SLOTS, 1);
        add(list, "sigmoid'", sigmoid_prime, n, SIGMOID_SLOTS + 2, 1);
        if (i == 0) add(list, "sigmoid' from a", sigmoid_prime_from_activation, n, 2, 0);
        add(list, "tanh", tanh_of, n, TANH_SLOTS, 1);
        add(list, "axpy", axpy, n, 1, 0);
        if (i == 1) add(list, "pixels", pixels, n, 3, 0);
        /* In double, so half as many lanes. */
        if (i == 1) add(list, "sum of squares", sum_of_squares, n, 2, 0);
    }
    add_outputs(list, 64, 10);
    add_outputs(list, 64, 1000);
}
