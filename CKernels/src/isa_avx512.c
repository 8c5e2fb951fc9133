#include "simd_words.h"

#if defined(__x86_64__)

#include <immintrin.h>

/* The target stands here and not in the compiler's flags: nothing outside this region may use these instructions,
 * or the library would fail on the machines its dispatch exists for. */
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))),                   \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
#endif

#define THIS_ISA NABLA_ISA_AVX512
#include "simd_avx512.h"

#include "all_bodies.h"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const kernel_table *nabla_private_avx512_table(void) { return &table; }

#else

const kernel_table *nabla_private_avx512_table(void) { return NULL; }

#endif
