#include "rows.h"

/* The products of training: Z = X Wt, dX = D W, dW = Dt X. */
typedef struct form {
    const char *kernel;
    nabla_transpose a, b;
} form;
static const form forms[] = {{"gemm Z = X Wt", NABLA_NO_TRANSPOSE, NABLA_TRANSPOSE},
                             {"gemm dX = D W", NABLA_NO_TRANSPOSE, NABLA_NO_TRANSPOSE},
                             {"gemm dW = Dt X", NABLA_TRANSPOSE, NABLA_NO_TRANSPOSE}};

static nabla_status gemm(operands *o, const nabla_member *member)
{
    const form *f = &forms[o->variant];
    return nabla_gemm_f32(f->a, f->b, o->m, o->n, o->k, 1, o->x, f->a == NABLA_TRANSPOSE ? o->m : o->k, o->w,
                          f->b == NABLA_TRANSPOSE ? o->k : o->n, 0, o->a, o->n, member);
}

static void prepare_gemm(row *r, arena *from)
{
    operands *o = &r->operands;
    o->x = take_floats(from, o->m * o->k);
    o->w = take_floats(from, o->k * o->n);
    o->a = take_floats(from, o->m * o->n);
}

static void add_gemm(row_list *list, size_t batch, size_t outputs, size_t inputs)
{
    const size_t sizes[3][3] = {{batch, outputs, inputs}, {batch, inputs, outputs}, {outputs, inputs, batch}};
    for (int i = 0; i < 3; ++i) {
        const size_t m = sizes[i][0], n = sizes[i][1], k = sizes[i][2];
        const double bytes = 4.0 * (double)(m * k + k * n + m * n);
        row r = {.operands = {.m = m, .n = n, .k = k, .variant = i},
                 .work = {.slots = (double)(m * n * k), .pattern = LOADS, .bytes = bytes, .footprint = bytes},
                 .prepare = prepare_gemm,
                 .call = gemm};
        for (size_t c = 0; forms[i].kernel[c]; ++c) r.kernel[c] = forms[i].kernel[c];
        add_row(list, r, "%zu x %zu x %zu", batch, outputs, inputs);
    }
}

static nabla_status gemv(operands *o, const nabla_member *member)
{
    return nabla_gemv_f32(o->variant ? NABLA_TRANSPOSE : NABLA_NO_TRANSPOSE, o->n, o->n, 1, o->w, o->n, o->x, 0, o->a,
                          member);
}

static nabla_status ger(operands *o, const nabla_member *member)
{
    return nabla_ger_f32(o->n, o->n, SMALL_STEP, o->x, o->a, o->w, o->n, member);
}

static void prepare_square(row *r, arena *from)
{
    r->operands.x = take_floats(from, r->operands.n);
    r->operands.a = take_floats(from, r->operands.n);
    r->operands.w = take_floats(from, r->operands.n * r->operands.n);
}

static void add_square(row_list *list, size_t side)
{
    const double count = (double)(side * side);
    const operands as_stored = {.n = side}, transposed = {.n = side, .variant = 1};
    const work read = {count, 0, 0, LOADS, 4 * count, 4 * count};
    const work changed = {count, 0, 0, CHANGES, 8 * count, 4 * count};
    add_row(list, (row){"gemv A x", "", as_stored, read, 0, prepare_square, gemv}, "%zu x %zu", side, side);
    add_row(list, (row){"gemv At x", "", transposed, read, 0, prepare_square, gemv}, "%zu x %zu", side, side);
    add_row(list, (row){"ger", "", as_stored, changed, 0, prepare_square, ger}, "%zu x %zu", side, side);
}

void add_matrix_rows(row_list *list)
{
    add_gemm(list, 10, 30, 784);
    add_gemm(list, 32, 100, 784);
    add_gemm(list, 256, 800, 784);
    add_gemm(list, 1024, 1024, 1024);
    add_square(list, 48);
    add_square(list, 256);
    add_square(list, side_beyond_caches());
}
