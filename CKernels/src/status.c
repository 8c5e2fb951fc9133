#include "../include/nabla_kernels.h"

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

const char *nabla_status_description(nabla_status status)
{
    switch (status) {
    case NABLA_OK: return "no error";
    case NABLA_ERROR_NULL_POINTER: return "a pointer is NULL although its matrix has elements";
    case NABLA_ERROR_LEADING_DIMENSION: return "a stride is smaller than the row it steps over";
    case NABLA_ERROR_SIZE_OVERFLOW: return "a matrix does not fit in size_t bytes";
    case NABLA_ERROR_ARGUMENT: return "an enum or count has a value that is not listed";
    case NABLA_ERROR_ISA_UNAVAILABLE: return "the instruction set is not available in this build or on this machine";
    }
    return "unknown status";
}

const char *nabla_kernels_version(void)
{
    return TEXT(NABLA_KERNELS_VERSION_MAJOR) "." TEXT(NABLA_KERNELS_VERSION_MINOR) "." TEXT(
        NABLA_KERNELS_VERSION_PATCH);
}

int nabla_kernels_version_number(void) { return NABLA_KERNELS_VERSION; }

int nabla_kernel_contract(void) { return NABLA_KERNEL_CONTRACT; }
