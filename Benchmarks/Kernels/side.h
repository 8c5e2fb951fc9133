/* One of the two builds that are compared: its kernels and rows, in a library that hides everything else. */
#ifndef SIDE_H
#define SIDE_H

#include "rows.h"

typedef struct side {
    arena (*make_arena)(size_t size);
    void (*add_all_rows)(row_list *list);
    double (*time_calls)(row *row, size_t threads, size_t calls);
    double (*slice_clock)(size_t threads);
} side;

/** The name of the library's only function: const side *(void). */
#define SIDE_FUNCTION "nabla_measured_side"

#endif
