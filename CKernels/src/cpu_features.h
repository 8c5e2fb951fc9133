/* What the processor and the operating system can run. Nothing else in the library reads the CPU. */
#ifndef NABLA_CPU_FEATURES_H
#define NABLA_CPU_FEATURES_H

#include <stdint.h>

/* CPUID's feature words, and XCR0, which registers the operating system saves. All zero on other processors than
 * x86-64: every arm64 has NEON. */
enum cpu_word { CPUID_1_ECX, CPUID_7_EBX, CPUID_7_ECX, CPUID_7_EDX, XCR0, CPU_WORDS };

/* Bits of XCR0. */
enum { XCR0_XMM_YMM = 0x06, XCR0_XMM_YMM_MASKS_ZMM = 0xe6 };

typedef struct cpu_features {
    uint32_t word[CPU_WORDS];
} cpu_features;

/* 1 when this machine has every bit of `needed`. */
int nabla_private_cpu_has(const cpu_features *needed);

#endif
