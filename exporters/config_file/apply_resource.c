/* SPDX-License-Identifier: Apache-2.0 */
#include "apply_resource.h"

#include <stdio.h>
#include <stdlib.h>

#include "component.h"
#include "haetae/resource.h"
#include "lookup.h"

/* ---- Attributes
 * ------------------------------------------------------------------------------------ */

static bool read_one(const haetae_config_node *node, const char *type, haetae_value *ret_value)
{
    if (strncmp(type, "string", 6) == 0 && node->type == HAETAE_CONFIG_NODE_STRING) {
        *ret_value = haetae_value_string(node->text);
    } else if (strncmp(type, "bool", 4) == 0 && node->type == HAETAE_CONFIG_NODE_BOOL) {
        *ret_value = haetae_value_bool(node->boolean);
    } else if (strncmp(type, "int", 3) == 0 && node->type == HAETAE_CONFIG_NODE_INT64) {
        *ret_value = haetae_value_int64(node->integer);
    } else if (strncmp(type, "double", 6) == 0 && (node->type == HAETAE_CONFIG_NODE_DOUBLE ||
                                                   node->type == HAETAE_CONFIG_NODE_INT64)) {
        *ret_value = haetae_value_double(node->real);
    } else {
        return false;
    }
    return true;
}

static void add(struct hae_apply *apply, const haetae_config_node *node, const char *name,
                haetae_value value)
{
    haetae_attribute attribute = haetae_attribute_of(name, value);
    haetae_status status = haetae_config_add_resource_attribute(apply->config, &attribute);

    if (status != HAETAE_OK) {
        hae_fault(apply->faults, status, node, "%.200s", haetae_config_error(apply->config));
    }
}

static void apply_array(struct hae_apply *apply, const haetae_config_node *node, const char *name,
                        const char *type)
{
    haetae_value *items = calloc(node->count + 1, sizeof *items);
    size_t count = 0;

    if (items == NULL) {
        hae_fault(apply->faults, HAETAE_ENOMEM, node, "out of memory");
        return;
    }
    for (const haetae_config_node *item = node->first; item != NULL; item = item->next) {
        if (!read_one(item, type, &items[count++])) {
            hae_fault(apply->faults, HAETAE_EVALUE, item, "expected what the type %s says", type);
        }
    }
    add(apply, node, name, haetae_value_array(items, count));
    free(items);
}

static void apply_attribute(struct hae_apply *apply, const haetae_config_node *node)
{
    const haetae_config_node *value = haetae_config_node_find(node, "value");
    const char *name = haetae_config_node_text(haetae_config_node_find(node, "name"));
    const char *type = haetae_config_node_text(haetae_config_node_find(node, "type"));
    haetae_value one = haetae_value_empty();

    if (haetae_config_node_type_of(value) == HAETAE_CONFIG_NODE_NULL) {
        return;
    }
    type = type[0] != '\0' && strcmp(type, "null") != 0 && strcmp(type, "~") != 0 ? type : "string";
    if (strstr(type, "_array") != NULL && value->type == HAETAE_CONFIG_NODE_LIST) {
        apply_array(apply, value, name, type);
    } else if (strstr(type, "_array") == NULL && read_one(value, type, &one)) {
        add(apply, value, name, one);
    } else {
        hae_fault(apply->faults, HAETAE_EVALUE, value, "expected what the type %s says", type);
    }
}

void hae_apply_attributes(struct hae_apply *apply, const haetae_config_node *node,
                          const struct hae_type *type)
{
    (void)type;
    for (const haetae_config_node *item = node->first; item != NULL; item = item->next) {
        apply_attribute(apply, item);
    }
}

void hae_apply_schema_url(struct hae_apply *apply, const haetae_config_node *node,
                          const struct hae_type *type)
{
    haetae_resource *resource = NULL;
    haetae_status status = haetae_resource_new(&resource);

    (void)type;
    if (status == HAETAE_OK) {
        status = haetae_resource_set_schema_url(resource, haetae_string_of(node->text));
    }
    if (status == HAETAE_OK) {
        status = haetae_config_add_resource(apply->config, resource);
    }
    if (status != HAETAE_OK) {
        hae_fault(apply->faults, status, node, "%s", haetae_status_text(status));
    }
    haetae_resource_free(resource);
}

/* ---- Detection
 * --------------------------------------------------------------------------------------- */

/* Joins texts by commas. */
static char *join(const haetae_config_node *list)
{
    size_t size = 1;
    char *text, *at;

    for (const haetae_config_node *one = list->first; one != NULL; one = one->next) {
        size += strlen(haetae_config_node_text(one)) + 1;
    }
    text = at = malloc(size);
    for (const haetae_config_node *one = list->first; one != NULL && text != NULL;
         one = one->next) {
        at = stpcpy(at, haetae_config_node_text(one));
        if (one->next != NULL) {
            *at++ = ',';
        }
    }
    if (text != NULL) {
        *at = '\0';
    }
    return text;
}

static void apply_list(struct hae_apply *apply, const haetae_config_node *node, const char *name,
                       const char *key)
{
    const haetae_config_node *list = haetae_config_node_find(node, name);
    char *text = list != NULL ? join(list) : NULL;

    if (list == NULL) {
        return;
    }
    if (text == NULL) {
        hae_fault(apply->faults, HAETAE_ENOMEM, node, "out of memory");
        return;
    }
    hae_apply_key(apply, list, key, text);
    free(text);
}

void hae_apply_patterns(struct hae_apply *apply, const haetae_config_node *node,
                        const struct hae_type *type)
{
    (void)type;
    apply_list(apply, node, "included", "HAETAE_RESOURCE_INCLUDED");
    apply_list(apply, node, "excluded", "HAETAE_RESOURCE_EXCLUDED");
}

/* The service detector has service.name of the environment as well. */
static void apply_service(struct hae_apply *apply, const haetae_config_node *node)
{
    const char *name = hae_env_lookup(haetae_string_of("OTEL_SERVICE_NAME"));

    if (name != NULL && name[0] != '\0') {
        hae_apply_key(apply, node, "OTEL_SERVICE_NAME", name);
    }
}

void hae_apply_detectors(struct hae_apply *apply, const haetae_config_node *node,
                         const struct hae_type *type)
{
    char names[1024] = "";

    (void)type;
    for (const haetae_config_node *item = node->first; item != NULL; item = item->next) {
        const char *name = haetae_config_node_key(item->first);
        size_t used = strlen(names);

        if (hae_component_is_known(HAETAE_CONFIG_RESOURCE_DETECTOR, name)) {
            hae_apply_component(apply, item->first, HAETAE_CONFIG_RESOURCE_DETECTOR);
        } else if (strcmp(name, "service") == 0) {
            apply_service(apply, item->first);
        }
        if (used + strlen(name) + 2 > sizeof names) {
            hae_fault(apply->faults, HAETAE_ELIMIT, item, "there are too many detectors");
            return;
        }
        snprintf(names + used, sizeof names - used, "%s%s", used != 0 ? "," : "", name);
    }
    hae_apply_key(apply, node, "HAETAE_RESOURCE_DETECTORS", names);
}
