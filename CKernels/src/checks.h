/* Checks at the public edge: every shape is looked at once, here, and trusted afterwards. */
#ifndef NABLA_CHECKS_H
#define NABLA_CHECKS_H

#include "../include/nabla_kernels.h"
#include "share.h"

#define RETURN_IF_ERROR(check)                                                                                         \
    do {                                                                                                               \
        const nabla_status status_ = (check);                                                                          \
        if (status_ != NABLA_OK) return status_;                                                                       \
    } while (0)

/* A rows x row_length matrix of `element` bytes each, its rows `stride` elements apart. */
static inline nabla_status check_matrix(const void *pointer, size_t rows, size_t row_length, size_t stride,
                                        size_t element)
{
    if (stride < row_length) return NABLA_ERROR_LEADING_DIMENSION;
    if (rows == 0 || row_length == 0) return NABLA_OK;
    size_t elements; /* a product, for a division takes as long as some vectors of a small call */
    if (__builtin_mul_overflow(rows, stride, &elements) || elements > SIZE_MAX / element)
        return NABLA_ERROR_SIZE_OVERFLOW;
    return pointer ? NABLA_OK : NABLA_ERROR_NULL_POINTER;
}

static inline nabla_status check_floats(const float *pointer, size_t rows, size_t row_length, size_t stride)
{
    return check_matrix(pointer, rows, row_length, stride, sizeof(float));
}

static inline nabla_status check_vector(const float *pointer, size_t n)
{
    return check_matrix(pointer, 1, n, n, sizeof(float));
}

static inline nabla_status check_member(const nabla_member *member)
{
    return !member || member->index < member->count ? NABLA_OK : NABLA_ERROR_ARGUMENT;
}

/* The checks on `panels`, and on any m x `neurons` matrix whose rows are padded to whole panels. */
static inline nabla_status check_panels(const float *panels, size_t out, size_t in)
{
    if (out == 0 || in == 0) return NABLA_OK;
    if (nabla_panels_size(out, in) == 0) return NABLA_ERROR_SIZE_OVERFLOW;
    return panels ? NABLA_OK : NABLA_ERROR_NULL_POINTER;
}

static inline nabla_status check_padded(const float *pointer, size_t m, size_t neurons, size_t stride)
{
    if (neurons > SIZE_MAX - (NABLA_PANEL - 1)) return NABLA_ERROR_SIZE_OVERFLOW;
    return check_floats(pointer, m, panels_in(neurons) * NABLA_PANEL, stride);
}

/* Rows that do not exist and entries without an end are the caller's error; looking for them would cost a pass. */
static inline nabla_status check_batch(const nabla_sparse_batch *x)
{
    if (!x) return NABLA_ERROR_NULL_POINTER;
    if (x->count && (!x->rows.starts || !x->rows.ends || !x->rows.entries)) return NABLA_ERROR_NULL_POINTER;
    return x->ahead_count && !x->ahead ? NABLA_ERROR_NULL_POINTER : NABLA_OK;
}

/* What a layer pass applies. Softmax is of a whole row, which a pass does not see at once. */
static inline int is_activation(nabla_activation f)
{
    return f == NABLA_IDENTITY || f == NABLA_SIGMOID || f == NABLA_TANH || f == NABLA_RELU;
}

#endif
