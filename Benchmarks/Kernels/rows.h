/* What is measured: one row a kernel and shape, with the least work that any program must do for it. */
#ifndef ROWS_H
#define ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "nabla_kernels.h"

/** How memory is gone through; each is a loop of peaks.h. */
typedef enum pattern {
    LOADS,   /* every byte is read */
    CHANGES, /* every float is read, and written in place */
    COPIES,  /* one array is read, another written */
    ADDS,    /* one array is read, another read and written */
    PATTERNS
} pattern;

/** The least that one call must do; which of these takes longest bounds it. */
typedef struct work {
    double slots;     /* fused multiply-adds of one float, or what takes the place of one: *, +, -, max, 2^n x */
    double divisions; /* and roots */
    double loads;     /* bytes that multiply-adds cannot take from registers, so from L1 */
    pattern pattern;
    double bytes;     /* read and written at least once */
    double footprint; /* bytes that a call goes through, and finds where the call before has left them */
} work;

/** A kernel's operands; each row uses some. */
typedef struct operands {
    size_t m, n, k; /* samples, outputs, inputs; or rows and columns */
    int variant;    /* what else tells apart rows with one function */
    float *x, *w, *bias, *a;
    float *states[4]; /* a rule's, of the weights and then of the biases */
    uint8_t *pixels, *bytes;
    uint16_t *entries, *masks;
    uint64_t *starts;
    uint32_t *samples, *words;
    size_t next; /* the mini-batch of the next call */
} operands;

/** Memory for one row's operands. The same row takes the same addresses every time. */
typedef struct arena {
    unsigned char *base;
    size_t used, size, taken; /* bytes; arrays */
} arena;

/** An arena of so many bytes of address space, which takes memory only where it is written. Ends the program when there
 *  is none. */
arena make_arena(size_t size);
void free_arena(arena *a);

/** `bytes` zeros on a cache line. No two of a row's arrays begin in like places of a page: a load would wait for a
 * store to an array with the same twelve lowest bits of the address (4K aliasing). */
void *take(arena *from, size_t bytes);
void empty_arena(arena *a);

/** `count` floats of -0.25 ..< 0.25, the same in every run. */
float *take_floats(arena *from, size_t count);

typedef struct row {
    char kernel[32], shape[32];
    operands operands; /* the sizes at first; the pointers by `prepare` */
    work work;
    int alone; /* has no member: one thread's work */
    void (*prepare)(struct row *row, arena *from);
    nabla_status (*call)(operands *operands, const nabla_member *member);
} row;

/** Rows in the order of the table. */
typedef struct row_list {
    row rows[128];
    size_t count;
} row_list;

/** Adds a copy of `added`, with a shape of these words. */
void add_row(row_list *list, row added, const char *shape, ...) __attribute__((format(printf, 3, 4)));

/** Bytes that fit no cache: twice the largest, 256 MiB at least, an eighth of the memory at most. */
size_t beyond_caches(void);

/** The side of a square matrix of floats as large, a multiple of 16 whose rows are no power of two apart. */
size_t side_beyond_caches(void);

/* Each family of kernels is a file. One that does not compile with an older header is left out of a comparison. */
void add_elementwise_rows(row_list *list);
void add_matrix_rows(row_list *list);
void add_dense_rows(row_list *list);
void add_sparse_rows(row_list *list);
void add_picture_rows(row_list *list);

/** All of them. */
void add_all_rows(row_list *list);

/** What a slice of so many threads is timed by, in seconds: one by its processor time, to which other programs do not
 * add; several by the time on the wall. */
double slice_clock(size_t threads);

/** Seconds of `calls` calls after one that is not timed, on several threads from barrier to barrier. Ends the program
 *  when the kernel refuses its arguments. */
double time_calls(row *row, size_t threads, size_t calls);

/** A layer's outputs in whole panels. */
static inline size_t padded(size_t n) { return (n + NABLA_PANEL - 1) / NABLA_PANEL * NABLA_PANEL; }

/** A step so short that any number of them leave the weights finite. */
#define SMALL_STEP (-1e-9f)

/* What a float of these functions takes, counted in activation_body.h and output_body.h. */
enum { SIGMOID_SLOTS = 14, TANH_SLOTS = 25, SOFTMAX_SLOTS = 16 };

#endif
