/* What the work.c of other people's programs share: the time, numbers that look random, and the file of results. */
#ifndef WORK_H
#define WORK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/** From 0 to 1, the same on every machine. */
static inline float next_random(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (float)(state >> 40) / (1 << 24);
}

static inline void append_result(const char *path, float result)
{
    static FILE *file;
    if (!file) file = fopen(path, "wb");
    if (!file || fwrite(&result, sizeof result, 1, file) != 1 || fflush(file)) exit(1);
}

#endif
