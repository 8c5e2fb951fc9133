#include "pictures.h"

enum { RADIUS = 12, TERMS = 2 * RADIUS + 1 }; /* of a Gaussian with sigma 4 */

static nabla_status masks(operands *o, const nabla_member *member)
{
    return nabla_dropout_masks(o->m, o->n, 1u << 31, 1, o->next++, o->samples, o->masks, padded(o->n) / 16, member);
}

static nabla_status dropout(operands *o, const nabla_member *member)
{
    return nabla_dropout_f32(o->m, o->n, 2, o->masks, padded(o->n) / 16, o->x, padded(o->n), o->a, padded(o->n),
                             member);
}

static void prepare_masks(row *r, arena *from)
{
    operands *o = &r->operands;
    o->x = take_floats(from, o->m * padded(o->n));
    o->a = take_floats(from, o->m * padded(o->n));
    o->masks = take(from, o->m * padded(o->n) / 8);
    o->samples = take(from, o->m * sizeof *o->samples);
    for (uint32_t s = 0; s < o->m; ++s) o->samples[s] = s;
    nabla_dropout_masks(o->m, o->n, 1u << 31, 1, 1, o->samples, o->masks, padded(o->n) / 16, NULL);
}

static nabla_status field(operands *o, const nabla_member *member)
{
    (void)member;
    return nabla_elastic_field_f32(SIDE, SIDE, TERMS, o->bias, 34, 1, 2, (uint32_t)o->next++, o->w, o->x, o->a, SIDE);
}

static nabla_status warp(operands *o, const nabla_member *member)
{
    (void)member;
    const nabla_affine_map turned = {0.98f, 0.17f, 13.5f, -0.17f, 0.98f, 13.5f};
    const size_t s = o->next;
    o->next = s + 1 < PICTURES ? s + 1 : 0;
    return nabla_warp_u8(SIDE, SIDE, o->pixels + s * INPUTS, &turned, o->x, o->a, SIDE, o->words, o->bytes);
}

static nabla_status pack_row(operands *o, const nabla_member *member)
{
    (void)member;
    const size_t s = o->next;
    o->next = s + 1 < PICTURES ? s + 1 : 0;
    nabla_sparse_pack_row(INPUTS, o->pixels + s * INPUTS, o->entries);
    return NABLA_OK;
}

static void prepare_pictures(row *r, arena *from)
{
    operands *o = &r->operands;
    o->pixels = take_pictures(from);
    o->bias = take(from, TERMS * sizeof(float));
    nabla_gaussian_f32(4, o->bias);
    o->w = take(from, nabla_elastic_workspace(SIDE, SIDE) * sizeof(float));
    o->x = take(from, INPUTS * sizeof(float));
    o->a = take(from, INPUTS * sizeof(float));
    nabla_elastic_field_f32(SIDE, SIDE, TERMS, o->bias, 34, 1, 2, 3, o->w, o->x, o->a, SIDE);
    o->words = take(from, nabla_warp_workspace(SIDE, SIDE) * sizeof *o->words);
    o->bytes = take(from, INPUTS);
    o->entries = take(from, INPUTS * sizeof *o->entries);
}

/* Terms of a smoothing that lie inside the picture, for one of its columns or rows after the other. */
static double terms_inside(void)
{
    double terms = 0;
    for (int i = 0; i < SIDE; ++i)
        for (int t = i - RADIUS; t <= i + RADIUS; ++t) terms += t >= 0 && t < SIDE;
    return terms;
}

void add_picture_rows(row_list *list)
{
    /* Philox: 40 products of 32 bits, two lanes each, for four random words; so ten lanes' multiplications a neuron. */
    const operands layer = {.m = 100, .n = 800};
    const double neurons = 100 * 800;
    add_row(list,
            (row){"dropout masks",
                  "",
                  layer,
                  {10 * neurons, 0, 0, COPIES, neurons / 8, neurons / 8},
                  0,
                  prepare_masks,
                  masks},
            "100 x 800");
    add_row(
        list,
        (row){
            "dropout", "", layer, {neurons, 0, 0, COPIES, 8.125 * neurons, 8.125 * neurons}, 0, prepare_masks, dropout},
        "100 x 800");
    /* Two displacements a pixel: noise of a byte each, smoothed by columns and by rows, times alpha. */
    const double noise = 2 * INPUTS * (2.5 + 1), smoothed = 2 * 2 * SIDE * terms_inside() + 2 * INPUTS;
    const operands picture = {.m = SIDE, .n = SIDE};
    add_row(list,
            (row){"elastic field",
                  "",
                  picture,
                  {noise + smoothed, 0, 0, COPIES, 16 * INPUTS, 24 * INPUTS},
                  1,
                  prepare_pictures,
                  field},
            "%d x %d", SIDE, SIDE);
    /* 19 operations a pixel in augment_body.h, its gathered word not counted. */
    add_row(
        list,
        (row){"warp", "", picture, {19 * INPUTS, 0, 0, COPIES, 10 * INPUTS, 16 * INPUTS}, 1, prepare_pictures, warp},
        "%d x %d", SIDE, SIDE);
    add_row(list,
            (row){"sparse pack row", "", picture, {0, 0, 0, LOADS, INPUTS, INPUTS}, 1, prepare_pictures, pack_row},
            "%d x %d", SIDE, SIDE);
}
