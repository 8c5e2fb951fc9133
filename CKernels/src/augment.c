/* Augmentation at the public edge: the numbers of each sample's distortion, in double; the rest is in augment_body.h.
 */
#include <math.h>

#include "checks.h"
#include "kernel_table.h"
#include "share.h"

enum { SIGMA_MOST = 1000 };

/* Ten rounds of Philox4x32 over one counter. */
static void philox_words(uint32_t first, uint32_t sample, uint64_t stream, uint64_t key, uint32_t words[4])
{
    uint32_t c[4] = {first, sample, (uint32_t)stream, (uint32_t)(stream >> 32)};
    uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; ++round) {
        const uint64_t even = UINT64_C(0xd2511f53) * c[0], odd = UINT64_C(0xcd9e8d57) * c[2];
        const uint32_t next[4] = {(uint32_t)(odd >> 32) ^ c[1] ^ low, (uint32_t)odd,
                                  (uint32_t)(even >> 32) ^ c[3] ^ high, (uint32_t)even};
        for (int i = 0; i < 4; ++i) c[i] = next[i];
        low += 0x9e3779b9u;
        high += 0xbb67ae85u;
    }
    for (int i = 0; i < 4; ++i) words[i] = c[i];
}

/* From -1 to 1, neither of them nor 0. */
static double uniform(uint32_t word) { return ((double)word - 0x1p31 + 0.5) * 0x1p-31; }

/* 1 - z^2 / (n (n - 1)) (1 - ...): the Taylor series of the cosine for an even last power, of sin z / z for an odd one.
 */
static double series(double z_squared, int last_power)
{
    double sum = 1;
    for (int n = last_power; n > 1; n -= 2) sum = 1 - z_squared / (double)(n * (n - 1)) * sum;
    return sum;
}

/* cos(pi x) for x from 0 to 1, within 1e-14; exact at 0, 1/2 and 1. */
static double cosine_of_pi(double x)
{
    const double pi = 0x1.921fb54442d18p+1;
    if (x > 0.5) return -cosine_of_pi(1 - x);
    const double z = x > 0.25 ? pi * (0.5 - x) : pi * x;
    return x > 0.25 ? z * series(z * z, 21) : series(z * z, 20);
}

static double sine_of_pi(double x) { return x < 0 ? -cosine_of_pi(fabs(-x - 0.5)) : cosine_of_pi(fabs(x - 0.5)); }

static nabla_affine_map affine_map(const nabla_distortion *d, size_t rows, size_t columns, uint64_t seed,
                                   uint64_t stream, uint32_t sample)
{
    uint32_t word[8];
    philox_words(0, sample, stream, seed, word);
    philox_words(1, sample, stream, seed, word + 4);
    const double turn = uniform(word[2]) * (double)d->rotation / 180, lean = uniform(word[3]) * (double)d->shear / 180;
    const double c = cosine_of_pi(fabs(turn)), s = sine_of_pi(turn);
    const double t = sine_of_pi(lean) / cosine_of_pi(fabs(lean));
    const double sx = 1 + uniform(word[4]) * (double)d->scale, sy = 1 + uniform(word[5]) * (double)d->scale;
    return (nabla_affine_map){
        .xx = (float)((c + t * s) / sx),
        .xy = (float)((s - t * c) / sx),
        .x = (float)(0.5 * ((double)columns - 1) + uniform(word[0]) * (double)d->shift),
        .yx = (float)(-s / sy),
        .yy = (float)(c / sy),
        .y = (float)(0.5 * ((double)rows - 1) + uniform(word[1]) * (double)d->shift),
    };
}

nabla_status nabla_affine_maps(const nabla_distortion *distortion, size_t rows, size_t columns, uint64_t seed,
                               uint64_t stream, size_t m, const uint32_t *restrict samples,
                               nabla_affine_map *restrict maps)
{
    if (!distortion) return NABLA_ERROR_NULL_POINTER;
    const nabla_distortion *d = distortion;
    if (!(d->shift >= 0 && isfinite(d->shift) && d->rotation >= 0 && d->rotation <= 180 && d->scale >= 0 &&
          d->scale < 1 && d->shear >= 0 && d->shear < 90))
        return NABLA_ERROR_ARGUMENT;
    RETURN_IF_ERROR(check_matrix(maps, m, 1, 1, sizeof *maps));
    for (size_t s = 0; s < m; ++s)
        maps[s] = affine_map(d, rows, columns, seed, stream, samples ? samples[s] : (uint32_t)s);
    return NABLA_OK;
}

size_t nabla_gaussian_size(float sigma)
{
    if (!(sigma > 0 && sigma <= SIGMA_MOST)) return 0;
    const double reach = 3 * (double)sigma;
    size_t radius = (size_t)reach;
    radius += (double)radius < reach;
    return 2 * radius + 1;
}

/* e^-x for x from 0 up: the Taylor series of x / 2^k below 1/2, squared k times. */
static double exponential_of_minus(double x)
{
    int squarings = 0;
    for (; x > 0.5; x *= 0.5) ++squarings;
    double sum = 1;
    for (int n = 16; n > 0; --n) sum = 1 - x / (double)n * sum;
    for (; squarings > 0; --squarings) sum *= sum;
    return sum;
}

nabla_status nabla_gaussian_f32(float sigma, float *taps)
{
    const size_t terms = nabla_gaussian_size(sigma), radius = terms / 2;
    if (terms == 0) return NABLA_ERROR_ARGUMENT;
    if (!taps) return NABLA_ERROR_NULL_POINTER;
    const double inverse = 1 / (2 * (double)sigma * (double)sigma);
    double sum = 1;
    for (size_t i = radius; i > 0; --i) sum += 2 * exponential_of_minus((double)(i * i) * inverse);
    for (size_t i = 0; i <= radius; ++i)
        taps[radius + i] = taps[radius - i] = (float)(exponential_of_minus((double)(i * i) * inverse) / sum);
    return NABLA_OK;
}

/* Counters of noise are 32 bits, of which a field of 2^28 pixels takes 2^25. */
static int is_too_large_a_field(size_t rows, size_t columns)
{
    enum { MOST = 1 << 28 };
    return rows >= MOST || columns >= MOST || (uint64_t)field_stride(columns) * rows > MOST;
}

/* Places in a picture with its margins are computed in floats. */
static int is_too_large_a_picture(size_t rows, size_t columns)
{
    enum { MOST = 1 << 24 };
    return rows >= MOST || columns >= MOST || (uint64_t)warp_stride(columns) * (rows + 3) > MOST;
}

size_t nabla_elastic_workspace(size_t rows, size_t columns)
{
    enum { WRITTEN_PAST_THE_END = 192 };
    if (rows == 0 || columns == 0 || is_too_large_a_field(rows, columns)) return 0;
    return field_row_floats(columns) + 2 * field_stride(columns) * rows + WRITTEN_PAST_THE_END;
}

nabla_status nabla_elastic_field_f32(size_t rows, size_t columns, size_t terms, const float *restrict taps, float alpha,
                                     uint64_t seed, uint64_t stream, uint32_t sample, float *restrict workspace,
                                     float *restrict dx, float *restrict dy, size_t ld)
{
    if (terms % 2 == 0 || !isfinite(alpha)) return NABLA_ERROR_ARGUMENT;
    RETURN_IF_ERROR(check_floats(dx, rows, columns, ld));
    RETURN_IF_ERROR(check_floats(dy, rows, columns, ld));
    RETURN_IF_ERROR(check_vector(taps, terms));
    if (rows == 0 || columns == 0) return NABLA_OK;
    if (is_too_large_a_field(rows, columns)) return NABLA_ERROR_SIZE_OVERFLOW;
    if (!workspace) return NABLA_ERROR_NULL_POINTER;
    nabla_private_selected_table()->elastic_field(rows, columns, terms, taps, alpha, seed, stream, sample, workspace,
                                                  dx, dy, ld);
    return NABLA_OK;
}

size_t nabla_warp_workspace(size_t rows, size_t columns)
{
    if (rows == 0 || columns == 0 || is_too_large_a_picture(rows, columns)) return 0;
    return warp_stride(columns) * (rows + 2) + (warp_byte_stride(columns) * (rows + 3) + 3) / 4;
}

nabla_status nabla_warp_u8(size_t rows, size_t columns, const uint8_t *restrict picture, const nabla_affine_map *map,
                           const float *restrict dx, const float *restrict dy, size_t ld, uint32_t *restrict workspace,
                           uint8_t *restrict out)
{
    RETURN_IF_ERROR(check_matrix(picture, rows, columns, columns, 1));
    RETURN_IF_ERROR(check_matrix(out, rows, columns, columns, 1));
    if (!map || !dx != !dy) return NABLA_ERROR_NULL_POINTER;
    if (dx) RETURN_IF_ERROR(check_floats(dx, rows, columns, ld));
    if (rows == 0 || columns == 0) return NABLA_OK;
    if (is_too_large_a_picture(rows, columns)) return NABLA_ERROR_SIZE_OVERFLOW;
    if (!workspace) return NABLA_ERROR_NULL_POINTER;
    nabla_private_selected_table()->warp(rows, columns, picture, map, dx, dy, ld, workspace, out);
    return NABLA_OK;
}
