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

static void tanh_of(size_t n, const float *z, float *a) { FOR_EACH_VECTOR(n, z, a, vec_tanh(x)); }

/* e^x for x <= 0: what softmax is made of. Here so that a test can try every float. */
static void exp_nonpositive(size_t n, const float *from, float *out)
{
    FOR_EACH_VECTOR(n, from, out, exp_of_nonpositive(vec_max(vec_set1(-105.0f), x)));
}

static void sigmoid_prime(size_t n, const float *z, float *out)
{
    FOR_EACH_VECTOR(n, z, out, vec_sigmoid_prime_from_activation(vec_sigmoid(x)));
}

static void sigmoid_prime_from_activation(size_t n, const float *a, float *out)
{
    FOR_EACH_VECTOR(n, a, out, vec_sigmoid_prime_from_activation(x));
}

/* Several rows of the outer product at once: y is loaded once for all of them, and the end of a row, which costs as
 * much as some vectors, comes once for several rows. */
enum { GER_ROWS = 4 };
INLINE void ger_rows(const int rows, size_t n, float alpha, const float *x, const float *y, float *a, size_t lda)
{
    vec factor[GER_ROWS];
    UNROLL for (int r = 0; r < rows; ++r)
        factor[r] = vec_set1(alpha * x[r]);
    size_t j = 0;
    for (; j + LANES <= n; j += LANES) {
        const vec y_vec = vec_load(y + j);
        UNROLL for (int r = 0; r < rows; ++r) {
            float *at = a + (size_t)r * lda + j;
            vec_store(at, vec_fma(factor[r], y_vec, vec_load(at)));
        }
    }
    if (j < n) { /* all loads first: where rows follow each other, one after the store of the row before would wait */
        const vec y_vec = vec_load_first(y + j, n - j);
        UNROLL for (int r = 0; r < rows; ++r)
            factor[r] = vec_fma(factor[r], y_vec, vec_load_first(a + (size_t)r * lda + j, n - j));
        UNROLL for (int r = 0; r < rows; ++r)
            vec_store_first(a + (size_t)r * lda + j, n - j, factor[r]);
    }
}

/* A narrow matrix: y stays in registers, so that a row costs its loads and stores and hardly more. */
enum { GER_VECTORS = 8 };
INLINE void ger_narrow(const int vectors, size_t m, size_t n, float alpha, const float *x, const float *y, float *a,
                       size_t lda)
{
    const size_t last = n - (size_t)(vectors - 1) * LANES; /* lanes of the last vector */
    vec y_vec[GER_VECTORS];
    UNROLL for (int v = 0; v < vectors; ++v)
        y_vec[v] = v < vectors - 1 ? vec_load(y + v * LANES) : vec_load_first(y + v * LANES, last);
    for (size_t i = 0; i < m; ++i, a += lda) {
        const vec factor = vec_set1(alpha * x[i]);
        UNROLL for (int v = 0; v < vectors - 1; ++v)
            vec_store(a + v * LANES, vec_fma(factor, y_vec[v], vec_load(a + v * LANES)));
        float *end = a + (vectors - 1) * LANES;
        if (last == LANES)
            vec_store(end, vec_fma(factor, y_vec[vectors - 1], vec_load(end)));
        else
            vec_store_first(end, last, vec_fma(factor, y_vec[vectors - 1], vec_load_first(end, last)));
    }
}

/* One long row: y = fma(alpha, x, y). */
static void ger_row(size_t n, float factor, const float *y, float *a)
{
    enum { VECTORS = 4 };
    size_t j = 0;
    for (; j + VECTORS * LANES <= n; j += VECTORS * LANES) UNROLL
        for (size_t v = 0; v < VECTORS; ++v)
            vec_store(a + j + v * LANES,
                      vec_fma(vec_set1(factor), vec_load(y + j + v * LANES), vec_load(a + j + v * LANES)));
    const float one = 1;
    if (j < n) ger_rows(1, n - j, factor, &one, y + j, a + j, n);
}

static void ger(size_t m, size_t n, float alpha, const float *x, const float *y, float *a, size_t lda)
{
#define CASE(vectors)                                                                                                  \
    case vectors: ger_narrow(vectors, m, n, alpha, x, y, a, lda); return;
    if (m >= GER_ROWS) switch (n / LANES + (n % LANES != 0)) {
            CASE(1)
            CASE(2)
            CASE(3)
            CASE(4)
            CASE(5)
            CASE(6)
            CASE(7)
            CASE(8)
        }
#undef CASE
    size_t i = 0;
    for (; i + GER_ROWS <= m; i += GER_ROWS) ger_rows(GER_ROWS, n, alpha, x + i, y, a + i * lda, lda);
    for (; i < m; ++i) ger_row(n, alpha * x[i], y, a + i * lda);
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
