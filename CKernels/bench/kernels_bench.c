/* Times one kernel on one shape and prints GFLOP/s (2 m n k each), the median and the best of several rounds.
 *
 *   kernels_bench --kernel forward --m 10 --n 30 --k 784 --threads 1 --isa avx512 --seconds 1
 *
 * Kernels: forward, backward, update, momentum, adam (n = out, k = in), nn, nt, tn, tt (gemm), sigmoid, tanh (G
 * elements/s over m * n), warp and field (millions of pictures/s of m x n pixels, and of elastic fields, sigma 4).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nabla_kernels.h"

typedef struct job {
    const char *kernel;
    size_t m, n, k, repeats;
    float *x, *w, *bias, *a;
    float *states[4]; /* v and s of the weights, then of the biases; zero at first */
} job;

static size_t padded(size_t n) { return (n + NABLA_PANEL - 1) / NABLA_PANEL * NABLA_PANEL; }

static double now(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *random_floats(size_t n)
{
    static uint32_t state = 1;
    float *p = aligned_alloc(64, (n * sizeof(float) + 127) / 64 * 64);
    if (!p) exit(1);
    for (size_t i = 0; i < n; ++i) p[i] = (float)((state = state * 1664525u + 1013904223u) >> 8) * 0x1p-25f - 0.25f;
    return p;
}

static nabla_status run_rule(const job *j, nabla_rule_kind kind, const nabla_member *member)
{
    const nabla_rule rule = {.kind = kind,
                             .rate = 1e-6f,
                             .mean = 1.0f / (float)j->m,
                             .keep1 = 0.9f,
                             .take1 = 0.1f,
                             .keep2 = 0.999f,
                             .take2 = 0.001f,
                             .epsilon = 1e-6f,
                             .decay = 1};
    const nabla_rule_layer layer = {{j->w, j->states[0], j->states[1]}, {j->bias, j->states[2], j->states[3]}};
    return nabla_dense_rule_f32(&rule, j->m, j->n, j->k, j->a, padded(j->n), j->x, padded(j->k), &layer, member);
}

enum { GAUSSIAN = 25 }; /* terms with sigma 4 */

/* One picture of each member, turned a little and bent; or one field. */
static nabla_status run_augmentation(const job *j, const nabla_member *member)
{
    static _Thread_local float *room;
    const size_t pixels = j->m * j->n, field = nabla_elastic_workspace(j->m, j->n);
    if (!room) room = random_floats(field + nabla_warp_workspace(j->m, j->n) + GAUSSIAN + pixels);
    float *const words = room + field, *const taps = words + nabla_warp_workspace(j->m, j->n);
    const uint32_t sample = (uint32_t)member->index;
    if (j->kernel[0] == 'f') {
        nabla_gaussian_f32(4, taps);
        return nabla_elastic_field_f32(j->m, j->n, GAUSSIAN, taps, 34, 1, 2, sample, room, j->x, j->w, j->n);
    }
    const nabla_distortion distortion = {2, 12, 0.15f, 10};
    nabla_affine_map map;
    const nabla_status status = nabla_affine_maps(&distortion, j->m, j->n, 1, 2, 1, &sample, &map);
    if (status != NABLA_OK) return status;
    return nabla_warp_u8(j->m, j->n, (const uint8_t *)j->a, &map, j->x, j->w, j->n, (uint32_t *)words,
                         (uint8_t *)(taps + GAUSSIAN));
}

static nabla_status run_once(const job *j, const nabla_member *member)
{
    const size_t m = j->m, n = j->n, k = j->k, ld_in = padded(k), ld_out = padded(n);
    const int ta = j->kernel[0] == 't', tb = j->kernel[1] == 't';
    if (strcmp(j->kernel, "forward") == 0)
        return nabla_dense_forward_f32(NABLA_SIGMOID, m, n, k, j->x, ld_in, j->w, j->bias, j->a, ld_out, member);
    if (strcmp(j->kernel, "backward") == 0)
        return nabla_dense_backward_f32(NABLA_IDENTITY, m, n, k, j->a, ld_out, j->w, NULL, k, j->x, ld_in, member);
    if (strcmp(j->kernel, "update") == 0)
        return nabla_dense_update_f32(m, n, k, -1e-6f, j->a, ld_out, j->x, ld_in, 1, j->w, j->bias, member);
    if (strcmp(j->kernel, "momentum") == 0) return run_rule(j, NABLA_RULE_MOMENTUM, member);
    if (strcmp(j->kernel, "adam") == 0) return run_rule(j, NABLA_RULE_ADAM, member);
    if (strcmp(j->kernel, "warp") == 0 || strcmp(j->kernel, "field") == 0) return run_augmentation(j, member);
    if (strcmp(j->kernel, "tanh") == 0) return nabla_tanh_f32(m * n, j->x, j->a, member);
    if (strcmp(j->kernel, "sigmoid") == 0) return nabla_sigmoid_f32(m * n, j->x, j->a, member);
    return nabla_gemm_f32(ta ? NABLA_TRANSPOSE : NABLA_NO_TRANSPOSE, tb ? NABLA_TRANSPOSE : NABLA_NO_TRANSPOSE, m, n, k,
                          1, j->x, ta ? m : k, j->w, tb ? k : n, 0, j->a, n, member);
}

static void body(void *context, nabla_member *member)
{
    const job *j = context;
    for (size_t i = 0; i < j->repeats; ++i) {
        if (run_once(j, member) != NABLA_OK) abort();
        nabla_barrier(member);
    }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    job j = {.kernel = "forward", .m = 10, .n = 30, .k = 784, .repeats = 1};
    size_t threads = 1;
    double seconds = 1;
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *value = argv[i + 1];
        if (!strcmp(argv[i], "--kernel")) j.kernel = value;
        if (!strcmp(argv[i], "--m")) j.m = strtoull(value, NULL, 10);
        if (!strcmp(argv[i], "--n")) j.n = strtoull(value, NULL, 10);
        if (!strcmp(argv[i], "--k")) j.k = strtoull(value, NULL, 10);
        if (!strcmp(argv[i], "--threads")) threads = strtoull(value, NULL, 10);
        if (!strcmp(argv[i], "--seconds")) seconds = strtod(value, NULL);
        if (!strcmp(argv[i], "--isa"))
            for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa)
                if (!strcmp(value, nabla_isa_name((nabla_isa)isa)) && nabla_select_isa((nabla_isa)isa) != NABLA_OK)
                    return fprintf(stderr, "%s is not available here\n", value), 2;
    }
    const size_t m = padded(j.m), n = padded(j.n), k = padded(j.k);
    j.x = random_floats(m * (k > n ? k : n));
    j.w = random_floats(n * k);
    j.bias = random_floats(n);
    j.a = random_floats(m * n);
    for (int i = 0; i < 4; ++i) {
        j.states[i] = random_floats(i < 2 ? n * k : n);
        memset(j.states[i], 0, (i < 2 ? n * k : n) * sizeof(float));
    }

    enum { ROUNDS = 25 };
    double start = now(), rate[ROUNDS];
    do { /* one round lasts a 25th of the time asked for */
        j.repeats *= 2;
        start = now();
        nabla_team_run(threads, body, &j);
    } while (now() - start < seconds / ROUNDS / 2);
    const int elementwise = strcmp(j.kernel, "sigmoid") == 0 || strcmp(j.kernel, "tanh") == 0;
    const int augmentation = strcmp(j.kernel, "warp") == 0 || strcmp(j.kernel, "field") == 0;
    const double work = augmentation  ? 1e-6 * (double)threads
                        : elementwise ? 1e-9 * (double)(j.m * j.n)
                                      : 2e-9 * (double)(j.m * j.n) * (double)j.k;
    for (int round = 0; round < ROUNDS; ++round) {
        start = now();
        nabla_team_run(threads, body, &j);
        rate[round] = work * (double)j.repeats / (now() - start);
    }
    qsort(rate, ROUNDS, sizeof rate[0], by_value);
    printf("%-8s %4zu x %4zu x %4zu  %-6s  %zu threads  median %7.2f  best %7.2f\n", j.kernel, j.m, j.n, j.k,
           nabla_isa_name(nabla_selected_isa()), threads, rate[ROUNDS / 2], rate[ROUNDS - 1]);
    free(j.x);
    free(j.w);
    free(j.bias);
    free(j.a);
    for (int i = 0; i < 4; ++i) free(j.states[i]);
    return 0;
}
