/* Kernels that work on each float alone. The last, shorter vector goes through the same instructions with fewer
 * lanes loaded and stored, so a float's place never changes its bits. */

/* Runs `vec y = f(x)` over n floats; `out` may be the array read. */
#define FOR_EACH_VECTOR(n, in, out, expression)                                                                        \
    do {                                                                                                               \
        size_t i = 0;                                                                                                  \
        for (; i + LANES <= (n); i += LANES) {                                                                         \
            const vec x = vec_load((in) + i);                                                                          \
            vec_store((out) + i, (expression));                                                                        \
        }                                                                                                              \
        if (i < (n)) {                                                                                                 \
            const vec x = vec_load_first((in) + i, (n) - i);                                                           \
            vec_store_first((out) + i, (n) - i, (expression));                                                         \
        }                                                                                                              \
    } while (0)

static void sigmoid(size_t n, const float *z, float *a) { FOR_EACH_VECTOR(n, z, a, vec_sigmoid(x)); }

static void sigmoid_prime(size_t n, const float *z, float *out)
{
    FOR_EACH_VECTOR(n, z, out, vec_sigmoid_prime_from_activation(vec_sigmoid(x)));
}

static void sigmoid_prime_from_activation(size_t n, const float *a, float *out)
{
    FOR_EACH_VECTOR(n, a, out, vec_sigmoid_prime_from_activation(x));
}

static void axpy(size_t n, float alpha, const float *x, float *y)
{
    const vec factor = vec_set1(alpha);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) vec_store(y + i, vec_fma(factor, vec_load(x + i), vec_load(y + i)));
    if (i < n)
        vec_store_first(y + i, n - i, vec_fma(factor, vec_load_first(x + i, n - i), vec_load_first(y + i, n - i)));
}

/* Multiplying by 1/255 misses the correctly rounded quotient for 126 of the 256 values; one Newton step with an
 * exact remainder meets it for all (test_exact tries them) and is several times faster than a division. */
INLINE vec pixel_value(vec pixel)
{
    const vec reciprocal = vec_set1(0x1.010102p-8f);
    const vec quotient = vec_mul(pixel, reciprocal);
    const vec remainder = vec_fma(vec_set1(-255.0f), quotient, pixel);
    return vec_fma(remainder, reciprocal, quotient);
}

static void pixels(size_t n, const uint8_t *from, float *out)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) vec_store(out + i, pixel_value(vec_load_pixels(from + i)));
    if (i < n) {
        uint8_t padded[LANES] = {0};
        memcpy(padded, from + i, n - i);
        vec_store_first(out + i, n - i, pixel_value(vec_load_pixels(padded)));
    }
}
