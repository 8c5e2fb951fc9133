    nabla_gemm_f32(TA ? NABLA_TRANSPOSE : NABLA_NO_TRANSPOSE, TB ? NABLA_TRANSPOSE : NABLA_NO_TRANSPOSE, M, N, K, ALPHA,
                   A, lda, B, ldb, BETA, C, ldc, NULL);
