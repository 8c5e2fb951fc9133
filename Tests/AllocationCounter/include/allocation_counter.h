#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stddef.h>

/** Calls of malloc and its kin made by this thread so far; -1 where they cannot be counted (outside glibc). */
long allocations_on_this_thread(void);

#endif
