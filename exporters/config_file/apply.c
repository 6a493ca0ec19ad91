/* SPDX-License-Identifier: Apache-2.0 */
#include "apply.h"

#include <stdio.h>

#include "check.h"
#include "component.h"
#include "type.h"

/* ---- Keys ---------------------------------------------------------------------------------------
 */

/* The configuration's own text about a value ends with what it expected. */
static const char *expectation(const haetae_config *config)
{
    const char *error = haetae_config_error(config);
    const char *expected = strstr(error, "expected ");

    return expected != NULL ? expected : error;
}

static bool is_own_integer(const haetae_config_node *node, const char *value)
{
    return value == node->text && node->type == HAETAE_CONFIG_NODE_INT64;
}

/* A whole number may stand there in other forms than keys take: 0x10, +7. */
void hae_apply_key(struct hae_apply *apply, const haetae_config_node *node, const char *key,
                   const char *value)
{
    haetae_status status;
    char number[24];

    if (is_own_integer(node, value)) {
        snprintf(number, sizeof number, "%lld", (long long)node->integer);
        value = number;
    }
    status = apply->target == apply->config ? haetae_config_set_from_file(apply->config, key, value)
                                            : haetae_config_set(apply->target, key, value);

    if (status == HAETAE_EKEY) {
        hae_fault(apply->faults, HAETAE_EUNSUPPORTED, node,
                  "%s is not known: the library that has it is not linked", key);
    } else if (status != HAETAE_OK) {
        hae_fault(apply->faults, status, node, "%.250s", expectation(apply->target));
    }
}

static bool is_same(const struct hae_shared *shared, const haetae_config_node *node,
                    const char *value)
{
    return is_own_integer(node, value) && is_own_integer(shared->node, shared->value)
               ? node->integer == shared->node->integer
               : strcmp(shared->value, value) == 0;
}

void hae_apply_shared_key(struct hae_apply *apply, const haetae_config_node *node, const char *key,
                          const char *value)
{
    size_t i = 0;

    while (i < apply->shared_count && strcmp(apply->shared[i].key, key) != 0) {
        i++;
    }
    if (i < apply->shared_count && !is_same(&apply->shared[i], node, value)) {
        hae_fault(apply->faults, HAETAE_EUNSUPPORTED, node,
                  "all of them must agree on this: an earlier one says %.32s",
                  apply->shared[i].value);
        return;
    }
    if (i == apply->shared_count && i < HAE_SHARED_MAX) {
        apply->shared[i].key = key;
        apply->shared[i].value = value;
        apply->shared[i].node = node;
        apply->shared_count++;
    }
    hae_apply_key(apply, node, key, value);
}

void hae_apply_key_name(const struct hae_apply *apply, const char *pattern,
                        char ret_key[HAE_KEY_BYTES])
{
    static const char *const names[HAETAE_SIGNAL_COUNT] = {[HAETAE_SIGNAL_TRACES] = "TRACES",
                                                           [HAETAE_SIGNAL_METRICS] = "METRICS",
                                                           [HAETAE_SIGNAL_LOGS] = "LOGS"};
    const char *at = strchr(pattern, '%');

    if (at == NULL) {
        snprintf(ret_key, HAE_KEY_BYTES, "%s", pattern);
    } else {
        snprintf(ret_key, HAE_KEY_BYTES, "%.*s%s%s", (int)(at - pattern), pattern,
                 names[apply->signal], at + 1);
    }
}

/* ---- Objects ------------------------------------------------------------------------------------
 */

static void apply_field(struct hae_apply *apply, const haetae_config_node *node,
                        const struct hae_field *field)
{
    bool is_null = node->type == HAETAE_CONFIG_NODE_NULL;
    char key[HAE_KEY_BYTES];

    if (field->harmless != NULL &&
        (is_null || strcmp(haetae_config_node_text(node), field->harmless) == 0)) {
        return;
    }
    if (is_null && field->kind != HAE_FIELD_OBJECT) {
        return; /* as if it were not there */
    }
    if (field->refused != NULL) {
        hae_fault(apply->faults, HAETAE_EUNSUPPORTED, node, "%s", field->refused);
    } else if (field->ignored != NULL) {
        hae_warn(apply->faults, apply->config, node, field->ignored);
    } else if (field->apply != NULL) {
        field->apply(apply, node, field->type);
    } else if (field->key != NULL) {
        hae_apply_key_name(apply, field->key, key);
        hae_apply_key(apply, node, key, haetae_config_node_text(node));
    } else if (field->kind == HAE_FIELD_OBJECT) {
        hae_apply_object(apply, node, field->type);
    }
}

void hae_apply_component(struct hae_apply *apply, const haetae_config_node *node, int kind)
{
    const char *error;
    haetae_status status =
        hae_component_create(kind, apply->config, UINT32_C(1) << apply->signal, node);

    if (!hae_component_is_known(kind, node->key)) {
        hae_fault(apply->faults, HAETAE_EUNSUPPORTED, node,
                  "haetae does not have this, and no component of this name is registered");
    } else if (status != HAETAE_OK) {
        error = haetae_config_error(apply->config);
        hae_fault(apply->faults, status, node, "the component failed: %.200s",
                  error[0] != '\0' ? error : haetae_status_text(status));
    }
}

/* In the order of the schema, so that what others depend on comes first. */
void hae_apply_object(struct hae_apply *apply, const haetae_config_node *node,
                      const struct hae_type *type)
{
    for (const struct hae_field *field = type->fields; field != NULL && field->name != NULL;
         field++) {
        const haetae_config_node *child = haetae_config_node_find(node, field->name);

        if (child != NULL) {
            apply_field(apply, child, field);
        }
    }
    for (const haetae_config_node *child = node->first; child != NULL; child = child->next) {
        if (hae_field_find(type, child->key) != NULL) {
            continue;
        }
        if (type->other != NULL && !hae_component_is_known(type->component, child->key)) {
            type->other(apply, child, NULL);
        } else if (type->component >= 0) {
            hae_apply_component(apply, child, type->component);
        } else if (type->open) {
            hae_warn(apply->faults, apply->config, child,
                     "the schema has no such key; it is ignored");
        }
    }
}
