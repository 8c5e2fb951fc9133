#include "instruction_set.h"
#include "simd_words.h"

#define THIS_ISA NABLA_ISA_SCALAR
#include "simd_scalar.h"

#include "all_bodies.h"

const instruction_set nabla_private_scalar = {.isa = THIS_ISA, .name = "scalar", .kernels = &table};
