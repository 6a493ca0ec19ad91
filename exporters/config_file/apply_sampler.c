/* SPDX-License-Identifier: Apache-2.0 */
#include "apply_sampler.h"

#include <stdio.h>

static const struct {
    const char *name;         /* in the file */
    const char *own;          /* for OTEL_TRACES_SAMPLER */
    const char *parent_based; /* the same as a root's */
} samplers[] = {
    {"always_on", "always_on", "parentbased_always_on"},
    {"always_off", "always_off", "parentbased_always_off"},
    {"trace_id_ratio_based", "traceidratio", "parentbased_traceidratio"},
};

static void set_sampler(struct hae_apply *apply, const haetae_config_node *node, bool parent_based)
{
    const haetae_config_node *ratio = haetae_config_node_find(node, "ratio");

    for (size_t i = 0; i < sizeof samplers / sizeof samplers[0]; i++) {
        if (strcmp(node->key, samplers[i].name) == 0) {
            hae_apply_key(apply, node, "OTEL_TRACES_SAMPLER",
                          parent_based ? samplers[i].parent_based : samplers[i].own);
            if (haetae_config_node_type_of(ratio) != HAETAE_CONFIG_NODE_NULL) {
                char text[32];

                /* The key takes no exponent. */
                snprintf(text, sizeof text, "%.15f", ratio->real);
                hae_apply_key(apply, ratio, "OTEL_TRACES_SAMPLER_ARG", text);
            }
            return;
        }
    }
    hae_fault(apply->faults, HAETAE_EUNSUPPORTED, node,
              "haetae has always_on, always_off and trace_id_ratio_based here");
}

void hae_apply_sampler(struct hae_apply *apply, const haetae_config_node *node,
                       const struct hae_type *type)
{
    (void)type;
    set_sampler(apply, node, false);
}

/* The parent's decision counts: whatever the schema's defaults say as well. */
static void check_delegate(struct hae_apply *apply, const haetae_config_node *node,
                           const char *name, const char *wanted)
{
    const haetae_config_node *delegate = haetae_config_node_find(node, name);

    if (delegate != NULL && strcmp(haetae_config_node_key(delegate->first), wanted) != 0) {
        hae_fault(apply->faults, HAETAE_EUNSUPPORTED, delegate, "haetae has %s here", wanted);
    }
}

void hae_apply_parent_based(struct hae_apply *apply, const haetae_config_node *node,
                            const struct hae_type *type)
{
    const haetae_config_node *root = haetae_config_node_find(node, "root");

    (void)type;
    check_delegate(apply, node, "remote_parent_sampled", "always_on");
    check_delegate(apply, node, "remote_parent_not_sampled", "always_off");
    check_delegate(apply, node, "local_parent_sampled", "always_on");
    check_delegate(apply, node, "local_parent_not_sampled", "always_off");
    if (root == NULL) {
        hae_apply_key(apply, node, "OTEL_TRACES_SAMPLER", "parentbased_always_on");
    } else {
        set_sampler(apply, root->first, true);
    }
}
