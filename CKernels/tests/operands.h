/* Operands that notice everything: each lives at a chosen misalignment in a buffer full of canaries, next to a copy
 * of what it was and a copy of what it should become. A check compares whole buffers, so a wrong bit, a write into
 * the padding of a row and a change of an input are all found the same way. */
#ifndef OPERANDS_H
#define OPERANDS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nabla_kernels.h"

typedef struct operand {
    float *at, *expected; /* the first element, and its twin for the reference to write */
    size_t rows, columns, ld;
    float *now, *before, *after; /* whole buffers: in use, as filled, as expected */
    size_t floats;
} operand;

enum { MARGIN = 64 };

static uint32_t random_state = 20240229;

static inline uint32_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

/* In (-1, 1), with one zero in sixteen: zeros are what real pixels are made of. */
static inline float random_float(void)
{
    const uint32_t bits = random_bits();
    return bits >> 28 == 0 ? 0 : (float)((int32_t)(bits >> 7 & 0xffffff) - 0x800000) * 0x1p-23f;
}

static inline float *allocate_floats(size_t n)
{
    float *p = aligned_alloc(64, (n * sizeof(float) + 63) / 64 * 64);
    if (!p) {
        fprintf(stderr, "out of memory\n");
        exit(2);
    }
    return p;
}

/* A NaN, so that a canary that is read spoils the result. */
static inline float canary(void)
{
    const uint32_t bits = 0x7fc0dead;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static inline void operand_filled(operand *o)
{
    memcpy(o->before, o->now, o->floats * sizeof(float));
    memcpy(o->after, o->now, o->floats * sizeof(float));
}

/* Elements at [row, column] with column < columns are random; everything else in the buffer is a canary. */
static inline operand make_operand(size_t rows, size_t columns, size_t ld, size_t misalignment)
{
    operand o = {.rows = rows, .columns = columns, .ld = ld, .floats = rows * ld + 2 * MARGIN};
    o.now = allocate_floats(o.floats);
    o.before = allocate_floats(o.floats);
    o.after = allocate_floats(o.floats);
    for (size_t i = 0; i < o.floats; ++i) o.now[i] = canary();
    o.at = o.now + MARGIN / 2 + misalignment;
    o.expected = o.after + (o.at - o.now);
    for (size_t r = 0; r < rows; ++r)
        for (size_t c = 0; c < columns; ++c) o.at[r * ld + c] = random_float();
    operand_filled(&o);
    return o;
}

/* The same with every element a canary: what a kernel that must not read its output gets. */
static inline operand make_unreadable(size_t rows, size_t columns, size_t ld, size_t misalignment)
{
    operand o = make_operand(rows, columns, ld, misalignment);
    for (size_t i = 0; i < o.floats; ++i) o.now[i] = canary();
    operand_filled(&o);
    return o;
}

static inline void set_columns(operand *o, size_t begin, size_t end, float value)
{
    for (size_t r = 0; r < o->rows; ++r)
        for (size_t c = begin; c < end; ++c) o->at[r * o->ld + c] = value;
    operand_filled(o);
}

static inline void reset_operand(operand *o) { memcpy(o->now, o->before, o->floats * sizeof(float)); }

static inline int operand_is_as_expected(const operand *o)
{
    return memcmp(o->now, o->after, o->floats * sizeof(float)) == 0;
}

static inline void free_operand(operand *o)
{
    free(o->now);
    free(o->before);
    free(o->after);
}

#endif
