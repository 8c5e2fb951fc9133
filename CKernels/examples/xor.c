/* A network learns XOR: two inputs, four hidden neurons, one output, trained with nothing but the kernels.
 *
 *   cc -O2 -fopenmp xor.c ../src/?*.c -I../include -lm -o xor && ./xor
 */
#include <stdio.h>

#include "nabla_kernels.h"

enum { SAMPLES = 4, INPUTS = 2, HIDDEN = 4, OUTPUTS = 1, PADDED = NABLA_PANEL, STEPS = 4000 };

int main(void)
{
    /* Activations and errors are padded to whole panels of 16; inputs and desired outputs are as they come. */
    static const float x[SAMPLES][INPUTS] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}},
                       y[SAMPLES][OUTPUTS] = {{0}, {1}, {1}, {0}};
    static float w1[PADDED * INPUTS], b1[PADDED], w2[PADDED * HIDDEN], b2[PADDED];
    static float hidden[SAMPLES][PADDED], output[SAMPLES][PADDED], delta1[SAMPLES][PADDED], delta2[SAMPLES][PADDED];

    /* Weights must differ, or all hidden neurons would learn the same. Given as [out, in], they go into panels. */
    const float first[HIDDEN][INPUTS] = {{1, -1}, {-1, 1}, {0.5f, 1}, {-0.5f, -1}},
                second[OUTPUTS][HIDDEN] = {{1, 0.5f, -1, -0.5f}};
    nabla_panels_pack_f32(HIDDEN, INPUTS, &first[0][0], INPUTS, w1, NULL);
    nabla_panels_pack_f32(OUTPUTS, HIDDEN, &second[0][0], HIDDEN, w2, NULL);

    const float eta = 2;
    for (int step = 0; step < STEPS; ++step) {
        /* Forward: a = sigmoid(w a + b), layer by layer. */
        nabla_dense_forward_f32(NABLA_SIGMOID, SAMPLES, HIDDEN, INPUTS, &x[0][0], INPUTS, w1, b1, &hidden[0][0], PADDED,
                                NULL);
        nabla_dense_forward_f32(NABLA_SIGMOID, SAMPLES, OUTPUTS, HIDDEN, &hidden[0][0], PADDED, w2, b2, &output[0][0],
                                PADDED, NULL);
        /* Backward: the error of the output (BP1), then of the hidden layer (BP2), before any weight changes. */
        nabla_output_error_f32(NABLA_CROSS_ENTROPY, NABLA_SIGMOID, SAMPLES, OUTPUTS, &output[0][0], PADDED, &y[0][0],
                               OUTPUTS, &delta2[0][0], PADDED, NULL);
        nabla_dense_backward_f32(NABLA_SIGMOID, SAMPLES, OUTPUTS, HIDDEN, &delta2[0][0], PADDED, w2, &hidden[0][0],
                                 PADDED, &delta1[0][0], PADDED, NULL);
        /* One step down the gradient (BP3, BP4). */
        nabla_dense_update_f32(SAMPLES, OUTPUTS, HIDDEN, -eta / SAMPLES, &delta2[0][0], PADDED, &hidden[0][0], PADDED,
                               1, w2, b2, NULL);
        nabla_dense_update_f32(SAMPLES, HIDDEN, INPUTS, -eta / SAMPLES, &delta1[0][0], PADDED, &x[0][0], INPUTS, 1, w1,
                               b1, NULL);
    }

    int right = 1;
    for (int s = 0; s < SAMPLES; ++s) {
        printf("%g xor %g = %.0f   (%.6f)\n", (double)x[s][0], (double)x[s][1], (double)output[s][0],
               (double)output[s][0]);
        right &= (output[s][0] > 0.5f) == (y[s][0] > 0.5f);
    }
    return !right;
}
