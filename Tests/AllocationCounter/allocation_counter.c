/* Stands between the test program and glibc's allocator and counts. A thread counts its own calls alone, so that
 * tests that run beside one another do not disturb the count. */
#include "allocation_counter.h"

#include <errno.h>
#include <stdlib.h>

#ifdef __GLIBC__

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *pointer, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static _Thread_local long allocations;

void *malloc(size_t size)
{
    ++allocations;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    ++allocations;
    return __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size)
{
    ++allocations;
    return __libc_realloc(pointer, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    ++allocations;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **pointer, size_t alignment, size_t size)
{
    ++allocations;
    *pointer = __libc_memalign(alignment, size);
    return *pointer || size == 0 ? 0 : ENOMEM;
}

long allocations_on_this_thread(void) { return allocations; }

#else

long allocations_on_this_thread(void) { return -1; }

#endif
