#include "instruction_set.h"
#include "simd_words.h"

#define THIS_ISA NABLA_ISA_AVX512

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

BEGIN_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
#include "simd_avx512.h"

#include "all_bodies.h"
END_TARGET
#endif

const instruction_set nabla_private_avx512 = {
    .isa = THIS_ISA,
    .name = "avx512",
#if defined(__x86_64__)
    .needs = {{[CPUID_1_ECX] = bit_AVX | bit_FMA,
               [CPUID_7_EBX] = bit_AVX2 | bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL,
               [XCR0] = XCR0_XMM_YMM_MASKS_ZMM}},
    .kernels = &table,
#endif
};
