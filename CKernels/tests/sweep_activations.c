/* All 2^32 floats through the sigmoid and all floats of [0, 1] through a (1 - a): the largest error in ULP, on the
 * widest instruction set, and equal bits on the others. Takes minutes; not part of the quick lane.
 *
 *   sweep_sigmoid                 every instruction set of this machine
 *   sweep_sigmoid avx512 avx2     these, the first one measured
 *   sweep_sigmoid 31 scalar       every 31st float only
 */
#include <stdio.h>
#include <stdlib.h>

#include "nabla_kernels.h"
#include "sigmoid_error.h"

enum { BLOCK = 1 << 14 };
static float z[BLOCK], first[BLOCK], other[BLOCK];

static nabla_isa isas[NABLA_ISA_COUNT];
static int isa_count;

static uint64_t every = 1;

typedef nabla_status (*kernel)(size_t, const float *, float *, const nabla_member *);

/* Runs `f` on bit patterns 0 ..< end; returns the number of values that differ between instruction sets. */
static uint64_t sweep(kernel f, uint64_t end, double (*error_of)(float z, float a), double *worst, float *worst_at)
{
    uint64_t differing = 0;
    for (uint64_t bits = 0; bits < end;) {
        size_t n = 0;
        for (; n < BLOCK && bits < end; ++n, bits += every) z[n] = float_of_bits((uint32_t)bits);
        nabla_select_isa(isas[0]);
        f(n, z, first, NULL);
        for (size_t i = 0; i < n; ++i) {
            const double error = error_of(z[i], first[i]);
            if (error > *worst) *worst = error, *worst_at = z[i];
        }
        for (int isa = 1; isa < isa_count; ++isa) {
            nabla_select_isa(isas[isa]);
            f(n, z, other, NULL);
            for (size_t i = 0; i < n; ++i)
                differing +=
                    bits_of_float(first[i]) != bits_of_float(other[i]) && !(isnan(first[i]) && isnan(other[i]));
        }
    }
    return differing;
}

static double sigmoid_error(float at, float a)
{
    if (isnan(at)) return isnan(a) ? 0 : INFINITY;
    return a >= 0 && a <= 1 ? ulp_error(a, true_sigmoid(at)) : INFINITY;
}

static double prime_error(float a, float prime)
{
    return a == 1 ? (double)prime : ulp_error(prime, (double)a * (1 - (double)a));
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

    double worst = 0, worst_prime = 0;
    float at = 0, prime_at = 0;
    const uint64_t one = bits_of_float(1.0f);
    uint64_t differing = sweep(nabla_sigmoid_f32, UINT64_C(1) << 32, sigmoid_error, &worst, &at);
    differing += sweep(nabla_sigmoid_prime_from_activation_f32, one + 1, prime_error, &worst_prime, &prime_at);
    for (int isa = 0; isa < isa_count; ++isa) printf("%s ", nabla_isa_name(isas[isa]));
    printf("\nsigmoid    %10llu floats  largest error %.4f ULP at %a\n", (unsigned long long)(UINT32_MAX / every + 1),
           worst, (double)at);
    printf("a (1 - a)  %10llu floats  largest error %.4f ULP at %a\n", (unsigned long long)(one / every + 1),
           worst_prime, (double)prime_at);
    printf("%llu values differ between instruction sets\n", (unsigned long long)differing);
    return differing != 0 || worst > SIGMOID_ULP_BOUND || worst_prime > SIGMOID_PRIME_ULP_BOUND;
}
