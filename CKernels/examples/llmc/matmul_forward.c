    for (int bt = 0; bt < B * T && bias != NULL; bt++) memcpy(out + (size_t)bt * OC, bias, OC * sizeof(float));
    nabla_gemm_f32(NABLA_NO_TRANSPOSE, NABLA_TRANSPOSE, B * T, OC, C, 1, inp, C, weight, C, bias != NULL, out, OC,
                   NULL);
