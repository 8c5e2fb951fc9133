#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_features.h"
#include "kernel_table.h"

static const char *const names[NABLA_ISA_COUNT] = {"scalar", "avx2", "avx512", "neon"};

/* Widest first: the default is the first one that runs. */
static const nabla_isa preference[NABLA_ISA_COUNT] = {NABLA_ISA_AVX512, NABLA_ISA_AVX2, NABLA_ISA_NEON,
                                                      NABLA_ISA_SCALAR};

static _Atomic(const kernel_table *) selected; /* NULL until the first call */

static const kernel_table *available_table(nabla_isa isa)
{
    if (!nabla_private_cpu_supports(isa)) return NULL;
    switch (isa) {
    case NABLA_ISA_SCALAR: return nabla_private_scalar_table();
    case NABLA_ISA_AVX2: return nabla_private_avx2_table();
    case NABLA_ISA_AVX512: return nabla_private_avx512_table();
    case NABLA_ISA_NEON: return nabla_private_neon_table();
    }
    return NULL;
}

static const kernel_table *first_choice(void)
{
    const char *wish = getenv("NABLA_ISA");
    for (int isa = 0; wish && isa < NABLA_ISA_COUNT; ++isa)
        if (strcmp(wish, names[isa]) == 0 && available_table((nabla_isa)isa)) return available_table((nabla_isa)isa);
    for (int i = 0; i < NABLA_ISA_COUNT; ++i)
        if (available_table(preference[i])) return available_table(preference[i]);
    return nabla_private_scalar_table();
}

const kernel_table *nabla_private_selected_table(void)
{
    const kernel_table *table = atomic_load_explicit(&selected, memory_order_acquire);
    if (table) return table;
    /* Threads may race to here; all would choose the same table, and a nabla_select_isa that came first stays. */
    const kernel_table *choice = first_choice();
    return atomic_compare_exchange_strong(&selected, &table, choice) ? choice : table;
}

const char *nabla_isa_name(nabla_isa isa) { return (unsigned)isa < NABLA_ISA_COUNT ? names[isa] : NULL; }

int nabla_isa_available(nabla_isa isa) { return available_table(isa) != NULL; }

nabla_isa nabla_selected_isa(void) { return nabla_private_selected_table()->isa; }

nabla_status nabla_select_isa(nabla_isa isa)
{
    const kernel_table *table = available_table(isa);
    if (!table) return NABLA_ERROR_ISA_UNAVAILABLE;
    atomic_store_explicit(&selected, table, memory_order_release);
    return NABLA_OK;
}
