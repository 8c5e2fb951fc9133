/* The caches of this machine. */
#ifndef CACHES_H
#define CACHES_H

#include <stddef.h>

/** Bytes of the data cache of a level, 1 ... 3, as the operating system says; what is usual where it does not. A
 * virtual machine may have less of the third than it says. */
size_t cache_bytes(int level);

/** "L1", "L2", "L3" or "DRAM": where `bytes` that `threads` threads share out fit. */
const char *level_name(double bytes, size_t threads);

#endif
