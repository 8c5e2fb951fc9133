#include "peaks.h"

#include <string.h>

/* One chain waits four cycles for each of its multiply-adds and a core starts up to two (arm64: four) a
 * cycle, so 16 chains keep it busy; AVX2 has no more than 16 registers, and two hold the factors. */
#define DEFINE_MULTIPLY_ADD(name, bytes, chains, attribute)                                     \
    typedef float name##_vector __attribute__((vector_size(bytes), may_alias));                 \
    attribute static double name##_multiply_add(size_t rounds)                                  \
    {                                                                                           \
        name##_vector sum[chains], x, y;                                                        \
        for (size_t lane = 0; lane < (bytes) / sizeof(float); ++lane) x[lane] = 0.5f, y[lane] = 1;\
        for (int c = 0; c < (chains); ++c) sum[c] = x * (float)c;                               \
        for (size_t round = 0; round < rounds; ++round) {                                       \
            _Pragma("clang loop unroll(full)") for (int c = 0; c < (chains); ++c)               \
                sum[c] = sum[c] * x + y; /* fused, clang's default, where the set can */        \
        }                                                                                       \
        for (int c = 1; c < (chains); ++c) sum[0] += sum[c];                                    \
        sink = sum[0][0];                                                                       \
        return 2.0 * (double)(chains) * (double)((bytes) / sizeof(float)) * (double)rounds;     \
    }

/* Eight vectors at a time, joined by what every port can do. */
#define DEFINE_LOAD(name, bytes, attribute)                                                     \
    typedef int name##_bits __attribute__((vector_size(bytes), may_alias));                     \
    attribute static double name##_load(const void *from, size_t total, size_t rounds)          \
    {                                                                                           \
        const name##_bits *v = from;                                                            \
        const size_t vectors = total / (bytes) / 8 * 8;                                         \
        name##_bits seen[8] = {{0}};                                                            \
        for (size_t round = 0; round < rounds; ++round) {                                       \
            for (size_t i = 0; i < vectors; i += 8)                                             \
                _Pragma("clang loop unroll(full)") for (size_t c = 0; c < 8; ++c)               \
                    seen[c] |= v[i + c];                                                        \
            __asm__ volatile("" : : "r"(from) : "memory"); /* each round counts */              \
        }                                                                                       \
        for (int c = 1; c < 8; ++c) seen[0] |= seen[c];                                         \
        sink = (float)seen[0][0];                                                               \
        return (double)(vectors * (bytes)) * (double)rounds;                                    \
    }

#define DEFINE_CHANGE(name, bytes, attribute)                                                   \
    attribute static double name##_change(void *array, size_t total, size_t rounds)             \
    {                                                                                           \
        name##_vector *v = array;                                                               \
        const size_t vectors = total / (bytes) / 8 * 8;                                         \
        const float factor = one;                                                               \
        for (size_t round = 0; round < rounds; ++round) {                                       \
            for (size_t i = 0; i < vectors; i += 8)                                             \
                _Pragma("clang loop unroll(full)") for (size_t c = 0; c < 8; ++c)               \
                    v[i + c] *= factor;                                                         \
            __asm__ volatile("" : : "r"(array) : "memory");                                     \
        }                                                                                       \
        return 2.0 * (double)(vectors * (bytes)) * (double)rounds;                              \
    }

#define DEFINE_LOOPS(name, bytes, chains, attribute)                                            \
    DEFINE_MULTIPLY_ADD(name, bytes, chains, attribute)                                         \
    DEFINE_LOAD(name, bytes, attribute)                                                         \
    DEFINE_CHANGE(name, bytes, attribute)

/* Written to and read, so that the compiler cannot leave the loops out. */
static volatile float sink, one = 1;

#if defined(__x86_64__)
DEFINE_LOOPS(avx512, 64, 16, __attribute__((target("avx512f"))))
DEFINE_LOOPS(avx2, 32, 12, __attribute__((target("avx2,fma"))))
#define RETURN_WIDEST(loop)                                                                     \
    if (__builtin_cpu_supports("avx512f")) return avx512_##loop;                                \
    if (__builtin_cpu_supports("fma")) return avx2_##loop;                                      \
    return baseline_##loop
#else
#define RETURN_WIDEST(loop) return baseline_##loop
#endif
DEFINE_LOOPS(baseline, 16, 16, )

double peaks_multiply_add(size_t rounds) { RETURN_WIDEST(multiply_add(rounds)); }

double peaks_load(const void *from, size_t bytes, size_t rounds) { RETURN_WIDEST(load(from, bytes, rounds)); }

double peaks_change(void *array, size_t bytes, size_t rounds) { RETURN_WIDEST(change(array, bytes, rounds)); }

double peaks_copy(void *to, const void *from, size_t bytes, size_t rounds)
{
    for (size_t round = 0; round < rounds; ++round) {
        memcpy(to, from, bytes);
        __asm__ volatile("" : : "r"(to), "r"(from) : "memory"); /* each copy counts */
    }
    return 2.0 * (double)bytes * (double)rounds;
}
