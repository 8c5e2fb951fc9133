#include "ceilings.h"

#include <stdio.h>
#include <string.h>

#include "caches.h"
#include "statistics.h"

typedef struct turn {
    const ceiling *c;
    setting *with;
    double amount, seconds;
} turn;

/* One member's part of a ceiling's work. */
static double run_part(const ceiling *c, setting *with, const nabla_member *member)
{
    const peaks *p = with->peaks;
    if (c->kind == MULTIPLY_ADDS) return p->multiply_add(c->rounds);
    if (c->kind == DIVISIONS) return p->divide(c->rounds);
    const int arrays = c->pattern == COPIES || c->pattern == ADDS ? 2 : 1;
    const size_t part = (size_t)c->footprint / member->count / (size_t)arrays / 512 * 512;
    const size_t bytes = part > 512 ? part : 512;
    unsigned char *const one = with->arrays.base + member->index * (size_t)arrays * bytes, *const other = one + bytes;
    switch (c->pattern) {
    case LOADS: return p->load(one, bytes, c->rounds);
    case CHANGES: return p->change(one, bytes, c->rounds);
    case COPIES:
        return c->uses_memcpy ? peaks_memcpy(other, one, bytes, c->rounds) : p->copy(other, one, bytes, c->rounds);
    default: return p->add(other, one, bytes, c->rounds);
    }
}

static void run_turn(void *context, nabla_member *member)
{
    turn *t = context;
    nabla_barrier(member);
    const double start = slice_clock(member->count), amount = run_part(t->c, t->with, member);
    nabla_barrier(member);
    if (member->index) return;
    t->seconds = slice_clock(member->count) - start;
    t->amount = amount * (double)member->count;
}

static turn take_turn(const ceiling *c, setting *with)
{
    turn t = {c, with, 0, 0};
    nabla_team_run(with->threads, run_turn, &t);
    return t;
}

double ceiling_rate(const ceiling *c, setting *with)
{
    const turn t = take_turn(c, with);
    return t.amount / t.seconds;
}

ceiling calibrated(ceiling c, setting *with, double seconds)
{
    turn t;
    arena *const arrays = &with->arrays; /* pages that nobody has written to would all be one */
    const size_t needed = (size_t)c.footprint + 4096;
    if (arrays->used < needed) memset(arrays->base + arrays->used, 0, needed - arrays->used), arrays->used = needed;
    c.rounds = 1;
    take_turn(&c, with);
    while ((t = take_turn(&c, with)).seconds < seconds / 2) c.rounds *= 2;
    if (c.kind == MEMORY && c.pattern == COPIES) {
        ceiling library = c;
        library.uses_memcpy = 1;
        if (ceiling_rate(&library, with) > t.amount / t.seconds) c = library;
    }
    return c;
}

void name_ceiling(const ceiling *c, size_t threads, char name[24])
{
    static const char *const words[PATTERNS] = {"loads", "changes", "copies", "adds"};
    if (c->kind == MEMORY)
        snprintf(name, 24, "%s %s", level_name(c->footprint, threads), words[c->pattern]);
    else
        snprintf(name, 24, "%s", c->kind == DIVISIONS ? "divisions" : "multiply-adds");
}

enum { LIMITS = 4, ROUNDS_LIMIT = 101 };

/* The ceilings that a row may meet, and how much of each it needs; returns how many. */
static size_t limits_of(const work *w, size_t threads, ceiling limit[LIMITS], double amount[LIMITS])
{
    size_t count = 0;
    if (w->slots > 0) {
        limit[count] = (ceiling){.kind = MULTIPLY_ADDS};
        amount[count++] = w->slots;
    }
    if (w->divisions > 0) {
        limit[count] = (ceiling){.kind = DIVISIONS};
        amount[count++] = w->divisions;
    }
    if (w->loads > 0) {
        limit[count] = (ceiling){.kind = MEMORY, .pattern = LOADS, .footprint = 16384.0 * (double)threads};
        amount[count++] = w->loads;
    }
    if (w->bytes > 0) {
        limit[count] = (ceiling){.kind = MEMORY, .pattern = w->pattern, .footprint = w->footprint};
        amount[count++] = w->bytes;
    }
    return count;
}

measurement measure(row *r, setting *with, size_t rounds)
{
    const double slice = 1e-3;
    ceiling limit[LIMITS];
    double amount[LIMITS], rate[LIMITS][ROUNDS_LIMIT], seconds[ROUNDS_LIMIT];
    const size_t limits = limits_of(&r->work, with->threads, limit, amount);
    size_t calls = 1;
    double took;
    while ((took = time_calls(r, with->threads, calls)) < slice) calls *= 2;
    if (rounds > ROUNDS_LIMIT) rounds = ROUNDS_LIMIT;
    if (took > 0.02 && rounds > 5) rounds = 5; /* what leaves the caches varies less */
    if (took > 0.5 && rounds > 3) rounds = 3;
    const double of_ceilings = took / 2 < 0.01 ? took / 2 : 0.01;
    for (size_t i = 0; i < limits; ++i) limit[i] = calibrated(limit[i], with, of_ceilings);
    /* A round's rate is that before the kernel and that after it: the clock may change meanwhile. */
    for (size_t round = 0; round <= rounds; ++round) {
        for (size_t i = 0; i < limits; ++i) {
            const double now = ceiling_rate(&limit[i], with);
            if (round > 0) rate[i][round - 1] = (rate[i][round - 1] + now) / 2;
            if (round < rounds) rate[i][round] = now;
        }
        if (round < rounds) seconds[round] = time_calls(r, with->threads, calls) / (double)calls;
    }

    size_t bound = 0;
    double longest = 0;
    for (size_t i = 0; i < limits; ++i) {
        const double least = amount[i] / median_of(rate[i], rounds);
        if (least > longest) longest = least, bound = i;
    }
    double share[ROUNDS_LIMIT];
    for (size_t round = 0; round < rounds; ++round) share[round] = amount[bound] / rate[bound][round] / seconds[round];
    measurement m = {.seconds = median_of(seconds, rounds),
                     .share = median_of(share, rounds),
                     .bound = limit[bound],
                     .bound_rate = median_of(rate[bound], rounds),
                     .bound_amount = amount[bound],
                     .fastest = seconds[0],
                     .slowest = seconds[0]};
    for (size_t round = 0; round < rounds; ++round) {
        if (seconds[round] < m.fastest) m.fastest = seconds[round];
        if (seconds[round] > m.slowest) m.slowest = seconds[round];
    }
    return m;
}
