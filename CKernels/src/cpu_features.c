#include "cpu_features.h"

#include <stdatomic.h>

/* One bit for each instruction set. */
#define BIT(isa) (1u << (isa))

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

static unsigned ask_processor(void)
{
    enum { XMM_YMM = 0x06, XMM_YMM_MASKS_ZMM = 0xe6 };
    unsigned supported = BIT(NABLA_ISA_SCALAR), eax, ebx, ecx, edx;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return supported;
    const int xgetbv_allowed = (ecx & bit_OSXSAVE) != 0;
    const int avx_and_fma = (ecx & bit_AVX) != 0 && (ecx & bit_FMA) != 0;
    if (!xgetbv_allowed || !avx_and_fma) return supported;
    if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return supported;

    const unsigned saved = os_saved_state();
    const unsigned avx512 = bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL;
    if ((ebx & bit_AVX2) && (saved & XMM_YMM) == XMM_YMM) supported |= BIT(NABLA_ISA_AVX2);
    if ((ebx & avx512) == avx512 && (saved & XMM_YMM_MASKS_ZMM) == XMM_YMM_MASKS_ZMM)
        supported |= BIT(NABLA_ISA_AVX512);
    return supported;
}

#elif defined(__aarch64__)

static unsigned ask_processor(void) { return BIT(NABLA_ISA_SCALAR) | BIT(NABLA_ISA_NEON); }

#else

static unsigned ask_processor(void) { return BIT(NABLA_ISA_SCALAR); }

#endif

int nabla_private_cpu_supports(nabla_isa isa)
{
    /* Asked once: in a virtual machine every CPUID leaves the guest, which takes microseconds. Threads that race here
     * store the same answer. */
    static atomic_uint known;
    unsigned supported = atomic_load_explicit(&known, memory_order_relaxed);
    if (!supported) {
        supported = ask_processor();
        atomic_store_explicit(&known, supported, memory_order_relaxed);
    }
    return (unsigned)isa < NABLA_ISA_COUNT && (supported & BIT(isa)) != 0;
}
