/* Update rules at the public edge; the arithmetic is in rule_body.h and sparse_update_body.h. */
#include "checks.h"
#include "kernel_table.h"
#include "share.h"

/* How many states a rule has. */
static int states_of(nabla_rule_kind kind)
{
    switch (kind) {
    case NABLA_RULE_SGD: return 0;
    case NABLA_RULE_MOMENTUM:
    case NABLA_RULE_NESTEROV: return 1;
    case NABLA_RULE_ADAM: return 2;
    }
    return -1;
}

static nabla_status check_rule(const nabla_rule *rule, const nabla_rule_layer *layer, size_t out, size_t in)
{
    if (!rule || !layer) return NABLA_ERROR_NULL_POINTER;
    if (states_of(rule->kind) < 0) return NABLA_ERROR_ARGUMENT;
    for (int i = 0; i <= states_of(rule->kind); ++i) {
        RETURN_IF_ERROR(check_panels(layer->panels[i], out, in));
        RETURN_IF_ERROR(check_vector(layer->bias[i], out));
    }
    return NABLA_OK;
}

nabla_status nabla_dense_rule_f32(const nabla_rule *rule, size_t m, size_t out, size_t in, const float *restrict d,
                                  size_t ldd, const float *restrict x, size_t ldx, const nabla_rule_layer *layer,
                                  const nabla_member *member)
{
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_rule(rule, layer, out, in));
    RETURN_IF_ERROR(check_padded(d, m, out, ldd));
    RETURN_IF_ERROR(check_floats(x, m, in, ldx));
    if (out == 0) return NABLA_OK;

    const panel_share mine = part_of_panels(panels_in(out), in, member);
    const size_t i = mine.rows.begin, inputs = mine.rows.end - i;
    const size_t j = mine.panels.begin * NABLA_PANEL, outputs = smaller(out, mine.panels.end * NABLA_PANEL) - j;
    if (outputs && (inputs || mine.leads))
        nabla_private_selected_table()->dense_rule(rule, m, outputs, inputs, m ? d + j : d, ldd, m && in ? x + i : x,
                                                   ldx, layer, mine.panels.begin, i, NABLA_PANEL * in, mine.leads);
    return NABLA_OK;
}

nabla_status nabla_sparse_rule_f32(const nabla_rule *rule, const nabla_sparse_batch *x, size_t out, size_t in,
                                   const float *restrict d, size_t ldd, const nabla_rule_layer *layer,
                                   const nabla_member *member)
{
    RETURN_IF_ERROR(check_member(member));
    RETURN_IF_ERROR(check_rule(rule, layer, out, in));
    RETURN_IF_ERROR(check_batch(x));
    RETURN_IF_ERROR(check_padded(d, x->count, out, ldd));
    if (out == 0) return NABLA_OK;

    const range mine = part_of_outputs(out, member);
    if (mine.begin < mine.end)
        nabla_private_selected_table()->sparse_rule(rule, x, mine.end - mine.begin, in, x->count ? d + mine.begin : d,
                                                    ldd, layer, mine.begin / NABLA_PANEL, NABLA_PANEL * in);
    return NABLA_OK;
}
