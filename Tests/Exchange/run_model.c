/* Feeds samples from stdin through an exported network: raw floats in and out. */
#include "model.h"

#include <stdio.h>

int main(void)
{
    static float x[MODEL_INPUTS], y[MODEL_OUTPUTS];

    while (fread(x, sizeof x[0], MODEL_INPUTS, stdin) == MODEL_INPUTS) {
        model_predict(x, y);
        if (fwrite(y, sizeof y[0], MODEL_OUTPUTS, stdout) != MODEL_OUTPUTS)
            return 1;
    }
    return 0;
}
