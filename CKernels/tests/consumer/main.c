/* The header serves C11 without extensions, and the library links. */
#include <nabla_kernels.h>

#include <stdio.h>

int main(void)
{
    const float z[3] = {-1, 0, 1};
    float a[3];
    const nabla_status status = nabla_sigmoid_f32(3, z, a, NULL);
    printf("%s on %s: %s, %g %g %g\n", nabla_kernels_version(), nabla_isa_name(nabla_selected_isa()),
           nabla_status_description(status), (double)a[0], (double)a[1], (double)a[2]);
    return status != NABLA_OK || a[1] != 0.5f;
}
