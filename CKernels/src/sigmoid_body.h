/* sigmoid(z) = 1 / (1 + e^-z), from t = e^-|z|, which never overflows. */

/* e^x for -105 <= x <= 0 (or NaN), about 0.55 ulp.
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
