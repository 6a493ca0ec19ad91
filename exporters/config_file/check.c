/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>

const struct hae_field *hae_field_find(const struct hae_type *type, const char *name)
{
    for (const struct hae_field *field = type->fields; field != NULL && field->name != NULL;
         field++) {
        if (strcmp(field->name, name) == 0) {
            return field;
        }
    }
    return NULL;
}

static bool is_choice(const char *choices, const char *text)
{
    size_t length = strlen(text);

    while (*choices != '\0') {
        size_t one = strcspn(choices, "|");

        if (one == length && memcmp(choices, text, one) == 0) {
            return true;
        }
        choices += one + (choices[one] == '|');
    }
    return false;
}

static void expect(const haetae_config_node *node, struct hae_faults *faults, const char *what)
{
    hae_fault(faults, HAETAE_EFORMAT, node, "expected %s", what);
}

static void check_range(const haetae_config_node *node, const struct hae_field *field,
                        struct hae_faults *faults)
{
    bool ok = field->kind == HAE_FIELD_INT ? node->type == HAETAE_CONFIG_NODE_INT64
                                           : node->type == HAETAE_CONFIG_NODE_INT64 ||
                                                 node->type == HAETAE_CONFIG_NODE_DOUBLE;

    /* Not a number is in no range. */
    if (!ok || !(node->real >= (double)field->min && node->real <= (double)field->max)) {
        hae_fault(faults, HAETAE_EFORMAT, node, "expected a %s from %" PRId64 " to %" PRId64,
                  field->kind == HAE_FIELD_INT ? "whole number" : "number", field->min, field->max);
    }
}

static void check_strings(const haetae_config_node *node, const struct hae_field *field,
                          struct hae_faults *faults)
{
    for (const haetae_config_node *item = node->first; item != NULL; item = item->next) {
        if (item->type != HAETAE_CONFIG_NODE_STRING) {
            expect(item, faults, "text (numbers and words such as true need quotes)");
        } else if (field->choices != NULL && !is_choice(field->choices, item->text)) {
            hae_fault(faults, HAETAE_EFORMAT, item, "expected one of %s", field->choices);
        }
    }
}

static void check_numbers(const haetae_config_node *node, struct hae_faults *faults)
{
    for (const haetae_config_node *item = node->first; item != NULL; item = item->next) {
        bool is_number =
            item->type == HAETAE_CONFIG_NODE_INT64 || item->type == HAETAE_CONFIG_NODE_DOUBLE;

        if (!is_number || !__builtin_isfinite(item->real)) {
            expect(item, faults, "a finite number");
        }
    }
}

static void check_list(const haetae_config_node *node, const struct hae_field *field,
                       struct hae_faults *faults)
{
    if (node->type != HAETAE_CONFIG_NODE_LIST) {
        expect(node, faults, "a list");
        return;
    }
    if (node->count == 0 && !field->may_be_empty) {
        expect(node, faults, "at least one item");
    }
    if (field->kind == HAE_FIELD_STRINGS) {
        check_strings(node, field, faults);
        return;
    }
    if (field->kind == HAE_FIELD_NUMBERS) {
        check_numbers(node, faults);
        return;
    }
    for (const haetae_config_node *item = node->first; item != NULL; item = item->next) {
        hae_check_object(item, field->type, faults);
    }
}

static bool is_list(const struct hae_field *field)
{
    return field->kind == HAE_FIELD_LIST || field->kind == HAE_FIELD_STRINGS ||
           field->kind == HAE_FIELD_NUMBERS;
}

static void check_field(const haetae_config_node *node, const struct hae_field *field,
                        struct hae_faults *faults)
{
    bool is_object = field->kind == HAE_FIELD_OBJECT;

    if (node->type == HAETAE_CONFIG_NODE_NULL && !is_object && field->kind != HAE_FIELD_ANY) {
        if (field->not_null || is_list(field)) {
            expect(node, faults, "a value, not null");
        }
        return;
    }
    switch (field->kind) {
    case HAE_FIELD_STRING:
        if (node->type != HAETAE_CONFIG_NODE_STRING) {
            expect(node, faults, "text (numbers and words such as true need quotes)");
        }
        break;
    case HAE_FIELD_BOOL:
        if (node->type != HAETAE_CONFIG_NODE_BOOL) {
            expect(node, faults, "true or false");
        }
        break;
    case HAE_FIELD_INT:
    case HAE_FIELD_NUMBER:
        check_range(node, field, faults);
        break;
    case HAE_FIELD_CHOICE:
        if (node->type != HAETAE_CONFIG_NODE_STRING || !is_choice(field->choices, node->text)) {
            hae_fault(faults, HAETAE_EFORMAT, node, "expected one of %s", field->choices);
        }
        break;
    case HAE_FIELD_OBJECT:
        hae_check_object(node, field->type, faults);
        break;
    case HAE_FIELD_LIST:
    case HAE_FIELD_STRINGS:
    case HAE_FIELD_NUMBERS:
        check_list(node, field, faults);
        break;
    case HAE_FIELD_ANY:
        break;
    }
}

/* A property that the schema does not have: a component, or a mistake. */
static void check_other(const haetae_config_node *node, const struct hae_type *type,
                        struct hae_faults *faults)
{
    if (type->component >= 0 && node->type != HAETAE_CONFIG_NODE_NULL &&
        node->type != HAETAE_CONFIG_NODE_MAP) {
        expect(node, faults, "the properties of a component, or null");
    } else if (type->component < 0 && !type->open) {
        hae_fault(faults, HAETAE_EFORMAT, node, "the schema has no such key");
    }
}

static void check_required(const haetae_config_node *node, const struct hae_type *type,
                           struct hae_faults *faults)
{
    for (const struct hae_field *field = type->fields; field != NULL && field->name != NULL;
         field++) {
        if (field->required && haetae_config_node_find(node, field->name) == NULL) {
            hae_fault(faults, HAETAE_EFORMAT, node, "the key %s is missing", field->name);
        }
    }
}

void hae_check_object(const haetae_config_node *node, const struct hae_type *type,
                      struct hae_faults *faults)
{
    if (node->type == HAETAE_CONFIG_NODE_NULL && type->nullable) {
        return;
    }
    if (node->type != HAETAE_CONFIG_NODE_MAP) {
        expect(node, faults, "keys with values");
        return;
    }
    if (type->one && node->count != 1) {
        expect(node, faults, "one key");
    }
    for (const haetae_config_node *child = node->first; child != NULL; child = child->next) {
        const struct hae_field *field = hae_field_find(type, child->key);

        if (field != NULL) {
            check_field(child, field, faults);
        } else {
            check_other(child, type, faults);
        }
    }
    check_required(node, type, faults);
}
