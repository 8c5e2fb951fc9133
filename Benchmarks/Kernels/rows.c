#include "rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "caches.h"

arena make_arena(size_t size)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#ifdef MAP_NORESERVE
    flags |= MAP_NORESERVE;
#endif
    void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (base == MAP_FAILED) {
        fprintf(stderr, "no memory for the operands\n");
        exit(2);
    }
#ifdef MADV_HUGEPAGE /* which small pages an array gets decides how much of it fits into L2 */
    madvise(base, size, MADV_HUGEPAGE);
#endif
    return (arena){base, 0, size, 0};
}

void free_arena(arena *a) { munmap(a->base, a->size); }

void empty_arena(arena *a) { a->used = a->taken = 0; }

void *take(arena *from, size_t bytes)
{
    const size_t begin = (from->used + 4095) / 4096 * 4096 + from->taken++ * 21 % 64 * 64;
    void *taken = from->base + begin;
    from->used = begin + (bytes + 127) / 64 * 64; /* kernels may load up to a line behind the last entry */
    if (from->used > from->size) {
        fprintf(stderr, "no memory for the operands\n");
        exit(2);
    }
    memset(taken, 0, bytes);
    return taken;
}

float *take_floats(arena *from, size_t count)
{
    uint32_t state = 1;
    float *floats = take(from, count * sizeof *floats);
    for (size_t i = 0; i < count; ++i) {
        state = state * 1664525u + 1013904223u;
        floats[i] = (float)(state >> 8) * 0x1p-25f - 0.25f;
    }
    return floats;
}

void add_row(row_list *list, row added, const char *shape, ...)
{
    if (list->count == sizeof list->rows / sizeof *list->rows) {
        fprintf(stderr, "too many rows\n");
        exit(2);
    }
    va_list words;
    va_start(words, shape);
    vsnprintf(added.shape, sizeof added.shape, shape, words);
    va_end(words);
    list->rows[list->count++] = added;
}

size_t beyond_caches(void)
{
    const size_t wanted = 2 * cache_bytes(3), least = (size_t)256 << 20;
    const size_t most = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE) / 8;
    const size_t bytes = wanted > least ? wanted : least;
    return bytes < most ? bytes : most;
}

size_t side_beyond_caches(void)
{
    size_t side = 1024;
    while ((side + 16) * (side + 16) * sizeof(float) <= beyond_caches()) side += 16;
    return side % 1024 ? side : side - 16;
}

void add_all_rows(row_list *list)
{
#ifndef WITHOUT_ELEMENTWISE
    add_elementwise_rows(list);
#endif
#ifndef WITHOUT_MATRIX
    add_matrix_rows(list);
#endif
#ifndef WITHOUT_DENSE
    add_dense_rows(list);
#endif
#ifndef WITHOUT_SPARSE
    add_sparse_rows(list);
#endif
#ifndef WITHOUT_PICTURE
    add_picture_rows(list);
#endif
}

typedef struct slice {
    row *row;
    size_t calls;
    double seconds;
} slice;

double slice_clock(size_t threads)
{
    struct timespec t;
    clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void call(row *row, operands *operands, const nabla_member *member)
{
    const nabla_status status = row->call(operands, member);
    if (status == NABLA_OK) return;
    fprintf(stderr, "%s %s: %s\n", row->kernel, row->shape, nabla_status_description(status));
    exit(2);
}

static void run_slice(void *context, nabla_member *member)
{
    slice *s = context;
    operands own = s->row->operands; /* each member counts the mini-batches by itself */
    call(s->row, &own, member);
    nabla_barrier(member);
    const double start = slice_clock(member->count);
    for (size_t i = 0; i < s->calls; ++i) {
        call(s->row, &own, member);
        nabla_barrier(member); /* as whoever reads what another member wrote */
    }
    if (member->index) return;
    s->seconds = slice_clock(member->count) - start;
    s->row->operands.next = own.next;
}

double time_calls(row *row, size_t threads, size_t calls)
{
    slice s = {row, calls, 0};
    nabla_team_run(threads, run_slice, &s);
    return s.seconds;
}
