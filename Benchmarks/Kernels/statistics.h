/* What may be said of a few dozen measurements on a machine that others use too. */
#ifndef STATISTICS_H
#define STATISTICS_H

#include <stddef.h>

/** The median of `count` numbers, count > 0; of an even count the mean of the two in the middle. */
double median_of(const double *numbers, size_t count);

/** An interval around a median. */
typedef struct interval {
    double low, median, high;
} interval;

/** The median of `count` independent numbers, and an interval that misses the median of their distribution with a
 *  probability of at most `miss`, whatever the distribution is: from the k-th smallest to the k-th largest, by the sign
 *  test (Conover 1999, section 3.2). So far outliers do not count. Where there are too few numbers for so small a
 *  `miss`, the ends are infinite. `numbers` are sorted. */
interval median_interval(double *numbers, size_t count, double miss);

/** Which k that is, 1 ... count / 2: the largest with P(at most k - 1 of `count` tosses of a coin are heads) <= miss /
 * 2; 0 where there is none. */
size_t sign_rank(size_t count, double miss);

/** 1 where the whole interval of logarithms of ratios lies more than `margin` above equal, -1 where it lies as far
 * below, else 0. */
int verdict_of(interval i, double margin);

#endif
