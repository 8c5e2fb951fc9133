/* Trains darknet's own network for CIFAR-10 by single pictures, and writes what it then says about another. */
#include "../work.h"
#include "darknet.h"

float train_network_datum(network *net);

int main(int count, char **arguments)
{
    if (count < 3) return 2;
    srand(1);
    network *net = load_network("cfg/cifar.cfg", NULL, 0);
    set_batch_network(net, 1);
    net->learning_rate = 0.001f;
    srand(2); /* dropout's numbers */

    double took = 0;
    for (int round = 0; round < atoi(arguments[1]); ++round) {
        for (int i = 0; i < net->inputs; ++i) net->input[i] = next_random();
        for (int j = 0; j < net->truths; ++j) net->truth[j] = j == round % net->truths;
        const double start = seconds_now();
        train_network_datum(net);
        took += seconds_now() - start;
        append_result(arguments[2], *net->cost);
    }
    for (int i = 0; i < net->inputs; ++i) net->input[i] = next_random();
    const float *outputs = network_predict(net, net->input);
    for (int j = 0; j < net->outputs; ++j) append_result(arguments[2], outputs[j]);
    printf("%.9f\n", took);
    return 0;
}
