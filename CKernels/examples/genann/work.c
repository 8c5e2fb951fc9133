/* Trains 784-30-10 sigmoid neurons on a hundred inputs, one at a time, and writes the outputs for each. */
#include "../work.h"
#include "genann.h"

typedef __typeof__(*((genann *)0)->weight) number; /* double before, float with the kernels */
enum { INPUTS = 784, OUTPUTS = 10, SAMPLES = 100, EPOCHS = 10 };
static number inputs[SAMPLES][INPUTS], targets[SAMPLES][OUTPUTS];

int main(int count, char **arguments)
{
    if (count < 3) return 2;
    for (int s = 0; s < SAMPLES; ++s) {
        for (int i = 0; i < INPUTS; ++i) inputs[s][i] = next_random();
        targets[s][s % OUTPUTS] = 1;
    }
    srand(1);
    genann *ann = genann_init(INPUTS, 1, 30, OUTPUTS);
    ann->activation_hidden = ann->activation_output = genann_act_sigmoid; /* the exact one; the default is a table */

    const double start = seconds_now();
    for (int epoch = 0; epoch < EPOCHS * atoi(arguments[1]); ++epoch)
        for (int s = 0; s < SAMPLES; ++s) genann_train(ann, inputs[s], targets[s], 0.1);
    const double took = seconds_now() - start;
    for (int s = 0; s < SAMPLES; ++s) {
        const number *outputs = genann_run(ann, inputs[s]);
        for (int j = 0; j < OUTPUTS; ++j) append_result(arguments[2], (float)outputs[j]);
    }
    printf("%.9f\n", took);
    genann_free(ann);
    return 0;
}
