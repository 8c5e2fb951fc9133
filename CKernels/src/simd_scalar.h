/* The words in plain C: a vector of one float. This is the specification the other instruction sets are held to. */

#define LANES 1
#define TILE_ROWS 4
#define TILE_PANELS 1

typedef float vec;
typedef uint32_t ivec;

INLINE vec vec_set1(float x) { return x; }
INLINE vec vec_load(const float *p) { return *p; }
INLINE void vec_store(float *p, vec x) { *p = x; }
INLINE vec vec_load_first(const float *p, size_t count) { return count ? *p : 0; }
INLINE void vec_store_first(float *p, size_t count, vec x)
{
    if (count) *p = x;
}
INLINE vec vec_keep_first(vec x, size_t count) { return count ? x : 0; }
INLINE vec vec_load_pixels(const uint8_t *p) { return (float)*p; }

INLINE vec vec_add(vec a, vec b) { return a + b; }
INLINE vec vec_sub(vec a, vec b) { return a - b; }
INLINE vec vec_mul(vec a, vec b) { return a * b; }
INLINE vec vec_div(vec a, vec b) { return a / b; }
INLINE vec vec_fma(vec a, vec b, vec c) { return fmaf(a, b, c); }
INLINE vec vec_minus_abs(vec x) { return -fabsf(x); }
INLINE vec vec_max(vec a, vec b) { return a > b ? a : b; }
INLINE vec vec_min(vec a, vec b) { return a < b ? a : b; }
INLINE vec vec_if_negative(vec x, vec yes, vec no) { return x < 0 ? yes : no; }

INLINE vec vec_sqrt(vec x) { return sqrtf(x); }
INLINE vec vec_copy_sign(vec x, vec sign) { return copysignf(x, sign); }
INLINE vec vec_if_positive(vec x, vec yes) { return x > 0 ? yes : 0; }
INLINE vec vec_unless_below(vec x, vec bound) { return fabsf(x) < bound ? 0 : x; }
INLINE vec vec_if_bit(unsigned bits, vec yes) { return bits & 1 ? yes : 0; }

INLINE ivec ivec_set1(uint32_t x) { return x; }
INLINE ivec ivec_count_from(uint32_t x) { return x; }
INLINE ivec ivec_xor(ivec a, ivec b) { return a ^ b; }
INLINE ivec ivec_multiply(ivec a, ivec b, ivec *high)
{
    const uint64_t product = (uint64_t)a * b;
    *high = (ivec)(product >> 32);
    return (ivec)product;
}
INLINE unsigned ivec_at_least(ivec x, ivec bound) { return x >= bound; }
INLINE ivec ivec_and(ivec a, ivec b) { return a & b; }
INLINE ivec ivec_or(ivec a, ivec b) { return a | b; }
INLINE ivec ivec_shift_left(ivec x, unsigned n) { return x << n; }
INLINE ivec ivec_shift_right(ivec x, unsigned n) { return x >> n; }
INLINE ivec ivec_load_bytes(const uint8_t *p) { return *p; }
INLINE void ivec_store_bytes_first(uint8_t *p, size_t count, ivec x)
{
    if (count) *p = (uint8_t)x;
}
INLINE void ivec_store(uint32_t *p, ivec x) { *p = x; }
INLINE ivec ivec_gather(const uint32_t *p, ivec index) { return p[index]; }
INLINE ivec ivec_truncate(vec x) { return (ivec)x; }
INLINE vec vec_from_whole(ivec x) { return (float)x; }

INLINE ivec ivec_from_bits(vec x)
{
    ivec bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
INLINE vec vec_from_bits(ivec bits)
{
    vec x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
INLINE ivec ivec_shift_left_23(ivec x) { return x << 23; }

INLINE void vec_load_columns(const float *from, size_t row, vec column[4])
{
    (void)row; /* one lane, one row */
    for (size_t i = 0; i < 4; ++i) column[i] = from[i];
}

INLINE vec vec_join(const vec x[16])
{
    vec sum[8];
    for (size_t i = 0; i < 8; ++i) sum[i] = x[i] + x[i + 8];
    for (size_t half = 4; half; half /= 2)
        for (size_t i = 0; i < half; ++i) sum[i] += sum[i + half];
    return sum[0];
}
