/* The instruction sets: what dispatch.c knows of each, and the list of them all.
 *
 * A new one is simd_NAME.h (its words), isa_NAME.c (its requirement, and the bodies compiled for it), its value in
 * nabla_isa and NABLA_ISA_COUNT of the public header, and its name in the list below.
 */
#ifndef NABLA_INSTRUCTION_SET_H
#define NABLA_INSTRUCTION_SET_H

#include "cpu_features.h"
#include "kernel_table.h"

typedef struct instruction_set {
    nabla_isa isa;
    const char *name;
    cpu_features needs;
    const kernel_table *kernels; /* NULL: not in this build */
} instruction_set;

/* In order of preference: the first that runs is the default. NAME stands for nabla_private_NAME in isa_NAME.c. */
#define FOR_EACH_INSTRUCTION_SET(DO) DO(avx512) DO(avx2) DO(neon) DO(scalar)

#define DECLARE(name) extern const instruction_set nabla_private_##name;
FOR_EACH_INSTRUCTION_SET(DECLARE)
#undef DECLARE

/* The functions between these may use the features named, such as "avx2,fma". They stand here and not in the
 * compiler's flags: nothing else may use those instructions, or the library would fail on the machines its dispatch
 * exists for. */
#define PRAGMA(...) _Pragma(#__VA_ARGS__)
#if defined(__clang__)
#define BEGIN_TARGET(features) PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define END_TARGET PRAGMA(clang attribute pop)
#else
#define BEGIN_TARGET(features) PRAGMA(GCC push_options) PRAGMA(GCC target(features))
#define END_TARGET PRAGMA(GCC pop_options)
#endif

#endif
