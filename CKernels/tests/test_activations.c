/* The sigmoid: special values, error in ULP, the same bits at every place of an array and on every instruction set.
 * The errors of all 2^32 floats are measured by sweep_sigmoid; here every 521st float is looked at. */
#include <stdio.h>
#include <stdlib.h>

#include "nabla_kernels.h"
#include "sigmoid_error.h"

static int checks, failures;

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        ++checks;                                                                                                      \
        if (!(condition) && ++failures <= 20)                                                                          \
            printf("FAILED on %s, line %d: %s\n", nabla_isa_name(nabla_selected_isa()), __LINE__, #condition);         \
    } while (0)

static float sigmoid(float z)
{
    float a = -1;
    EXPECT(nabla_sigmoid_f32(1, &z, &a, NULL) == NABLA_OK);
    return a;
}

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
}

enum { BLOCK = 1024, STEP = 521 };

/* Blocks of sampled bit patterns, from both signs and all exponents. */
static void test_samples(void)
{
    static float z[BLOCK], first[BLOCK], a[BLOCK];
    double worst = 0, worst_prime = 0;
    uint64_t bits = 0;
    while (bits < (UINT64_C(1) << 32)) {
        size_t n = 0;
        for (; n < BLOCK && bits < (UINT64_C(1) << 32); ++n, bits += STEP) z[n] = float_of_bits((uint32_t)bits);
        for (int isa = NABLA_ISA_COUNT; isa-- > 0;) {
            if (nabla_select_isa((nabla_isa)isa) != NABLA_OK) continue;
            nabla_sigmoid_f32(n, z, a, NULL);
            for (size_t i = 0; i < n; ++i) {
                if (isnan(z[i])) {
                    EXPECT(isnan(a[i]));
                    continue;
                }
                const double error = ulp_error(a[i], true_sigmoid(z[i]));
                if (error > worst) worst = error;
                EXPECT(a[i] >= 0 && a[i] <= 1 && error <= SIGMOID_ULP_BOUND);
            }
            if (nabla_selected_isa() == NABLA_ISA_SCALAR) continue;
            memcpy(first, a, sizeof a);
            nabla_select_isa(NABLA_ISA_SCALAR);
            nabla_sigmoid_f32(n, z, a, NULL);
            for (size_t i = 0; i < n; ++i) EXPECT(isnan(z[i]) || bits_of_float(a[i]) == bits_of_float(first[i]));
        }
    }
    for (uint32_t one = bits_of_float(1.0f), b = 0; b <= one; b += STEP) {
        const float activation = float_of_bits(b);
        for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
            if (nabla_select_isa((nabla_isa)isa) != NABLA_OK) continue;
            float prime;
            nabla_sigmoid_prime_from_activation_f32(1, &activation, &prime, NULL);
            const double exact = (double)activation * (1 - (double)activation);
            const double error = activation == 1 ? prime : ulp_error(prime, exact);
            if (error > worst_prime) worst_prime = error;
            EXPECT(error <= SIGMOID_PRIME_ULP_BOUND);
        }
    }
    printf("largest error of the samples: sigmoid %.4f ULP, a (1 - a) %.4f ULP\n", worst, worst_prime);
}

/* A value gives the same bits at every index, length and alignment, alone and as any member's share. */
static void test_places(void)
{
    enum { LONGEST = 67 };
    static float z[LONGEST + 16], a[LONGEST + 16], expected[LONGEST];
    for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
        if (nabla_select_isa((nabla_isa)isa) != NABLA_OK) continue;
        for (size_t i = 0; i < LONGEST; ++i) expected[i] = sigmoid((float)i * 1.7f - 57.0f);
        for (size_t length = 0; length <= LONGEST; ++length)
            for (size_t from = 0; from < 16; ++from)
                for (size_t members = 0; members < 4; ++members) {
                    const size_t to = (from * 7) % 16;
                    for (size_t i = 0; i < length; ++i) z[from + i] = (float)i * 1.7f - 57.0f;
                    memset(a, 0xff, sizeof a);
                    for (size_t i = 0; i < (members ? members : 1); ++i) {
                        const nabla_member member = {.index = i, .count = members};
                        nabla_sigmoid_f32(length, z + from, a + to, members ? &member : NULL);
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
    test_places();
    test_pixels();
    test_samples();
    printf("%d checks, %d failures\n", checks, failures);
    return failures != 0;
}
