/* Every kernel, compiled for the words included before. The order is the order of use. */
_Static_assert(NABLA_PANEL % LANES == 0, "a panel is a whole number of vectors");
_Static_assert(LANES == 1 || LANES == 4 || LANES == 8 || LANES == 16,
               "FOR_EACH_PANEL_COUNT has no case for this width");
_Static_assert(TILE_ROWS == 4 || TILE_ROWS == 6 || TILE_ROWS == 14, "run_tile_of has no case for so many rows");
_Static_assert(TILE_PANELS == 1 || TILE_PANELS == 2, "run_any_tile has no case for so many panels");

#include "activation_body.h"
#include "elementwise_body.h"
#include "tile_body.h"
#include "pack_body.h"
#include "dot_body.h"
#include "gemm_body.h"
#include "dense_body.h"
#include "output_body.h"
#include "rule_body.h"
#include "sparse_body.h"
#include "sparse_update_body.h"
#include "dropout_body.h"
#include "augment_body.h"

static const kernel_table table = {
    .isa = THIS_ISA,
    .sigmoid = sigmoid,
    .tanh = tanh_of,
    .exp_nonpositive = exp_nonpositive,
    .sigmoid_prime = sigmoid_prime,
    .sigmoid_prime_from_activation = sigmoid_prime_from_activation,
    .ger = ger,
    .pixels = pixels,
    .gemm = gemm,
    .dense_forward = dense_forward,
    .softmax = softmax,
    .output_error = output_error,
    .dense_backward = dense_backward,
    .dense_update = dense_update,
    .sparse_forward = sparse_forward,
    .sparse_update = sparse_update,
    .dense_rule = dense_rule,
    .sparse_rule = sparse_rule,
    .dropout_masks = dropout_masks,
    .dropout = dropout,
    .elastic_field = elastic_field,
    .warp = warp,
};
