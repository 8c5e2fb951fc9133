/* What bounds a kernel: the ceilings of the machine, and how near to its own a row comes. */
#ifndef CEILINGS_H
#define CEILINGS_H

#include "peaks.h"
#include "rows.h"

/** A loop that does one thing as fast as this machine can. */
typedef enum ceiling_kind { MULTIPLY_ADDS, DIVISIONS, MEMORY } ceiling_kind;

typedef struct ceiling {
    ceiling_kind kind;
    pattern pattern; /* of MEMORY; there `footprint` bytes are gone through, all threads together */
    double footprint;
    size_t rounds;   /* as many as take a slice of time */
    int uses_memcpy; /* where it is faster than our loop */
} ceiling;

/** What a row is measured with. */
typedef struct setting {
    nabla_isa isa;
    const peaks *peaks; /* of the vectors that this instruction set has */
    size_t threads;
    arena operands, arrays; /* of the kernels, of the ceilings */
} setting;

/** Finds how many rounds take about `seconds`, and which copy is faster. */
ceiling calibrated(ceiling c, setting *with, double seconds);

/** Floats or bytes a second of one slice. */
double ceiling_rate(const ceiling *c, setting *with);

/** Writes "multiply-adds", "L2 changes", ... */
void name_ceiling(const ceiling *c, size_t threads, char name[24]);

typedef struct measurement {
    double seconds, fastest, slowest; /* of a call: the median over the rounds, the least and the most */
    double share;        /* the least time by its ceiling over the time taken, both of a round: the median */
    ceiling bound;       /* the ceiling by which the call takes longest */
    double bound_rate;   /* floats or bytes a second */
    double bound_amount; /* floats or bytes of a call */
} measurement;

/** Measures a row and its ceilings turn by turn, in `rounds` rounds (fewer where a call takes long). */
measurement measure(row *r, setting *with, size_t rounds);

#endif
