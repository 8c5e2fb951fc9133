/* The output layer: softmax, and the output error of each pair of cost and activation. Needs activation_body.h and
 * tile_body.h. */

/* 16 chains of a sum over a row; element j belongs to chain j % 16 on every ISA. */
typedef vec row_chains[PANEL_VECTORS];

INLINE float join_chains(row_chains chains)
{
    float sum[NABLA_PANEL];
    UNROLL for (int i = 0; i < PANEL_VECTORS; ++i)
        vec_store(sum + i * LANES, chains[i]);
    UNROLL for (int half = NABLA_PANEL / 2; half; half /= 2)
        for (int i = 0; i < half; ++i) sum[i] += sum[i + half];
    return sum[0];
}

/* The largest of n floats, n > 0. Where one is NaN it may be any of them: then the whole row becomes NaN. */
static float largest_of(size_t n, const float *z)
{
    float largest = z[0];
    size_t j = 0;
    if (n >= LANES) {
        float lane[LANES];
        vec most = vec_load(z);
        for (; j + LANES <= n; j += LANES) most = vec_max(vec_load(z + j), most);
        vec_store(lane, most);
        for (int i = 0; i < LANES; ++i) largest = largest > lane[i] ? largest : lane[i];
    }
    for (; j < n; ++j) largest = largest > z[j] ? largest : z[j];
    return largest;
}

static void softmax(size_t m, size_t n, const float *z, size_t ldz, float *a, size_t lda)
{
    const size_t width = panels_in(n) * NABLA_PANEL;
    for (size_t s = 0; s < m; ++s, z += ldz, a += lda) {
        const vec largest = vec_set1(largest_of(n, z)), far_enough = vec_set1(-105.0f);
        row_chains chains;
        UNROLL for (int i = 0; i < PANEL_VECTORS; ++i)
            chains[i] = vec_set1(0.0f);
        for (size_t j = 0; j < width; j += NABLA_PANEL) {
            UNROLL for (int i = 0; i < PANEL_VECTORS; ++i) {
                const size_t at = j + (size_t)i * LANES, left = at < n ? smaller(n - at, LANES) : 0;
                const vec x = vec_sub(vec_load_first(left ? z + at : z, left), largest);
                const vec e = vec_keep_first(exp_of_nonpositive(vec_max(far_enough, x)), left);
                chains[i] = vec_add(chains[i], e);
                vec_store(a + at, e);
            }
        }
        const vec sum = vec_set1(join_chains(chains));
        for (size_t j = 0; j < width; j += LANES) {
            const size_t left = j < n ? smaller(n - j, LANES) : 0;
            vec_store(a + j, vec_keep_first(vec_div(vec_load(a + j), sum), left));
        }
    }
}

/* D = (A - Y) f'(z), elementwise. */
INLINE void output_error_of(const nabla_activation activation, size_t m, size_t n, const float *a, size_t lda,
                            const float *y, size_t ldy, float *d, size_t ldd)
{
    const size_t width = panels_in(n) * NABLA_PANEL;
    for (size_t s = 0; s < m; ++s, a += lda, y += ldy, d += ldd)
        for (size_t j = 0; j < width; j += LANES) {
            const size_t left = j < n ? smaller(n - j, LANES) : 0; /* 0: a vector of lanes past n */
            const vec of = vec_load_first(left ? a + j : a, left);
            const vec error = vec_sub(of, vec_load_first(left ? y + j : y, left));
            vec_store(d + j, vec_times_derivative(activation, error, of));
        }
}

/* The quadratic cost of a softmax layer, where every output depends on every z: a (e - sum of e a). */
static void quadratic_error_of_softmax(size_t m, size_t n, const float *a, size_t lda, const float *y, size_t ldy,
                                       float *d, size_t ldd)
{
    const size_t width = panels_in(n) * NABLA_PANEL;
    for (size_t s = 0; s < m; ++s, a += lda, y += ldy, d += ldd) {
        row_chains chains;
        UNROLL for (int i = 0; i < PANEL_VECTORS; ++i)
            chains[i] = vec_set1(0.0f);
        for (int pass = 0; pass < 2; ++pass) { /* D may be A's memory: A is overwritten by the second pass alone */
            const vec sum = vec_set1(pass ? join_chains(chains) : 0.0f);
            for (size_t j = 0; j < width; j += NABLA_PANEL) {
                UNROLL for (int i = 0; i < PANEL_VECTORS; ++i) {
                    const size_t at = j + (size_t)i * LANES, left = at < n ? smaller(n - at, LANES) : 0;
                    const vec of = vec_load_first(left ? a + at : a, left);
                    const vec error = vec_sub(of, vec_load_first(left ? y + at : y, left));
                    if (pass)
                        vec_store(d + at, vec_keep_first(vec_mul(of, vec_sub(error, sum)), left));
                    else
                        chains[i] = vec_fma(error, of, chains[i]);
                }
            }
        }
    }
}

static void output_error(nabla_cost cost, nabla_activation activation, size_t m, size_t n, const float *a, size_t lda,
                         const float *y, size_t ldy, float *d, size_t ldd)
{
    if (cost != NABLA_QUADRATIC) activation = NABLA_IDENTITY; /* f' cancels */
    switch (activation) {
    case NABLA_SIGMOID: output_error_of(NABLA_SIGMOID, m, n, a, lda, y, ldy, d, ldd); break;
    case NABLA_TANH: output_error_of(NABLA_TANH, m, n, a, lda, y, ldy, d, ldd); break;
    case NABLA_SOFTMAX: quadratic_error_of_softmax(m, n, a, lda, y, ldy, d, ldd); break;
    default: output_error_of(NABLA_IDENTITY, m, n, a, lda, y, ldy, d, ldd);
    }
}
