/* Whole runs of `nabla train`, for a comparison. */
#ifndef TRAININGS_H
#define TRAININGS_H

#include <stddef.h>

typedef struct training {
    const char *kernel, *shape; /* as in a row: what the table calls it */
    const char *layers, *batch_size;
    double samples;
} training;

extern const training trainings[];
extern const size_t training_count;

typedef struct training_pair {
    double ratio;        /* the second program's time over the first one's */
    double base_seconds; /* of an epoch */
} training_pair;

/** Lets a process of each program train, on one thread, in turns of some epochs; a turn counts its fastest epoch, for
 * the others are those that other programs interrupted. The second one has `more` times as many samples. Processes
 * differ by the memory they get: one pair is one number, and several pairs make an interval. Ends this program where
 * one fails. */
training_pair compare_trainings(const char *const programs[2], const training *of, double more, size_t pair);

#endif
