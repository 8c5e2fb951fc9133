#include "simd_words.h"

#define THIS_ISA NABLA_ISA_SCALAR
#include "simd_scalar.h"

#include "all_bodies.h"

const kernel_table *nabla_private_scalar_table(void) { return &table; }
