/* What statistics.c says of known samples. The intervals of the sign test are those of tables (Conover 1999, table A3).
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "statistics.h"

static int failures;

static void expect(int holds, const char *what)
{
    if (holds) return;
    printf("FAILED %s\n", what);
    ++failures;
}

static uint32_t state = 1;
static double uniform(void)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) * 0x1p-24;
}

/* Times on a busy machine: most are near 1, a tenth of them much longer. */
static double busy(void)
{
    const double usual = 1 + 0.02 * (uniform() + uniform() + uniform() - 1.5);
    return uniform() < 0.1 ? usual * (1 + 3 * uniform()) : usual;
}

static void test_medians(void)
{
    const double odd[] = {3, -1, 2}, even[] = {4, 1, 3, 2}, one[] = {7};
    expect(median_of(odd, 3) == 2, "the median of three");
    expect(median_of(even, 4) == 2.5, "the median of four");
    expect(median_of(one, 1) == 7, "the median of one");
    expect(odd[0] == 3, "median_of leaves the numbers where they are");
}

/* k - 1 heads or fewer of n tosses: at most miss / 2. */
static void test_ranks(void)
{
    expect(sign_rank(5, 0.05) == 0, "five numbers are too few: 2 / 32 > 0.05");
    expect(sign_rank(6, 0.05) == 1, "six numbers: 2 / 64");
    expect(sign_rank(10, 0.05) == 2, "ten numbers");
    expect(sign_rank(20, 0.05) == 6, "twenty numbers");
    expect(sign_rank(100, 0.05) == 40, "a hundred numbers");
    expect(sign_rank(1000, 0.05) == 469, "a thousand numbers");
    expect(sign_rank(14, 0.005) == 2, "fourteen numbers, 0.005");
    expect(sign_rank(0, 0.05) == 0, "no numbers");
}

static void test_interval(void)
{
    double numbers[] = {9, 1, 8, 2, 7, 3, 6, 4, 5, 10};
    const interval i = median_interval(numbers, 10, 0.05);
    expect(i.low == 2 && i.median == 5.5 && i.high == 9, "ten numbers: the second smallest to the second largest");
    double few[] = {1, 2, 3};
    const interval wide = median_interval(few, 3, 0.05);
    expect(isinf(wide.low) && wide.low < 0 && wide.median == 2 && isinf(wide.high), "three numbers say nothing");
}

/* Of two thousand intervals, the share that miss the median of the distribution; of ratios of equal and of unequal
 * times. */
static void test_coverage(void)
{
    enum { TRIES = 2000, BLOCKS = 40 };
    int missed = 0, unseen = 0;
    for (int try = 0; try < TRIES; ++try) {
        double equal[BLOCKS], slower[BLOCKS];
        for (int b = 0; b < BLOCKS; ++b) {
            equal[b] = log(busy() / busy()); /* its median is 0 */
            slower[b] = log(1.05 * busy() / busy());
        }
        const interval i = median_interval(equal, BLOCKS, 0.05), j = median_interval(slower, BLOCKS, 0.05);
        missed += i.low > 0 || i.high < 0;
        unseen += j.low <= log(1.01);
    }
    expect(missed <= TRIES * 0.06, "an interval of 95% misses in 5% of the tries");
    expect(missed >= TRIES * 0.02, "and is not much wider than that takes");
    expect(unseen <= TRIES * 0.05, "5% more time is seen beside one time in ten that is disturbed");
}

static void test_verdict(void)
{
    const double one = log(1.01), five = log(1.05);
    expect(verdict_of((interval){one + 1e-9, five, 2 * five}, 0.01) == 1, "slower: the whole interval is above 1%");
    expect(verdict_of((interval){-2 * five, -five, -one - 1e-9}, 0.01) == -1, "faster: the whole interval is below");
    expect(verdict_of((interval){one - 1e-9, five, 2 * five}, 0.01) == 0, "no difference: a part is within 1%");
    expect(verdict_of((interval){-five, 0, five}, 0.01) == 0, "no difference: equal");
    expect(verdict_of((interval){-INFINITY, five, INFINITY}, 0.01) == 0, "no difference: too few blocks to tell");
}

int main(void)
{
    test_verdict();
    test_medians();
    test_ranks();
    test_interval();
    test_coverage();
    return failures > 0;
}
