    genann_run(ann, inputs);

    const int hidden = ann->hidden * ann->hidden_layers;
    float *o = ann->output + ann->inputs + hidden, *d = ann->delta + hidden;
    float *w = ann->weight + ann->total_weights;
    int m = ann->outputs;
    for (int j = 0; j < m; ++j)
        d[j] = (desired_outputs[j] - o[j]) * genann_act_derivative(ann->activation_output, o[j]);

    for (int h = ann->hidden_layers; h >= 0; --h) {
        const int n = h ? ann->hidden : ann->inputs;
        float *const i = o - n, *const before = d - n;
        w -= (size_t)m * (n + 1);
        if (h) {
            nabla_gemv_f32(NABLA_TRANSPOSE, m, n, 1, w + 1, n + 1, d, 0, before, NULL);
            for (int k = 0; k < n; ++k) before[k] *= genann_act_derivative(ann->activation_hidden, i[k]);
        }
        for (int j = 0; j < m; ++j) w[(size_t)j * (n + 1)] -= learning_rate * d[j];
        nabla_ger_f32(m, n, learning_rate, d, i, w + 1, n + 1, NULL);
        o = i;
        d = before;
        m = n;
    }
