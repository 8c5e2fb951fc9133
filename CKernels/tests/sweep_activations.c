/* All 2^32 floats through sigmoid and tanh, all x <= 0 through the e^x below both, all floats of [0, 1] through
 * a (1 - a): the largest error in ULP, on the widest instruction set, and equal bits on the others. Takes minutes; not
 * part of the quick lane.
 *
 *   sweep_activations                 every instruction set of this machine
 *   sweep_activations avx512 avx2     these, the first one measured
 *   sweep_activations 31 scalar       every 31st float only
 */
#include <stdio.h>
#include <stdlib.h>

#include "../src/kernel_table.h"
#include "activation_error.h"

enum { BLOCK = 1 << 14 };
static float x[BLOCK], first[BLOCK], other[BLOCK];

static nabla_isa isas[NABLA_ISA_COUNT];
static int isa_count;

static uint64_t every = 1;

typedef void (*kernel)(size_t n, const float *in, float *out);

static void sigmoid(size_t n, const float *z, float *a) { nabla_sigmoid_f32(n, z, a, NULL); }
static void prime(size_t n, const float *a, float *out) { nabla_sigmoid_prime_from_activation_f32(n, a, out, NULL); }
static void tangent(size_t n, const float *z, float *a) { nabla_tanh_f32(n, z, a, NULL); }
static void exponential(size_t n, const float *in, float *out)
{
    nabla_private_selected_table()->exp_nonpositive(n, in, out);
}

/* Runs a kernel on the bit patterns begin ..< end and prints what it finds; returns 1 when that is too much. */
static int sweep(const char *name, kernel f, uint64_t begin, uint64_t end, double (*error_of)(float in, float out),
                 double bound)
{
    double worst = 0;
    float worst_at = 0;
    uint64_t differing = 0, floats = 0;
    for (uint64_t bits = begin; bits < end;) {
        size_t n = 0;
        for (; n < BLOCK && bits < end; ++n, bits += every) x[n] = float_of_bits((uint32_t)bits);
        floats += n;
        nabla_select_isa(isas[0]);
        f(n, x, first);
        for (size_t i = 0; i < n; ++i) {
            const double error = error_of(x[i], first[i]);
            if (error > worst) worst = error, worst_at = x[i];
        }
        for (int isa = 1; isa < isa_count; ++isa) {
            nabla_select_isa(isas[isa]);
            f(n, x, other);
            for (size_t i = 0; i < n; ++i)
                differing +=
                    bits_of_float(first[i]) != bits_of_float(other[i]) && !(isnan(first[i]) && isnan(other[i]));
        }
    }
    printf("%-10s %10llu floats  largest error %.4f ULP at %a, %llu differ between instruction sets\n", name,
           (unsigned long long)floats, worst, (double)worst_at, (unsigned long long)differing);
    fflush(stdout);
    return differing != 0 || !(worst <= bound);
}

int main(int argc, char **argv)
{
    const char *end = argc > 1 ? argv[1] : "";
    const unsigned long long number = argc > 1 ? strtoull(argv[1], (char **)&end, 10) : 0;
    if (number > 0 && *end == 0) every = number, --argc, ++argv;
    for (int i = 1; i < argc; ++i)
        for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa)
            if (strcmp(argv[i], nabla_isa_name((nabla_isa)isa)) == 0 && nabla_isa_available((nabla_isa)isa) &&
                isa_count < NABLA_ISA_COUNT)
                isas[isa_count++] = (nabla_isa)isa;
    if (argc == 1) {
        isas[isa_count++] = nabla_selected_isa();
        for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa)
            if (nabla_isa_available((nabla_isa)isa) && (nabla_isa)isa != isas[0]) isas[isa_count++] = (nabla_isa)isa;
    }
    if (isa_count == 0) return fprintf(stderr, "no such instruction set here\n"), 2;
    for (int isa = 0; isa < isa_count; ++isa) printf("%s ", nabla_isa_name(isas[isa]));
    printf("\n");

    const uint64_t all = UINT64_C(1) << 32, one = bits_of_float(1.0f);
    const uint64_t minus_zero = UINT64_C(1) << 31, minus_infinity = bits_of_float(-INFINITY);
    int failed = sweep("sigmoid", sigmoid, 0, all, sigmoid_error, SIGMOID_ULP_BOUND);
    failed |= sweep("a (1 - a)", prime, 0, one + 1, prime_error, SIGMOID_PRIME_ULP_BOUND);
    failed |= sweep("tanh", tangent, 0, all, tanh_error, TANH_ULP_BOUND);
    failed |= sweep("e^x, x<=0", exponential, minus_zero, minus_infinity + 1, exp_error, EXP_ULP_BOUND);
    return failed;
}
