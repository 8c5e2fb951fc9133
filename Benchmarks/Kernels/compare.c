/* Two builds of the kernels, slice by slice: faster, slower or no difference.
 *
 *   kernels_compare BASE HEAD [--filter REGEX] [--threads N] [--json] [--nabla BASE_PROGRAM PROGRAM]
 *                   [--blocks N] [--slow PERCENT REGEX]
 *
 * BASE and HEAD are libraries of side.c. Both are in this process and work on the same memory, in slices of a quarter
 * of a millisecond: base, head, head, base; the next block the other way round. So a drift of the clock cancels, and
 * which pages the operands got counts for both. A block gives one ratio of their times; a row's result is the median
 * ratio with an interval that holds whatever the distribution is (statistics.h). A row is slower or faster where the
 * whole interval is more than 1% away from equal. Exit code 1: a row is slower.
 *
 * --slow makes this program call those rows of HEAD more often than it says: a seeded slow-down, to test it.
 */
#include <dlfcn.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "side.h"
#include "statistics.h"
#include "trainings.h"

enum { BLOCKS_LIMIT = 1024, PASSES = 2, WIDE_PASSES = 8, PAIRS = 14, MOST_PAIRS = 42 };

/* A difference of 1% is not looked for: the place of a function in memory can make one. */
static const double MARGIN = 0.01;
/* The probability that a row is called different although it is not, over all rows of kernels, and over all trainings.
 */
static const double MISS = 0.01;
/* An interval that reaches farther from its median is measured again. */
static const double WIDE = 0.025;

typedef struct options {
    const char *library[2], *nabla[2];
    regex_t filter, slow;
    int has_filter, has_slow, json;
    double slow_percent;
    size_t threads, blocks;
} options;

/* The ratios of one row, as logarithms. */
typedef struct comparison {
    const char *kernel, *shape;
    double ratios[BLOCKS_LIMIT], seconds;
    size_t count;
    row row[2];
    const training *training;
    double slow_down; /* seeded: 1.05 */
} comparison;

static _Noreturn void refuse(const char *what, const char *word)
{
    fprintf(stderr, "%s: %s\n", what, word);
    exit(2);
}

static void compile(regex_t *into, const char *word)
{
    if (regcomp(into, word, REG_EXTENDED | REG_NOSUB) != 0) refuse("not a regular expression", word);
}

static size_t whole_number(const char *word, size_t most)
{
    char *end;
    const unsigned long value = strtoul(word, &end, 10);
    char limits[48];
    snprintf(limits, sizeof limits, "expected 1 ... %zu, found", most);
    if (*end || end == word || value < 1 || value > most) refuse(limits, word);
    return (size_t)value;
}

static double number(const char *word, double most)
{
    char *end;
    const double value = strtod(word, &end);
    if (*end || end == word || !(value > 0 && value <= most)) refuse("expected a number, found", word);
    return value;
}

static options read_options(int argc, char **argv)
{
    options o = {.threads = 1, .blocks = 40};
    if (argc < 3) refuse("expected two libraries", "BASE HEAD");
    o.library[0] = argv[1], o.library[1] = argv[2];
    for (int i = 3; i < argc; ++i) {
        const char *name = argv[i];
        const int values = argc - i - 1;
        if (strcmp(name, "--json") == 0) {
            o.json = 1;
        } else if (strcmp(name, "--filter") == 0 && values >= 1) {
            compile(&o.filter, argv[++i]);
            o.has_filter = 1;
        } else if (strcmp(name, "--threads") == 0 && values >= 1) {
            o.threads = whole_number(argv[++i], 1024);
        } else if (strcmp(name, "--blocks") == 0 && values >= 1) {
            o.blocks = whole_number(argv[++i], BLOCKS_LIMIT / WIDE_PASSES);
        } else if (strcmp(name, "--nabla") == 0 && values >= 2) {
            o.nabla[0] = argv[++i];
            o.nabla[1] = argv[++i];
        } else if (strcmp(name, "--slow") == 0 && values >= 2) {
            o.slow_percent = number(argv[++i], 1000);
            compile(&o.slow, argv[++i]);
            o.has_slow = 1;
        } else {
            refuse("no such option, or a value is missing", name);
        }
    }
    return o;
}

static const side *load(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) refuse("cannot be loaded", dlerror());
    const side *(*function)(void);
    *(void **)&function = dlsym(library, SIDE_FUNCTION); /* as POSIX says */
    if (!function) refuse("is no library of rows", path);
    return function();
}

static int matches(const regex_t *expression, int is_set, const char *kernel, const char *shape)
{
    char words[80];
    snprintf(words, sizeof words, "%s %s", kernel, shape);
    return !is_set || regexec(expression, words, 0, NULL, 0) == 0;
}

static uint64_t hash_of(const arena *a)
{
    uint64_t hash = 14695981039346656037u, word;
    for (size_t i = 0; i + 8 <= a->used; i += 8) {
        memcpy(&word, a->base + i, sizeof word);
        hash = (hash ^ word) * 1099511628211u;
        hash ^= hash >> 32;
    }
    return hash;
}

/* The same operands for both sides, at the same addresses; 0 where the two lay them out differently. */
static int prepare(comparison *c, arena *memory)
{
    uint64_t hash[2];
    size_t used[2];
    for (int s = 0; s < 2; ++s) {
        memory->used = memory->taken = 0;
        c->row[s].prepare(&c->row[s], memory);
        hash[s] = hash_of(memory);
        used[s] = memory->used;
    }
    return hash[0] == hash[1] && used[0] == used[1];
}

/* Logarithm of head's time over base's, each twice, in an order that a steady drift does not favour. */
static double compare_block(const side *const sides[2], comparison *c, size_t threads, size_t calls, size_t block)
{
    const size_t more = (size_t)lround((double)calls * c->slow_down);
    double seconds[2] = {0, 0};
    for (int turn = 0; turn < 4; ++turn) {
        const int s = (turn == 1 || turn == 2) ^ (int)(block & 1);
        seconds[s] += sides[s]->time_calls(&c->row[s], threads, s ? more : calls);
    }
    return log(seconds[1] / seconds[0]);
}

static int is_wide(comparison *c, double miss)
{
    const interval i = median_interval(c->ratios, c->count, miss);
    return i.high - i.median > WIDE || i.median - i.low > WIDE;
}

/* One pass over a row's blocks. */
static void add_blocks(const options *o, const side *const sides[2], comparison *c, arena *memory)
{
    prepare(c, memory);
    size_t calls = 1;
    while (sides[0]->time_calls(&c->row[0], o->threads, calls) < 2.5e-4) calls *= 2;
    const size_t seedable = c->slow_down > 1 && calls < 64 ? 64 : calls; /* so that 5% are whole calls */
    for (size_t block = 0; block < o->blocks && c->count < BLOCKS_LIMIT; ++block)
        c->ratios[c->count++] = compare_block(sides, c, o->threads, seedable, block);
    c->seconds = sides[0]->time_calls(&c->row[0], o->threads, calls) / (double)calls;
}

/* Adds the rows that both sides have. Without a filter, those that take long are left to `make bench`. */
static size_t choose(const options *o, const side *const sides[2], comparison *chosen, arena *memory)
{
    row_list *lists[2];
    size_t count = 0;
    for (int s = 0; s < 2; ++s) {
        lists[s] = calloc(1, sizeof *lists[s]);
        if (!lists[s]) refuse("no memory", "rows");
        sides[s]->add_all_rows(lists[s]);
    }
    for (size_t i = 0; i < lists[0]->count; ++i)
        for (size_t j = 0; j < lists[1]->count; ++j) {
            const row *base = &lists[0]->rows[i], *head = &lists[1]->rows[j];
            if (strcmp(base->kernel, head->kernel) != 0 || strcmp(base->shape, head->shape) != 0) continue;
            if (!matches(&o->filter, o->has_filter, base->kernel, base->shape)) continue;
            if (base->alone && o->threads > 1) continue;
            if (!o->has_filter && base->work.footprint > 8e6) continue;
            comparison *c = &chosen[count];
            *c = (comparison){.row = {*base, *head}, .slow_down = 1};
            c->kernel = c->row[0].kernel, c->shape = c->row[0].shape;
            if (!prepare(c, memory)) {
                fprintf(stderr, "%s %s: the two builds lay out its operands differently; left out\n", base->kernel,
                        base->shape);
                continue;
            }
            if (!o->has_filter && sides[0]->time_calls(&c->row[0], o->threads, 1) > 2.5e-3) continue;
            ++count;
        }
    free(lists[0]), free(lists[1]);
    return count;
}

/* Prints a row; returns 1 where head is slower, -1 where it is faster. */
static int show(const options *o, comparison *c, double miss)
{
    const interval i = median_interval(c->ratios, c->count, miss);
    const int verdict = verdict_of(i, MARGIN);
    const char *const words = verdict > 0 ? "slower" : verdict < 0 ? "faster" : "no difference";
    if (o->json)
        printf("{\"kernel\": \"%s\", \"shape\": \"%s\", \"threads\": %zu, \"base_seconds\": %.4g, \"ratio\": %.4f, "
               "\"low\": %.4f, \"high\": %.4f, \"blocks\": %zu, \"verdict\": \"%s\"}\n",
               c->kernel, c->shape, o->threads, c->seconds, exp(i.median), exp(i.low), exp(i.high), c->count, words);
    else
        printf("%-26s %-20s %10.3g us   %+6.1f%%  (%+.1f ... %+.1f)  %4zu   %s\n", c->kernel, c->shape,
               1e6 * c->seconds, 100 * expm1(i.median), 100 * expm1(i.low), 100 * expm1(i.high), c->count, words);
    fflush(stdout);
    return verdict;
}

int main(int argc, char **argv)
{
    const options o = read_options(argc, argv);
    const side *const sides[2] = {load(o.library[0]), load(o.library[1])};
    arena memory = sides[0]->make_arena((size_t)2 << 30);
    enum { ROWS_LIMIT = 160 };
    comparison *const chosen = calloc(ROWS_LIMIT, sizeof *chosen);
    if (!chosen) refuse("no memory", "rows");
    const size_t kernels = choose(&o, sides, chosen, &memory);
    size_t count = kernels;
    for (size_t t = 0; o.nabla[0] && t < training_count; ++t)
        if (matches(&o.filter, o.has_filter, trainings[t].kernel, trainings[t].shape))
            chosen[count++] = (comparison){
                .kernel = trainings[t].kernel, .shape = trainings[t].shape, .training = &trainings[t], .slow_down = 1};
    if (!count) refuse("no row is called so", "--filter");
    size_t seeded = 0;
    for (size_t i = 0; i < count; ++i)
        if (o.has_slow && matches(&o.slow, 1, chosen[i].kernel, chosen[i].shape)) {
            chosen[i].slow_down = 1 + o.slow_percent / 100;
            ++seeded;
        }
    if (o.has_slow && !seeded) refuse("no row is called so", "--slow");

    const double miss = MISS / (double)(kernels ? kernels : 1), of_trainings = MISS / (double)training_count;
    for (size_t pass = 0; pass < WIDE_PASSES; ++pass)
        for (size_t i = 0; i < kernels; ++i)
            if (pass < PASSES || is_wide(&chosen[i], miss)) add_blocks(&o, sides, &chosen[i], &memory);
    for (size_t pair = 0; pair < MOST_PAIRS; ++pair)
        for (size_t i = kernels; i < count; ++i) {
            comparison *const c = &chosen[i];
            if (pair >= PAIRS && !is_wide(c, of_trainings)) continue;
            const training_pair p = compare_trainings(o.nabla, c->training, c->slow_down, pair);
            c->ratios[c->count++] = log(p.ratio);
            c->seconds = p.base_seconds;
        }

    size_t slower = 0, faster = 0;
    if (!o.json)
        printf("%-26s %-20s %13s   %7s  %s  blocks   head is\n", "kernel", "shape", "base", "head", "(interval)");
    for (size_t i = 0; i < count; ++i) {
        const int verdict = show(&o, &chosen[i], i < kernels ? miss : of_trainings);
        slower += verdict > 0;
        faster += verdict < 0;
    }
    if (o.json)
        printf("{\"rows\": %zu, \"slower\": %zu, \"faster\": %zu}\n", count, slower, faster);
    else if (slower || faster)
        printf("%zu of %zu rows slower, %zu faster\n", slower, count, faster);
    else
        printf("no difference in %zu rows\n", count);
    free(chosen);
    return slower > 0;
}
