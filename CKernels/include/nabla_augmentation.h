/* Nabla kernels: pictures distorted at random.                                 SPDX-License-Identifier: Apache-2.0
 *
 * Part of nabla_kernels.h, which includes it and whose promises hold here too. A picture that a network sees for the
 * second time is shifted, turned, stretched, slanted and bent a little otherwise (Simard, Steinkraus & Platt 2003;
 * Ciresan et al. 2010). For one picture of rows x columns pixels:
 *
 *   nabla_affine_maps          where each pixel of the distorted picture comes from, but for the bending
 *   nabla_elastic_field_f32    the bending: a displacement for each pixel
 *   nabla_warp_u8              the distorted picture, read from the original there
 *   nabla_sparse_pack_row      as a sparse row
 *
 * Random numbers are drawn by counter (Philox4x32-10, as nabla_dropout_masks), from the seed, a stream (one for each
 * epoch, say) and the sample's number, so that no order of work changes them. One picture is one thread's work.
 */
#ifndef NABLA_AUGMENTATION_H
#define NABLA_AUGMENTATION_H

#include "nabla_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How far pictures are distorted at most; each number is drawn uniformly. All zero: not at all. */
typedef struct nabla_distortion {
    float shift;    /* pixels, of columns and of rows: from -shift to shift; finite */
    float rotation; /* degrees: from -rotation to rotation; at most 180 */
    float scale;    /* of columns and of rows, each: from 1 - scale to 1 + scale; below 1 */
    float shear;    /* degrees by which upright lines lean: from -shear to shear; below 90 */
} nabla_distortion;

/** The source of the pixel in column j and row i, with X = j - (columns - 1) / 2 and Y = i - (rows - 1) / 2:
 *  column xx X + xy Y + x, row yx X + yy Y + y. Not distorted: {1, 0, (columns - 1) / 2, 0, 1, (rows - 1) / 2}. */
typedef struct nabla_affine_map {
    float xx, xy, x, yx, yy, y;
} nabla_affine_map;

/** Draws the map of each of m samples.
 *  Shapes    samples m, the number of each, or NULL: 0 ... m-1; maps m.
 *  Numerics  counters (64-bit words, low first) {c | sample << 32, stream}, key `seed`; the words of c = 0 draw columns
 *            shifted, rows shifted, rotation, shear; the first two of c = 1 the scales sx of columns and sy of rows.
 *            A word w is (w - 2^31 + 1/2) 2^-31. With t = the tangent of the shear, c and s the cosine and sine of the
 *            rotation: xx = (c + t s) / sx, xy = (s - t c) / sx, yx = -s / sy, yy = c / sy, in double from our own
 *            series, each rounded once. A picture is scaled, then sheared, then rotated about its centre.
 *  Errors    NABLA_ERROR_ARGUMENT for a number out of range or NaN. */
NABLA_API nabla_status nabla_affine_maps(const nabla_distortion *distortion, size_t rows, size_t columns, uint64_t seed,
                                         uint64_t stream, size_t m, const uint32_t *samples, nabla_affine_map *maps);

/** Terms of a Gaussian that nabla_gaussian_f32 writes: 2 r + 1 with r = ceil(3 sigma); 0 unless 0 < sigma <= 1000. */
NABLA_API size_t nabla_gaussian_size(float sigma);

/** A Gaussian cut at 3 sigma, with sum 1: taps[r + i] = taps[r - i] ~ e^(-i^2 / (2 sigma^2)).
 *  Numerics  in double from our own series, rounded once.
 *  Errors    NABLA_ERROR_ARGUMENT for a sigma without a size. */
NABLA_API nabla_status nabla_gaussian_f32(float sigma, float *taps);

/** Floats of workspace that nabla_elastic_field_f32 needs; 0 for more than 2^28 pixels (rows count as whole 32s), or if
 *  there are none. */
NABLA_API size_t nabla_elastic_workspace(size_t rows, size_t columns);

/** The elastic field of one sample (Simard et al. 2003): alpha times noise from -1 to 1, smoothed by a Gaussian.
 *  Shapes    taps `terms`, an odd number, from nabla_gaussian_f32; dx, dy rows x columns (ld >= columns), the columns
 *            and rows by which each pixel's source is displaced; workspace nabla_elastic_workspace(rows, columns).
 *  Numerics  noise is a byte k as (2 k - 255) / 256. With S = 32 ceil(columns / 32), the noise of dx at (i, j) has the
 *            place e = 2 S i + j, that of dy e = 2 S i + S + j; e is byte e / 16 % 4 (low first) of word e / 64 % 4 of
 *            counter {16 + e / 256 * 16 + e % 16 | sample << 32, stream}. Outside of the picture it is 0. It is
 *            smoothed by columns, then by rows: chains from +0 in ascending rows or columns, one fma a term; then times
 *            alpha.
 *  Errors    NABLA_ERROR_ARGUMENT for terms that are even, an alpha that is not finite; NABLA_ERROR_SIZE_OVERFLOW where
 *            nabla_elastic_workspace is 0 for too many pixels. */
NABLA_API nabla_status nabla_elastic_field_f32(size_t rows, size_t columns, size_t terms, const float *taps,
                                               float alpha, uint64_t seed, uint64_t stream, uint32_t sample,
                                               float *workspace, float *dx, float *dy, size_t ld);

/** 32-bit words of workspace that nabla_warp_u8 needs; 0 if there are too many pixels (2^24 with margins), or none. */
NABLA_API size_t nabla_warp_workspace(size_t rows, size_t columns);

/** OUT[i, j] = the picture at its source by `map`, displaced by dx[i, j] columns and dy[i, j] rows; paper (0) around.
 *  Shapes    picture, out rows x columns, contiguous; dx, dy rows x columns (ld >= columns), or both NULL; workspace
 *            nabla_warp_workspace(rows, columns).
 *  Numerics  x = fma(xx, X, fma(xy, Y, map.x + 1)) + dx, cut to 0 ... columns + 1, y alike; with whole parts and
 *            fractions f of x, g of y and p of the four pixels around: a = fma(f, p01 - p00, p00),
 *            b = fma(f, p11 - p10, p10), fma(g, b - a, a), rounded to the nearest whole number (even in the middle). So
 *            a map that shifts by whole pixels copies them, and one that does nothing changes no byte.
 *  Errors    NABLA_ERROR_SIZE_OVERFLOW for too many pixels. */
NABLA_API nabla_status nabla_warp_u8(size_t rows, size_t columns, const uint8_t *picture, const nabla_affine_map *map,
                                     const float *dx, const float *dy, size_t ld, uint32_t *workspace, uint8_t *out);

/** Writes one row of pixels as entries of a sparse row and returns how many, at most `in`. No argument is checked.
 *  Shapes    pixels in; entries has room for `in`. */
NABLA_API size_t nabla_sparse_pack_row(size_t in, const uint8_t *pixels, uint16_t *entries);

#ifdef __cplusplus
}
#endif

#endif /* NABLA_AUGMENTATION_H */
