/* Stands between the test program and glibc's allocator, and between it and Swift's reference counting, and counts.
 * A thread counts its own calls alone, so that tests that run beside one another do not disturb the count. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
#include "allocation_counter.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

/* A sanitizer stands there itself. */
#if defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED
#endif
#endif

#if defined __GLIBC__ && !defined IS_SANITIZED

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

#ifdef __x86_64__

/* The program's own calls come here, by the same rule of the linker as those of malloc; the runtime's functions follow.
 * On other processors these have a calling convention of their own. */
static _Thread_local long references;

static void *next_function(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) abort();
    return function;
}

void *swift_retain(void *object)
{
    static void *(*_Atomic next)(void *);
    if (!next) next = (void *(*)(void *))next_function("swift_retain");
    ++references;
    return next(object);
}

void swift_release(void *object)
{
    static void (*_Atomic next)(void *);
    if (!next) next = (void (*)(void *))next_function("swift_release");
    ++references;
    next(object);
}

long reference_counts_on_this_thread(void) { return references; }

#else
long reference_counts_on_this_thread(void) { return -1; }
#endif

#else

long allocations_on_this_thread(void) { return -1; }
long reference_counts_on_this_thread(void) { return -1; }

#endif
