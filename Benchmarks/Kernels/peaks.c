#include "peaks.h"

#include <string.h>

/* Written to and read, so that the compiler cannot leave the loops out. */
static volatile float sink, one = 1;

/* One chain waits four cycles for each of its multiply-adds and a core starts up to two (arm64: four) a cycle, so 16
 * chains keep it busy; AVX2 has no more than 16 registers, and two hold the factors. */
#define DEFINE_ARITHMETIC(name, bytes, chains, attribute)                                                              \
    typedef float name##_vector __attribute__((vector_size(bytes), may_alias));                                        \
    attribute static double name##_multiply_add(size_t rounds)                                                         \
    {                                                                                                                  \
        name##_vector sum[chains], x, y;                                                                               \
        for (size_t lane = 0; lane < (bytes) / sizeof(float); ++lane) x[lane] = 0.5f, y[lane] = 1;                     \
        for (int c = 0; c < (chains); ++c) sum[c] = x * (float)c;                                                      \
        for (size_t round = 0; round < rounds; ++round) {                                                              \
            _Pragma("clang loop unroll(full)") for (int c = 0; c < (chains); ++c) sum[c] =                             \
                sum[c] * x + y; /* fused where the set can: -ffp-contract=fast */                                      \
        }                                                                                                              \
        for (int c = 1; c < (chains); ++c) sum[0] += sum[c];                                                           \
        sink = sum[0][0];                                                                                              \
        return (double)(chains) * (double)((bytes) / sizeof(float)) * (double)rounds;                                  \
    }                                                                                                                  \
    attribute static double name##_divide(size_t rounds)                                                               \
    {                                                                                                                  \
        name##_vector quotient[8], x;                                                                                  \
        for (size_t lane = 0; lane < (bytes) / sizeof(float); ++lane) x[lane] = 1.5f * one;                            \
        for (int c = 0; c < 8; ++c) quotient[c] = x * (float)(c + 1);                                                  \
        for (size_t round = 0; round < rounds; ++round) {                                                              \
            _Pragma("clang loop unroll(full)") for (int c = 0; c < 8; ++c) quotient[c] = x / quotient[c];              \
        }                                                                                                              \
        for (int c = 1; c < 8; ++c) quotient[0] += quotient[c];                                                        \
        sink = quotient[0][0];                                                                                         \
        return 8.0 * (double)((bytes) / sizeof(float)) * (double)rounds;                                               \
    }

/* Runs `statement` for the eight vectors at v[i], i < vectors; every round counts, because memory may have changed. */
#define FOR_EACH_EIGHT(statement)                                                                                      \
    for (size_t round = 0; round < rounds; ++round) {                                                                  \
        for (size_t i = 0; i < vectors; i += 8)                                                                        \
            _Pragma("clang loop unroll(full)") for (size_t c = 0; c < 8; ++c) statement;                               \
        __asm__ volatile("" : : "r"(v), "r"(w) : "memory");                                                            \
    }

/* Any vector register, so that a load is a load and nothing else. */
#if defined(__x86_64__)
#define VECTOR_REGISTER "x"
#else
#define VECTOR_REGISTER "w"
#endif
#define KEEP(vector) __asm__ volatile("" : : VECTOR_REGISTER(vector))
#define KEEP_FLOAT(vector) __asm__ volatile("" : : VECTOR_REGISTER((vector)[0]))

#define DEFINE_MEMORY(name, bytes, keep, attribute)                                                                    \
    attribute static double name##_load(const void *from, size_t total, size_t rounds)                                 \
    {                                                                                                                  \
        const name##_vector *v = from, *w = from;                                                                      \
        const size_t vectors = total / (bytes) / 8 * 8;                                                                \
        FOR_EACH_EIGHT(keep(v[i + c]))                                                                                 \
        return (double)(vectors * (bytes)) * (double)rounds;                                                           \
    }                                                                                                                  \
    attribute static double name##_change(void *array, size_t total, size_t rounds)                                    \
    {                                                                                                                  \
        name##_vector *v = array, *w = array;                                                                          \
        const size_t vectors = total / (bytes) / 8 * 8;                                                                \
        const float factor = one;                                                                                      \
        FOR_EACH_EIGHT(v[i + c] *= factor)                                                                             \
        return 2.0 * (double)(vectors * (bytes)) * (double)rounds;                                                     \
    }                                                                                                                  \
    attribute static double name##_copy(void *restrict to, const void *restrict from, size_t total, size_t rounds)     \
    {                                                                                                                  \
        name##_vector *v = to;                                                                                         \
        const name##_vector *w = from;                                                                                 \
        const size_t vectors = total / (bytes) / 8 * 8;                                                                \
        const float factor = one; /* a plain copy would become memcpy */                                               \
        FOR_EACH_EIGHT(v[i + c] = w[i + c] * factor)                                                                   \
        return 2.0 * (double)(vectors * (bytes)) * (double)rounds;                                                     \
    }                                                                                                                  \
    attribute static double name##_add(void *restrict to, const void *restrict from, size_t total, size_t rounds)      \
    {                                                                                                                  \
        name##_vector *v = to;                                                                                         \
        const name##_vector *w = from;                                                                                 \
        const size_t vectors = total / (bytes) / 8 * 8;                                                                \
        const float factor = one * 1e-9f;                                                                              \
        FOR_EACH_EIGHT(v[i + c] += w[i + c] * factor)                                                                  \
        return 3.0 * (double)(vectors * (bytes)) * (double)rounds;                                                     \
    }

#define DEFINE_LOOPS(name, bytes, chains, keep, attribute)                                                             \
    DEFINE_ARITHMETIC(name, bytes, chains, attribute)                                                                  \
    DEFINE_MEMORY(name, bytes, keep, attribute)                                                                        \
    static const peaks name = {bytes,         name##_multiply_add, name##_divide, name##_load,                         \
                               name##_change, name##_copy,         name##_add};

#if defined(__x86_64__)
DEFINE_LOOPS(avx512, 64, 16, KEEP, __attribute__((target("avx512f"))))
DEFINE_LOOPS(avx2, 32, 12, KEEP, __attribute__((target("avx2,fma"))))
DEFINE_LOOPS(fused, 4, 12, KEEP_FLOAT, __attribute__((target("fma"))))
#endif
DEFINE_LOOPS(baseline, 16, 16, KEEP, )
DEFINE_LOOPS(single, 4, 16, KEEP_FLOAT, )

const peaks *peaks_of(size_t vector)
{
#if defined(__x86_64__)
    if (vector == 64) return __builtin_cpu_supports("avx512f") ? &avx512 : NULL;
    const int has_fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (vector == 32) return has_fma ? &avx2 : NULL;
    if (vector == 4 && has_fma) return &fused;
#endif
    return vector == 16 ? &baseline : vector == 4 ? &single : NULL;
}

const peaks *peaks_widest(void)
{
    for (size_t vector = 64; vector > 4; vector /= 2)
        if (peaks_of(vector)) return peaks_of(vector);
    return &single;
}

double peaks_memcpy(void *to, const void *from, size_t bytes, size_t rounds)
{
    for (size_t round = 0; round < rounds; ++round) {
        memcpy(to, from, bytes);
        __asm__ volatile("" : : "r"(to), "r"(from) : "memory"); /* each copy counts */
    }
    return 2.0 * (double)bytes * (double)rounds;
}
