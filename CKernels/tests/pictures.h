/* Pictures for the sparse kernels: pixels, the rows made of them, and the dense X that means the same. */
#ifndef PICTURES_H
#define PICTURES_H

#include "operands.h"

typedef struct pictures {
    size_t rows, in;
    uint8_t *pixels;
    uint64_t *starts, *ends; /* `ends` is starts + 1 or an array of its own */
    uint16_t *entries;
    float *values; /* or NULL */
} pictures;

static size_t picture_failures;

static inline void *allocate(size_t bytes) { return allocate_floats(bytes / sizeof(float) + 16); }

static inline nabla_sparse_rows rows_of(const pictures *p)
{
    return (nabla_sparse_rows){p->starts, p->ends, p->entries, p->values};
}

static inline float picture_value(const pictures *p, size_t row, size_t k)
{
    const uint8_t pixel = p->pixels[row * p->in + k];
    return p->values ? p->values[pixel] : (float)pixel / 255.0f;
}

/* Back to pixels: nothing lost, nothing made up. */
static inline void check_pictures(const pictures *p)
{
    uint8_t *row = allocate(p->in);
    for (size_t s = 0; s < p->rows; ++s) {
        size_t k = 0;
        memset(row, 0, p->in);
        for (uint64_t e = p->starts[s]; e < p->ends[s]; ++e) {
            k += p->entries[e] & 255;
            if (k < p->in) row[k] = (uint8_t)(p->entries[e] >> 8);
        }
        if ((p->in && k >= p->in) || memcmp(row, p->pixels + s * p->in, p->in))
            ++picture_failures, printf("FAILED sparse_pack: row %zu\n", s);
    }
    free(row);
}

/* `percent` of the pixels are not zero; row 0 is empty, row 1 full, and of row 2 only the last pixel is left. */
static inline pictures make_pictures(size_t rows, size_t in, unsigned percent)
{
    pictures p = {rows, in, allocate(rows * in), allocate((rows + 1) * sizeof(uint64_t)), NULL, NULL, NULL};
    for (size_t i = 0; i < rows * in; ++i)
        p.pixels[i] = (uint8_t)(random_bits() >> 8) % 100 < percent ? (uint8_t)(random_bits() >> 9) : 0;
    memset(p.pixels, 0, in);
    memset(p.pixels + in, 7, in);
    memset(p.pixels + 2 * in, 0, in - 1);
    p.pixels[3 * in - 1] = 255;
    if (nabla_sparse_count(rows, in, p.pixels, p.starts) != NABLA_OK)
        ++picture_failures, printf("FAILED sparse_count\n");
    p.ends = p.starts + 1;
    p.entries = allocate(p.starts[rows] * sizeof(uint16_t));
    for (size_t i = 0; i < 3; ++i) {
        const nabla_member member = {.index = i, .count = 3};
        if (nabla_sparse_pack(rows, in, p.pixels, p.starts, p.entries, &member) != NABLA_OK)
            ++picture_failures, printf("FAILED sparse_pack\n");
    }
    check_pictures(&p);
    return p;
}

/* The same rows stored last first, with entries between them that belong to none and would lead past every weight. */
static inline void scatter_rows(pictures *p)
{
    enum { GAP = 5 };
    uint64_t *starts = allocate((p->rows + 1) * sizeof *starts), *ends = allocate((p->rows + 1) * sizeof *ends);
    uint16_t *entries = allocate((p->starts[p->rows] + GAP * (p->rows + 1)) * sizeof *entries);
    uint64_t at = 0;
    for (size_t s = p->rows; s-- > 0;) {
        for (size_t i = 0; i < GAP; ++i) entries[at++] = 0xffff;
        const size_t count = (size_t)(p->ends[s] - p->starts[s]);
        memcpy(entries + at, p->entries + p->starts[s], count * sizeof *entries);
        starts[s] = at;
        ends[s] = at += count;
    }
    for (size_t i = 0; i < GAP; ++i) entries[at++] = 0xffff;
    free(p->starts), free(p->entries);
    p->starts = starts, p->ends = ends, p->entries = entries;
    check_pictures(p);
}

/* Any value for each pixel but 0. */
static inline void give_values(pictures *p)
{
    p->values = allocate(256 * sizeof *p->values);
    p->values[0] = 0;
    for (size_t i = 1; i < 256; ++i) p->values[i] = random_float();
}

static inline void free_pictures(pictures *p)
{
    if (p->ends != p->starts + 1) free(p->ends);
    free(p->pixels), free(p->starts), free(p->entries), free(p->values);
}

/* A mini-batch of m rows: rows 0 ... m-1, or any, in any order and twice; X is what the dense kernels would read. */
typedef struct mini_batch {
    nabla_sparse_batch batch;
    uint32_t *samples;
    operand x;
} mini_batch;

static inline mini_batch make_batch(const pictures *p, size_t m, int named)
{
    mini_batch b = {.samples = allocate((m + 1) * sizeof(uint32_t)), .x = make_operand(m, p->in, p->in, 0)};
    for (size_t s = 0; s < m; ++s) {
        b.samples[s] = named ? random_bits() % (uint32_t)p->rows : (uint32_t)s;
        for (size_t k = 0; k < p->in; ++k) b.x.at[s * p->in + k] = picture_value(p, b.samples[s], k);
    }
    b.batch = (nabla_sparse_batch){.rows = rows_of(p), .count = m};
    if (named) b.batch.samples = b.batch.ahead = b.samples, b.batch.ahead_count = m;
    operand_filled(&b.x);
    return b;
}

static inline void free_batch(mini_batch *b)
{
    free_operand(&b->x);
    free(b->samples);
}

#endif
