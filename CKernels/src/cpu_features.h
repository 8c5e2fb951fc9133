/* What the processor and the operating system can run. Nothing else in the library reads the CPU. */
#ifndef NABLA_CPU_FEATURES_H
#define NABLA_CPU_FEATURES_H

#include "../include/nabla_kernels.h"

/* 1 when this machine can execute `isa`, whether or not this build contains it. */
int nabla_private_cpu_supports(nabla_isa isa);

#endif
