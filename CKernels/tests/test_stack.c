/* How much stack each function takes: less than 64 KiB, as the header says. Each runs on a thread of its own whose stack
 * was painted before; the deepest byte that lost its paint tells. Shapes are those that fill the scratch: more samples,
 * inputs and neurons than one block of any kernel, and those at which another form of a kernel takes over. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mman.h>

#include "cases.h"
#include "pictures.h"

enum { LIMIT = 64 << 10, STACK = 1 << 20, PAINT = 0xa5 };
enum { M = 270, N = 150, K = 530, SQUARE = 530 * 530 };

static unsigned char *stack;
static float *x, *w, *y, *a, *v, *s; /* SQUARE floats each */
static uint16_t *masks;
static pictures small, wide; /* fewer and more inputs than there is room for masks */
static size_t worst;
static const char *worst_name, *worst_isa;

typedef struct probe {
    void (*call)(size_t variant);
    size_t variant;
    unsigned char *frame;
} probe;

static void *run_probe(void *context)
{
    probe *p = context;
    p->frame = __builtin_frame_address(0);
    p->call(p->variant);
    return NULL;
}

/* Bytes below the frame that makes the call. */
static size_t stack_of(void (*call)(size_t), size_t variant)
{
    memset(stack, PAINT, STACK);
    probe p = {call, variant, NULL};
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) || pthread_attr_setstack(&attributes, stack, STACK) ||
        pthread_create(&thread, &attributes, run_probe, &p) || pthread_join(thread, NULL)) {
        perror("a thread with its own stack");
        exit(2);
    }
    pthread_attr_destroy(&attributes);
    unsigned char *deepest = stack;
    while (*deepest == PAINT) ++deepest;
    return (size_t)(p.frame - deepest);
}

static void require(nabla_status status)
{
    if (status == NABLA_OK) return;
    printf("FAILED: %s\n", nabla_status_description(status));
    exit(1);
}

static const size_t batches[] = {1, 2, 3, 6, 10, 14, 30, 64, 100, M};

static void elementwise(size_t variant)
{
    double sum;
    int finite;
    switch (variant) {
    case 0: require(nabla_sigmoid_f32(N, x, y, NULL)); break;
    case 1: require(nabla_sigmoid_prime_f32(N, x, y, NULL)); break;
    case 2: require(nabla_sigmoid_prime_from_activation_f32(N, x, y, NULL)); break;
    case 3: require(nabla_tanh_f32(N, x, y, NULL)); break;
    case 4: require(nabla_axpy_f32(N, 1, x, y, NULL)); break;
    case 5: require(nabla_pixels_f32(N, small.pixels, y, NULL)); break;
    case 6: require(nabla_sum_of_squares_f32(N, x, &sum, &finite)); break;
    case 7: require(nabla_panels_pack_f32(N, K, x, K, w, NULL)); break;
    default: require(nabla_panels_unpack_f32(N, K, w, x, K, NULL));
    }
}

static void gemm(size_t variant)
{
    const nabla_transpose ta = variant & 1, tb = variant >> 1 & 1;
    const size_t m = batches[variant / 8];
    require(nabla_gemm_f32(ta, tb, m, N, K, variant & 4 ? 0.5f : 1, x, ta ? m : K, w, tb ? K : N, 0, y, N, NULL));
}

static void gemv(size_t variant) { require(nabla_gemv_f32(variant, N, K, 1, x, K, w, 0, y, NULL)); }
static void ger(size_t variant)
{
    (void)variant;
    require(nabla_ger_f32(N, K, 1, x, w, y, K, NULL));
}

static void forward(size_t variant)
{
    const size_t m = batches[variant / 4];
    require(nabla_dense_forward_f32((nabla_activation)(variant % 4), m, N, K, x, K, w, v, a, padded(N), NULL));
}

static void backward(size_t variant)
{
    const size_t m = batches[variant / 4];
    require(nabla_dense_backward_f32((nabla_activation)(variant % 4), m, N, K, a, padded(N), w, x, K, y, padded(K), NULL));
}

static void update(size_t variant)
{
    require(nabla_dense_update_f32(batches[variant], N, K, 1, a, padded(N), x, K, 1, w, v, NULL));
}

static void output(size_t variant)
{
    if (variant == 0)
        require(nabla_softmax_f32(M, N, x, N, a, padded(N), NULL));
    else if (variant < 5)
        require(nabla_output_error_f32(NABLA_QUADRATIC, variant == 4 ? NABLA_SOFTMAX : (nabla_activation)(variant - 1), M,
                                       N, x, N, y, N, a, padded(N), NULL));
    else
        require(nabla_output_error_f32(NABLA_CROSS_ENTROPY, NABLA_SIGMOID, M, N, x, N, y, N, a, padded(N), NULL));
}

enum { LAYERS = 6 };
static const size_t layers[LAYERS] = {10, 30, 64, 80, 100, 150}; /* neurons */

/* A mini-batch of either set of pictures. */
static nabla_sparse_batch batch_of(size_t variant, size_t *out, size_t *in)
{
    const pictures *p = variant % 2 ? &small : &wide;
    *out = layers[variant / 2 % LAYERS];
    *in = p->in;
    return (nabla_sparse_batch){.rows = rows_of(p), .count = batches[variant / 2 / LAYERS]}; /* not the last of them */
}

static void sparse_forward(size_t variant)
{
    size_t out, in;
    const nabla_sparse_batch b = batch_of(variant, &out, &in);
    require(nabla_sparse_forward_f32(NABLA_TANH, &b, out, in, w, v, a, padded(out), NULL));
}

static void sparse_update(size_t variant)
{
    size_t out, in;
    const nabla_sparse_batch b = batch_of(variant, &out, &in);
    require(nabla_sparse_update_f32(&b, out, in, 1, a, padded(out), 0.5f, w, v, NULL));
}

static nabla_rule rule_of(size_t kind)
{
    return (nabla_rule){.kind = (nabla_rule_kind)kind, .epsilon = 1, .l1 = 0.1f, .decay = 1};
}

/* The states' biases in the memory of others: only the stack counts here. */
static const nabla_rule_layer *layer_of(void)
{
    static nabla_rule_layer layer;
    layer = (nabla_rule_layer){{w, v, s}, {y, y + 1024, y + 2048}};
    return &layer;
}

static void dense_rule(size_t variant)
{
    const nabla_rule rule = rule_of(variant % 4);
    require(nabla_dense_rule_f32(&rule, batches[variant / 4], N, K, a, padded(N), x, K, layer_of(), NULL));
}

static void sparse_rule(size_t variant)
{
    size_t out, in;
    const nabla_rule rule = rule_of(variant % 4);
    const nabla_sparse_batch b = batch_of(variant / 4, &out, &in);
    require(nabla_sparse_rule_f32(&rule, &b, out, in, a, padded(out), layer_of(), NULL));
}

static void dropout(size_t variant)
{
    const size_t words = panels_of(N);
    if (variant == 0) require(nabla_dropout_masks(M, N, 1u << 31, 1, 2, NULL, masks, words, NULL));
    if (variant == 1) require(nabla_dropout_f32(M, N, 2, masks, words, x, padded(N), a, padded(N), NULL));
    if (variant == 2) nabla_sparse_dropout((size_t)small.starts[1], small.entries, masks, masks + words);
}

/* A Gaussian of 1000 pixels has as many terms as there may be. */
static void augment(size_t variant)
{
    enum { SIDE = 200 };
    const float sigma = variant < 2 ? 4 : 1000;
    const nabla_distortion distortion = {2, 12, 0.15f, 10};
    nabla_affine_map map;
    require(nabla_affine_maps(&distortion, SIDE, SIDE, 1, 2, 1, NULL, &map));
    if (variant == 1 || variant == 2) require(nabla_gaussian_f32(sigma, y));
    if (variant == 1 || variant == 2)
        require(nabla_elastic_field_f32(SIDE, SIDE, nabla_gaussian_size(sigma), y, 34, 1, 2, 3, w, v, s, SIDE));
    const uint8_t *picture = (const uint8_t *)x;
    if (variant == 0 || variant == 3)
        require(nabla_warp_u8(SIDE, SIDE, picture, &map, variant ? v : NULL, variant ? s : NULL, SIDE, (uint32_t *)w,
                              (uint8_t *)a));
    if (variant == 4) nabla_sparse_pack_row(small.in, small.pixels, masks);
}

static void sparse_pack(size_t variant)
{
    if (variant)
        require(nabla_sparse_pack(small.rows, small.in, small.pixels, small.starts, small.entries, NULL));
    else
        require(nabla_sparse_count(small.rows, small.in, small.pixels, small.starts));
}

static const struct {
    const char *name;
    void (*call)(size_t variant);
    size_t variants;
} functions[] = {
    {"elementwise", elementwise, 9},
    {"gemm", gemm, 8 * COUNT(batches)},
    {"gemv", gemv, 2},
    {"ger", ger, 1},
    {"dense_forward", forward, 4 * COUNT(batches)},
    {"dense_backward", backward, 4 * COUNT(batches)},
    {"dense_update", update, COUNT(batches)},
    {"softmax, output_error", output, 6},
    {"sparse_pack", sparse_pack, 2},
    {"sparse_forward", sparse_forward, 2 * LAYERS * (COUNT(batches) - 1)},
    {"sparse_update", sparse_update, 2 * LAYERS * (COUNT(batches) - 1)},
    {"dense_rule", dense_rule, 4 * COUNT(batches)},
    {"sparse_rule", sparse_rule, 8 * LAYERS * (COUNT(batches) - 1)},
    {"dropout", dropout, 3},
    {"augment", augment, 5},
};

int main(void)
{
    stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return perror("mmap"), 2;
    float **floats[] = {&x, &w, &y, &a, &v, &s};
    for (size_t i = 0; i < COUNT(floats); ++i) {
        const size_t count = SQUARE + 200 * 4200;
        *floats[i] = allocate_floats(count);
        memset(*floats[i], 0, count * sizeof(float));
    }
    masks = allocate(2 * M * panels_of(N) * sizeof *masks);
    small = make_pictures(100, 784, 20);
    wide = make_pictures(100, 4200, 1);

    for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
        if (nabla_select_isa((nabla_isa)isa) != NABLA_OK) continue;
        for (size_t f = 0; f < COUNT(functions); ++f) {
            size_t most = 0;
            for (size_t variant = 0; variant < functions[f].variants; ++variant) {
                const size_t used = stack_of(functions[f].call, variant);
                if (used > most) most = used;
            }
            if (most >= LIMIT) ++failures;
            printf("%s%-6s %-22s %6zu bytes\n", most < LIMIT ? "" : "FAILED ", nabla_isa_name((nabla_isa)isa),
                   functions[f].name, most);
            if (most > worst) worst = most, worst_name = functions[f].name, worst_isa = nabla_isa_name((nabla_isa)isa);
        }
    }
    printf("largest: %s on %s, %zu of %d bytes, %zu failures\n", worst_name, worst_isa, worst, LIMIT, failures);
    return failures > 0;
}
