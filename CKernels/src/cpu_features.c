#include "cpu_features.h"

#if defined(__x86_64__)

#include <cpuid.h>

/* Registers the operating system saves on a context switch. CPUID alone is not enough: under a system that does
 * not save the upper halves, wide registers would change under our feet. */
static unsigned os_saved_state(void)
{
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

int nabla_private_cpu_supports(nabla_isa isa)
{
    if (isa == NABLA_ISA_SCALAR) return 1;
    if (isa != NABLA_ISA_AVX2 && isa != NABLA_ISA_AVX512) return 0;

    enum { XMM_YMM = 0x06, XMM_YMM_MASKS_ZMM = 0xe6 };
    unsigned eax, ebx, ecx, edx;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return 0;
    const int xgetbv_allowed = (ecx & bit_OSXSAVE) != 0;
    const int avx_and_fma = (ecx & bit_AVX) != 0 && (ecx & bit_FMA) != 0;
    if (!xgetbv_allowed || !avx_and_fma) return 0;
    if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return 0;
    const unsigned saved = os_saved_state();

    if (isa == NABLA_ISA_AVX2) return (ebx & bit_AVX2) != 0 && (saved & XMM_YMM) == XMM_YMM;
    const unsigned needed = bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL;
    return (ebx & needed) == needed && (saved & XMM_YMM_MASKS_ZMM) == XMM_YMM_MASKS_ZMM;
}

#elif defined(__aarch64__)

int nabla_private_cpu_supports(nabla_isa isa)
{
    return isa == NABLA_ISA_SCALAR || isa == NABLA_ISA_NEON; /* NEON is part of every arm64 */
}

#else

int nabla_private_cpu_supports(nabla_isa isa)
{
    return isa == NABLA_ISA_SCALAR;
}

#endif
