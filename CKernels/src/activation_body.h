/* The activations and their derivatives. sigmoid(z) = 1 / (1 + e^-z) and tanh(z) come from e^-|z| and e^-2|z|, which
 * never overflow. */

/* e^x for -105 <= x <= 0 (or NaN), at most 1.02 ulp (sweep_activations).
 *
 * x = n ln 2 + r with |r| <= ln 2 / 2 (Cody and Waite: ln 2 in two parts, the first so short that n times it and the
 * difference to x are exact), then a polynomial with relative error below 3.2e-9, minimax for |e(r)| / e^r with the
 * coefficients rounded to float one after the other and the later ones fitted again. 2^n is applied as 2^(n + 63) and
 * 2^-63 because n reaches -151: only the last product may round, so a subnormal result is rounded once and not flushed,
 * as by an instruction that scales. */
INLINE vec exp_of_nonpositive(vec x)
{
    const vec log2_e = vec_set1(0x1.715476p+0f);
    const vec minus_ln2_high = vec_set1(-0x1.62e4p-1f), minus_ln2_low = vec_set1(-0x1.7f7d1cp-20f);
    /* Adding it leaves n + 190 in the low mantissa bits: the exponent field of 2^(n + 63). */
    const vec round_to_integer = vec_set1(0x1.8p+23f + 190);

    const vec shifted = vec_fma(x, log2_e, round_to_integer);
    const vec n = vec_sub(shifted, round_to_integer);
    const vec r = vec_fma(n, minus_ln2_low, vec_fma(n, minus_ln2_high, x));

    vec q = vec_set1(0x1.6a4eccp-10f);
    q = vec_fma(q, r, vec_set1(0x1.12399cp-7f));
    q = vec_fma(q, r, vec_set1(0x1.5558bp-5f));
    q = vec_fma(q, r, vec_set1(0x1.555492p-3f));
    q = vec_fma(q, r, vec_set1(0x1.fffffcp-2f));
    const vec p = vec_add(vec_fma(vec_mul(r, r), q, r), vec_set1(1.0f));

#ifdef HAS_VEC_SCALE
    return vec_scale(p, n);
#else
    return vec_mul(vec_mul(p, vec_from_bits(ivec_shift_left_23(ivec_from_bits(shifted)))), vec_set1(0x1p-63f));
#endif
}

INLINE vec vec_sigmoid(vec z)
{
    const vec one = vec_set1(1.0f);
    const vec far_enough = vec_set1(-105.0f); /* e^-105 rounds to zero */
    const vec t = exp_of_nonpositive(vec_max(far_enough, vec_minus_abs(z)));
    return vec_div(vec_if_negative(z, t, one), vec_add(one, t));
}

INLINE vec vec_sigmoid_prime_from_activation(vec a) { return vec_mul(a, vec_sub(vec_set1(1.0f), a)); }

/* tanh(z). Up to |z| = 0.55 a polynomial in z^2 with a relative error below 1.2e-9, found as that of e^x; from there on
 * (1 - t) / (1 + t) with t = e^-2|z|, which would lose its digits nearer to 0. Both are computed for every lane. */
INLINE vec vec_tanh(vec z)
{
    const vec one = vec_set1(1.0f), zero = vec_set1(0.0f);
    const vec minus = vec_minus_abs(z), x = vec_sub(zero, minus);
    const vec t = exp_of_nonpositive(vec_max(vec_set1(-105.0f), vec_add(minus, minus)));
    const vec far = vec_div(vec_sub(one, t), vec_add(one, t));

    const vec square = vec_mul(x, x);
    vec p = vec_set1(-0x1.9921ap-8f);
    p = vec_fma(p, square, vec_set1(0x1.58e518p-6f));
    p = vec_fma(p, square, vec_set1(-0x1.b91e7ep-5f));
    p = vec_fma(p, square, vec_set1(0x1.110ceep-3f));
    p = vec_fma(p, square, vec_set1(-0x1.55554ap-2f));
    const vec near = vec_fma(vec_mul(p, square), x, x);
    return vec_copy_sign(vec_if_negative(vec_sub(x, vec_set1(0.55f)), near, far), z);
}

/* tanh'(z) = 1 - a^2. */
INLINE vec vec_tanh_prime_from_activation(vec a) { return vec_fma(vec_mul(a, vec_set1(-1.0f)), a, vec_set1(1.0f)); }

/* f(z) for a constant `activation`. */
INLINE vec vec_activate(const nabla_activation activation, vec z)
{
    switch (activation) {
    case NABLA_SIGMOID: return vec_sigmoid(z);
    case NABLA_TANH: return vec_tanh(z);
    case NABLA_RELU: return vec_max(vec_set1(0.0f), z); /* the second operand where z is NaN */
    default: return z;
    }
}

/* d f'(z) for a constant `activation`, from a = f(z). */
INLINE vec vec_times_derivative(const nabla_activation activation, vec d, vec a)
{
    switch (activation) {
    case NABLA_SIGMOID: return vec_mul(d, vec_sigmoid_prime_from_activation(a));
    case NABLA_TANH: return vec_mul(d, vec_tanh_prime_from_activation(a));
    case NABLA_RELU: return vec_if_positive(a, d);
    default: return d;
    }
}

/* The cases of a switch over the activations of a layer, each with the constant. */
#define FOR_EACH_ACTIVATION(CASE) CASE(NABLA_IDENTITY) CASE(NABLA_SIGMOID) CASE(NABLA_TANH) CASE(NABLA_RELU)
