/* Dropout: masks from a counter-based generator, and what they do to a row. */

/* Ten rounds of Philox4x32 over LANES counters side by side. */
INLINE void philox(ivec counter[4], uint64_t key)
{
    uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; ++round) {
        ivec high0, high1;
        const ivec low0 = ivec_multiply(counter[0], ivec_set1(0xd2511f53u), &high0);
        const ivec low1 = ivec_multiply(counter[2], ivec_set1(0xcd9e8d57u), &high1);
        counter[0] = ivec_xor(ivec_xor(high1, counter[1]), ivec_set1(low));
        counter[1] = low1;
        counter[2] = ivec_xor(ivec_xor(high0, counter[3]), ivec_set1(high));
        counter[3] = low0;
        low += 0x9e3779b9u;
        high += 0xbb67ae85u;
    }
}

/* Four panels at a time: word v of counter i decides lane i % 16 of the v-th of them. */
static void dropout_masks(size_t m, size_t n, uint32_t drop, uint64_t seed, uint64_t stream, const uint32_t *samples,
                          size_t first, uint16_t *masks, size_t ldm)
{
    const ivec bound = ivec_set1(drop);
    const size_t panels = panels_in(n);
    for (size_t s = 0; s < m; ++s, masks += ldm) {
        const uint32_t sample = samples ? samples[s] : (uint32_t)(first + s);
        for (size_t p = 0; p < panels; p += 4) {
            unsigned bits[4] = {0, 0, 0, 0};
            for (unsigned lane = 0; lane < NABLA_PANEL; lane += LANES) {
                ivec word[4] = {ivec_count_from((uint32_t)(p * 4 + lane)), ivec_set1(sample),
                                ivec_set1((uint32_t)stream), ivec_set1((uint32_t)(stream >> 32))};
                philox(word, seed);
                UNROLL for (int v = 0; v < 4; ++v)
                    bits[v] |= ivec_at_least(word[v], bound) << lane;
            }
            for (size_t v = 0; v < smaller(4, panels - p); ++v) masks[p + v] = (uint16_t)bits[v];
        }
        if (n % NABLA_PANEL) masks[panels - 1] &= (uint16_t)((1u << n % NABLA_PANEL) - 1);
    }
}

static void dropout(size_t m, size_t n, float scale, const uint16_t *masks, size_t ldm, const float *a, size_t lda,
                    float *out, size_t ldo)
{
    const vec factor = vec_set1(scale);
    for (size_t s = 0; s < m; ++s, masks += ldm, a += lda, out += ldo)
        for (size_t p = 0; p < panels_in(n); ++p) UNROLL
            for (unsigned lane = 0; lane < NABLA_PANEL; lane += LANES) {
                const size_t at = p * NABLA_PANEL + lane;
                vec_store(out + at, vec_if_bit((unsigned)masks[p] >> lane, vec_mul(vec_load(a + at), factor)));
            }
}
