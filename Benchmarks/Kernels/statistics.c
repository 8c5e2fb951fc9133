#include "statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double middle_of(const double *sorted, size_t count)
{
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

double median_of(const double *numbers, size_t count)
{
    double *const sorted = malloc(count * sizeof *sorted);
    if (!sorted) abort();
    memcpy(sorted, numbers, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_value);
    const double middle = middle_of(sorted, count);
    free(sorted);
    return middle;
}

size_t sign_rank(size_t count, double miss)
{
    /* Logarithms, for 2^-count may be too small for a double. */
    const double n = (double)count, all = lgamma(n + 1) - n * log(2);
    double below = 0;
    size_t rank = 0;
    for (; rank < count / 2; ++rank) {
        const double heads = (double)rank;
        below += exp(all - lgamma(heads + 1) - lgamma(n - heads + 1));
        if (below > miss / 2) break;
    }
    return rank;
}

interval median_interval(double *numbers, size_t count, double miss)
{
    qsort(numbers, count, sizeof *numbers, by_value);
    const size_t rank = sign_rank(count, miss);
    const double middle = middle_of(numbers, count);
    if (rank == 0) return (interval){-INFINITY, middle, INFINITY};
    return (interval){numbers[rank - 1], middle, numbers[count - rank]};
}

int verdict_of(interval i, double margin)
{
    const double away = log1p(margin);
    return i.low > away ? 1 : i.high < -away ? -1 : 0;
}
