/* SPDX-License-Identifier: Apache-2.0 */
#include "apply_scope.h"

#include "haetae/scope.h"

int hae_severity_of(const char *name)
{
    static const char *const names[] = {"trace", "debug", "info", "warn", "error", "fatal"};

    for (int i = 0; i < 6; i++) {
        size_t length = strlen(names[i]);

        if (strncmp(name, names[i], length) == 0) {
            return 1 + 4 * i + (name[length] != '\0' ? name[length] - '1' : 0);
        }
    }
    return 0;
}

/* False: a fault says why. */
static bool add_rule(struct hae_apply *apply, const haetae_config_node *node, const char *pattern,
                     const haetae_config_node *config)
{
    haetae_scope_config rule = HAETAE_OPTIONS(haetae_scope_config);
    haetae_status status;
    bool value;

    if (haetae_config_node_bool(haetae_config_node_find(config, "enabled"), &value) == HAETAE_OK) {
        rule.disabled = !value;
    }
    if (haetae_config_node_bool(haetae_config_node_find(config, "trace_based"), &value) ==
        HAETAE_OK) {
        rule.trace_based = value;
    }
    rule.min_severity = hae_severity_of(
        haetae_config_node_text(haetae_config_node_find(config, "minimum_severity")));
    status = haetae_config_add_scope_rule(apply->config, apply->signal, pattern, &rule);
    if (status == HAETAE_EINVAL) {
        hae_fault(apply->faults, status, node, "expected a name of at most 255 bytes");
    } else if (status != HAETAE_OK) {
        hae_fault(apply->faults, status, node, "%s",
                  status == HAETAE_ELIMIT ? "there are more than 256 entries"
                                          : haetae_status_text(status));
    }
    return status == HAETAE_OK;
}

/* Of several rules that match, the newest counts in haetae, and the first one in a file. */
void hae_apply_configurator(struct hae_apply *apply, const haetae_config_node *node,
                            const struct hae_type *type)
{
    const haetae_config_node *others = haetae_config_node_find(node, "default_config");

    (void)type;
    if (others != NULL && !add_rule(apply, others, "*", others)) {
        return;
    }
    for (const haetae_config_node *list = node->first; list != NULL; list = list->next) {
        for (size_t i = list->type == HAETAE_CONFIG_NODE_LIST ? list->count : 0; i > 0; i--) {
            const haetae_config_node *item = haetae_config_node_at(list, i - 1);

            if (!add_rule(apply, item,
                          haetae_config_node_text(haetae_config_node_find(item, "name")),
                          haetae_config_node_find(item, "config"))) {
                return;
            }
        }
    }
}
