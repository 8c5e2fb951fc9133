/* Memory with a wall on either side: pages nobody may touch. */
#ifndef GUARD_H
#define GUARD_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct guarded {
    char *mapping;
    size_t mapped, page;
    char *end; /* one past the last usable byte */
} guarded;

static inline guarded make_guarded(size_t bytes)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), usable = (bytes + page) / page * page;
    guarded g = {.mapped = usable + 2 * page, .page = page};
    g.mapping = mmap(NULL, g.mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (g.mapping == MAP_FAILED || mprotect(g.mapping + page, usable, PROT_READ | PROT_WRITE)) {
        perror("guarded memory");
        exit(2);
    }
    g.end = g.mapping + page + usable;
    return g;
}

/* `bytes` that end at the wall behind, or begin at the wall before. */
static inline void *at_end(const guarded *g, size_t bytes) { return g->end - bytes; }
static inline void *at_begin(const guarded *g) { return g->mapping + g->page; }

#endif
