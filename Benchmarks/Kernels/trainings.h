/* Whole runs of `nabla train`, for a comparison. */
#ifndef TRAININGS_H
#define TRAININGS_H

#include <stddef.h>

typedef struct training {
    const char *kernel, *shape; /* as in a row: what the table calls it */
    const char *layers, *batch_size;
    unsigned epochs;
} training;

extern const training trainings[];
extern const size_t training_count;

/** Seconds of processor time that `program` takes for one run with so many epochs, on one thread. Ends this program
 * when that one fails. */
double time_training(const char *program, const training *of, unsigned epochs);

#endif
