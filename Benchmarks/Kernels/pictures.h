/* Pictures for the rows: strokes, as sparse as handwritten digits. */
#ifndef PICTURES_H
#define PICTURES_H

#include "rows.h"

enum { PICTURES = 1000, SIDE = 28, INPUTS = SIDE * SIDE };

/** PICTURES pictures of SIDE x SIDE pixels, a fifth of them not zero; the same in every run. */
static inline uint8_t *take_pictures(arena *from)
{
    uint8_t *pixels = take(from, (size_t)PICTURES * INPUTS);
    uint32_t state = 1;
    for (size_t s = 0; s < PICTURES; ++s) {
        uint8_t *const picture = pixels + s * INPUTS;
        int x = 10, y = 10;
        for (size_t ink = 0; ink < 146;) { /* as many as an MNIST image has, and up to 8 more */
            state = state * 1664525u + 1013904223u;
            const int across = (int)(state >> 30) % 3 - 1, down = (int)(state >> 28 & 3) % 3 - 1;
            x = x + across < 5 || x + across > 22 ? x : x + across;
            y = y + down < 5 || y + down > 22 ? y : y + down;
            for (int i = -1; i <= 1; ++i)
                for (int j = -1; j <= 1; ++j) {
                    uint8_t *pixel = picture + (y + i) * SIDE + x + j;
                    ink += *pixel == 0;
                    *pixel = i || j ? (uint8_t)(1 + (state >> (8 + i + j) & 253)) : 255;
                }
        }
    }
    return pixels;
}

/** The pictures as sparse rows. */
static inline void take_sparse(operands *o, arena *from)
{
    o->pixels = take_pictures(from);
    o->starts = take(from, (PICTURES + 1) * sizeof *o->starts);
    nabla_sparse_count(PICTURES, INPUTS, o->pixels, o->starts);
    o->entries = take(from, o->starts[PICTURES] * sizeof *o->entries);
    nabla_sparse_pack(PICTURES, INPUTS, o->pixels, o->starts, o->entries, NULL);
    o->samples = take(from, PICTURES * sizeof *o->samples);
    for (uint32_t s = 0; s < PICTURES; ++s) o->samples[s] = s;
}

#endif
