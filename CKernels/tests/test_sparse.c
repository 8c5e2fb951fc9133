/* Sparse rows against the naive dense reference on the same pixels, zeros included: leaving zeros out may not change
 * a bit. Layers of 1 ... 150 neurons (every number of panels a strip can have), pictures from empty to full, rows in
 * any order and twice, rows that lie anywhere, values of the caller's, one to four members, every instruction set. */
#include "cases.h"
#include "pictures.h"

static void compare(const char *kernel, const operand *o, size_t out, size_t m, size_t members)
{
    ++cases;
    if (!operand_is_as_expected(o) && ++failures <= 20)
        printf("FAILED %s on %s: out %zu m %zu members %zu\n", kernel, nabla_isa_name(nabla_selected_isa()), out, m,
               members);
}

/* One layer and one mini-batch, forward and update. */
static void run_case(const pictures *p, size_t out, size_t m, int named, float alpha, float beta)
{
    const nabla_activation f = (nabla_activation)((out + m) % 4);
    mini_batch b = make_batch(p, m, named);
    operand w = make_panels(out, p->in, 3);
    operand bias = make_operand(1, padded(out), padded(out), 5);
    set_columns(&bias, out, padded(out), 0);
    operand a = make_unreadable(m, padded(out), padded(out) + 1, 7);
    reference_forward(f, m, out, p->in, b.x.at, b.x.ld, w.at, bias.at, a.expected, a.ld);
    operand d = make_operand(m, out, padded(out) + 2, 1);
    set_columns(&d, out, padded(out), 0);
    reference_update(m, out, p->in, alpha, d.at, d.ld, b.x.at, b.x.ld, beta, w.expected, bias.expected);

    for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
        if (nabla_select_isa((nabla_isa)isa) != NABLA_OK) continue;
        for (size_t members = 0; members <= 4; ++members) {
            reset_operand(&a), reset_operand(&w), reset_operand(&bias);
            nabla_status status = NABLA_OK;
            for (size_t i = 0; i < (members ? members : 1); ++i) {
                const nabla_member place = {.index = i, .count = members};
                status |= nabla_sparse_forward_f32(f, &b.batch, out, p->in, w.at, bias.at, a.at, a.ld,
                                                   members ? &place : NULL);
            }
            for (size_t i = 0; i < (members ? members : 1); ++i) {
                const nabla_member place = {.index = i, .count = members};
                status |= nabla_sparse_update_f32(&b.batch, out, p->in, alpha, d.at, d.ld, beta, w.at, bias.at,
                                                  members ? &place : NULL);
            }
            if (status != NABLA_OK) ++failures, printf("FAILED: an error was returned\n");
            compare("sparse_forward", &a, out, m, members);
            compare("sparse_update, weights", &w, out, m, members);
            compare("sparse_update, biases", &bias, out, m, members);
        }
    }
    free_batch(&b);
    free_operand(&w), free_operand(&bias), free_operand(&a), free_operand(&d);
}

int main(void)
{
    static const size_t neurons[] = {1, 10, 16, 17, 30, 32, 33, 48, 64, 65, 80, 96, 100, 112, 128, 129, 150};
    static const size_t samples[] = {0, 1, 2, 3, 4, 5, 10, 16, 17, 40};
    static const unsigned percents[] = {0, 20, 100};
    for (size_t i = 0; i < sizeof percents / sizeof *percents; ++i) {
        pictures p = make_pictures(40, 1 + 61 * (i + 1), percents[i]);
        if (i > 0) scatter_rows(&p);
        if (i > 1) give_values(&p);
        for (size_t n = 0; n < sizeof neurons / sizeof *neurons; ++n)
            for (size_t s = 0; s < sizeof samples / sizeof *samples; ++s)
                run_case(&p, neurons[n], samples[s], (n + s) % 3 > 0, s % 4 ? -0.3f : 1, n % 3 ? 1 : s % 2 ? 0.99f : 0);
        free_pictures(&p);
    }
    /* More samples, and more weights, than one block has room for. */
    pictures p = make_pictures(90, 800, 60);
    run_case(&p, 70, 90, 0, -0.3f, 1);
    give_values(&p);
    run_case(&p, 130, 33, 1, -0.3f, 0.99f);
    scatter_rows(&p);
    run_case(&p, 100, 70, 1, -0.3f, 0.99f);
    run_case(&p, 10, 70, 0, -0.3f, 1);
    free_pictures(&p);
    p = make_pictures(12, 4100, 3); /* more pixels than there is room for masks */
    run_case(&p, 100, 12, 0, -0.3f, 1);
    free_pictures(&p);
    /* Pixels more than 255 columns apart, once and several times, and by just this much. */
    static const size_t widths[] = {255, 256, 257, 258, 510, 511, 512, 513, 1021, 1022};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; ++i) {
        p = make_pictures(12, widths[i], 1);
        run_case(&p, 30, 12, 0, -0.3f, 1);
        scatter_rows(&p);
        run_case(&p, 70, 30, 1, -0.3f, 1);
        free_pictures(&p);
    }
    failures += picture_failures;
    printf("%zu cases, %zu failures\n", cases, failures);
    return failures > 0;
}
