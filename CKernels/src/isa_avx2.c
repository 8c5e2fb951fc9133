#include "instruction_set.h"
#include "simd_words.h"

#define THIS_ISA NABLA_ISA_AVX2

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

BEGIN_TARGET("avx2,fma")
#include "simd_avx2.h"

#include "all_bodies.h"
END_TARGET
#endif

const instruction_set nabla_private_avx2 = {
    .isa = THIS_ISA,
    .name = "avx2",
#if defined(__x86_64__)
    .needs = {{[CPUID_1_ECX] = bit_AVX | bit_FMA, [CPUID_7_EBX] = bit_AVX2, [XCR0] = XCR0_XMM_YMM}},
    .kernels = &table,
#endif
};
