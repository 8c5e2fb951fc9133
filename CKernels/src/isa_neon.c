#include "instruction_set.h"
#include "simd_words.h"

#define THIS_ISA NABLA_ISA_NEON

#if defined(__aarch64__)
#include <arm_neon.h>

#include "simd_neon.h"

#include "all_bodies.h"
#endif

const instruction_set nabla_private_neon = {
    .isa = THIS_ISA,
    .name = "neon",
#if defined(__aarch64__)
    .kernels = &table,
#endif
};
