/* Trains a small GPT-2 with random parameters on random words, and writes the loss of each step and the last one's
 * gradients of the weights behind queries, keys and values. */
#define TESTING /* llm.c's own main stays away */
#include "train_gpt2.c"

#include "../work.h"

enum { LENGTH = 64, WORDS = 4000, PADDED = 4096, LAYERS = 4, HEADS = 4, CHANNELS = 256, SEQUENCES = 4 };

int main(int count, char **arguments)
{
    if (count < 3) return 2;
    int header[256] = {20240326, 3, LENGTH, WORDS, LAYERS, HEADS, CHANNELS, PADDED};
    FILE *file = fopen("small.bin", "wb");
    if (!file || fwrite(header, sizeof header, 1, file) != 1) return 1;
    GPT2Config config = {LENGTH, WORDS, PADDED, LAYERS, HEADS, CHANNELS};
    size_t sizes[NUM_PARAMETER_TENSORS], parameters = 0;
    fill_in_parameter_sizes(sizes, config);
    for (int i = 0; i < NUM_PARAMETER_TENSORS; i++) parameters += sizes[i];
    for (size_t i = 0; i < parameters; i++) {
        const float parameter = 0.05f * (next_random() - 0.5f);
        if (fwrite(&parameter, sizeof parameter, 1, file) != 1) return 1;
    }
    if (fclose(file)) return 1;

    GPT2 model;
    gpt2_build_from_checkpoint(&model, "small.bin");
    int inputs[SEQUENCES * LENGTH], targets[SEQUENCES * LENGTH];
    double took = 0;
    for (int step = 0; step < atoi(arguments[1]); step++) {
        for (int i = 0; i < SEQUENCES * LENGTH; i++) {
            inputs[i] = (int)(next_random() * WORDS);
            targets[i] = (int)(next_random() * WORDS);
        }
        const double start = seconds_now();
        gpt2_forward(&model, inputs, targets, SEQUENCES, LENGTH);
        gpt2_zero_grad(&model);
        gpt2_backward(&model);
        gpt2_update(&model, 1e-4f, 0.9f, 0.999f, 1e-8f, 0, step + 1);
        took += seconds_now() - start;
        append_result(arguments[2], model.mean_loss);
    }
    /* The largest of these are some 4e-6: made as large as the losses, they count as much in the comparison. */
    for (int i = 0; i < LAYERS * 3 * CHANNELS * CHANNELS; i++) append_result(arguments[2], 1e6f * model.grads.qkvw[i]);
    printf("%.9f\n", took);
    gpt2_free(&model);
    return 0;
}
