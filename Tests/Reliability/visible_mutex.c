/* Loaded before a program that ThreadSanitizer watches (LD_PRELOAD), this tells it of Swift's Mutex. A Mutex that nobody
 * else holds is locked by code in the program itself, which is instrumented; one that somebody waits for is locked and
 * unlocked by these two functions of libswiftSynchronization, which is not. Without this, what such a Mutex protects is
 * reported as a race. For Linux; the compiler must know Swift's calling convention, as clang does. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define MUTEX __attribute__((swift_context)) void *mutex
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

/* The sanitizer's own, in the program; nothing where there is none. */
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

SWIFT void lock_slow(uint32_t thread, MUTEX) __asm__(LOCK_SLOW);
SWIFT void unlock_slow(MUTEX) __asm__(UNLOCK_SLOW);

SWIFT void lock_slow(uint32_t thread, MUTEX)
{
    SWIFT void (*real)(uint32_t, MUTEX) = (SWIFT void (*)(uint32_t, MUTEX))dlsym(RTLD_NEXT, LOCK_SLOW);
    real(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock_slow(MUTEX)
{
    SWIFT void (*real)(MUTEX) = (SWIFT void (*)(MUTEX))dlsym(RTLD_NEXT, UNLOCK_SLOW);
    if (__tsan_release) __tsan_release(mutex);
    real(mutex);
}
