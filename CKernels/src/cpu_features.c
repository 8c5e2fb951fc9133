#include "cpu_features.h"

#include <stdatomic.h>

#if defined(__x86_64__)

#include <cpuid.h>

static cpu_features ask_processor(void)
{
    cpu_features has = {{0}};
    unsigned eax, ebx, ecx, edx;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx)) has.word[CPUID_1_ECX] = ecx;
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
        has.word[CPUID_7_EBX] = ebx;
        has.word[CPUID_7_ECX] = ecx;
        has.word[CPUID_7_EDX] = edx;
    }
    /* CPUID alone is not enough: under a system that does not save the upper halves, wide registers would change
     * under our feet. */
    if (has.word[CPUID_1_ECX] & bit_OSXSAVE) {
        unsigned low, high;
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        has.word[XCR0] = low;
    }
    return has;
}

#else

static cpu_features ask_processor(void) { return (cpu_features){{0}}; }

#endif

int nabla_private_cpu_has(const cpu_features *needed)
{
    /* Asked once: in a virtual machine every CPUID leaves the guest, which takes microseconds. Threads that race here
     * store the same answer. */
    static _Atomic uint32_t known[CPU_WORDS];
    static atomic_int asked;
    if (!atomic_load_explicit(&asked, memory_order_acquire)) {
        const cpu_features has = ask_processor();
        for (int i = 0; i < CPU_WORDS; ++i) atomic_store_explicit(&known[i], has.word[i], memory_order_relaxed);
        atomic_store_explicit(&asked, 1, memory_order_release);
    }
    uint32_t missing = 0;
    for (int i = 0; i < CPU_WORDS; ++i)
        missing |= needed->word[i] & ~atomic_load_explicit(&known[i], memory_order_relaxed);
    return missing == 0;
}
