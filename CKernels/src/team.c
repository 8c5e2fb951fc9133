/* The only file that knows OpenMP: it opens one region per team. Kernels split their work by member index, so
 * nothing else needs the runtime, and the barrier is our own: about half the cost of the runtime's on a team of
 * two, and free of its restriction that every thread must meet the same `#pragma omp barrier` line. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "../include/nabla_kernels.h"

#ifdef _OPENMP
/* Declared here because omp.h of one compiler does not serve the runtime of another. */
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
#endif

enum { MEMBERS_LIMIT = 1024, CACHE_LINE = 64 };

/* Arrivals and release stand on different cache lines: waiting members read the one while others write the other. */
struct nabla_barrier {
    _Alignas(CACHE_LINE) atomic_size_t arrived;
    _Alignas(CACHE_LINE) atomic_uint phase; /* the phase that may pass */
    unsigned spins;                         /* before the processor is yielded */
};

static void pause_processor(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

void nabla_barrier(nabla_member *member)
{
    if (!member || !member->barrier || member->count <= 1) return;
    struct nabla_barrier *barrier = member->barrier;
    const unsigned phase = member->phase ^= 1u; /* the sense that reverses */

    if (atomic_fetch_add_explicit(&barrier->arrived, 1, memory_order_acq_rel) + 1 == member->count) {
        atomic_store_explicit(&barrier->arrived, 0, memory_order_relaxed);
        atomic_store_explicit(&barrier->phase, phase, memory_order_release);
        return;
    }
    for (unsigned spin = 0; atomic_load_explicit(&barrier->phase, memory_order_acquire) != phase;) {
        if (spin < barrier->spins) {
            ++spin;
            pause_processor();
        } else {
            sched_yield();
        }
    }
}

size_t nabla_processor_count(void)
{
#if defined(__linux__)
    /* More than 1024 processors need a longer set; then the machine's size is the better answer. */
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) > 0)
        return (size_t)CPU_COUNT(&allowed);
#endif
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (size_t)online : 1;
}

int nabla_has_openmp(void)
{
#ifdef _OPENMP
    return 1;
#else
    return 0;
#endif
}

#ifdef _OPENMP
static void run_region(size_t members, nabla_team_body body, void *context)
{
    /* With more members than processors, a member that spins keeps another from running: yield at once. Otherwise
     * spin for some 50 microseconds, longer than two members usually differ. */
    enum { PATIENT = 2000, OVERCOMMITTED = 10 };
    struct nabla_barrier barrier;
    atomic_init(&barrier.arrived, 0);
    atomic_init(&barrier.phase, 0);
    barrier.spins = members <= nabla_processor_count() ? PATIENT : OVERCOMMITTED;

#pragma omp parallel num_threads((int)members) default(none) shared(barrier, body, context)
    {
        nabla_member member = {
            .index = (size_t)omp_get_thread_num(),
            .count = (size_t)omp_get_num_threads(),
            .barrier = &barrier,
            .phase = 0,
        };
        body(context, &member);
    }
}
#endif

nabla_status nabla_team_run(size_t members, nabla_team_body body, void *context)
{
    if (members < 1 || members > MEMBERS_LIMIT) return NABLA_ERROR_ARGUMENT;
    if (!body) return NABLA_ERROR_NULL_POINTER;
#ifdef _OPENMP
    if (members > 1) {
        run_region(members, body, context);
        return NABLA_OK;
    }
#endif
    nabla_member alone = {.index = 0, .count = 1, .barrier = NULL, .phase = 0};
    body(context, &alone);
    return NABLA_OK;
}
