/* What this machine can do at most, to hold the kernels against. */
#ifndef PEAKS_H
#define PEAKS_H

#include <stddef.h>

/** The loops on vectors of one width. All return how much they did. */
typedef struct peaks {
    size_t vector; /* bytes */
    /** `rounds` rounds of independent multiply-adds in registers; returns floats. */
    double (*multiply_add)(size_t rounds);
    /** `rounds` rounds of independent divisions; returns floats. */
    double (*divide)(size_t rounds);
    /** Goes through `bytes` bytes of each array on a cache line, less what fills no eight vectors, `rounds` times:
     *  loads; multiplies by one in place; copies; adds a multiple of `from`. Returns the bytes read and written. */
    double (*load)(const void *from, size_t bytes, size_t rounds);
    double (*change)(void *array, size_t bytes, size_t rounds);
    double (*copy)(void *to, const void *from, size_t bytes, size_t rounds);
    double (*add)(void *to, const void *from, size_t bytes, size_t rounds);
} peaks;

/** Those for vectors of 4 (one float), 16, 32 or 64 bytes; NULL where this processor has none. */
const peaks *peaks_of(size_t vector);

/** Those for this processor's widest vectors. */
const peaks *peaks_widest(void);

/** The C library's memcpy, which may know better how to copy; returns the bytes read and written. */
double peaks_memcpy(void *to, const void *from, size_t bytes, size_t rounds);

#endif
