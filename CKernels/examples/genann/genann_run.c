    float const *w = ann->weight;
    float *i = ann->output, *o = ann->output + ann->inputs;
    int n = ann->inputs;
    memcpy(i, inputs, sizeof(float) * n);

    for (int h = 0; h <= ann->hidden_layers; ++h) {
        const int is_output = h == ann->hidden_layers;
        const int m = is_output ? ann->outputs : ann->hidden;
        const genann_actfun act = is_output ? ann->activation_output : ann->activation_hidden;

        /* A row of weights begins with that of an input -1. */
        for (int j = 0; j < m; ++j) o[j] = -w[(size_t)j * (n + 1)];
        nabla_gemv_f32(NABLA_NO_TRANSPOSE, m, n, 1, w + 1, n + 1, i, 1, o, NULL);
        if (act == genann_act_sigmoid || act == genann_act_sigmoid_cached) nabla_sigmoid_f32(m, o, o, NULL);
        else for (int j = 0; j < m; ++j) o[j] = act(ann, o[j]);

        w += (size_t)m * (n + 1);
        i = o;
        o += m;
        n = m;
    }
    return i;
