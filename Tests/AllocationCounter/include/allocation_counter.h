#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stddef.h>

/** Calls of malloc and its kin made by this thread so far; -1 where they cannot be counted (outside
 *  glibc, and under a sanitizer). */
long allocations_on_this_thread(void);

/** Times this thread has called swift_retain or swift_release so far; -1 where that cannot be counted (outside glibc
 *  on x86-64, and under a sanitizer). */
long reference_counts_on_this_thread(void);

#endif
