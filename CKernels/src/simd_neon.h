/* The words for arm64: 4 floats; 6 rows x 1 panel take 24 of the 32 registers. */

#define LANES 4
#define TILE_ROWS 6
#define TILE_PANELS 1

typedef float32x4_t vec;
typedef int32x4_t ivec;

INLINE vec vec_set1(float x) { return vdupq_n_f32(x); }
INLINE vec vec_load(const float *p) { return vld1q_f32(p); }
INLINE void vec_store(float *p, vec x) { vst1q_f32(p, x); }
INLINE vec vec_load_first(const float *p, size_t count)
{
    float padded[4] = {0, 0, 0, 0};
    for (size_t i = 0; i < count; ++i) padded[i] = p[i];
    return vld1q_f32(padded);
}
INLINE void vec_store_first(float *p, size_t count, vec x)
{
    float padded[4];
    vst1q_f32(padded, x);
    for (size_t i = 0; i < count; ++i) p[i] = padded[i];
}
INLINE vec vec_keep_first(vec x, size_t count)
{
    float lanes[4];
    vst1q_f32(lanes, x);
    return vec_load_first(lanes, count);
}
INLINE vec vec_load_pixels(const uint8_t *p)
{
    const uint32_t four[4] = {p[0], p[1], p[2], p[3]};
    return vcvtq_f32_u32(vld1q_u32(four));
}

INLINE vec vec_add(vec a, vec b) { return vaddq_f32(a, b); }
INLINE vec vec_sub(vec a, vec b) { return vsubq_f32(a, b); }
INLINE vec vec_mul(vec a, vec b) { return vmulq_f32(a, b); }
INLINE vec vec_div(vec a, vec b) { return vdivq_f32(a, b); }
INLINE vec vec_fma(vec a, vec b, vec c) { return vfmaq_f32(c, a, b); }
INLINE vec vec_minus_abs(vec x) { return vnegq_f32(vabsq_f32(x)); }
INLINE vec vec_max(vec a, vec b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
INLINE vec vec_min(vec a, vec b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
INLINE vec vec_if_negative(vec x, vec yes, vec no) { return vbslq_f32(vcltzq_f32(x), yes, no); }

INLINE vec vec_sqrt(vec x) { return vsqrtq_f32(x); }
INLINE vec vec_copy_sign(vec x, vec sign) { return vbslq_f32(vdupq_n_u32(0x80000000u), sign, x); }
INLINE vec vec_if_positive(vec x, vec yes)
{
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(yes), vcgtzq_f32(x)));
}
INLINE vec vec_unless_below(vec x, vec bound)
{
    return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(x), vcltq_f32(vabsq_f32(x), bound)));
}
INLINE vec vec_if_bit(unsigned bits, vec yes)
{
    const uint32_t of_lane[4] = {1, 2, 4, 8};
    const uint32x4_t set = vtstq_u32(vdupq_n_u32(bits), vld1q_u32(of_lane));
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(yes), set));
}

INLINE ivec ivec_set1(uint32_t x) { return vreinterpretq_s32_u32(vdupq_n_u32(x)); }
INLINE ivec ivec_count_from(uint32_t x)
{
    const uint32_t lane[4] = {0, 1, 2, 3};
    return vreinterpretq_s32_u32(vaddq_u32(vdupq_n_u32(x), vld1q_u32(lane)));
}
INLINE ivec ivec_xor(ivec a, ivec b) { return veorq_s32(a, b); }
INLINE ivec ivec_multiply(ivec a, ivec b, ivec *high)
{
    const uint32x4_t x = vreinterpretq_u32_s32(a), y = vreinterpretq_u32_s32(b);
    const uint32x4_t first = vreinterpretq_u32_u64(vmull_u32(vget_low_u32(x), vget_low_u32(y)));
    const uint32x4_t last = vreinterpretq_u32_u64(vmull_high_u32(x, y));
    *high = vreinterpretq_s32_u32(vuzp2q_u32(first, last));
    return vreinterpretq_s32_u32(vuzp1q_u32(first, last));
}
INLINE unsigned ivec_at_least(ivec x, ivec bound)
{
    const uint32_t of_lane[4] = {1, 2, 4, 8};
    const uint32x4_t yes = vcgeq_u32(vreinterpretq_u32_s32(x), vreinterpretq_u32_s32(bound));
    return vaddvq_u32(vandq_u32(yes, vld1q_u32(of_lane)));
}
INLINE ivec ivec_and(ivec a, ivec b) { return vandq_s32(a, b); }
INLINE ivec ivec_or(ivec a, ivec b) { return vorrq_s32(a, b); }
INLINE ivec ivec_shift_left(ivec x, unsigned n) { return vshlq_s32(x, vdupq_n_s32((int)n)); }
INLINE ivec ivec_shift_right(ivec x, unsigned n)
{
    return vreinterpretq_s32_u32(vshlq_u32(vreinterpretq_u32_s32(x), vdupq_n_s32(-(int)n)));
}
INLINE ivec ivec_load_bytes(const uint8_t *p)
{
    const int32_t four[4] = {p[0], p[1], p[2], p[3]};
    return vld1q_s32(four);
}
INLINE void ivec_store_bytes_first(uint8_t *p, size_t count, ivec x)
{
    int32_t four[4];
    vst1q_s32(four, x);
    for (size_t i = 0; i < count; ++i) p[i] = (uint8_t)four[i];
}
INLINE void ivec_store(uint32_t *p, ivec x) { vst1q_u32(p, vreinterpretq_u32_s32(x)); }
INLINE ivec ivec_gather(const uint32_t *p, ivec index)
{
    int32_t at[4];
    vst1q_s32(at, index);
    const uint32_t four[4] = {p[at[0]], p[at[1]], p[at[2]], p[at[3]]};
    return vreinterpretq_s32_u32(vld1q_u32(four));
}
INLINE ivec ivec_truncate(vec x) { return vcvtq_s32_f32(x); }
INLINE vec vec_from_whole(ivec x) { return vcvtq_f32_s32(x); }

INLINE ivec ivec_from_bits(vec x) { return vreinterpretq_s32_f32(x); }
INLINE vec vec_from_bits(ivec x) { return vreinterpretq_f32_s32(x); }
INLINE ivec ivec_shift_left_23(ivec x) { return vshlq_n_s32(x, 23); }

INLINE void vec_load_columns(const float *from, size_t row, vec column[4])
{
    const float32x4x2_t r01 = vtrnq_f32(vld1q_f32(from), vld1q_f32(from + row));
    const float32x4x2_t r23 = vtrnq_f32(vld1q_f32(from + 2 * row), vld1q_f32(from + 3 * row));
    column[0] = vcombine_f32(vget_low_f32(r01.val[0]), vget_low_f32(r23.val[0]));
    column[1] = vcombine_f32(vget_low_f32(r01.val[1]), vget_low_f32(r23.val[1]));
    column[2] = vcombine_f32(vget_high_f32(r01.val[0]), vget_high_f32(r23.val[0]));
    column[3] = vcombine_f32(vget_high_f32(r01.val[1]), vget_high_f32(r23.val[1]));
}

/* The four vectors of each sum, then pairs of sums: chain i + 2, then i + 1. */
INLINE vec vec_join(const vec x[16])
{
    float32x4_t sum[4];
    UNROLL for (size_t e = 0; e < 4; ++e)
        sum[e] = vaddq_f32(vaddq_f32(x[4 * e], x[4 * e + 2]), vaddq_f32(x[4 * e + 1], x[4 * e + 3]));
    const float32x4_t first = vaddq_f32(vcombine_f32(vget_low_f32(sum[0]), vget_low_f32(sum[1])),
                                        vcombine_f32(vget_high_f32(sum[0]), vget_high_f32(sum[1])));
    const float32x4_t last = vaddq_f32(vcombine_f32(vget_low_f32(sum[2]), vget_low_f32(sum[3])),
                                       vcombine_f32(vget_high_f32(sum[2]), vget_high_f32(sum[3])));
    return vaddq_f32(vuzp1q_f32(first, last), vuzp2q_f32(first, last));
}
