/* Every status a function can return, and every size of zero. test_arguments_sparse has the sparse inputs, the update
 * rules, dropout and augmentation. */
#define _POSIX_C_SOURCE 200112L /* setenv */
#include "arguments.h"

static void test_elementwise(void)
{
    EXPECT(nabla_sigmoid_f32(4, NULL, y, NULL) == NULL_);
    EXPECT(nabla_sigmoid_f32(4, x, NULL, NULL) == NULL_);
    EXPECT(nabla_sigmoid_f32(huge, x, y, NULL) == OVERFLOW_);
    EXPECT(nabla_sigmoid_f32(4, x, y, &outside) == ARGUMENT);
    EXPECT(nabla_sigmoid_f32(4, x, y, &nobody) == ARGUMENT);
    EXPECT(nabla_sigmoid_f32(0, NULL, NULL, NULL) == NABLA_OK);
    EXPECT(nabla_sigmoid_prime_f32(4, NULL, y, NULL) == NULL_);
    EXPECT(nabla_sigmoid_prime_f32(4, x, NULL, NULL) == NULL_);
    EXPECT(nabla_sigmoid_prime_f32(huge, x, y, NULL) == OVERFLOW_);
    EXPECT(nabla_sigmoid_prime_f32(4, x, y, &outside) == ARGUMENT);
    EXPECT(nabla_sigmoid_prime_f32(0, NULL, NULL, NULL) == NABLA_OK);
    EXPECT(nabla_sigmoid_prime_from_activation_f32(4, NULL, y, NULL) == NULL_);
    EXPECT(nabla_sigmoid_prime_from_activation_f32(4, x, NULL, NULL) == NULL_);
    EXPECT(nabla_sigmoid_prime_from_activation_f32(huge, x, y, NULL) == OVERFLOW_);
    EXPECT(nabla_sigmoid_prime_from_activation_f32(4, x, y, &outside) == ARGUMENT);
    EXPECT(nabla_sigmoid_prime_from_activation_f32(0, NULL, NULL, NULL) == NABLA_OK);
    EXPECT(nabla_tanh_f32(4, NULL, y, NULL) == NULL_);
    EXPECT(nabla_tanh_f32(4, x, NULL, NULL) == NULL_);
    EXPECT(nabla_tanh_f32(huge, x, y, NULL) == OVERFLOW_);
    EXPECT(nabla_tanh_f32(4, x, y, &outside) == ARGUMENT);
    EXPECT(nabla_tanh_f32(0, NULL, NULL, NULL) == NABLA_OK);
    EXPECT(nabla_axpy_f32(4, 1, NULL, y, NULL) == NULL_);
    EXPECT(nabla_axpy_f32(4, 1, x, NULL, NULL) == NULL_);
    EXPECT(nabla_axpy_f32(huge, 1, x, y, NULL) == OVERFLOW_);
    EXPECT(nabla_axpy_f32(4, 1, x, y, &outside) == ARGUMENT);
    EXPECT(nabla_axpy_f32(0, 1, NULL, NULL, NULL) == NABLA_OK);
    EXPECT(nabla_pixels_f32(4, NULL, y, NULL) == NULL_);
    EXPECT(nabla_pixels_f32(4, (const uint8_t *)x, NULL, NULL) == NULL_);
    EXPECT(nabla_pixels_f32(huge, (const uint8_t *)x, y, NULL) == OVERFLOW_);
    EXPECT(nabla_pixels_f32(4, (const uint8_t *)x, y, &outside) == ARGUMENT);
    EXPECT(nabla_pixels_f32(0, NULL, NULL, NULL) == NABLA_OK);

    double sum = 1;
    int finite = 0;
    EXPECT(nabla_sum_of_squares_f32(4, NULL, &sum, &finite) == NULL_);
    EXPECT(nabla_sum_of_squares_f32(4, x, NULL, &finite) == NULL_);
    EXPECT(nabla_sum_of_squares_f32(4, x, &sum, NULL) == NULL_);
    EXPECT(nabla_sum_of_squares_f32(huge, x, &sum, &finite) == OVERFLOW_);
    EXPECT(sum == 1 && finite == 0);
    EXPECT(nabla_sum_of_squares_f32(0, NULL, &sum, &finite) == NABLA_OK && sum == 0 && finite == 1);
}

static void test_matrices(void)
{
    EXPECT(nabla_gemm_f32(2, NONE, 4, 4, 4, 1, x, 4, w, 4, 0, y, 4, NULL) == ARGUMENT);
    EXPECT(nabla_gemm_f32(NONE, 2, 4, 4, 4, 1, x, 4, w, 4, 0, y, 4, NULL) == ARGUMENT);
    EXPECT(nabla_gemm_f32(NONE, NONE, 4, 4, 4, 1, x, 4, w, 4, 0, y, 4, &outside) == ARGUMENT);
    EXPECT(nabla_gemm_f32(NONE, NONE, 4, 4, 4, 1, NULL, 4, w, 4, 0, y, 4, NULL) == NULL_);
    EXPECT(nabla_gemm_f32(NONE, NONE, 4, 4, 4, 1, x, 4, NULL, 4, 0, y, 4, NULL) == NULL_);
    EXPECT(nabla_gemm_f32(NONE, NONE, 4, 4, 4, 1, x, 4, w, 4, 0, NULL, 4, NULL) == NULL_);
    EXPECT(nabla_gemm_f32(NONE, NONE, 4, 5, 6, 1, x, 5, w, 5, 0, y, 5, NULL) == STRIDE);
    EXPECT(nabla_gemm_f32(NONE, NONE, 4, 5, 6, 1, x, 6, w, 4, 0, y, 5, NULL) == STRIDE);
    EXPECT(nabla_gemm_f32(NONE, NONE, 4, 5, 6, 1, x, 6, w, 5, 0, y, 4, NULL) == STRIDE);
    EXPECT(nabla_gemm_f32(NABLA_TRANSPOSE, NABLA_TRANSPOSE, 4, 5, 6, 1, x, 3, w, 6, 0, y, 5, NULL) == STRIDE);
    EXPECT(nabla_gemm_f32(NABLA_TRANSPOSE, NABLA_TRANSPOSE, 4, 5, 6, 1, x, 4, w, 5, 0, y, 5, NULL) == STRIDE);
    EXPECT(nabla_gemm_f32(NABLA_TRANSPOSE, NABLA_TRANSPOSE, 4, 5, 6, 1, x, 4, w, 6, 0, y, 5, NULL) == NABLA_OK);
    EXPECT(nabla_gemm_f32(NONE, NONE, 4, 4, 4, 1, x, huge, w, 4, 0, y, 4, NULL) == OVERFLOW_);
    EXPECT(nabla_gemm_f32(NONE, NONE, 4, 4, 4, 1, x, 4, w, huge, 0, y, 4, NULL) == OVERFLOW_);
    EXPECT(nabla_gemm_f32(NONE, NONE, 4, 4, 4, 1, x, 4, w, 4, 0, y, huge, NULL) == OVERFLOW_);
    EXPECT(nabla_gemm_f32(NONE, NONE, 0, 4, 4, 1, NULL, 4, w, 4, 0, NULL, 4, NULL) == NABLA_OK);
    EXPECT(nabla_gemm_f32(NONE, NONE, 4, 0, 4, 1, x, 4, NULL, 0, 0, NULL, 0, NULL) == NABLA_OK);

    /* k = 0 and alpha = 0 leave C = beta C; A and B may then be absent only when they have no elements. */
    y[0] = y[1] = 3;
    EXPECT(nabla_gemm_f32(NONE, NONE, 1, 2, 0, 1, NULL, 0, NULL, 2, 0.5f, y, 2, NULL) == NABLA_OK);
    EXPECT(y[0] == 1.5f && y[1] == 1.5f);
    EXPECT(nabla_gemm_f32(NONE, NONE, 1, 2, 0, 1, NULL, 0, NULL, 2, 0, y, 2, NULL) == NABLA_OK);
    EXPECT(y[0] == 0 && y[1] == 0);

    EXPECT(nabla_gemv_f32(2, 4, 4, 1, x, 4, w, 0, y, NULL) == ARGUMENT);
    EXPECT(nabla_gemv_f32(NONE, 4, 4, 1, x, 4, w, 0, y, &outside) == ARGUMENT);
    EXPECT(nabla_gemv_f32(NONE, 4, 4, 1, NULL, 4, w, 0, y, NULL) == NULL_);
    EXPECT(nabla_gemv_f32(NONE, 4, 4, 1, x, 4, NULL, 0, y, NULL) == NULL_);
    EXPECT(nabla_gemv_f32(NONE, 4, 4, 1, x, 4, w, 0, NULL, NULL) == NULL_);
    EXPECT(nabla_gemv_f32(NONE, 4, 4, 1, x, 3, w, 0, y, NULL) == STRIDE);
    EXPECT(nabla_gemv_f32(NONE, 4, 4, 1, x, huge, w, 0, y, NULL) == OVERFLOW_);
    EXPECT(nabla_gemv_f32(NONE, 0, 4, 1, NULL, 4, w, 0, NULL, NULL) == NABLA_OK);
    y[0] = 3;
    EXPECT(nabla_gemv_f32(NONE, 1, 0, 1, NULL, 0, NULL, 0.5f, y, NULL) == NABLA_OK && y[0] == 1.5f);

    EXPECT(nabla_ger_f32(4, 4, 1, NULL, w, y, 4, NULL) == NULL_);
    EXPECT(nabla_ger_f32(4, 4, 1, x, NULL, y, 4, NULL) == NULL_);
    EXPECT(nabla_ger_f32(4, 4, 1, x, w, NULL, 4, NULL) == NULL_);
    EXPECT(nabla_ger_f32(4, 4, 1, x, w, y, 3, NULL) == STRIDE);
    EXPECT(nabla_ger_f32(4, 4, 1, x, w, y, huge, NULL) == OVERFLOW_);
    EXPECT(nabla_ger_f32(4, 4, 1, x, w, y, 4, &outside) == ARGUMENT);
    EXPECT(nabla_ger_f32(0, 4, 1, NULL, w, NULL, 4, NULL) == NABLA_OK);
    EXPECT(nabla_ger_f32(4, 0, 1, x, NULL, NULL, 0, NULL) == NABLA_OK);
}

static void test_forward(void)
{
#define FORWARD(f, m, out, in, ldx, lda, who) nabla_dense_forward_f32(f, m, out, in, x, ldx, w, y, a, lda, who)
    EXPECT(FORWARD(NABLA_SIGMOID, 2, 20, 3, 3, 32, NULL) == NABLA_OK);
    EXPECT(FORWARD(NABLA_TANH, 2, 20, 3, 3, 32, NULL) == NABLA_OK);
    EXPECT(FORWARD(NABLA_RELU, 2, 20, 3, 3, 32, NULL) == NABLA_OK);
    EXPECT(FORWARD(NABLA_SOFTMAX, 2, 20, 3, 3, 32, NULL) == ARGUMENT);
    EXPECT(FORWARD(5, 2, 20, 3, 3, 32, NULL) == ARGUMENT);
    EXPECT(FORWARD(NABLA_SIGMOID, 2, 20, 3, 3, 32, &outside) == ARGUMENT);
    EXPECT(FORWARD(NABLA_SIGMOID, 2, 20, 3, 2, 32, NULL) == STRIDE);
    EXPECT(FORWARD(NABLA_SIGMOID, 2, 20, 3, 3, 31, NULL) == STRIDE);
    EXPECT(FORWARD(NABLA_SIGMOID, 2, 20, 3, huge, 32, NULL) == OVERFLOW_);
    EXPECT(FORWARD(NABLA_SIGMOID, 2, 20, 3, 3, huge, NULL) == OVERFLOW_);
    EXPECT(FORWARD(NABLA_SIGMOID, 1, 20, huge, huge, 32, NULL) == OVERFLOW_);
    EXPECT(FORWARD(NABLA_SIGMOID, 0, 20, 3, 3, 32, NULL) == NABLA_OK);
    EXPECT(FORWARD(NABLA_SIGMOID, 2, 0, 3, 3, 0, NULL) == NABLA_OK);
    EXPECT(FORWARD(NABLA_IDENTITY, 2, SIZE_MAX, 3, 3, SIZE_MAX, NULL) == OVERFLOW_);
    EXPECT(nabla_dense_forward_f32(0, 2, 20, 3, NULL, 3, w, y, a, 32, NULL) == NULL_);
    EXPECT(nabla_dense_forward_f32(0, 2, 20, 3, x, 3, NULL, y, a, 32, NULL) == NULL_);
    EXPECT(nabla_dense_forward_f32(0, 2, 20, 3, x, 3, w, NULL, a, 32, NULL) == NULL_);
    EXPECT(nabla_dense_forward_f32(0, 2, 20, 3, x, 3, w, y, NULL, 32, NULL) == NULL_);
    memset(y, 0, sizeof y);
    EXPECT(nabla_dense_forward_f32(NABLA_SIGMOID, 2, 20, 0, NULL, 0, NULL, y, a, 32, NULL) == NABLA_OK);
    EXPECT(a[0] == 0.5f && a[19] == 0.5f && a[20] == 0 && a[51] == 0.5f && a[63] == 0);
}

static void test_softmax(void)
{
#define SOFTMAX(m, n, ldz, lda, who) nabla_softmax_f32(m, n, x, ldz, a, lda, who)
    EXPECT(SOFTMAX(2, 20, 20, 32, NULL) == NABLA_OK);
    EXPECT(SOFTMAX(2, 20, 20, 32, &outside) == ARGUMENT);
    EXPECT(SOFTMAX(2, 20, 19, 32, NULL) == STRIDE);
    EXPECT(SOFTMAX(2, 20, 20, 31, NULL) == STRIDE);
    EXPECT(SOFTMAX(2, 20, huge, 32, NULL) == OVERFLOW_);
    EXPECT(SOFTMAX(2, 20, 20, huge, NULL) == OVERFLOW_);
    EXPECT(nabla_softmax_f32(2, 20, NULL, 20, a, 32, NULL) == NULL_);
    EXPECT(nabla_softmax_f32(2, 20, x, 20, NULL, 32, NULL) == NULL_);
    EXPECT(nabla_softmax_f32(0, 20, NULL, 20, NULL, 32, NULL) == NABLA_OK);
    EXPECT(nabla_softmax_f32(2, 0, NULL, 0, NULL, 0, NULL) == NABLA_OK);
}

static void test_output_error(void)
{
#define ERROR(cost, f, m, n, lda, ldy, ldd, who) nabla_output_error_f32(cost, f, m, n, x, lda, w, ldy, a, ldd, who)
    /* Each cost with each activation; 1: has an output error. */
    static const int pairs[3][5] = {{1, 1, 1, 0, 1}, {0, 1, 0, 0, 0}, {0, 0, 0, 0, 1}};
    for (int cost = 0; cost < 3; ++cost)
        for (int f = 0; f < 5; ++f)
            EXPECT(ERROR((nabla_cost)cost, (nabla_activation)f, 2, 20, 20, 20, 32, NULL) ==
                   (pairs[cost][f] ? NABLA_OK : ARGUMENT));
    EXPECT(ERROR(3, NABLA_SIGMOID, 2, 20, 20, 20, 32, NULL) == ARGUMENT);
    EXPECT(ERROR(0, 5, 2, 20, 20, 20, 32, NULL) == ARGUMENT);
    EXPECT(ERROR(0, 1, 2, 20, 20, 20, 32, &outside) == ARGUMENT);
    EXPECT(nabla_output_error_f32(0, 1, 2, 20, NULL, 20, w, 20, a, 32, NULL) == NULL_);
    EXPECT(nabla_output_error_f32(0, 1, 2, 20, x, 20, NULL, 20, a, 32, NULL) == NULL_);
    EXPECT(nabla_output_error_f32(0, 1, 2, 20, x, 20, w, 20, NULL, 32, NULL) == NULL_);
    EXPECT(ERROR(0, 1, 2, 20, 19, 20, 32, NULL) == STRIDE);
    EXPECT(ERROR(0, 1, 2, 20, 20, 19, 32, NULL) == STRIDE);
    EXPECT(ERROR(0, 1, 2, 20, 20, 20, 31, NULL) == STRIDE);
    EXPECT(ERROR(0, 1, 4, 20, 20, 20, huge, NULL) == OVERFLOW_);
    EXPECT(nabla_output_error_f32(0, 1, 0, 20, NULL, 20, NULL, 20, NULL, 32, NULL) == NABLA_OK);
    EXPECT(nabla_output_error_f32(0, 1, 2, 0, NULL, 0, NULL, 0, NULL, 0, NULL) == NABLA_OK);
}

static void test_backward(void)
{
#define BACKWARD(f, m, out, in, ldd, lda, ldp, who)                                                                    \
    nabla_dense_backward_f32(f, m, out, in, x, ldd, w, y, lda, a, ldp, who)
    EXPECT(BACKWARD(NABLA_SIGMOID, 2, 20, 3, 32, 3, 16, NULL) == NABLA_OK);
    EXPECT(BACKWARD(NABLA_TANH, 2, 20, 3, 32, 3, 16, NULL) == NABLA_OK);
    EXPECT(BACKWARD(NABLA_RELU, 2, 20, 3, 32, 3, 16, NULL) == NABLA_OK);
    EXPECT(BACKWARD(NABLA_SOFTMAX, 2, 20, 3, 32, 3, 16, NULL) == ARGUMENT);
    EXPECT(BACKWARD(7, 2, 20, 3, 32, 3, 16, NULL) == ARGUMENT);
    EXPECT(BACKWARD(NABLA_SIGMOID, 2, 20, 3, 32, 3, 16, &outside) == ARGUMENT);
    EXPECT(BACKWARD(NABLA_SIGMOID, 2, 20, 3, 31, 3, 16, NULL) == STRIDE);
    EXPECT(BACKWARD(NABLA_SIGMOID, 2, 20, 3, 32, 2, 16, NULL) == STRIDE);
    EXPECT(BACKWARD(NABLA_IDENTITY, 2, 20, 3, 32, 2, 16, NULL) == NABLA_OK);
    EXPECT(BACKWARD(NABLA_SIGMOID, 2, 20, 3, 32, 3, 15, NULL) == STRIDE);
    EXPECT(BACKWARD(NABLA_SIGMOID, 2, 20, 3, huge, 3, 16, NULL) == OVERFLOW_);
    EXPECT(BACKWARD(NABLA_SIGMOID, 2, 20, 3, 32, huge, 16, NULL) == OVERFLOW_);
    EXPECT(BACKWARD(NABLA_SIGMOID, 2, 20, 3, 32, 3, huge, NULL) == OVERFLOW_);
    EXPECT(BACKWARD(NABLA_SIGMOID, 0, 20, 3, 32, 3, 16, NULL) == NABLA_OK);
    EXPECT(BACKWARD(NABLA_SIGMOID, 2, 20, 0, 32, 0, 0, NULL) == NABLA_OK);
    EXPECT(nabla_dense_backward_f32(0, 2, 20, 3, NULL, 32, w, y, 3, a, 16, NULL) == NULL_);
    EXPECT(nabla_dense_backward_f32(0, 2, 20, 3, x, 32, NULL, y, 3, a, 16, NULL) == NULL_);
    EXPECT(nabla_dense_backward_f32(NABLA_SIGMOID, 2, 20, 3, x, 32, w, NULL, 3, a, 16, NULL) == NULL_);
    EXPECT(nabla_dense_backward_f32(NABLA_IDENTITY, 2, 20, 3, x, 32, w, NULL, 3, a, 16, NULL) == NABLA_OK);
    EXPECT(nabla_dense_backward_f32(0, 2, 20, 3, x, 32, w, y, 3, NULL, 16, NULL) == NULL_);
    a[0] = a[2] = a[3] = 9;
    EXPECT(nabla_dense_backward_f32(NABLA_IDENTITY, 2, 0, 3, NULL, 0, NULL, NULL, 3, a, 16, NULL) == NABLA_OK);
    EXPECT(a[0] == 0 && a[2] == 0 && a[3] == 0);
}

static void test_update(void)
{
#define UPDATE(m, out, in, ldd, ldx, who) nabla_dense_update_f32(m, out, in, 1, x, ldd, y, ldx, 1, w, a, who)
    EXPECT(UPDATE(2, 20, 3, 32, 3, NULL) == NABLA_OK);
    EXPECT(UPDATE(2, 20, 3, 32, 3, &outside) == ARGUMENT);
    EXPECT(UPDATE(2, 20, 3, 31, 3, NULL) == STRIDE);
    EXPECT(UPDATE(2, 20, 3, 32, 2, NULL) == STRIDE);
    EXPECT(UPDATE(2, 20, 3, huge, 3, NULL) == OVERFLOW_);
    EXPECT(UPDATE(2, 20, 3, 32, huge, NULL) == OVERFLOW_);
    EXPECT(UPDATE(2, 0, 3, 0, 3, NULL) == NABLA_OK);
    EXPECT(nabla_dense_update_f32(2, 20, 3, 1, NULL, 32, y, 3, 1, w, a, NULL) == NULL_);
    EXPECT(nabla_dense_update_f32(2, 20, 3, 1, x, 32, NULL, 3, 1, w, a, NULL) == NULL_);
    EXPECT(nabla_dense_update_f32(2, 20, 3, 1, x, 32, y, 3, 1, NULL, a, NULL) == NULL_);
    EXPECT(nabla_dense_update_f32(2, 20, 3, 1, x, 32, y, 3, 1, w, NULL, NULL) == NULL_);
    w[0] = 4, a[0] = 4;
    EXPECT(nabla_dense_update_f32(0, 20, 3, 1, NULL, 32, NULL, 3, 0.5f, w, a, NULL) == NABLA_OK);
    EXPECT(w[0] == 2 && a[0] == 4);
    x[0] = 8;
    EXPECT(nabla_dense_update_f32(1, 1, 0, 1, x, 16, NULL, 0, 1, NULL, a, NULL) == NABLA_OK && a[0] == 12);
}

static void test_panels(void)
{
    EXPECT(nabla_panels_size(30, 784) == 32 * 784);
    EXPECT(nabla_panels_size(16, 5) == 80 && nabla_panels_size(17, 5) == 160);
    EXPECT(nabla_panels_size(0, 5) == 0 && nabla_panels_size(5, 0) == 0);
    EXPECT(nabla_panels_size(1, SIZE_MAX / 64) != 0 && nabla_panels_size(1, SIZE_MAX / 64 + 1) == 0);
    EXPECT(nabla_panels_size(SIZE_MAX, 1) == 0 && nabla_panels_size(SIZE_MAX, SIZE_MAX) == 0);
    EXPECT(nabla_panels_pack_f32(20, 3, NULL, 3, w, NULL) == NULL_);
    EXPECT(nabla_panels_pack_f32(20, 3, x, 3, NULL, NULL) == NULL_);
    EXPECT(nabla_panels_pack_f32(20, 3, x, 2, w, NULL) == STRIDE);
    EXPECT(nabla_panels_pack_f32(20, 3, x, huge, w, NULL) == OVERFLOW_);
    EXPECT(nabla_panels_pack_f32(20, 3, x, 3, w, &outside) == ARGUMENT);
    EXPECT(nabla_panels_pack_f32(0, 3, NULL, 3, NULL, NULL) == NABLA_OK);
    EXPECT(nabla_panels_unpack_f32(20, 3, NULL, x, 3, NULL) == NULL_);
    EXPECT(nabla_panels_unpack_f32(20, 3, w, NULL, 3, NULL) == NULL_);
    EXPECT(nabla_panels_unpack_f32(20, 3, w, x, 2, NULL) == STRIDE);
    EXPECT(nabla_panels_unpack_f32(20, 3, w, x, huge, NULL) == OVERFLOW_);
    EXPECT(nabla_panels_unpack_f32(20, 3, w, x, 3, &outside) == ARGUMENT);
    EXPECT(nabla_panels_unpack_f32(20, 0, NULL, NULL, 0, NULL) == NABLA_OK);
}

static void body(void *context, nabla_member *member) { (void)context, (void)member; }

static void test_library(void)
{
    for (int status = -1; status <= 6; ++status) {
        const char *text = nabla_status_description((nabla_status)status);
        EXPECT(text != NULL && text[0] != 0);
    }
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", NABLA_KERNELS_VERSION_MAJOR, NABLA_KERNELS_VERSION_MINOR,
             NABLA_KERNELS_VERSION_PATCH);
    EXPECT(strcmp(nabla_kernels_version(), version) == 0);
    EXPECT(nabla_kernels_version_number() == NABLA_KERNELS_VERSION && NABLA_KERNELS_VERSION > 0);
    EXPECT(nabla_kernel_contract() == NABLA_KERNEL_CONTRACT);
    EXPECT(strcmp(nabla_isa_name(NABLA_ISA_SCALAR), "scalar") == 0 &&
           strcmp(nabla_isa_name(NABLA_ISA_NEON), "neon") == 0);
    EXPECT(nabla_isa_name((nabla_isa)NABLA_ISA_COUNT) == NULL && nabla_isa_name((nabla_isa)-1) == NULL);
    EXPECT(nabla_isa_available(NABLA_ISA_SCALAR) == 1);
    EXPECT(nabla_isa_available((nabla_isa)NABLA_ISA_COUNT) == 0 && nabla_isa_available((nabla_isa)-1) == 0);
    EXPECT(strcmp(nabla_isa_name(NABLA_ISA_AVX2), "avx2") == 0 &&
           strcmp(nabla_isa_name(NABLA_ISA_AVX512), "avx512") == 0);
    const nabla_isa before = nabla_selected_isa();
    EXPECT(nabla_isa_available(before));
    EXPECT(nabla_select_isa((nabla_isa)NABLA_ISA_COUNT) == NABLA_ERROR_ISA_UNAVAILABLE);
    for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
        const nabla_isa former = nabla_selected_isa();
        const int available = nabla_isa_available((nabla_isa)isa);
        EXPECT(nabla_select_isa((nabla_isa)isa) == (available ? NABLA_OK : NABLA_ERROR_ISA_UNAVAILABLE));
        EXPECT(nabla_selected_isa() == (available ? (nabla_isa)isa : former));
    }
    EXPECT(nabla_team_run(0, body, NULL) == ARGUMENT);
    EXPECT(nabla_team_run(1025, body, NULL) == ARGUMENT);
    EXPECT(nabla_team_run(1, NULL, NULL) == NULL_);
    EXPECT(nabla_team_run(1, body, NULL) == NABLA_OK);
    EXPECT(nabla_processor_count() >= 1);
    nabla_barrier(NULL);
}

/* What NABLA_ISA asks for, and what became of it. */
static void test_request(void)
{
    unsetenv("NABLA_ISA");
    EXPECT(nabla_isa_request() == NABLA_OK);
    for (int isa = 0; isa < NABLA_ISA_COUNT; ++isa) {
        setenv("NABLA_ISA", nabla_isa_name((nabla_isa)isa), 1);
        EXPECT(nabla_isa_request() ==
               (nabla_isa_available((nabla_isa)isa) ? NABLA_OK : NABLA_ERROR_ISA_UNAVAILABLE));
    }
    static const char *const unknown[] = {"", "AVX2", "avx", "avx512 ", "sse2", "auto"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; ++i) {
        setenv("NABLA_ISA", unknown[i], 1);
        EXPECT(nabla_isa_request() == ARGUMENT);
    }
    unsetenv("NABLA_ISA");
}

int main(void)
{
    test_elementwise();
    test_matrices();
    test_forward();
    test_softmax();
    test_output_error();
    test_backward();
    test_update();
    test_panels();
    test_library();
    test_request();
    printf("%d checks, %d failures\n", checks, failures);
    return failures != 0;
}
