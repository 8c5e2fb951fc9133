#include "checks.h"
#include "kernel_table.h"
#include "share.h"

static nabla_status map(size_t n, const float *from, float *to, const nabla_member *member,
                        void (*kernel)(size_t n, const float *from, float *to))
{
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_vector(from, n));
    RETURN_IF_ERROR(check_vector(to, n));
    const range r = part_of_floats(n, member);
    if (r.begin < r.end) kernel(r.end - r.begin, from + r.begin, to + r.begin);
    return NABLA_OK;
}

nabla_status nabla_sigmoid_f32(size_t n, const float *z, float *a, const nabla_member *member)
{
    return map(n, z, a, member, nabla_private_selected_table()->sigmoid);
}

nabla_status nabla_tanh_f32(size_t n, const float *z, float *a, const nabla_member *member)
{
    return map(n, z, a, member, nabla_private_selected_table()->tanh);
}

nabla_status nabla_sigmoid_prime_f32(size_t n, const float *z, float *out, const nabla_member *member)
{
    return map(n, z, out, member, nabla_private_selected_table()->sigmoid_prime);
}

nabla_status nabla_sigmoid_prime_from_activation_f32(size_t n, const float *a, float *out, const nabla_member *member)
{
    return map(n, a, out, member, nabla_private_selected_table()->sigmoid_prime_from_activation);
}

nabla_status nabla_axpy_f32(size_t n, float alpha, const float *restrict x, float *restrict y,
                            const nabla_member *member)
{
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_vector(x, n));
    RETURN_IF_ERROR(check_vector(y, n));
    const range r = part_of_floats(n, member);
    const size_t count = r.end - r.begin;
    const float one = 1; /* an outer product of a single row */
    if (count) nabla_private_selected_table()->ger(1, count, alpha, &one, x + r.begin, y + r.begin, count);
    return NABLA_OK;
}

nabla_status nabla_pixels_f32(size_t n, const uint8_t *restrict pixels, float *restrict out, const nabla_member *member)
{
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_matrix(pixels, 1, n, n, sizeof(uint8_t)));
    RETURN_IF_ERROR(check_vector(out, n));
    const range r = part_of_floats(n, member);
    if (r.begin < r.end) nabla_private_selected_table()->pixels(r.end - r.begin, pixels + r.begin, out + r.begin);
    return NABLA_OK;
}

nabla_status nabla_sum_of_squares_f32(size_t n, const float *x, double *sum, int *finite)
{
    RETURN_IF_ERROR(check_vector(x, n));
    if (!sum || !finite) return NABLA_ERROR_NULL_POINTER;

    /* Squares of floats are exact in double, so it makes no difference whether a compiler fuses the two. The chains
     * are what a vector of any width adds without changing the order. */
    enum { CHAINS = 16 };
    double chain[CHAINS] = {0};
    int all_finite = 1;
    for (size_t begin = 0; begin < n; begin += CHAINS) {
        const size_t count = smaller(n - begin, CHAINS);
        for (size_t i = 0; i < count; ++i) {
            const double value = x[begin + i];
            chain[i] += value * value;
            all_finite &= value - value == 0; /* false for NaN and both infinities */
        }
    }
    for (size_t half = CHAINS / 2; half; half /= 2)
        for (size_t i = 0; i < half; ++i) chain[i] += chain[i + half];
    *sum = chain[0];
    *finite = all_finite;
    return NABLA_OK;
}
