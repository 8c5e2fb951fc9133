/* Update rules and dropout once more, as the header's "Numerics" lines read: one operation a line. */
#ifndef REFERENCE_RULE_H
#define REFERENCE_RULE_H

#include "reference.h"

/* A new state. */
static inline float reference_state(float x) { return fabsf(x) < 0x1p-100f ? 0 : x; }

/* One weight `*w` with its states `*v`, `*s`, whose gradient's sum over the samples is `sum`. */
static inline void reference_step(const nabla_rule *rule, int is_bias, float sum, float *w, float *v, float *s)
{
    const float decay = is_bias ? 1 : rule->decay, kept = decay * *w;
    float g = rule->mean * sum;
    if (!is_bias) {
        g = fmaf(rule->l2, *w, g);
        g = g + (*w > 0 ? rule->l1 : *w < 0 ? -rule->l1 : 0);
    }
    if (rule->kind == NABLA_RULE_SGD) {
        *w = fmaf(-rule->rate, g, kept);
    } else if (rule->kind == NABLA_RULE_ADAM) {
        const float v_kept = rule->keep1 * *v, s_kept = rule->keep2 * *s, taken = rule->take2 * g;
        *v = reference_state(fmaf(rule->take1, g, v_kept));
        *s = reference_state(fmaf(taken, g, s_kept));
        const float root = sqrtf(*s), below = root + rule->epsilon, length = *v / below;
        *w = fmaf(-rule->rate, length, kept);
    } else {
        const float v_kept = rule->keep1 * *v;
        *v = reference_state(fmaf(-rule->rate, g, v_kept));
        const float again = rule->keep1 * *v, ahead = fmaf(-rule->rate, g, again);
        *w = kept + (rule->kind == NABLA_RULE_NESTEROV ? ahead : *v);
    }
}

static inline int reference_states(nabla_rule_kind kind)
{
    return kind == NABLA_RULE_SGD ? 0 : kind == NABLA_RULE_ADAM ? 2 : 1;
}

/* One step on a layer: panels[0], bias[0] and the states that the rule has. */
static inline void reference_rule(const nabla_rule *rule, size_t m, size_t out, size_t in, const float *d, size_t ldd,
                                  const float *x, size_t ldx, float *const panels[3], float *const bias[3])
{
    float none = 0;
    const int states = reference_states(rule->kind);
    for (size_t j = 0; j < padded(out); ++j) {
        for (size_t k = 0; k < in; ++k) {
            float sum = 0;
            for (size_t s = 0; s < m; ++s) sum = fmaf(d[s * ldd + j], x[s * ldx + k], sum);
            const size_t at = panel_at(j, k, in);
            reference_step(rule, 0, sum, &panels[0][at], states > 0 ? &panels[1][at] : &none,
                           states > 1 ? &panels[2][at] : &none);
        }
        float sum = 0;
        for (size_t s = 0; s < m; ++s) sum = fmaf(d[s * ldd + j], 1, sum);
        reference_step(rule, 1, sum, &bias[0][j], states > 0 ? &bias[1][j] : &none, states > 1 ? &bias[2][j] : &none);
    }
}

/* Word `word` of Philox4x32-10 for a 128-bit counter and a 64-bit key (Salmon et al. 2011). */
static inline uint32_t reference_philox(uint64_t counter_low, uint64_t counter_high, uint64_t key, int word)
{
    uint32_t c[4] = {(uint32_t)counter_low, (uint32_t)(counter_low >> 32), (uint32_t)counter_high,
                     (uint32_t)(counter_high >> 32)};
    uint32_t k[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
    for (int round = 0; round < 10; ++round) {
        const uint64_t even = (uint64_t)0xD2511F53 * c[0], odd = (uint64_t)0xCD9E8D57 * c[2];
        const uint32_t next[4] = {(uint32_t)(odd >> 32) ^ c[1] ^ k[0], (uint32_t)odd,
                                  (uint32_t)(even >> 32) ^ c[3] ^ k[1], (uint32_t)even};
        for (int i = 0; i < 4; ++i) c[i] = next[i];
        k[0] += 0x9E3779B9;
        k[1] += 0xBB67AE85;
    }
    return c[word];
}

static inline int reference_is_kept(uint32_t drop, uint64_t seed, uint64_t stream, uint32_t sample, size_t j)
{
    const uint64_t low = (j / 64 * 16 + j % 16) | (uint64_t)sample << 32;
    return reference_philox(low, stream, seed, (int)(j / 16 % 4)) >= drop;
}

#endif
