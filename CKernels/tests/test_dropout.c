/* Dropout: masks against a plain Philox, counter by counter; how often they keep; what they do to activations and to
 * sparse rows. Every instruction set, members in both orders, canaries in the padding. */
#include "cases.h"
#include "pictures.h"
#include "reference_rule.h"

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        ++cases;                                                                                                       \
        if (!(condition) && ++failures <= 20)                                                                          \
            printf("FAILED on %s, line %d: %s\n", nabla_isa_name(nabla_selected_isa()), __LINE__, #condition);         \
    } while (0)

/* Known answers of Philox4x32-10, published with it (Random123, kat_vectors). */
static void test_reference(void)
{
    static const struct {
        uint64_t low, high, key;
        uint32_t words[4];
    } known[] = {
        {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {UINT64_C(0x85a308d3243f6a88),
         UINT64_C(0x0370734413198a2e),
         UINT64_C(0x299f31d0a4093822),
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < COUNT(known); ++i)
        for (int w = 0; w < 4; ++w)
            EXPECT(reference_philox(known[i].low, known[i].high, known[i].key, w) == known[i].words[w]);
}

enum { M_MOST = 21, N_MOST = 900, WORDS_MOST = M_MOST * (N_MOST / NABLA_PANEL + 4) };
static const uint16_t unwritten = 0xdead;

/* m x n masks with `padding` words behind each row, all members on every instruction set. */
static void test_masks(size_t m, size_t n, size_t padding, uint32_t drop, uint64_t seed, uint64_t stream, int named)
{
    static uint16_t masks[WORDS_MOST], expected[WORDS_MOST];
    uint32_t samples[M_MOST];
    const size_t ldm = panels_of(n) + padding;
    for (size_t s = 0; s < m; ++s) samples[s] = named ? random_bits() : (uint32_t)s;
    for (size_t i = 0; i < m * ldm; ++i) expected[i] = unwritten;
    for (size_t s = 0; s < m; ++s)
        for (size_t p = 0; p < panels_of(n); ++p) {
            unsigned word = 0;
            for (size_t j = p * NABLA_PANEL; j < (p + 1) * NABLA_PANEL && j < n; ++j)
                word |= (unsigned)reference_is_kept(drop, seed, stream, samples[s], j) << j % NABLA_PANEL;
            expected[s * ldm + p] = (uint16_t)word;
        }
    for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
        if (nabla_select_isa((nabla_isa)isa) != NABLA_OK) continue;
        for (size_t members = 0; members <= 4; ++members) {
            for (size_t i = 0; i < m * ldm; ++i) masks[i] = unwritten;
            for (size_t i = 0; i < (members ? members : 1); ++i) {
                const nabla_member place = {.index = i, .count = members};
                EXPECT(nabla_dropout_masks(m, n, drop, seed, stream, named ? samples : NULL, masks, ldm,
                                           members ? &place : NULL) == NABLA_OK);
            }
            EXPECT(memcmp(masks, expected, m * ldm * sizeof *masks) == 0);
        }
    }
}

static void test_all_masks(void)
{
    static const size_t ms[] = {0, 1, 2, 3, 8, 21}, ns[] = {0,  1,  15, 16, 17, 30, 47,  48,  49,  63,  64,
                                                            65, 79, 80, 100, 128, 129, 257, 784, 800, 900};
    static const uint32_t drops[] = {0, 1, 0x33333333, 0x7fffffff, 0x80000000, 0xcccccccc, 0xfffffffe, 0xffffffff};
    unsigned turn = 0;
    for (size_t m = 0; m < COUNT(ms); ++m)
        for (size_t n = 0; n < COUNT(ns); ++n, ++turn) {
            const uint64_t seed = (uint64_t)random_bits() << 32 | random_bits(), stream = ~seed * turn;
            test_masks(ms[m], ns[n], turn % 3, drops[turn % COUNT(drops)], seed, stream, turn % 2);
            test_masks(ms[m], ns[n], turn % 3, 0x80000000, turn % 4, turn / 4 % 4, turn % 2 == 0);
        }
}

/* Kept as often as asked for, within five standard deviations; drop 0 keeps everything. */
static void test_share(void)
{
    enum { M = 20, N = 800 };
    static uint16_t masks[M * N / NABLA_PANEL];
    static const uint32_t drops[] = {0, 0x1999999a, 0x80000000, 0xe6666666};
    for (size_t i = 0; i < COUNT(drops); ++i) {
        EXPECT(nabla_dropout_masks(M, N, drops[i], 1, i, NULL, masks, N / NABLA_PANEL, NULL) == NABLA_OK);
        size_t kept = 0;
        for (size_t w = 0; w < COUNT(masks); ++w) kept += (size_t)__builtin_popcount(masks[w]);
        const double p = 1 - (double)drops[i] * 0x1p-32, all = M * N;
        EXPECT(fabs((double)kept - p * all) <= 5 * sqrt(p * (1 - p) * all));
    }
}

static void dropout_case(const shape *s)
{
    const int in_place = s->variant & 1;
    const size_t wide = padded(s->n), ldm = panels_of(s->n) + s->padding % 3;
    operand a = make_operand(s->m, wide, wide + s->padding, s->misalignment);
    operand out = make_unreadable(s->m, wide, wide + s->padding / 2, (s->misalignment + 7) % 16);
    uint16_t *masks = allocate((s->m * ldm + 1) * sizeof *masks);
    for (size_t i = 0; i < s->m * ldm; ++i) masks[i] = (uint16_t)random_bits();
    if (s->m && s->n && s->variant & 2) a.at[0] = NAN, masks[0] &= 0xfffe; /* what is dropped does not matter */
    for (size_t r = 0; r < s->m; ++r)                                      /* as nabla_dropout_masks leaves them */
        if (s->n % NABLA_PANEL) masks[r * ldm + s->n / NABLA_PANEL] &= (uint16_t)((1u << s->n % NABLA_PANEL) - 1);
    operand_filled(&a);
    for (size_t r = 0; r < s->m; ++r)
        for (size_t j = 0; j < wide; ++j) {
            const int kept = masks[r * ldm + j / NABLA_PANEL] >> j % NABLA_PANEL & 1;
            float *to = in_place ? &a.expected[r * a.ld + j] : &out.expected[r * out.ld + j];
            *to = kept ? a.at[r * a.ld + j] * s->alpha : 0;
        }
    watch(&a), watch(&out);
    ON_EVERY_ISA("dropout", s,
                 nabla_dropout_f32(s->m, s->n, s->alpha, masks, ldm, a.at, a.ld, in_place ? a.at : out.at,
                                   in_place ? a.ld : out.ld, member));
    free(masks);
}

static void test_activations(void)
{
    static const size_t ns[] = {0, 1, 7, 8, 15, 16, 17, 30, 32, 33, 64, 100, 129}, member_counts[] = {0, 1, 2, 3, 7};
    unsigned turn = 0;
    for (size_t m = 0; m < 12; ++m)
        for (size_t n = 0; n < COUNT(ns); ++n, ++turn) {
            const shape s = {.m = m,
                             .n = ns[n],
                             .misalignment = turn % 16,
                             .padding = turn % 5,
                             .members = member_counts[turn % COUNT(member_counts)],
                             .backwards = turn % 2,
                             .alpha = turn % 3 ? 2 : 1.25f,
                             .variant = turn / 3};
            dropout_case(&s);
        }
}

/* Sparse rows through a mask: the pixels that are kept, at their columns, in no more entries than before. */
static void test_rows(size_t in, unsigned percent, uint32_t drop)
{
    pictures p = make_pictures(12, in, percent);
    uint16_t *mask = allocate(panels_of(in) * sizeof *mask);
    uint8_t *row = allocate(in);
    for (size_t s = 0; s < p.rows; ++s) {
        EXPECT(nabla_dropout_masks(1, in, drop, 7, in, &(uint32_t){(uint32_t)s}, mask, panels_of(in), NULL) == NABLA_OK);
        const size_t count = (size_t)(p.ends[s] - p.starts[s]);
        uint16_t *to = allocate((count + 2) * sizeof *to);
        for (size_t e = 0; e < count + 2; ++e) to[e] = unwritten;
        const size_t left = nabla_sparse_dropout(count, p.entries + p.starts[s], mask, to);
        EXPECT(left <= count);
        EXPECT(to[count] == unwritten && to[count + 1] == unwritten);
        memset(row, 0, in);
        size_t k = 0;
        for (size_t e = 0; e < left; ++e) {
            k += to[e] & 255;
            EXPECT(k < in && (to[e] >> 8 || (to[e] & 255) == 255)); /* nothing but pixels and leading steps */
            if (k < in) row[k] = (uint8_t)(to[e] >> 8);
        }
        for (size_t j = 0; j < in; ++j) {
            const int kept = mask[j / NABLA_PANEL] >> j % NABLA_PANEL & 1;
            if (row[j] != (kept ? p.pixels[s * in + j] : 0)) ++failures, printf("FAILED sparse_dropout: pixel %zu\n", j);
        }
        free(to);
    }
    free(mask), free(row);
    free_pictures(&p);
}

int main(void)
{
    test_reference();
    test_all_masks();
    test_share();
    test_activations();
    static const size_t widths[] = {1, 16, 17, 61, 255, 256, 257, 511, 784, 1022, 1300};
    static const uint32_t drops[] = {0, 0x33333333, 0x80000000, 0xf0000000, 0xffffffff};
    for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
        if (nabla_select_isa((nabla_isa)isa) != NABLA_OK) continue;
        for (size_t w = 0; w < COUNT(widths); ++w)
            for (size_t d = 0; d < COUNT(drops); ++d)
                for (unsigned percent = 0; percent <= 100; percent += 20) test_rows(widths[w], percent, drops[d]);
    }
    failures += picture_failures;
    printf("%zu cases, %zu failures\n", cases, failures);
    return failures > 0;
}
