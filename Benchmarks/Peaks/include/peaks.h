/* What this machine can do at most, to hold the kernels against. */
#ifndef PEAKS_H
#define PEAKS_H

#include <stddef.h>

/** Does `rounds` rounds of independent fused multiply-adds in registers, on the widest vectors of this
 *  processor, and returns the floating-point operations that took: two for each multiply-add. */
double peaks_multiply_add(size_t rounds);

/** Copies `bytes` bytes `rounds` times; `from` and `to` must not overlap.
 *  Returns the bytes read and written. */
double peaks_copy(void *to, const void *from, size_t bytes, size_t rounds);

/** Loads `bytes` bytes on a cache line, less what fills no eight vectors, `rounds` times.
 *  Returns the bytes read. */
double peaks_load(const void *from, size_t bytes, size_t rounds);

/** Loads, multiplies by one and stores as many floats in place.
 *  Returns the bytes read and written. */
double peaks_change(void *array, size_t bytes, size_t rounds);

#endif /* PEAKS_H */
