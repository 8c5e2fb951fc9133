/* How far a computed sigmoid is from the true one, in units of the last place of a float. */
#ifndef SIGMOID_ERROR_H
#define SIGMOID_ERROR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* The bounds the header states; sweep_sigmoid measures them over all floats. */
#define SIGMOID_ULP_BOUND 2.5
#define SIGMOID_PRIME_ULP_BOUND 1.5 /* of a (1 - a), given a */

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

/* In double, whose own error of some 1e-16 is invisible here. */
static inline double true_sigmoid(float z)
{
    const double t = exp(-fabs((double)z));
    return z < 0 ? t / (1 + t) : 1 / (1 + t);
}

static inline double ulp_error(float computed, double exact) { return fabs((double)computed - exact) / ulp_at(exact); }

#endif
