/* The words for AVX2 and FMA: 8 floats; 6 rows x 1 panel take 12 of the 16 registers. */

#define LANES 8
#define TILE_ROWS 6
#define TILE_PANELS 1

typedef __m256 vec;
typedef __m256i ivec;

INLINE __m256i first_lanes(size_t count)
{
    static const int32_t ones_then_zeros[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
    return _mm256_loadu_si256((const __m256i *)(const void *)(ones_then_zeros + 8 - count));
}

INLINE vec vec_set1(float x) { return _mm256_set1_ps(x); }
INLINE vec vec_load(const float *p) { return _mm256_loadu_ps(p); }
INLINE void vec_store(float *p, vec x) { _mm256_storeu_ps(p, x); }
INLINE vec vec_load_first(const float *p, size_t count) { return _mm256_maskload_ps(p, first_lanes(count)); }
INLINE void vec_store_first(float *p, size_t count, vec x) { _mm256_maskstore_ps(p, first_lanes(count), x); }
INLINE vec vec_keep_first(vec x, size_t count) { return _mm256_and_ps(x, _mm256_castsi256_ps(first_lanes(count))); }
INLINE vec vec_load_pixels(const uint8_t *p)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p)));
}

INLINE vec vec_add(vec a, vec b) { return _mm256_add_ps(a, b); }
INLINE vec vec_sub(vec a, vec b) { return _mm256_sub_ps(a, b); }
INLINE vec vec_mul(vec a, vec b) { return _mm256_mul_ps(a, b); }
INLINE vec vec_div(vec a, vec b) { return _mm256_div_ps(a, b); }
INLINE vec vec_fma(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
INLINE vec vec_minus_abs(vec x) { return _mm256_or_ps(_mm256_set1_ps(-0.0f), x); }
INLINE vec vec_max(vec a, vec b) { return _mm256_max_ps(a, b); }
INLINE vec vec_min(vec a, vec b) { return _mm256_min_ps(a, b); }
INLINE vec vec_if_negative(vec x, vec yes, vec no) { return _mm256_blendv_ps(no, yes, x); }

INLINE vec vec_sqrt(vec x) { return _mm256_sqrt_ps(x); }
INLINE vec vec_copy_sign(vec x, vec sign) { return _mm256_or_ps(x, _mm256_and_ps(sign, _mm256_set1_ps(-0.0f))); }
INLINE vec vec_if_positive(vec x, vec yes)
{
    return _mm256_and_ps(yes, _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_GT_OQ));
}
INLINE vec vec_unless_below(vec x, vec bound)
{
    const __m256 magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
    return _mm256_and_ps(x, _mm256_cmp_ps(magnitude, bound, _CMP_NLT_UQ));
}
INLINE vec vec_if_bit(unsigned bits, vec yes)
{
    const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    const __m256i set = _mm256_and_si256(_mm256_set1_epi32((int)bits), bit);
    return _mm256_and_ps(yes, _mm256_castsi256_ps(_mm256_cmpeq_epi32(set, bit)));
}

INLINE ivec ivec_set1(uint32_t x) { return _mm256_set1_epi32((int)x); }
INLINE ivec ivec_count_from(uint32_t x)
{
    return _mm256_add_epi32(ivec_set1(x), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
INLINE ivec ivec_xor(ivec a, ivec b) { return _mm256_xor_si256(a, b); }
INLINE ivec ivec_multiply(ivec a, ivec b, ivec *high)
{
    const __m256i even = _mm256_mul_epu32(a, b);
    const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32));
    *high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
    return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
}
INLINE unsigned ivec_at_least(ivec x, ivec bound)
{
    return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_max_epu32(x, bound), x)));
}
INLINE ivec ivec_and(ivec a, ivec b) { return _mm256_and_si256(a, b); }
INLINE ivec ivec_or(ivec a, ivec b) { return _mm256_or_si256(a, b); }
INLINE ivec ivec_shift_left(ivec x, unsigned n) { return _mm256_sll_epi32(x, _mm_cvtsi32_si128((int)n)); }
INLINE ivec ivec_shift_right(ivec x, unsigned n) { return _mm256_srl_epi32(x, _mm_cvtsi32_si128((int)n)); }
INLINE ivec ivec_load_bytes(const uint8_t *p)
{
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}
INLINE void ivec_store_bytes_first(uint8_t *p, size_t count, ivec x)
{
    const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    const uint64_t bytes = (uint64_t)_mm_cvtsi128_si64(_mm_packus_epi16(words, words));
    if (count == LANES)
        memcpy(p, &bytes, sizeof bytes);
    else
        memcpy(p, &bytes, count);
}
INLINE void ivec_store(uint32_t *p, ivec x) { _mm256_storeu_si256((__m256i *)(void *)p, x); }
INLINE ivec ivec_gather(const uint32_t *p, ivec index) { return _mm256_i32gather_epi32((const int *)p, index, 4); }
INLINE ivec ivec_truncate(vec x) { return _mm256_cvttps_epi32(x); }
INLINE vec vec_from_whole(ivec x) { return _mm256_cvtepi32_ps(x); }

INLINE ivec ivec_from_bits(vec x) { return _mm256_castps_si256(x); }
INLINE vec vec_from_bits(ivec x) { return _mm256_castsi256_ps(x); }
INLINE ivec ivec_shift_left_23(ivec x) { return _mm256_slli_epi32(x, 23); }

/* Half of each vector comes from a row of its own; then every half is a 4 x 4 transpose. */
INLINE void vec_load_columns(const float *from, size_t row, vec column[4])
{
    __m256 r[4];
    UNROLL for (size_t i = 0; i < 4; ++i)
        r[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from + i * row)),
                                    _mm_loadu_ps(from + (i + 4) * row), 1);
    const __m256 low01 = _mm256_unpacklo_ps(r[0], r[1]), high01 = _mm256_unpackhi_ps(r[0], r[1]);
    const __m256 low23 = _mm256_unpacklo_ps(r[2], r[3]), high23 = _mm256_unpackhi_ps(r[2], r[3]);
    column[0] = _mm256_shuffle_ps(low01, low23, 0x44);
    column[1] = _mm256_shuffle_ps(low01, low23, 0xee);
    column[2] = _mm256_shuffle_ps(high01, high23, 0x44);
    column[3] = _mm256_shuffle_ps(high01, high23, 0xee);
}

/* The two vectors of each sum, then a pair of sums at a time: halves, then within the halves. Group e has the sums e
 * and e + 4, so that they come out in order. */
INLINE vec vec_join(const vec x[16])
{
    __m256 half[4];
    UNROLL for (size_t e = 0; e < 4; ++e) {
        const __m256 low = _mm256_add_ps(x[2 * e], x[2 * e + 1]), high = _mm256_add_ps(x[2 * e + 8], x[2 * e + 9]);
        half[e] = _mm256_add_ps(_mm256_permute2f128_ps(low, high, 0x20), _mm256_permute2f128_ps(low, high, 0x31));
    }
    const __m256 first =
        _mm256_add_ps(_mm256_shuffle_ps(half[0], half[1], 0x44), _mm256_shuffle_ps(half[0], half[1], 0xee));
    const __m256 last =
        _mm256_add_ps(_mm256_shuffle_ps(half[2], half[3], 0x44), _mm256_shuffle_ps(half[2], half[3], 0xee));
    return _mm256_add_ps(_mm256_shuffle_ps(first, last, 0x88), _mm256_shuffle_ps(first, last, 0xdd));
}
