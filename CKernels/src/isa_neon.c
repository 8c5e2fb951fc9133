#include "simd_words.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#define THIS_ISA NABLA_ISA_NEON
#include "simd_neon.h"

#include "all_bodies.h"

const kernel_table *nabla_private_neon_table(void) { return &table; }

#else

const kernel_table *nabla_private_neon_table(void) { return NULL; }

#endif
