#include "side.h"

__attribute__((visibility("default"))) const side *nabla_measured_side(void);

const side *nabla_measured_side(void)
{
    static const side this_side = {make_arena, add_all_rows, time_calls, slice_clock};
    return &this_side;
}
