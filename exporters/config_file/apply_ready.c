/* SPDX-License-Identifier: Apache-2.0 */
#include "apply_ready.h"

#include "haetae/processor.h"
#include "haetae/redaction.h"

static void check(struct hae_apply *apply, const haetae_config_node *node, haetae_status status)
{
    if (status != HAETAE_OK) {
        hae_fault(apply->faults, status, node, "%s", haetae_status_text(status));
    }
}

void hae_apply_span_metrics(struct hae_apply *apply, const haetae_config_node *node,
                            const struct hae_type *type)
{
    enum { KEYS_MAX = 8 };
    const haetae_config_node *list = haetae_config_node_find(node, "attribute_keys");
    haetae_string keys[KEYS_MAX];
    size_t count = 0;

    (void)type;
    if (haetae_config_node_count(list) > KEYS_MAX) {
        hae_fault(apply->faults, HAETAE_ELIMIT, list, "there are more than %d keys", KEYS_MAX);
        return;
    }
    for (const haetae_config_node *one = list != NULL ? list->first : NULL; one != NULL;
         one = one->next) {
        keys[count++] = haetae_string_of(one->text);
    }
    check(apply, node, haetae_config_add_span_metrics(apply->config, keys, count));
}

void hae_apply_baggage_attributes(struct hae_apply *apply, const haetae_config_node *node,
                                  const struct hae_type *type)
{
    const haetae_config_node *pattern = haetae_config_node_find(node, "names");
    const haetae_config_node *prefix = haetae_config_node_find(node, "prefix");

    (void)type;
    check(apply, node,
          haetae_config_add_baggage_attributes(
              apply->config, haetae_config_node_text(pattern),
              haetae_config_node_type_of(prefix) == HAETAE_CONFIG_NODE_STRING ? prefix->text : NULL,
              UINT32_C(1) << apply->signal));
}

/* Metrics that processors make of spans have attributes of these, so rules for spans are for
 * metrics as well. The text may be a secret: no fault shows it. */
void hae_apply_redaction(struct hae_apply *apply, const haetae_config_node *node,
                         const struct hae_type *type)
{
    const char *action = haetae_config_node_text(haetae_config_node_find(node, "action"));
    const haetae_config_node *given = haetae_config_node_find(node, "text");
    const char *text = haetae_config_node_text(given);
    uint32_t signals = UINT32_C(1) << apply->signal;

    (void)type;
    if (apply->signal == HAETAE_SIGNAL_TRACES) {
        signals |= UINT32_C(1) << HAETAE_SIGNAL_METRICS;
    }
    if (strcmp(action, "hash") == 0 && text[0] == '\0') {
        hae_fault(apply->faults, HAETAE_EVALUE, given != NULL ? given : node,
                  "the secret of a hash is empty: is the variable set?");
        return;
    }
    check(apply, node,
          haetae_config_add_redaction(
              apply->config, haetae_config_node_text(haetae_config_node_find(node, "keys")),
              strcmp(action, "hash") == 0      ? HAETAE_REDACTION_HASH
              : strcmp(action, "replace") == 0 ? HAETAE_REDACTION_REPLACE
                                               : HAETAE_REDACTION_DELETE,
              text, strlen(text), signals));
}
