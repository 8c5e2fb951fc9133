/* Augmentation once more, as the header's "Numerics" lines read: one operation a line, libm in double. */
#ifndef REFERENCE_AUGMENT_H
#define REFERENCE_AUGMENT_H

#include "reference_rule.h"

/* A random word as a number from -1 to 1. */
static inline double reference_uniform(uint32_t word) { return ((double)word - 2147483647.5) / 2147483648.0; }

static inline nabla_affine_map reference_map(const nabla_distortion *d, size_t rows, size_t columns, uint64_t seed,
                                             uint64_t stream, uint32_t sample)
{
    double u[6];
    for (int i = 0; i < 6; ++i)
        u[i] = reference_uniform(reference_philox((uint64_t)(i / 4) | (uint64_t)sample << 32, stream, seed, i % 4));
    const double degree = acos(-1.0) / 180, turn = u[2] * (double)d->rotation * degree;
    const double c = cos(turn), s = sin(turn), t = tan(u[3] * (double)d->shear * degree);
    const double sx = 1 + u[4] * (double)d->scale, sy = 1 + u[5] * (double)d->scale;
    return (nabla_affine_map){.xx = (float)((c + t * s) / sx),
                              .xy = (float)((s - t * c) / sx),
                              .x = (float)(((double)columns - 1) / 2 + u[0] * (double)d->shift),
                              .yx = (float)(-s / sy),
                              .yy = (float)(c / sy),
                              .y = (float)(((double)rows - 1) / 2 + u[1] * (double)d->shift)};
}

/* The noise of dx (part 0) or dy (part 1) at a pixel. */
static inline float reference_noise(size_t columns, uint64_t seed, uint64_t stream, uint32_t sample, size_t part,
                                    size_t i, size_t j)
{
    const size_t s = (columns + 31) / 32 * 32, e = 2 * s * i + part * s + j;
    const uint64_t counter = (uint64_t)(uint32_t)(16 + e / 256 * 16 + e % 16) | (uint64_t)sample << 32;
    const uint32_t word = reference_philox(counter, stream, seed, (int)(e / 64 % 4));
    return (2 * (float)(word >> 8 * (e / 16 % 4) & 255) - 255) / 256;
}

static inline void reference_field(size_t rows, size_t columns, size_t terms, const float *taps, float alpha,
                                   uint64_t seed, uint64_t stream, uint32_t sample, size_t part, float *out, size_t ld)
{
    const size_t r = terms / 2;
    float *noise = malloc(2 * rows * columns * sizeof *noise), *smoothed = noise + rows * columns;
    if (!noise) abort();
    for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < columns; ++j)
            noise[i * columns + j] = reference_noise(columns, seed, stream, sample, part, i, j);
    for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < columns; ++j) {
            float sum = 0;
            for (size_t k = i < r ? 0 : i - r; k < rows && k <= i + r; ++k)
                sum = fmaf(taps[r + k - i], noise[k * columns + j], sum);
            smoothed[i * columns + j] = sum;
        }
    for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < columns; ++j) {
            float sum = 0;
            for (size_t k = j < r ? 0 : j - r; k < columns && k <= j + r; ++k)
                sum = fmaf(taps[r + k - j], smoothed[i * columns + k], sum);
            out[i * ld + j] = sum * alpha;
        }
    free(noise);
}

static inline float reference_pixel(const uint8_t *picture, size_t rows, size_t columns, long i, long j)
{
    return i >= 0 && j >= 0 && (size_t)i < rows && (size_t)j < columns ? (float)picture[(size_t)i * columns + (size_t)j]
                                                                       : 0;
}

/* One pixel of a warped picture; dx and dy are that pixel's displacement. */
static inline uint8_t reference_warp(size_t rows, size_t columns, const uint8_t *picture, const nabla_affine_map *map,
                                     size_t i, size_t j, const float *dx, const float *dy)
{
    const float X = (float)j - ((float)columns - 1) / 2, Y = (float)i - ((float)rows - 1) / 2;
    float x = fmaf(map->xx, X, fmaf(map->xy, Y, map->x + 1)), y = fmaf(map->yx, X, fmaf(map->yy, Y, map->y + 1));
    if (dx) x += *dx, y += *dy;
    x = fminf(fmaxf(x, 0), (float)columns + 1);
    y = fminf(fmaxf(y, 0), (float)rows + 1);
    const long column = (long)x, row = (long)y;
    const float f = x - (float)column, g = y - (float)row;
    const float p00 = reference_pixel(picture, rows, columns, row - 1, column - 1);
    const float p01 = reference_pixel(picture, rows, columns, row - 1, column);
    const float p10 = reference_pixel(picture, rows, columns, row, column - 1);
    const float p11 = reference_pixel(picture, rows, columns, row, column);
    const float a = fmaf(f, p01 - p00, p00), b = fmaf(f, p11 - p10, p10);
    return (uint8_t)lrintf(fmaf(g, b - a, a));
}

#endif
