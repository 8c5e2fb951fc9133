#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "instruction_set.h"

#define ADDRESS(name) &nabla_private_##name,
static const instruction_set *const sets[] = {FOR_EACH_INSTRUCTION_SET(ADDRESS)};
#undef ADDRESS

enum { SETS = sizeof sets / sizeof *sets };
_Static_assert(SETS == NABLA_ISA_COUNT, "the list in instruction_set.h and nabla_isa name different sets");

static _Atomic(const kernel_table *) selected; /* NULL until the first call */

static const instruction_set *set_of(nabla_isa isa)
{
    for (int i = 0; i < SETS; ++i)
        if (sets[i]->isa == isa) return sets[i];
    return NULL;
}

static int is_available(const instruction_set *set)
{
    return set && set->kernels && nabla_private_cpu_has(&set->needs);
}

/* What the environment asks for; NULL when that names no set. */
static const instruction_set *set_named(const char *name)
{
    for (int i = 0; i < SETS; ++i)
        if (strcmp(name, sets[i]->name) == 0) return sets[i];
    return NULL;
}

static const kernel_table *first_choice(void)
{
    const char *wish = getenv("NABLA_ISA");
    const instruction_set *wished = wish ? set_named(wish) : NULL;
    if (is_available(wished)) return wished->kernels;
    for (int i = 0; i < SETS; ++i)
        if (is_available(sets[i])) return sets[i]->kernels;
    return nabla_private_scalar.kernels;
}

const kernel_table *nabla_private_selected_table(void)
{
    const kernel_table *table = atomic_load_explicit(&selected, memory_order_acquire);
    if (table) return table;
    /* Threads may race to here; all would choose the same table, and a nabla_select_isa that came first stays. */
    const kernel_table *choice = first_choice();
    return atomic_compare_exchange_strong(&selected, &table, choice) ? choice : table;
}

const char *nabla_isa_name(nabla_isa isa)
{
    const instruction_set *set = set_of(isa);
    return set ? set->name : NULL;
}

int nabla_isa_available(nabla_isa isa) { return is_available(set_of(isa)); }

nabla_isa nabla_selected_isa(void) { return nabla_private_selected_table()->isa; }

nabla_status nabla_isa_request(void)
{
    const char *wish = getenv("NABLA_ISA");
    if (!wish) return NABLA_OK;
    const instruction_set *wished = set_named(wish);
    if (!wished) return NABLA_ERROR_ARGUMENT;
    return is_available(wished) ? NABLA_OK : NABLA_ERROR_ISA_UNAVAILABLE;
}

nabla_status nabla_select_isa(nabla_isa isa)
{
    const instruction_set *set = set_of(isa);
    if (!is_available(set)) return NABLA_ERROR_ISA_UNAVAILABLE;
    atomic_store_explicit(&selected, set->kernels, memory_order_release);
    return NABLA_OK;
}
