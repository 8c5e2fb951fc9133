/* Every status that the functions on sparse inputs, the update rules, dropout and augmentation can return, and every
 * size of zero. */
#include <math.h>

#include "arguments.h"

static void test_sparse(void)
{
    /* Three rows of four pixels, the middle one empty. */
    const uint8_t pixels[12] = {0, 9, 0, 7, 0, 0, 0, 0, 1, 0, 0, 0};
    uint64_t starts[4] = {1, 1, 1, 1};
    uint16_t entries[3];
    EXPECT(nabla_sparse_count(3, 4, NULL, starts) == NULL_);
    EXPECT(nabla_sparse_count(3, 4, pixels, NULL) == NULL_);
    EXPECT(nabla_sparse_count(huge, 4, pixels, starts) == OVERFLOW_);
    EXPECT(starts[0] == 1 && starts[3] == 1);
    EXPECT(nabla_sparse_count(0, 4, NULL, starts) == NABLA_OK && starts[0] == 0);
    EXPECT(nabla_sparse_count(3, 4, pixels, starts) == NABLA_OK && starts[1] == 2 && starts[2] == 2 && starts[3] == 3);
    EXPECT(nabla_sparse_pack(3, 4, NULL, starts, entries, NULL) == NULL_);
    EXPECT(nabla_sparse_pack(3, 4, pixels, NULL, entries, NULL) == NULL_);
    EXPECT(nabla_sparse_pack(3, 4, pixels, starts, NULL, NULL) == NULL_);
    EXPECT(nabla_sparse_pack(huge, 4, pixels, starts, entries, NULL) == OVERFLOW_);
    EXPECT(nabla_sparse_pack(3, 4, pixels, starts, entries, &outside) == ARGUMENT);
    EXPECT(nabla_sparse_pack(0, 4, NULL, starts, NULL, NULL) == NABLA_OK);
    EXPECT(nabla_sparse_pack(3, 4, pixels, starts, entries, NULL) == NABLA_OK);
    EXPECT(entries[0] == (9 << 8 | 1) && entries[1] == (7 << 8 | 2) && entries[2] == 1 << 8);

    const nabla_sparse_rows rows = {starts, starts + 1, entries, NULL}, no_starts = {NULL, starts + 1, entries, NULL},
                            no_ends = {starts, NULL, entries, NULL}, no_entries = {starts, starts + 1, NULL, NULL};
    const uint32_t samples[3] = {2, 0, 1};
    const nabla_sparse_batch b = {rows, 3, samples, samples, 3}, none = {.count = 0}, no_hint = {rows, 3, NULL, NULL, 0},
                             incomplete[] = {{no_starts, 3, NULL, NULL, 0},
                                             {no_ends, 3, NULL, NULL, 0},
                                             {no_entries, 3, NULL, NULL, 0},
                                             {rows, 3, NULL, NULL, 1}};
#define FORWARD_SPARSE(f, b, out, lda, who) nabla_sparse_forward_f32(f, b, out, 4, w, y, a, lda, who)
#define UPDATE_SPARSE(b, ldd, who) nabla_sparse_update_f32(b, 20, 4, 1, x, ldd, 0.5f, w, a, who)
#define RULE_SPARSE(b, ldd, who) nabla_sparse_rule_f32(&sgd, b, 20, 4, x, ldd, &layer, who)
    const nabla_rule sgd = {.kind = NABLA_RULE_SGD, .decay = 1};
    const nabla_rule_layer layer = {{w}, {a}};
    for (int f = NABLA_IDENTITY; f <= NABLA_RELU; ++f)
        EXPECT(FORWARD_SPARSE((nabla_activation)f, &b, 20, 32, NULL) == NABLA_OK);
    EXPECT(FORWARD_SPARSE(NABLA_SIGMOID, &no_hint, 20, 32, NULL) == NABLA_OK);
    EXPECT(FORWARD_SPARSE(NABLA_SOFTMAX, &b, 20, 32, NULL) == ARGUMENT);
    EXPECT(FORWARD_SPARSE(5, &b, 20, 32, NULL) == ARGUMENT);
    EXPECT(FORWARD_SPARSE(NABLA_SIGMOID, &b, 20, 32, &outside) == ARGUMENT);
    EXPECT(FORWARD_SPARSE(NABLA_SIGMOID, &b, 20, 31, NULL) == STRIDE);
    EXPECT(FORWARD_SPARSE(NABLA_SIGMOID, &b, 20, huge, NULL) == OVERFLOW_);
    EXPECT(FORWARD_SPARSE(NABLA_SIGMOID, &b, SIZE_MAX, SIZE_MAX, NULL) == OVERFLOW_);
    EXPECT(FORWARD_SPARSE(NABLA_SIGMOID, NULL, 20, 32, NULL) == NULL_);
    EXPECT(FORWARD_SPARSE(NABLA_SIGMOID, &none, 20, 32, NULL) == NABLA_OK);
    EXPECT(FORWARD_SPARSE(NABLA_SIGMOID, &b, 0, 0, NULL) == NABLA_OK);
    EXPECT(nabla_sparse_forward_f32(0, &b, 20, 4, NULL, y, a, 32, NULL) == NULL_);
    EXPECT(nabla_sparse_forward_f32(0, &b, 20, 4, w, NULL, a, 32, NULL) == NULL_);
    EXPECT(nabla_sparse_forward_f32(0, &b, 20, 4, w, y, NULL, 32, NULL) == NULL_);

    EXPECT(UPDATE_SPARSE(&b, 32, NULL) == NABLA_OK && UPDATE_SPARSE(&no_hint, 32, NULL) == NABLA_OK);
    EXPECT(UPDATE_SPARSE(&b, 32, &outside) == ARGUMENT);
    EXPECT(UPDATE_SPARSE(&b, 31, NULL) == STRIDE);
    EXPECT(UPDATE_SPARSE(&b, huge, NULL) == OVERFLOW_);
    EXPECT(UPDATE_SPARSE(NULL, 32, NULL) == NULL_);
    EXPECT(nabla_sparse_update_f32(&b, 20, 4, 1, NULL, 32, 1, w, a, NULL) == NULL_);
    EXPECT(nabla_sparse_update_f32(&b, 20, 4, 1, x, 32, 1, NULL, a, NULL) == NULL_);
    EXPECT(nabla_sparse_update_f32(&b, 20, 4, 1, x, 32, 1, w, NULL, NULL) == NULL_);

    EXPECT(RULE_SPARSE(&b, 32, NULL) == NABLA_OK && RULE_SPARSE(&no_hint, 32, NULL) == NABLA_OK);
    EXPECT(RULE_SPARSE(&b, 32, &outside) == ARGUMENT);
    EXPECT(RULE_SPARSE(&b, 31, NULL) == STRIDE);
    EXPECT(RULE_SPARSE(&b, huge, NULL) == OVERFLOW_);
    EXPECT(RULE_SPARSE(NULL, 32, NULL) == NULL_);
    EXPECT(RULE_SPARSE(&none, 32, NULL) == NABLA_OK);
    EXPECT(nabla_sparse_rule_f32(NULL, &b, 20, 4, x, 32, &layer, NULL) == NULL_);
    EXPECT(nabla_sparse_rule_f32(&sgd, &b, 20, 4, x, 32, NULL, NULL) == NULL_);
    EXPECT(nabla_sparse_rule_f32(&sgd, &b, 20, 4, NULL, 32, &layer, NULL) == NULL_);
    EXPECT(nabla_sparse_rule_f32(&sgd, &b, 0, 4, NULL, 32, &layer, NULL) == NABLA_OK);
    for (size_t i = 0; i < sizeof incomplete / sizeof *incomplete; ++i) {
        EXPECT(FORWARD_SPARSE(NABLA_SIGMOID, &incomplete[i], 20, 32, NULL) == NULL_);
        EXPECT(UPDATE_SPARSE(&incomplete[i], 32, NULL) == NULL_);
        EXPECT(RULE_SPARSE(&incomplete[i], 32, NULL) == NULL_);
    }
    w[0] = 4, a[0] = 4;
    EXPECT(UPDATE_SPARSE(&none, 32, NULL) == NABLA_OK && w[0] == 2 && a[0] == 4);
}

static void test_rule(void)
{
    static const int states[] = {0, 1, 1, 2};
    static float v[4096], s[4096];
    const nabla_rule_layer layer = {{w, v, s}, {a, v, s}};
#define RULE(rule, m, out, in, ldd, ldx, layer, who)                                                                   \
    nabla_dense_rule_f32(rule, m, out, in, x, ldd, y, ldx, layer, who)
    for (int kind = NABLA_RULE_SGD; kind <= NABLA_RULE_ADAM; ++kind) {
        const nabla_rule rule = {.kind = (nabla_rule_kind)kind, .epsilon = 1e-8f, .decay = 1};
        EXPECT(RULE(&rule, 2, 20, 3, 32, 3, &layer, NULL) == NABLA_OK);
        EXPECT(RULE(&rule, 2, 20, 3, 32, 3, &layer, &outside) == ARGUMENT);
        EXPECT(RULE(&rule, 2, 20, 3, 31, 3, &layer, NULL) == STRIDE);
        EXPECT(RULE(&rule, 2, 20, 3, 32, 2, &layer, NULL) == STRIDE);
        EXPECT(RULE(&rule, 2, 20, 3, huge, 3, &layer, NULL) == OVERFLOW_);
        EXPECT(RULE(&rule, 2, 20, 3, 32, huge, &layer, NULL) == OVERFLOW_);
        EXPECT(RULE(&rule, 2, 20, 3, 32, 3, NULL, NULL) == NULL_);
        EXPECT(nabla_dense_rule_f32(&rule, 2, 20, 3, NULL, 32, y, 3, &layer, NULL) == NULL_);
        EXPECT(nabla_dense_rule_f32(&rule, 2, 20, 3, x, 32, NULL, 3, &layer, NULL) == NULL_);
        EXPECT(nabla_dense_rule_f32(&rule, 0, 20, 3, NULL, 32, NULL, 3, &layer, NULL) == NABLA_OK);
        EXPECT(nabla_dense_rule_f32(&rule, 2, 0, 3, NULL, 0, y, 3, &layer, NULL) == NABLA_OK);
        for (int i = 0; i < 3; ++i) { /* what the rule has must be there, what it has not may be absent */
            nabla_rule_layer without_panels = layer, without_bias = layer;
            without_panels.panels[i] = without_bias.bias[i] = NULL;
            const nabla_status expected = i <= states[kind] ? NULL_ : NABLA_OK;
            EXPECT(RULE(&rule, 2, 20, 3, 32, 3, &without_panels, NULL) == expected);
            EXPECT(RULE(&rule, 2, 20, 3, 32, 3, &without_bias, NULL) == expected);
        }
    }
    const nabla_rule none = {.kind = (nabla_rule_kind)4, .decay = 1};
    EXPECT(RULE(&none, 2, 20, 3, 32, 3, &layer, NULL) == ARGUMENT);
    EXPECT(RULE(NULL, 2, 20, 3, 32, 3, &layer, NULL) == NULL_);
}

static void test_dropout(void)
{
    static uint16_t masks[64];
    static const uint32_t samples[2] = {5, 4};
    EXPECT(nabla_dropout_masks(2, 20, 1, 2, 3, samples, masks, 2, NULL) == NABLA_OK);
    EXPECT(nabla_dropout_masks(2, 20, 1, 2, 3, NULL, masks, 2, NULL) == NABLA_OK);
    EXPECT(nabla_dropout_masks(2, 20, 1, 2, 3, NULL, masks, 1, NULL) == STRIDE);
    EXPECT(nabla_dropout_masks(2, 20, 1, 2, 3, NULL, NULL, 2, NULL) == NULL_);
    EXPECT(nabla_dropout_masks(4, 20, 1, 2, 3, NULL, masks, huge, NULL) == OVERFLOW_);
    EXPECT(nabla_dropout_masks(2, 20, 1, 2, 3, NULL, masks, 2, &outside) == ARGUMENT);
    EXPECT(nabla_dropout_masks(0, 20, 1, 2, 3, NULL, NULL, 2, NULL) == NABLA_OK);
    EXPECT(nabla_dropout_masks(2, 0, 1, 2, 3, NULL, NULL, 0, NULL) == NABLA_OK);
#define DROPOUT(m, n, ldm, lda, ldo, who) nabla_dropout_f32(m, n, 2, masks, ldm, x, lda, y, ldo, who)
    EXPECT(DROPOUT(2, 20, 2, 32, 32, NULL) == NABLA_OK);
    EXPECT(DROPOUT(2, 20, 1, 32, 32, NULL) == STRIDE);
    EXPECT(DROPOUT(2, 20, 2, 31, 32, NULL) == STRIDE);
    EXPECT(DROPOUT(2, 20, 2, 32, 31, NULL) == STRIDE);
    EXPECT(DROPOUT(4, 20, huge, 32, 32, NULL) == OVERFLOW_);
    EXPECT(DROPOUT(2, 20, 2, huge, 32, NULL) == OVERFLOW_);
    EXPECT(DROPOUT(2, 20, 2, 32, huge, NULL) == OVERFLOW_);
    EXPECT(DROPOUT(2, 20, 2, 32, 32, &outside) == ARGUMENT);
    EXPECT(nabla_dropout_f32(2, 20, 2, NULL, 2, x, 32, y, 32, NULL) == NULL_);
    EXPECT(nabla_dropout_f32(2, 20, 2, masks, 2, NULL, 32, y, 32, NULL) == NULL_);
    EXPECT(nabla_dropout_f32(2, 20, 2, masks, 2, x, 32, NULL, 32, NULL) == NULL_);
    EXPECT(nabla_dropout_f32(0, 20, 2, NULL, 2, NULL, 32, NULL, 32, NULL) == NABLA_OK);
    EXPECT(nabla_dropout_f32(2, 0, 2, NULL, 0, NULL, 0, NULL, 0, NULL) == NABLA_OK);
    EXPECT(nabla_sparse_dropout(0, NULL, NULL, NULL) == 0);
}

static void test_maps(void)
{
    const nabla_distortion good = {2, 180, 0.99f, 89.9f};
    nabla_affine_map maps[2];
    EXPECT(nabla_affine_maps(&good, 3, 4, 1, 2, 2, NULL, maps) == NABLA_OK);
    EXPECT(nabla_affine_maps(&good, 3, 4, 1, 2, 0, NULL, NULL) == NABLA_OK);
    EXPECT(nabla_affine_maps(NULL, 3, 4, 1, 2, 2, NULL, maps) == NULL_);
    EXPECT(nabla_affine_maps(&good, 3, 4, 1, 2, 2, NULL, NULL) == NULL_);
    static const nabla_distortion bad[] = {
        {-1, 0, 0, 0},      {INFINITY, 0, 0, 0}, {NAN, 0, 0, 0},   {0, -1, 0, 0},  {0, 181, 0, 0}, {0, NAN, 0, 0},
        {0, 0, -0.1f, 0},   {0, 0, 1, 0},        {0, 0, NAN, 0},   {0, 0, 0, -1},  {0, 0, 0, 90},  {0, 0, 0, NAN},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i)
        EXPECT(nabla_affine_maps(&bad[i], 3, 4, 1, 2, 2, NULL, maps) == ARGUMENT);
}

static void test_field_and_warp(void)
{
    static uint8_t picture[64], out[64];
    static uint32_t words[4096];
    const nabla_affine_map map = {1, 0, 1.5f, 0, 1, 1};
    EXPECT(nabla_gaussian_f32(1, NULL) == NULL_ && nabla_gaussian_f32(0, x) == ARGUMENT);
    EXPECT(nabla_gaussian_f32(1, w) == NABLA_OK && nabla_gaussian_size(1) == 7);
    EXPECT(nabla_elastic_workspace(3, 4) > 0 && nabla_elastic_workspace(3, 4) < 4096);
    EXPECT(nabla_elastic_workspace(0, 4) == 0 && nabla_elastic_workspace(3, 0) == 0);
    EXPECT(nabla_elastic_workspace(huge, 4) == 0 && nabla_elastic_workspace(4, huge) == 0);
#define FIELD(terms, taps, alpha, workspace, dx, dy, ld)                                                               \
    nabla_elastic_field_f32(3, 4, terms, taps, alpha, 1, 2, 3, workspace, dx, dy, ld)
    EXPECT(FIELD(7, w, 1, x, y, a, 4) == NABLA_OK);
    EXPECT(FIELD(6, w, 1, x, y, a, 4) == ARGUMENT);
    EXPECT(FIELD(7, w, NAN, x, y, a, 4) == ARGUMENT);
    EXPECT(FIELD(7, w, INFINITY, x, y, a, 4) == ARGUMENT);
    EXPECT(FIELD(7, NULL, 1, x, y, a, 4) == NULL_);
    EXPECT(FIELD(7, w, 1, NULL, y, a, 4) == NULL_);
    EXPECT(FIELD(7, w, 1, x, NULL, a, 4) == NULL_);
    EXPECT(FIELD(7, w, 1, x, y, NULL, 4) == NULL_);
    EXPECT(FIELD(7, w, 1, x, y, a, 3) == STRIDE);
    EXPECT(FIELD(7, w, 1, x, y, a, huge) == OVERFLOW_);
    EXPECT(nabla_elastic_field_f32(1 << 14, (1 << 14) + 1, 7, w, 1, 1, 2, 3, x, y, a, 1 << 15) == OVERFLOW_);
    EXPECT(nabla_elastic_field_f32(0, 4, 7, w, 1, 1, 2, 3, NULL, NULL, NULL, 4) == NABLA_OK);
    EXPECT(nabla_elastic_field_f32(3, 0, 7, w, 1, 1, 2, 3, NULL, NULL, NULL, 0) == NABLA_OK);
    EXPECT(nabla_warp_workspace(3, 4) > 0 && nabla_warp_workspace(3, 4) < 4096);
    EXPECT(nabla_warp_workspace(0, 4) == 0 && nabla_warp_workspace(3, 0) == 0);
    EXPECT(nabla_warp_workspace(huge, 4) == 0 && nabla_warp_workspace(4, huge) == 0);
    EXPECT(nabla_warp_workspace(4000, 4000) > 0 && nabla_warp_workspace(4096, 4096) == 0);
#define WARP(from, to, map, dx, dy, ld, workspace) nabla_warp_u8(3, 4, from, map, dx, dy, ld, workspace, to)
    EXPECT(WARP(picture, out, &map, x, y, 4, words) == NABLA_OK);
    EXPECT(WARP(picture, out, &map, NULL, NULL, 0, words) == NABLA_OK);
    EXPECT(WARP(NULL, out, &map, x, y, 4, words) == NULL_);
    EXPECT(WARP(picture, NULL, &map, x, y, 4, words) == NULL_);
    EXPECT(WARP(picture, out, NULL, x, y, 4, words) == NULL_);
    EXPECT(WARP(picture, out, &map, NULL, y, 4, words) == NULL_);
    EXPECT(WARP(picture, out, &map, x, NULL, 4, words) == NULL_);
    EXPECT(WARP(picture, out, &map, x, y, 4, NULL) == NULL_);
    EXPECT(WARP(picture, out, &map, x, y, 3, words) == STRIDE);
    EXPECT(WARP(picture, out, &map, x, y, huge, words) == OVERFLOW_);
    EXPECT(nabla_warp_u8(1 << 14, 1 << 14, picture, &map, NULL, NULL, 0, words, out) == OVERFLOW_);
    EXPECT(nabla_warp_u8(0, 4, NULL, &map, NULL, NULL, 0, NULL, NULL) == NABLA_OK);
    EXPECT(nabla_warp_u8(3, 0, NULL, &map, NULL, NULL, 0, NULL, NULL) == NABLA_OK);
    EXPECT(nabla_sparse_pack_row(0, NULL, NULL) == 0);
}

int main(void)
{
    test_sparse();
    test_rule();
    test_dropout();
    test_maps();
    test_field_and_warp();
    printf("%d checks, %d failures\n", checks, failures);
    return failures != 0;
}
