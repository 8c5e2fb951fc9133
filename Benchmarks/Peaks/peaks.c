#include "peaks.h"

#include <string.h>

/* One chain waits four cycles for each of its multiply-adds and a core starts up to two (arm64: four) a
 * cycle, so 16 chains keep it busy; AVX2 has no more than 16 registers, and two hold the factors. */
#define DEFINE_MULTIPLY_ADD(name, bytes, chains, attribute)                                     \
    typedef float name##_vector __attribute__((vector_size(bytes)));                            \
    attribute static double name(size_t rounds)                                                 \
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

/* Written to, so that the compiler cannot leave the loops out. */
static volatile float sink;

#if defined(__x86_64__)
DEFINE_MULTIPLY_ADD(avx512, 64, 16, __attribute__((target("avx512f"))))
DEFINE_MULTIPLY_ADD(avx2, 32, 12, __attribute__((target("avx2,fma"))))
#endif
DEFINE_MULTIPLY_ADD(baseline, 16, 16, )

double peaks_multiply_add(size_t rounds)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return avx512(rounds);
    if (__builtin_cpu_supports("fma")) return avx2(rounds);
#endif
    return baseline(rounds);
}

double peaks_copy(void *to, const void *from, size_t bytes, size_t rounds)
{
    for (size_t round = 0; round < rounds; ++round) {
        memcpy(to, from, bytes);
        __asm__ volatile("" : : "r"(to), "r"(from) : "memory"); /* each copy counts */
    }
    return 2.0 * (double)bytes * (double)rounds;
}
