/* Every kernel, compiled for the words included before. The order is the order of use. */
#include "activation_body.h"
#include "elementwise_body.h"
#include "tile_body.h"
#include "pack_body.h"
#include "gemm_body.h"
#include "dense_body.h"
#include "output_body.h"
#include "rule_body.h"
#include "sparse_body.h"
#include "sparse_update_body.h"
#include "dropout_body.h"

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
};
