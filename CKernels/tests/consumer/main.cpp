// The header serves C++, and the installed library links.
#include <nabla_kernels.h>

#include <cstdio>
#include <vector>

int main()
{
    const std::vector<float> z = {-1, 0, 1};
    std::vector<float> a(z.size());
    const nabla_status status = nabla_sigmoid_f32(z.size(), z.data(), a.data(), nullptr);
    std::printf("%s on %s: %s, %g %g %g\n", nabla_kernels_version(), nabla_isa_name(nabla_selected_isa()),
                nabla_status_description(status), a[0], a[1], a[2]);
    return status != NABLA_OK || a[1] != 0.5f;
}
