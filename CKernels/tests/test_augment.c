/* Augmentation: maps against libm in double, fields and warped pictures against naive loops byte by byte on every
 * instruction set; what a field's numbers are spread like; pictures that must not change, and those that only move. */
#include "cases.h"
#include "pictures.h"
#include "reference_augment.h"

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        ++cases;                                                                                                       \
        if (!(condition) && ++failures <= 20)                                                                          \
            printf("FAILED on %s, line %d: %s\n", nabla_isa_name(nabla_selected_isa()), __LINE__, #condition);         \
    } while (0)

static const nabla_distortion nothing = {0, 0, 0, 0}, usual = {2, 12, 0.15f, 10}, strong = {30, 180, 0.9f, 60};
enum { SIDE_MOST = 70 };

/* Within two units in the last place of floats around `size`. */
static int is_near(float found, float expected, float size)
{
    return fabsf(found - expected) <= 2 * 0x1p-24f * fmaxf(size, fabsf(expected));
}

static void test_maps(void)
{
    static const nabla_distortion *const distortions[] = {&nothing, &usual, &strong};
    for (size_t d = 0; d < COUNT(distortions); ++d)
        for (uint32_t turn = 0; turn < 500; ++turn) {
            const uint64_t seed = (uint64_t)random_bits() << 32 | turn, stream = ~seed;
            const uint32_t sample = turn % 2 ? random_bits() : turn;
            nabla_affine_map m;
            EXPECT(nabla_affine_maps(distortions[d], 28, 31, seed, stream, 1, &sample, &m) == NABLA_OK);
            const nabla_affine_map r = reference_map(distortions[d], 28, 31, seed, stream, sample);
            EXPECT(is_near(m.xx, r.xx, 1) && is_near(m.xy, r.xy, 1) && is_near(m.x, r.x, 31));
            EXPECT(is_near(m.yx, r.yx, 1) && is_near(m.yy, r.yy, 1) && is_near(m.y, r.y, 31));
            if (d == 0) EXPECT(m.xx == 1 && m.xy == 0 && m.x == 15 && m.yx == 0 && m.yy == 1 && m.y == 13.5f);
        }
    nabla_affine_map many[100], one;
    EXPECT(nabla_affine_maps(&usual, 28, 28, 1, 2, 100, NULL, many) == NABLA_OK);
    for (uint32_t s = 0; s < 100; ++s) {
        EXPECT(nabla_affine_maps(&usual, 28, 28, 1, 2, 1, &s, &one) == NABLA_OK);
        EXPECT(memcmp(&one, &many[s], sizeof one) == 0);
    }
}

static void test_gaussians(void)
{
    static const float sigmas[] = {0.1f, 0.5f, 1, 4, 5.3f, 6, 33.34f, 100, 1000};
    static float taps[8192];
    for (size_t i = 0; i < COUNT(sigmas); ++i) {
        const size_t size = nabla_gaussian_size(sigmas[i]), r = size / 2;
        EXPECT(size == 2 * (size_t)ceil(3 * (double)sigmas[i]) + 1);
        EXPECT(nabla_gaussian_f32(sigmas[i], taps) == NABLA_OK);
        double sum = 0, expected = 0;
        for (size_t k = 0; k < size; ++k) {
            const double x = ((double)k - (double)r) / (double)sigmas[i];
            sum += (double)taps[k];
            expected += exp(-0.5 * x * x);
        }
        EXPECT(fabs(sum - 1) < 1e-6);
        for (size_t k = 0; k < size; ++k) {
            const double x = ((double)k - (double)r) / (double)sigmas[i], tap = exp(-0.5 * x * x) / expected;
            EXPECT(fabs((double)taps[k] - tap) <= 1e-7 * tap + 1e-45);
        }
    }
    EXPECT(nabla_gaussian_size(0) == 0 && nabla_gaussian_size(-1) == 0 && nabla_gaussian_size(1001) == 0);
    EXPECT(nabla_gaussian_size(NAN) == 0 && nabla_gaussian_f32(NAN, taps) == NABLA_ERROR_ARGUMENT);
}

static void test_field(size_t rows, size_t columns, float sigma, size_t padding)
{
    const size_t terms = nabla_gaussian_size(sigma), ld = columns + padding;
    const uint64_t seed = (uint64_t)random_bits() << 32 | random_bits(), stream = seed * 5;
    const uint32_t sample = random_bits();
    float *taps = allocate(terms * sizeof *taps);
    float *workspace = allocate_floats(nabla_elastic_workspace(rows, columns));
    EXPECT(nabla_gaussian_f32(sigma, taps) == NABLA_OK);
    operand dx = make_unreadable(rows, columns, ld, padding), dy = make_unreadable(rows, columns, ld, padding + 3);
    reference_field(rows, columns, terms, taps, 34, seed, stream, sample, 0, dx.expected, ld);
    reference_field(rows, columns, terms, taps, 34, seed, stream, sample, 1, dy.expected, ld);
    const shape s = {.m = rows, .n = columns, .k = terms, .padding = padding};
    count_nonzero(&dx, columns), count_nonzero(&dy, columns);
    watch(&dx), watch(&dy);
    ON_EVERY_ISA(
        "elastic_field", &s,
        (memset(workspace, 0xff, nabla_elastic_workspace(rows, columns) * sizeof *workspace), (void)member,
         nabla_elastic_field_f32(rows, columns, terms, taps, 34, seed, stream, sample, workspace, dx.at, dy.at, ld)));
    free(taps), free(workspace);
}

static void draw_picture(uint8_t *picture, size_t pixels, unsigned percent)
{
    for (size_t i = 0; i < pixels; ++i)
        picture[i] = (random_bits() >> 8) % 100 < percent ? (uint8_t)(random_bits() >> 9) : 0;
}

static uint8_t picture[SIDE_MOST * SIDE_MOST], warped[SIDE_MOST * SIDE_MOST + 1], expected[SIDE_MOST * SIDE_MOST];

static void warp_on_every_isa(size_t rows, size_t columns, const nabla_affine_map *map, const float *dx,
                              const float *dy, size_t ld)
{
    uint32_t *workspace = allocate(nabla_warp_workspace(rows, columns) * sizeof *workspace);
    for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
        if (nabla_select_isa((nabla_isa)isa) != NABLA_OK) continue;
        memset(workspace, 0xff, nabla_warp_workspace(rows, columns) * sizeof *workspace);
        memset(warped, 0x5a, sizeof warped);
        EXPECT(nabla_warp_u8(rows, columns, picture, map, dx, dy, ld, workspace, warped) == NABLA_OK);
        EXPECT(memcmp(warped, expected, rows * columns) == 0 && warped[rows * columns] == 0x5a);
    }
    free(workspace);
}

static void test_warp(size_t rows, size_t columns, const nabla_distortion *d, int is_elastic, size_t padding)
{
    static float dx[SIDE_MOST * (SIDE_MOST + 5)], dy[SIDE_MOST * (SIDE_MOST + 5)];
    const size_t ld = columns + padding;
    nabla_affine_map map;
    const uint32_t sample = random_bits();
    EXPECT(nabla_affine_maps(d, rows, columns, 7, 9, 1, &sample, &map) == NABLA_OK);
    draw_picture(picture, rows * columns, 40);
    for (size_t i = 0; i < rows * ld; ++i) dx[i] = 3 * random_float(), dy[i] = 3 * random_float();
    if (is_elastic) dx[0] = INFINITY, dy[rows * columns / 2] = -1e30f, dx[(rows - 1) * ld] = NAN;
    for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < columns; ++j)
            expected[i * columns + j] = reference_warp(rows, columns, picture, &map, i, j,
                                                       is_elastic ? dx + i * ld + j : NULL, dy + i * ld + j);
    warp_on_every_isa(rows, columns, &map, is_elastic ? dx : NULL, is_elastic ? dy : NULL, ld);
}

/* Nothing changed, all moved by whole pixels, a quarter turn: each must be exact. */
static void test_exact_maps(size_t rows, size_t columns)
{
    static const int shifts[][2] = {{0, 0}, {1, 0}, {0, -1}, {3, -2}, {-40, 0}, {0, 90}};
    draw_picture(picture, rows * columns, 50);
    for (size_t k = 0; k < COUNT(shifts); ++k) {
        const nabla_affine_map map = {1, 0, ((float)columns - 1) / 2 + (float)shifts[k][0],
                                      0, 1, ((float)rows - 1) / 2 + (float)shifts[k][1]};
        for (long i = 0; i < (long)rows; ++i)
            for (long j = 0; j < (long)columns; ++j)
                expected[(size_t)i * columns + (size_t)j] =
                    (uint8_t)reference_pixel(picture, rows, columns, i + shifts[k][1], j + shifts[k][0]);
        warp_on_every_isa(rows, columns, &map, NULL, NULL, 0);
    }
    if (rows != columns) return;
    const nabla_affine_map quarter = {0, 1, ((float)columns - 1) / 2, -1, 0, ((float)rows - 1) / 2};
    for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < columns; ++j) expected[i * columns + j] = picture[(rows - 1 - j) * columns + i];
    warp_on_every_isa(rows, columns, &quarter, NULL, NULL, 0);
}

/* Maps that do nothing, drawn by strengths of zero, change no byte; so does a field times zero. */
static void test_zero_strength(void)
{
    static float taps[25], workspace[20000], dx[28 * 28], dy[28 * 28];
    nabla_affine_map map;
    EXPECT(nabla_affine_maps(&nothing, 28, 28, 3, 4, 1, NULL, &map) == NABLA_OK);
    EXPECT(nabla_gaussian_size(4) == COUNT(taps) && nabla_gaussian_f32(4, taps) == NABLA_OK);
    EXPECT(nabla_elastic_workspace(28, 28) <= COUNT(workspace));
    EXPECT(nabla_elastic_field_f32(28, 28, 25, taps, 0, 3, 4, 0, workspace, dx, dy, 28) == NABLA_OK);
    draw_picture(picture, 28 * 28, 60);
    memcpy(expected, picture, 28 * 28);
    warp_on_every_isa(28, 28, &map, NULL, NULL, 0);
    warp_on_every_isa(28, 28, &map, dx, dy, 28);
}

/* Noise of variance (1 - 2^-16) / 3 smoothed by taps: at the centre, where no noise is cut off, each of dx and dy has
 * mean 0, deviation alpha (sum of squares of taps) sqrt(1/3), and pixels d columns apart are correlated by the taps'
 * autocorrelation; dx, dy and samples are independent. Within five standard deviations of the estimates. */
static void test_spread(void)
{
    enum { SIDE = 41, SAMPLES = 4000, CENTRE = 20, LAGS = 9 };
    static float taps[25], workspace[40000], dx[SIDE * SIDE], dy[SIDE * SIDE];
    EXPECT(nabla_elastic_workspace(SIDE, SIDE) <= COUNT(workspace) && nabla_gaussian_f32(4, taps) == NABLA_OK);
    double mean[2] = {0, 0}, square[2] = {0, 0}, product = 0, lagged[2][LAGS] = {{0}};
    for (uint32_t s = 0; s < SAMPLES; ++s) {
        EXPECT(nabla_elastic_field_f32(SIDE, SIDE, 25, taps, 34, 11, 12, s, workspace, dx, dy, SIDE) == NABLA_OK);
        const double x = (double)dx[CENTRE * SIDE + CENTRE], y = (double)dy[CENTRE * SIDE + CENTRE];
        mean[0] += x, mean[1] += y, square[0] += x * x, square[1] += y * y, product += x * y;
        for (size_t k = 0; k < LAGS; ++k) {
            lagged[0][k] += x * (double)dx[CENTRE * SIDE + CENTRE - k];
            lagged[1][k] += y * (double)dy[(CENTRE + k) * SIDE + CENTRE];
        }
    }
    double squares = 0;
    for (size_t k = 0; k < 25; ++k) squares += (double)taps[k] * (double)taps[k];
    const double variance = 34.0 * 34.0 * squares * squares * (1 - 0x1p-16) / 3, n = SAMPLES;
    for (int part = 0; part < 2; ++part) {
        EXPECT(fabs(mean[part] / n) < 5 * sqrt(variance / n));
        EXPECT(fabs(square[part] / n - variance) < 5 * variance * sqrt(2 / n));
        for (size_t k = 0; k < LAGS; ++k) {
            double correlation = 0;
            for (size_t t = k; t < 25; ++t) correlation += (double)taps[t] * (double)taps[t - k] / squares;
            EXPECT(fabs(lagged[part][k] / n / variance - correlation) < 5 * sqrt(2 / n));
        }
    }
    EXPECT(fabs(product / n) < 5 * variance / sqrt(n));
}

/* Draws fill their ranges evenly: mean and mean square of a uniform distribution, nothing outside. */
static void test_draws(void)
{
    enum { SAMPLES = 20000 };
    static nabla_affine_map maps[SAMPLES];
    static const nabla_distortion shifted = {3, 0, 0, 0}, turned = {0, 90, 0, 0}, scaled = {0, 0, 0.5f, 0};
    static const nabla_distortion sheared = {0, 0, 0, 45};
    const nabla_distortion *const all[] = {&shifted, &turned, &scaled, &sheared};
    for (size_t d = 0; d < COUNT(all); ++d) {
        EXPECT(nabla_affine_maps(all[d], 1, 1, 5, d, SAMPLES, NULL, maps) == NABLA_OK);
        double sum = 0, squares = 0, product = 0;
        for (size_t s = 0; s < SAMPLES; ++s) {
            const nabla_affine_map *m = &maps[s];
            const double u[] = {(double)m->x / 3, atan2(-(double)m->yx, (double)m->yy) / (acos(-1.0) / 2),
                                (1 / (double)m->xx - 1) * 2, atan(-(double)m->xy) / (acos(-1.0) / 4)};
            const double other[] = {(double)m->y / 3, 0, (1 / (double)m->yy - 1) * 2, 0};
            EXPECT(fabs(u[d]) <= 1 + 1e-6);
            sum += u[d], squares += u[d] * u[d], product += u[d] * other[d];
        }
        EXPECT(fabs(sum / SAMPLES) < 5 * sqrt(1.0 / 3 / SAMPLES));
        EXPECT(fabs(squares / SAMPLES - 1.0 / 3) < 5 * sqrt(4.0 / 45 / SAMPLES));
        EXPECT(fabs(product / SAMPLES) < 5 * sqrt(1.0 / 9 / SAMPLES));
    }
}

/* One row packed alone is the row packed among others; dropped in place, the row dropped into another. */
static void test_rows(size_t in, unsigned percent)
{
    pictures p = make_pictures(6, in, percent);
    uint16_t *row = allocate((in + 1) * sizeof *row), *kept = allocate((in + 1) * sizeof *kept);
    uint16_t *mask = allocate(panels_of(in) * sizeof *mask);
    for (size_t s = 0; s < p.rows; ++s) {
        row[in] = 0xdead;
        const size_t count = nabla_sparse_pack_row(in, p.pixels + s * in, row);
        EXPECT(count == p.ends[s] - p.starts[s] && row[in] == 0xdead);
        EXPECT(memcmp(row, p.entries + p.starts[s], count * sizeof *row) == 0);
        EXPECT(nabla_dropout_masks(1, in, 1u << 31, 1, s, NULL, mask, panels_of(in), NULL) == NABLA_OK);
        const size_t left = nabla_sparse_dropout(count, row, mask, kept);
        EXPECT(nabla_sparse_dropout(count, row, mask, row) == left && memcmp(row, kept, left * sizeof *row) == 0);
    }
    free(row), free(kept), free(mask);
    free_pictures(&p);
}

int main(void)
{
    test_maps();
    test_gaussians();
    test_zero_strength();
    static const size_t sides[] = {1, 2, 3, 7, 8, 15, 16, 17, 28, 31, 32, 33, 40, 64, 70};
    static const float sigmas[] = {0.5f, 1, 4, 9, 30};
    static const nabla_distortion *const distortions[] = {&nothing, &usual, &strong};
    for (size_t r = 0; r < COUNT(sides); ++r)
        for (size_t c = 0; c < COUNT(sides); ++c) {
            if (r % 2 == c % 2) test_field(sides[r], sides[c], sigmas[(r + 3 * c) % COUNT(sigmas)], (r + c) % 5);
            for (size_t d = 0; d < COUNT(distortions); ++d)
                test_warp(sides[r], sides[c], distortions[d], (r + c + d) % 3 > 0, (r + d) % 5);
            test_exact_maps(sides[r], sides[c]);
        }
    test_spread();
    test_draws();
    static const size_t widths[] = {1, 7, 8, 9, 255, 256, 257, 300, 784, 1300};
    for (size_t w = 0; w < COUNT(widths); ++w)
        for (unsigned percent = 0; percent <= 100; percent += 20) test_rows(widths[w], percent);
    failures += picture_failures;
    printf("%zu cases, %zu outputs of fields, %zu not zero, %zu failures\n", cases, outputs, nonzero, failures);
    return failures > 0 || nonzero < outputs - outputs / 100;
}
