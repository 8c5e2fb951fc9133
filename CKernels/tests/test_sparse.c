/* Sparse rows against the naive dense reference on the same pixels, zeros included: leaving zeros out may not change
 * a bit. Layers of 1 ... 150 neurons (every number of panels a strip can have), pictures from empty to full, rows in
 * any order and twice, one to four members, every instruction set. */
#include "operands.h"
#include "reference.h"

static size_t cases, failures;

typedef struct pictures {
    size_t rows, in;
    uint8_t *pixels;
    uint64_t *starts;
    uint16_t *entries;
} pictures;

static void *allocate(size_t bytes) { return allocate_floats(bytes / sizeof(float) + 16); }

/* `percent` of the pixels are not zero; row 0 is empty, row 1 full, and of row 2 only the last pixel is left. */
static pictures make_pictures(size_t rows, size_t in, unsigned percent)
{
    pictures p = {rows, in, allocate(rows * in), allocate((rows + 1) * sizeof(uint64_t)), NULL};
    for (size_t i = 0; i < rows * in; ++i)
        p.pixels[i] = (uint8_t)(random_bits() >> 8) % 100 < percent ? (uint8_t)(random_bits() >> 9) : 0;
    memset(p.pixels, 0, in);
    memset(p.pixels + in, 7, in);
    memset(p.pixels + 2 * in, 0, in - 1);
    p.pixels[3 * in - 1] = 255;
    if (nabla_sparse_count(rows, in, p.pixels, p.starts) != NABLA_OK) ++failures, printf("FAILED sparse_count\n");
    p.entries = allocate(p.starts[rows] * sizeof(uint16_t));
    for (size_t i = 0; i < 3; ++i) {
        const nabla_member member = {.index = i, .count = 3};
        if (nabla_sparse_pack(rows, in, p.pixels, p.starts, p.entries, &member) != NABLA_OK)
            ++failures, printf("FAILED sparse_pack\n");
    }
    uint8_t *row = allocate(in);
    for (size_t s = 0; s < rows; ++s) { /* back to pixels: nothing lost, nothing made up */
        size_t k = 0;
        memset(row, 0, in);
        for (uint64_t e = p.starts[s]; e < p.starts[s + 1]; ++e) {
            k += p.entries[e] & 255;
            if (k < in) row[k] = (uint8_t)(p.entries[e] >> 8);
        }
        if (k >= in || memcmp(row, p.pixels + s * in, in)) ++failures, printf("FAILED sparse_pack: row %zu\n", s);
    }
    free(row);
    return p;
}

static void free_pictures(pictures *p) { free(p->pixels), free(p->starts), free(p->entries); }

static void check(const char *kernel, const operand *o, size_t out, size_t m, size_t members)
{
    ++cases;
    if (!operand_is_as_expected(o) && ++failures <= 20)
        printf("FAILED %s on %s: out %zu m %zu members %zu\n", kernel, nabla_isa_name(nabla_selected_isa()), out, m,
               members);
}

/* One layer and one mini-batch, forward and update. */
static void run_case(const pictures *p, size_t out, size_t m, int named, float alpha, float beta)
{
    const nabla_sparse_rows rows = {p->starts, p->entries};
    uint32_t *samples = allocate((m + 1) * sizeof(uint32_t));
    operand x = make_operand(m, p->in, p->in, 0);
    for (size_t s = 0; s < m; ++s) {
        samples[s] = named ? random_bits() % (uint32_t)p->rows : (uint32_t)s;
        for (size_t k = 0; k < p->in; ++k) x.at[s * p->in + k] = (float)p->pixels[samples[s] * p->in + k] / 255.0f;
    }
    operand w = make_operand(panels_of(out) * p->in, NABLA_PANEL, NABLA_PANEL, 3);
    for (size_t j = out; j < padded(out); ++j)
        for (size_t k = 0; k < p->in; ++k) w.at[panel_at(j, k, p->in)] = 0;
    operand_filled(&w);
    operand bias = make_operand(1, padded(out), padded(out), 5);
    set_columns(&bias, out, padded(out), 0);
    operand a = make_unreadable(m, padded(out), padded(out) + 1, 7);
    reference_forward(NABLA_SIGMOID, m, out, p->in, x.at, x.ld, w.at, bias.at, a.expected, a.ld);
    operand d = make_operand(m, out, padded(out) + 2, 1);
    set_columns(&d, out, padded(out), 0);
    reference_update(m, out, p->in, alpha, d.at, d.ld, x.at, x.ld, beta, w.expected, bias.expected);

    for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
        if (nabla_select_isa((nabla_isa)isa) != NABLA_OK) continue;
        for (size_t members = 0; members <= 4; ++members) {
            reset_operand(&a), reset_operand(&w), reset_operand(&bias);
            nabla_status status = NABLA_OK;
            for (size_t i = 0; i < (members ? members : 1); ++i) {
                const nabla_member place = {.index = i, .count = members};
                status |= nabla_sparse_forward_f32(NABLA_SIGMOID, m, out, p->in, &rows, named ? samples : NULL, w.at,
                                                   bias.at, a.at, a.ld, members ? &place : NULL);
            }
            for (size_t i = 0; i < (members ? members : 1); ++i) {
                const nabla_member place = {.index = i, .count = members};
                status |= nabla_sparse_update_f32(m, out, p->in, alpha, d.at, d.ld, &rows, named ? samples : NULL,
                                                  named ? samples : NULL, named ? m : 0, beta, w.at, bias.at,
                                                  members ? &place : NULL);
            }
            if (status != NABLA_OK) ++failures, printf("FAILED: an error was returned\n");
            check("sparse_forward", &a, out, m, members);
            check("sparse_update, weights", &w, out, m, members);
            check("sparse_update, biases", &bias, out, m, members);
        }
    }
    free_operand(&x), free_operand(&w), free_operand(&bias), free_operand(&a), free_operand(&d);
    free(samples);
}

int main(void)
{
    static const size_t neurons[] = {1, 10, 16, 17, 30, 32, 33, 48, 64, 65, 80, 96, 100, 112, 128, 129, 150};
    static const size_t samples[] = {0, 1, 2, 3, 4, 5, 10, 16, 17, 40};
    static const unsigned percents[] = {0, 20, 100};
    for (size_t i = 0; i < sizeof percents / sizeof *percents; ++i) {
        pictures p = make_pictures(40, 1 + 61 * (i + 1), percents[i]);
        for (size_t n = 0; n < sizeof neurons / sizeof *neurons; ++n)
            for (size_t s = 0; s < sizeof samples / sizeof *samples; ++s)
                run_case(&p, neurons[n], samples[s], (n + s) % 3 > 0, s % 4 ? -0.3f : 1, n % 3 ? 1 : s % 2 ? 0.99f : 0);
        free_pictures(&p);
    }
    /* More samples, and more weights, than one block has room for. */
    pictures p = make_pictures(90, 800, 60);
    run_case(&p, 70, 90, 0, -0.3f, 1);
    run_case(&p, 130, 33, 1, -0.3f, 0.99f);
    free_pictures(&p);
    p = make_pictures(12, 4100, 3); /* more pixels than there is room for masks */
    run_case(&p, 100, 12, 0, -0.3f, 1);
    free_pictures(&p);
    /* Pixels more than 255 columns apart, once and several times, and by just this much. */
    static const size_t widths[] = {255, 256, 257, 258, 510, 511, 512, 513, 1021, 1022};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; ++i) {
        p = make_pictures(12, widths[i], 1);
        run_case(&p, 30, 12, 0, -0.3f, 1);
        run_case(&p, 70, 30, 1, -0.3f, 1);
        free_pictures(&p);
    }
    printf("%zu cases, %zu failures\n", cases, failures);
    return failures > 0;
}
