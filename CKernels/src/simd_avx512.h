/* The words for AVX-512: 16 floats, one panel a register; 14 rows x 2 panels take 28 of the 32 registers. */

#define LANES 16
#define TILE_ROWS 14
#define TILE_PANELS 2

typedef __m512 vec;

INLINE __mmask16 first_lanes(size_t count) { return (__mmask16)((1u << count) - 1u); }

INLINE vec vec_set1(float x) { return _mm512_set1_ps(x); }
INLINE vec vec_load(const float *p) { return _mm512_loadu_ps(p); }
INLINE void vec_store(float *p, vec x) { _mm512_storeu_ps(p, x); }
INLINE vec vec_load_first(const float *p, size_t count) { return _mm512_maskz_loadu_ps(first_lanes(count), p); }
INLINE void vec_store_first(float *p, size_t count, vec x) { _mm512_mask_storeu_ps(p, first_lanes(count), x); }
INLINE vec vec_keep_first(vec x, size_t count) { return _mm512_maskz_mov_ps(first_lanes(count), x); }
INLINE vec vec_load_pixels(const uint8_t *p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p)));
}

INLINE vec vec_add(vec a, vec b) { return _mm512_add_ps(a, b); }
INLINE vec vec_sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
INLINE vec vec_mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
INLINE vec vec_div(vec a, vec b) { return _mm512_div_ps(a, b); }
INLINE vec vec_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
INLINE vec vec_minus_abs(vec x) { return _mm512_or_ps(_mm512_set1_ps(-0.0f), x); }
INLINE vec vec_max(vec a, vec b) { return _mm512_max_ps(a, b); }
INLINE vec vec_if_negative(vec x, vec yes, vec no)
{
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ), no, yes);
}

#define HAS_VEC_SCALE
INLINE vec vec_scale(vec x, vec n) { return _mm512_scalef_ps(x, n); }

/* Four 4x4 transposes side by side in each of four row groups, then the 128-bit quarters change places. */
INLINE void transpose_16x16(const float *from, size_t from_row, float *to, size_t to_row)
{
    __m512 r[16], s[16];
    UNROLL for (int i = 0; i < 16; ++i)
        r[i] = _mm512_loadu_ps(from + (size_t)i * from_row);
    UNROLL for (int i = 0; i < 16; i += 2) {
        s[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        s[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    UNROLL for (int i = 0; i < 16; i += 4) {
        r[i] = _mm512_shuffle_ps(s[i], s[i + 2], 0x44);
        r[i + 1] = _mm512_shuffle_ps(s[i], s[i + 2], 0xee);
        r[i + 2] = _mm512_shuffle_ps(s[i + 1], s[i + 3], 0x44);
        r[i + 3] = _mm512_shuffle_ps(s[i + 1], s[i + 3], 0xee);
    }
    UNROLL for (int i = 0; i < 4; ++i) {
        const __m512 low02 = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
        const __m512 low13 = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
        const __m512 high02 = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
        const __m512 high13 = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
        _mm512_storeu_ps(to + (size_t)i * to_row, _mm512_shuffle_f32x4(low02, high02, 0x88));
        _mm512_storeu_ps(to + (size_t)(i + 4) * to_row, _mm512_shuffle_f32x4(low13, high13, 0x88));
        _mm512_storeu_ps(to + (size_t)(i + 8) * to_row, _mm512_shuffle_f32x4(low02, high02, 0xdd));
        _mm512_storeu_ps(to + (size_t)(i + 12) * to_row, _mm512_shuffle_f32x4(low13, high13, 0xdd));
    }
}
