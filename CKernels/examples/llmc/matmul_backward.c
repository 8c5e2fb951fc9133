    nabla_gemm_f32(NABLA_NO_TRANSPOSE, NABLA_NO_TRANSPOSE, B * T, C, OC, 1, dout, OC, weight, C, 1, dinp, C, NULL);
    nabla_gemm_f32(NABLA_TRANSPOSE, NABLA_NO_TRANSPOSE, OC, C, B * T, 1, dout, OC, inp, C, 1, dweight, C, NULL);
    for (int bt = 0; bt < B * T && dbias != NULL; bt++) nabla_axpy_f32(OC, 1, dout + (size_t)bt * OC, dbias, NULL);
