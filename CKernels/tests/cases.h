/* A case: operands, a call on every instruction set for every member of a team, and a comparison of everything. */
#ifndef CASES_H
#define CASES_H

#include "operands.h"
#include "reference.h"

typedef struct shape {
    size_t m, n, k;
    size_t misalignment, padding;
    size_t members; /* 0: NULL */
    int backwards;  /* the last member runs first */
    float alpha, beta;
    unsigned variant; /* transposes, activation, cost, rule */
} shape;

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static size_t cases, outputs, nonzero, failures;
static operand *watched[10]; /* the case's operands, inputs and outputs alike */
static size_t watched_count;

static inline void watch(operand *o) { watched[watched_count++] = o; }

static inline void check(const char *kernel, const shape *s, const char *isa)
{
    int wrong = 0;
    for (size_t i = 0; i < watched_count; ++i) wrong |= !operand_is_as_expected(watched[i]);
    ++cases;
    if (!wrong) return;
    if (++failures <= 20)
        printf(
            "FAILED %s on %s: m %zu n %zu k %zu alpha %g beta %g members %zu variant %u misaligned %zu padding %zu\n",
            kernel, isa, s->m, s->n, s->k, (double)s->alpha, (double)s->beta, s->members, s->variant, s->misalignment,
            s->padding);
}

static inline void count_nonzero(const operand *o, size_t columns)
{
    for (size_t r = 0; r < o->rows; ++r)
        for (size_t c = 0; c < columns; ++c) {
            ++outputs;
            nonzero += o->expected[r * o->ld + c] != 0;
        }
}

/* Runs `call`, in which `member` is in scope, for every member on every instruction set, and checks all operands. */
#define ON_EVERY_ISA(kernel, s, call)                                                                                  \
    do {                                                                                                               \
        for (int isa_ = 0; isa_ < NABLA_ISA_COUNT; ++isa_) {                                                           \
            if (nabla_select_isa((nabla_isa)isa_) != NABLA_OK) continue;                                               \
            for (size_t i_ = 0; i_ < watched_count; ++i_) reset_operand(watched[i_]);                                  \
            for (size_t i_ = 0; i_ < ((s)->members ? (s)->members : 1); ++i_) {                                        \
                const nabla_member place_ = {.index = (s)->backwards ? (s)->members - 1 - i_ : i_,                     \
                                             .count = (s)->members};                                                   \
                const nabla_member *member = (s)->members ? &place_ : NULL;                                            \
                if ((call) != NABLA_OK) ++failures, printf("FAILED %s returned an error\n", kernel);                   \
            }                                                                                                          \
            check(kernel, s, nabla_isa_name((nabla_isa)isa_));                                                         \
        }                                                                                                              \
        for (size_t i_ = 0; i_ < watched_count; ++i_) free_operand(watched[i_]);                                       \
        watched_count = 0;                                                                                             \
    } while (0)

/* Random weights of a layer with zero in the lanes past `out`. */
static inline operand make_panels(size_t out, size_t in, size_t misalignment)
{
    operand w = make_operand(panels_of(out) * in, NABLA_PANEL, NABLA_PANEL, misalignment);
    for (size_t j = out; j < padded(out); ++j)
        for (size_t k = 0; k < in; ++k) w.at[panel_at(j, k, in)] = 0;
    operand_filled(&w);
    return w;
}

#endif
