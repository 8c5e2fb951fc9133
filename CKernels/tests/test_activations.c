/* Sigmoid and tanh: special values, error in ULP, the same bits at every place of an array and on every instruction set.
 * The errors of all 2^32 floats are measured by sweep_activations; here every 521st float is looked at. */
#include <stdio.h>
#include <stdlib.h>

#include "activation_error.h"
#include "nabla_kernels.h"

static int checks, failures;

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        ++checks;                                                                                                      \
        if (!(condition) && ++failures <= 20)                                                                          \
            printf("FAILED on %s, line %d: %s\n", nabla_isa_name(nabla_selected_isa()), __LINE__, #condition);         \
    } while (0)

typedef nabla_status (*kernel)(size_t n, const float *z, float *a, const nabla_member *member);

static float value(kernel f, float z)
{
    float a = -2;
    EXPECT(f(1, &z, &a, NULL) == NABLA_OK);
    return a;
}

static float sigmoid(float z) { return value(nabla_sigmoid_f32, z); }
static float tangent(float z) { return value(nabla_tanh_f32, z); }

static void test_special_values(void)
{
    EXPECT(sigmoid(0.0f) == 0.5f && sigmoid(-0.0f) == 0.5f);
    EXPECT(sigmoid(INFINITY) == 1 && sigmoid(3.4e38f) == 1 && sigmoid(20) == 1);
    EXPECT(bits_of_float(sigmoid(-INFINITY)) == 0 && bits_of_float(sigmoid(-3.4e38f)) == 0);
    EXPECT(isnan(sigmoid(NAN)) && isnan(sigmoid(-NAN)) && isnan(sigmoid(float_of_bits(0x7f800001))));
    EXPECT(sigmoid(1e-45f) == 0.5f && sigmoid(-1e-45f) == 0.5f);
    EXPECT(sigmoid(-100) == 3.8e-44f);  /* subnormal and kept */
    EXPECT(sigmoid(-103.9f) == 1e-45f); /* the smallest float */
    EXPECT(bits_of_float(sigmoid(-104.0f)) == 0);
    for (int n = 0; n <= 104; ++n) EXPECT(ulp_error(sigmoid((float)-n), true_sigmoid((float)-n)) <= SIGMOID_ULP_BOUND);
    float z = NAN, prime;
    EXPECT(nabla_sigmoid_prime_f32(1, &z, &prime, NULL) == NABLA_OK && isnan(prime));
    z = 0;
    EXPECT(nabla_sigmoid_prime_f32(1, &z, &prime, NULL) == NABLA_OK && prime == 0.25f);

    EXPECT(bits_of_float(tangent(0.0f)) == 0 && bits_of_float(tangent(-0.0f)) == 0x80000000);
    EXPECT(tangent(INFINITY) == 1 && tangent(-INFINITY) == -1);
    EXPECT(tangent(3.4e38f) == 1 && tangent(-3.4e38f) == -1 && tangent(10) == 1 && tangent(-10) == -1);
    EXPECT(isnan(tangent(NAN)) && isnan(tangent(-NAN)) && isnan(tangent(float_of_bits(0x7f800001))));
    static const float small[] = {1e-45f, 3e-42f, 1.1754942e-38f, 1.1754944e-38f, 1e-30f, 1e-10f, 1e-5f};
    for (size_t i = 0; i < sizeof small / sizeof *small; ++i) /* tanh z = z (1 - z^2 / 3 ...): z itself down here */
        EXPECT(tangent(small[i]) == small[i] && tangent(-small[i]) == -small[i]);
}

enum { BLOCK = 1024, STEP = 521 };

/* Blocks of sampled bit patterns, from both signs and all exponents; returns the largest error. */
static double test_samples(kernel f, double (*error_of)(float z, float a), double bound)
{
    static float z[BLOCK], first[BLOCK], a[BLOCK];
    double worst = 0;
    uint64_t bits = 0;
    while (bits < (UINT64_C(1) << 32)) {
        size_t n = 0;
        for (; n < BLOCK && bits < (UINT64_C(1) << 32); ++n, bits += STEP) z[n] = float_of_bits((uint32_t)bits);
        for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
            if (nabla_select_isa((nabla_isa)isa) != NABLA_OK) continue;
            f(n, z, a, NULL);
            if (isa == NABLA_ISA_SCALAR) {
                memcpy(first, a, sizeof a);
                for (size_t i = 0; i < n; ++i) {
                    const double error = error_of(z[i], a[i]);
                    if (error > worst) worst = error;
                    EXPECT(error <= bound);
                }
            }
            for (size_t i = 0; i < n; ++i)
                EXPECT(isnan(z[i]) ? isnan(a[i]) : bits_of_float(a[i]) == bits_of_float(first[i]));
        }
    }
    return worst;
}

/* tanh(-z) = -tanh(z), bit for bit. */
static void test_oddness(void)
{
    static float z[2 * BLOCK], a[2 * BLOCK];
    for (uint64_t bits = 0; bits < 0x7f800000; bits += STEP * BLOCK) {
        for (size_t i = 0; i < BLOCK; ++i) {
            z[i] = float_of_bits((uint32_t)((bits + STEP * i) % 0x7f800000));
            z[BLOCK + i] = -z[i];
        }
        for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
            if (nabla_select_isa((nabla_isa)isa) != NABLA_OK) continue;
            nabla_tanh_f32(2 * BLOCK, z, a, NULL);
            for (size_t i = 0; i < BLOCK; ++i) EXPECT(bits_of_float(a[i]) == (bits_of_float(a[BLOCK + i]) ^ 1u << 31));
        }
    }
}

static double test_prime_samples(void)
{
    double worst = 0;
    for (uint32_t one = bits_of_float(1.0f), b = 0; b <= one; b += STEP)
        for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
            if (nabla_select_isa((nabla_isa)isa) != NABLA_OK) continue;
            const float a = float_of_bits(b);
            const double error = prime_error(a, value(nabla_sigmoid_prime_from_activation_f32, a));
            if (error > worst) worst = error;
            EXPECT(error <= SIGMOID_PRIME_ULP_BOUND);
        }
    return worst;
}

/* A value gives the same bits at every index, length and alignment, alone and as any member's share. */
static void test_places(kernel f, float step, float start)
{
    enum { LONGEST = 67 };
    static float z[LONGEST + 16], a[LONGEST + 16], expected[LONGEST];
    for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
        if (nabla_select_isa((nabla_isa)isa) != NABLA_OK) continue;
        for (size_t i = 0; i < LONGEST; ++i) expected[i] = value(f, (float)i * step + start);
        for (size_t length = 0; length <= LONGEST; ++length)
            for (size_t from = 0; from < 16; ++from)
                for (size_t members = 0; members < 4; ++members) {
                    const size_t to = (from * 7) % 16;
                    for (size_t i = 0; i < length; ++i) z[from + i] = (float)i * step + start;
                    memset(a, 0xff, sizeof a);
                    for (size_t i = 0; i < (members ? members : 1); ++i) {
                        const nabla_member member = {.index = i, .count = members};
                        f(length, z + from, a + to, members ? &member : NULL);
                    }
                    EXPECT(memcmp(a + to, expected, length * sizeof(float)) == 0);
                    EXPECT(bits_of_float(a[to + length]) == 0xffffffff);
                }
    }
}

static void test_pixels(void)
{
    static uint8_t pixels[256];
    static float values[256];
    for (int i = 0; i < 256; ++i) pixels[i] = (uint8_t)i;
    for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
        if (nabla_select_isa((nabla_isa)isa) != NABLA_OK) continue;
        nabla_pixels_f32(256, pixels, values, NULL);
        for (int i = 0; i < 256; ++i) EXPECT(values[i] == (float)(i / 255.0)); /* 255 i + r never lies near a tie */
    }
}

int main(void)
{
    for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa)
        if (nabla_select_isa((nabla_isa)isa) == NABLA_OK) test_special_values();
    test_places(nabla_sigmoid_f32, 1.7f, -57.0f);
    test_places(nabla_tanh_f32, 0.31f, -10.4f);
    test_pixels();
    test_oddness();
    const double of_sigmoid = test_samples(nabla_sigmoid_f32, sigmoid_error, SIGMOID_ULP_BOUND);
    const double of_tanh = test_samples(nabla_tanh_f32, tanh_error, TANH_ULP_BOUND);
    printf("largest error of the samples: sigmoid %.4f ULP, a (1 - a) %.4f ULP, tanh %.4f ULP\n", of_sigmoid,
           test_prime_samples(), of_tanh);
    printf("%d checks, %d failures\n", checks, failures);
    return failures != 0;
}
