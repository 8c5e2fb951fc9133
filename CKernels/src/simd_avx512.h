/* The words for AVX-512: 16 floats, one panel a register; 14 rows x 2 panels take 28 of the 32 registers. */

#define LANES 16
#define TILE_ROWS 14
#define TILE_PANELS 2

typedef __m512 vec;
typedef __m512i ivec;

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
INLINE vec vec_min(vec a, vec b) { return _mm512_min_ps(a, b); }
INLINE vec vec_if_negative(vec x, vec yes, vec no)
{
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ), no, yes);
}

INLINE vec vec_sqrt(vec x) { return _mm512_sqrt_ps(x); }
INLINE vec vec_copy_sign(vec x, vec sign) { return _mm512_or_ps(x, _mm512_and_ps(sign, _mm512_set1_ps(-0.0f))); }
INLINE vec vec_if_positive(vec x, vec yes)
{
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ), yes);
}
INLINE vec vec_unless_below(vec x, vec bound)
{
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(_mm512_abs_ps(x), bound, _CMP_NLT_UQ), x);
}
INLINE vec vec_if_bit(unsigned bits, vec yes) { return _mm512_maskz_mov_ps((__mmask16)bits, yes); }

INLINE ivec ivec_set1(uint32_t x) { return _mm512_set1_epi32((int)x); }
INLINE ivec ivec_count_from(uint32_t x)
{
    return _mm512_add_epi32(ivec_set1(x), _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}
INLINE ivec ivec_xor(ivec a, ivec b) { return _mm512_xor_si512(a, b); }
INLINE ivec ivec_multiply(ivec a, ivec b, ivec *high)
{
    const __m512i even = _mm512_mul_epu32(a, b);
    const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32));
    *high = _mm512_mask_mov_epi32(_mm512_srli_epi64(even, 32), 0xaaaa, odd);
    return _mm512_mask_mov_epi32(even, 0xaaaa, _mm512_slli_epi64(odd, 32));
}
INLINE unsigned ivec_at_least(ivec x, ivec bound) { return _mm512_cmpge_epu32_mask(x, bound); }
INLINE ivec ivec_and(ivec a, ivec b) { return _mm512_and_si512(a, b); }
INLINE ivec ivec_or(ivec a, ivec b) { return _mm512_or_si512(a, b); }
INLINE ivec ivec_shift_left(ivec x, unsigned n) { return _mm512_sll_epi32(x, _mm_cvtsi32_si128((int)n)); }
INLINE ivec ivec_shift_right(ivec x, unsigned n) { return _mm512_srl_epi32(x, _mm_cvtsi32_si128((int)n)); }
INLINE ivec ivec_load_bytes(const uint8_t *p)
{
    return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}
INLINE void ivec_store_bytes_first(uint8_t *p, size_t count, ivec x)
{
    _mm512_mask_cvtepi32_storeu_epi8(p, first_lanes(count), x);
}
INLINE void ivec_store(uint32_t *p, ivec x) { _mm512_storeu_si512(p, x); }
INLINE ivec ivec_gather(const uint32_t *p, ivec index) { return _mm512_i32gather_epi32(index, (const int *)p, 4); }
INLINE ivec ivec_truncate(vec x) { return _mm512_cvttps_epi32(x); }
INLINE vec vec_from_whole(ivec x) { return _mm512_cvtepi32_ps(x); }
INLINE ivec ivec_from_bits(vec x) { return _mm512_castps_si512(x); }

#define HAS_VEC_SCALE
INLINE vec vec_scale(vec x, vec n) { return _mm512_scalef_ps(x, n); }

/* A quarter of each vector comes from a row of its own; then every quarter is a 4 x 4 transpose. The empty statements
 * have the addresses computed anew each time: 16 of them held over a loop would leave no registers for the others. */
INLINE void vec_load_columns(const float *from, size_t row, vec column[4])
{
    __asm__("" : "+r"(from), "+r"(row));
    const float *from4 = from + 4 * row;
    __asm__("" : "+r"(from4));
    const float *from8 = from4 + 4 * row;
    __asm__("" : "+r"(from8));
    const float *from12 = from8 + 4 * row;
    __asm__("" : "+r"(from12));
    __m512 r[4];
    UNROLL for (size_t i = 0; i < 4; ++i) {
        r[i] = _mm512_castps128_ps512(_mm_loadu_ps(from + i * row));
        r[i] = _mm512_insertf32x4(r[i], _mm_loadu_ps(from4 + i * row), 1);
        r[i] = _mm512_insertf32x4(r[i], _mm_loadu_ps(from8 + i * row), 2);
        r[i] = _mm512_insertf32x4(r[i], _mm_loadu_ps(from12 + i * row), 3);
    }
    const __m512 low01 = _mm512_unpacklo_ps(r[0], r[1]), high01 = _mm512_unpackhi_ps(r[0], r[1]);
    const __m512 low23 = _mm512_unpacklo_ps(r[2], r[3]), high23 = _mm512_unpackhi_ps(r[2], r[3]);
    column[0] = _mm512_shuffle_ps(low01, low23, 0x44);
    column[1] = _mm512_shuffle_ps(low01, low23, 0xee);
    column[2] = _mm512_shuffle_ps(high01, high23, 0x44);
    column[3] = _mm512_shuffle_ps(high01, high23, 0xee);
}

/* A pair of vectors at a time: halves, quarters, then within the quarters. Group e has the vectors e, e + 4, e + 8, e +
 * 12, so that the sums come out in order. */
INLINE vec vec_join(const vec x[16])
{
    __m512 quarter[4];
    UNROLL for (size_t e = 0; e < 4; ++e) {
        const __m512 low =
            _mm512_add_ps(_mm512_shuffle_f32x4(x[e], x[e + 4], 0x44), _mm512_shuffle_f32x4(x[e], x[e + 4], 0xee));
        const __m512 high = _mm512_add_ps(_mm512_shuffle_f32x4(x[e + 8], x[e + 12], 0x44),
                                          _mm512_shuffle_f32x4(x[e + 8], x[e + 12], 0xee));
        quarter[e] = _mm512_add_ps(_mm512_shuffle_f32x4(low, high, 0x88), _mm512_shuffle_f32x4(low, high, 0xdd));
    }
    const __m512 first =
        _mm512_add_ps(_mm512_shuffle_ps(quarter[0], quarter[1], 0x44), _mm512_shuffle_ps(quarter[0], quarter[1], 0xee));
    const __m512 last =
        _mm512_add_ps(_mm512_shuffle_ps(quarter[2], quarter[3], 0x44), _mm512_shuffle_ps(quarter[2], quarter[3], 0xee));
    return _mm512_add_ps(_mm512_shuffle_ps(first, last, 0x88), _mm512_shuffle_ps(first, last, 0xdd));
}
