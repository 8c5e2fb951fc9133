/* What the tests of arguments share: operands, values out of range, and short names for the statuses. */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nabla_kernels.h"

static int checks, failures;

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        ++checks;                                                                                                      \
        if (!(condition)) ++failures, printf("FAILED line %d: %s\n", __LINE__, #condition);                            \
    } while (0)

static float x[4096], w[4096], y[4096], a[4096];
static const nabla_member outside = {.index = 2, .count = 2}, nobody = {.index = 0, .count = 0};
static const size_t huge = SIZE_MAX / 2;

#define NONE NABLA_NO_TRANSPOSE
#define OVERFLOW_ NABLA_ERROR_SIZE_OVERFLOW
#define NULL_ NABLA_ERROR_NULL_POINTER
#define STRIDE NABLA_ERROR_LEADING_DIMENSION
#define ARGUMENT NABLA_ERROR_ARGUMENT

#endif
