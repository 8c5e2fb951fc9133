/* Every kernel: how fast it is, and how near to what bounds it.
 *
 *   kernels_table [--filter REGEX] [--isa all|NAME,...] [--threads 1,2] [--rounds 7] [--json] [--rows]
 *
 * REGEX is looked for in "kernel shape". The ceilings come first; then a row a kernel, shape, instruction set and
 * number of threads. With --json an object a line, for roofline.py and for other programs. --rows
 * only names the rows, after one call of each that does not take long.
 */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "caches.h"
#include "ceilings.h"
#include "statistics.h"

typedef struct options {
    regex_t filter;
    int has_filter, json, names;
    nabla_isa isas[NABLA_ISA_COUNT];
    size_t isa_count, threads[16], threads_count, rounds;
} options;

static _Noreturn void refuse(const char *what, const char *word)
{
    fprintf(stderr, "%s: %s\n", what, word);
    exit(2);
}

static void add_isa(options *o, const char *name)
{
    for (int i = 0; i < NABLA_ISA_COUNT; ++i) {
        const nabla_isa isa = (nabla_isa)i;
        if (strcmp(name, "all") != 0 && strcmp(name, nabla_isa_name(isa)) != 0) continue;
        if (nabla_isa_available(isa))
            o->isas[o->isa_count++] = isa;
        else if (strcmp(name, "all") != 0)
            refuse("--isa: not available here", name);
        if (strcmp(name, "all") != 0) return;
    }
    if (strcmp(name, "all") != 0) refuse("--isa: expected all, scalar, avx2, avx512 or neon, found", name);
}

/* Calls `add` with each part of a list with commas. */
static void for_each_part(options *o, char *list, void (*add)(options *, const char *))
{
    for (char *part = strtok(list, ","); part; part = strtok(NULL, ",")) add(o, part);
}

static size_t whole_number(const char *option, const char *word, size_t most)
{
    char *end;
    const unsigned long number = strtoul(word, &end, 10);
    if (*end || end == word || number < 1 || number > most) refuse(option, word);
    return (size_t)number;
}

static void add_threads(options *o, const char *word)
{
    if (o->threads_count == sizeof o->threads / sizeof *o->threads) refuse("--threads: too many numbers", word);
    o->threads[o->threads_count++] = whole_number("--threads: expected 1 ... 1024, found", word, 1024);
}

static options read_options(int argc, char **argv)
{
    options o = {.rounds = 7};
    for (int i = 1; i < argc; ++i) {
        const char *name = argv[i];
        o.json |= strcmp(name, "--json") == 0;
        o.names |= strcmp(name, "--rows") == 0;
        if (strcmp(name, "--json") == 0 || strcmp(name, "--rows") == 0) continue;
        char *value = i + 1 < argc ? argv[++i] : NULL;
        if (!value) refuse("an option without its value, or no option", name);
        if (strcmp(name, "--filter") == 0) {
            if (regcomp(&o.filter, value, REG_EXTENDED | REG_NOSUB) != 0)
                refuse("--filter: not a regular expression", value);
            o.has_filter = 1;
        } else if (strcmp(name, "--isa") == 0) {
            o.isa_count = 0;
            for_each_part(&o, value, add_isa);
        } else if (strcmp(name, "--threads") == 0) {
            for_each_part(&o, value, add_threads);
        } else if (strcmp(name, "--rounds") == 0) {
            o.rounds = whole_number("--rounds: expected 1 ... 101, found", value, 101);
        } else {
            refuse("no such option", name);
        }
    }
    if (!o.isa_count) o.isas[o.isa_count++] = nabla_selected_isa();
    if (!o.threads_count) o.threads[o.threads_count++] = 1;
    return o;
}

/* Bytes of the vectors that a set computes with. */
static size_t vector_of(nabla_isa isa)
{
    switch (isa) {
    case NABLA_ISA_AVX512: return 64;
    case NABLA_ISA_AVX2: return 32;
    case NABLA_ISA_NEON: return 16;
    default: return 4;
    }
}

static void show_ceiling(const options *o, setting *with, ceiling c)
{
    enum { ROUNDS = 5 };
    double rates[ROUNDS];
    char name[24];
    c = calibrated(c, with, 2e-3);
    for (int i = 0; i < ROUNDS; ++i) rates[i] = ceiling_rate(&c, with);
    name_ceiling(&c, with->threads, name);
    const double rate = median_of(rates, ROUNDS);
    if (o->json)
        printf("{\"ceiling\": \"%s\", \"isa\": \"%s\", \"threads\": %zu, \"footprint\": %.0f, \"%s\": %.4g}\n", name,
               nabla_isa_name(with->isa), with->threads, c.footprint,
               c.kind == MEMORY ? "bytes_per_second" : "floats_per_second", rate);
    else if (c.kind == MEMORY)
        printf("  %-14s %8.0f GB/s\n", name, 1e-9 * rate);
    else
        printf("  %-14s %8.1f G/s%s\n", name, 1e-9 * rate, c.kind == MULTIPLY_ADDS ? ", twice as many FLOP/s" : "");
}

static void show_ceilings(const options *o, setting *with)
{
    if (!o->json)
        printf("ceilings, %s, %zu thread%s\n", nabla_isa_name(with->isa), with->threads, with->threads > 1 ? "s" : "");
    show_ceiling(o, with, (ceiling){.kind = MULTIPLY_ADDS});
    show_ceiling(o, with, (ceiling){.kind = DIVISIONS});
    const double threads = (double)with->threads, part_of_l3 = (double)cache_bytes(3) / 8;
    const double twice = 4.0 * (double)cache_bytes(2) * threads;
    const double footprints[] = {(double)cache_bytes(1) / 3 * threads, (double)cache_bytes(2) / 4 * threads,
                                 part_of_l3 > twice ? twice : part_of_l3, (double)beyond_caches()};
    for (int level = 0; level < 4; ++level)
        for (int p = 0; p < PATTERNS; ++p)
            show_ceiling(o, with, (ceiling){.kind = MEMORY, .pattern = (pattern)p, .footprint = footprints[level]});
}

static void show_row(const options *o, const setting *with, const row *r, const measurement *m)
{
    char name[24], rate[16], time[24];
    name_ceiling(&m->bound, with->threads, name);
    const int counts_flops = m->bound.kind == MULTIPLY_ADDS;
    const double flops = 2 * r->work.slots / m->seconds, bytes = r->work.bytes / m->seconds;
    if (o->json) {
        printf("{\"kernel\": \"%s\", \"shape\": \"%s\", \"isa\": \"%s\", \"threads\": %zu, \"seconds\": %.4g, "
               "\"fastest\": %.4g, \"slowest\": %.4g, \"multiply_adds\": %.0f, \"divisions\": %.0f, \"loads\": %.0f, "
               "\"bytes\": %.0f, \"footprint\": %.0f, \"level\": \"%s\", \"bound\": \"%s\", \"bound_%s\": %.4g, "
               "\"share\": %.3f}\n",
               r->kernel, r->shape, nabla_isa_name(with->isa), with->threads, m->seconds, m->fastest, m->slowest,
               r->work.slots, r->work.divisions, r->work.loads, r->work.bytes, r->work.footprint,
               level_name(r->work.footprint, with->threads), name,
               m->bound.kind == MEMORY ? "bytes_per_second" : "floats_per_second", m->bound_rate, m->share);
        return;
    }
    const char *const unit = m->seconds < 1e-6 ? "ns" : m->seconds < 1e-3 ? "us" : "ms";
    snprintf(time, sizeof time, "%.3g %s", m->seconds * (*unit == 'n' ? 1e9 : *unit == 'u' ? 1e6 : 1e3), unit);
    snprintf(rate, sizeof rate, "%.0f %s", 1e-9 * m->bound_rate * (counts_flops ? 2 : 1),
             counts_flops              ? "GFLOP/s"
             : m->bound.kind == MEMORY ? "GB/s"
                                       : "G/s");
    printf("%-26s %-20s %-6s %2zu %10s %9.1f %9.1f   %-15s %12s %6.2f\n", r->kernel, r->shape,
           nabla_isa_name(with->isa), with->threads, time, 1e-9 * flops, 1e-9 * bytes, name, rate, m->share);
}

static int is_wanted(const options *o, const row *r, size_t threads)
{
    char words[80];
    snprintf(words, sizeof words, "%s %s", r->kernel, r->shape);
    return !(r->alone && threads > 1) && (!o->has_filter || regexec(&o->filter, words, 0, NULL, 0) == 0);
}

static void name_row(row *r, setting *with)
{
    if (r->work.slots < 5e7 && r->work.footprint < 5e7) {
        r->prepare(r, &with->operands);
        time_calls(r, with->threads, 0);
    }
    printf("%s %s, %s, %zu\n", r->kernel, r->shape, nabla_isa_name(with->isa), with->threads);
}

/* Three passes over the rows, of which each row keeps the one in which it was fastest: for seconds at a time some
 * kernels have been slower by a third and their ceilings not, on a virtual machine, which does not show why. */
enum { PASSES = 3 };

/* All that a table has for one instruction set and number of threads. */
static void show_rows(const options *o, setting *with, const row_list *list)
{
    if (!o->names) show_ceilings(o, with);
    if (!o->json && !o->names)
        printf("\n%-26s %-20s %-6s %2s %10s %9s %9s   %-15s %12s %6s\n", "kernel", "shape", "isa", "t", "time",
               "GFLOP/s", "GB/s", "bound by", "which gives", "share");
    measurement best[sizeof list->rows / sizeof *list->rows];
    for (int pass = 0; pass < (o->names ? 1 : PASSES); ++pass)
        for (size_t k = 0; k < list->count; ++k) {
            row r = list->rows[k];
            if (!is_wanted(o, &r, with->threads)) continue;
            empty_arena(&with->operands);
            if (o->names) {
                name_row(&r, with);
                continue;
            }
            r.prepare(&r, &with->operands);
            const measurement m = measure(&r, with, o->rounds);
            if (pass == 0 || m.seconds < best[k].seconds) best[k] = m;
        }
    for (size_t k = 0; k < list->count && !o->names; ++k)
        if (is_wanted(o, &list->rows[k], with->threads)) show_row(o, with, &list->rows[k], &best[k]);
    fflush(stdout);
    if (!o->json) printf("\n");
}

int main(int argc, char **argv)
{
    const options o = read_options(argc, argv);
    row_list *list = calloc(1, sizeof *list);
    if (!list) refuse("no memory", "rows");
    add_all_rows(list);
    setting with = {.operands = make_arena(2 * beyond_caches()), .arrays = make_arena(2 * beyond_caches())};
    for (size_t i = 0; i < o.isa_count; ++i)
        for (size_t t = 0; t < o.threads_count; ++t) {
            with.isa = o.isas[i];
            with.threads = o.threads[t];
            with.peaks = peaks_of(vector_of(with.isa));
            nabla_select_isa(with.isa);
            show_rows(&o, &with, list);
        }
    free(list);
    return 0;
}
