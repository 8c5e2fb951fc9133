/* Every kernel, compiled for the words included before. The order is the order of use. */
#include "sigmoid_body.h"
#include "elementwise_body.h"
#include "tile_body.h"
#include "pack_body.h"
#include "gemm_body.h"
#include "dense_body.h"
#include "sparse_body.h"

static const kernel_table table = {
    .isa = THIS_ISA,
    .sigmoid = sigmoid,
    .sigmoid_prime = sigmoid_prime,
    .sigmoid_prime_from_activation = sigmoid_prime_from_activation,
    .ger = ger,
    .pixels = pixels,
    .gemm = gemm,
    .dense_forward = dense_forward,
    .output_error = output_error,
    .dense_backward = dense_backward,
    .dense_update = dense_update,
    .sparse_forward = sparse_forward,
    .sparse_update = sparse_update,
};
