/* How far a computed activation is from the true one, in units of the last place of a float. */
#ifndef ACTIVATION_ERROR_H
#define ACTIVATION_ERROR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* The bounds the header states; sweep_activations measures them over all floats. */
#define SIGMOID_ULP_BOUND 2.41
#define SIGMOID_PRIME_ULP_BOUND 1.5 /* of a (1 - a), given a */
#define TANH_ULP_BOUND 1.51
#define EXP_ULP_BOUND 0.56 /* of e^x, x <= 0 */

static inline float float_of_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static inline uint32_t bits_of_float(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

/* The distance between floats at x, with the spacing of subnormals as the least. */
static inline double ulp_at(double x)
{
    int exponent;
    frexp(x, &exponent);
    return ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
}

static inline double ulp_error(float computed, double exact) { return fabs((double)computed - exact) / ulp_at(exact); }

/* The true ones, in double, whose own error of some 1e-16 is invisible here. */
static inline double true_sigmoid(double z)
{
    const double t = exp(-fabs(z));
    return z < 0 ? t / (1 + t) : 1 / (1 + t);
}

static inline double true_prime(double a) { return a * (1 - a); }

/* The error of a value at x, infinite where it breaks a promise: a range, a sign, NaN for NaN and only there. */
static inline double sigmoid_error(float z, float a)
{
    if (isnan(z)) return isnan(a) ? 0 : INFINITY;
    return a >= 0 && a <= 1 ? ulp_error(a, true_sigmoid(z)) : INFINITY;
}

static inline double prime_error(float a, float prime)
{
    return a == 1 ? (double)prime : ulp_error(prime, true_prime(a));
}

static inline double tanh_error(float z, float a)
{
    if (isnan(z)) return isnan(a) ? 0 : INFINITY;
    return a >= -1 && a <= 1 && !signbit(a) == !signbit(z) ? ulp_error(a, tanh((double)z)) : INFINITY;
}

/* Of x <= 0. */
static inline double exp_error(float x, float y)
{
    if (x < -104) return y == 0 && !signbit(y) ? 0 : INFINITY;
    return y >= 0 && y <= 1 ? ulp_error(y, exp((double)x)) : INFINITY;
}

#endif
