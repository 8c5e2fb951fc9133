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
INLINE vec vec_if_negative(vec x, vec yes, vec no) { return vbslq_f32(vcltzq_f32(x), yes, no); }

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
