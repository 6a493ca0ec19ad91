/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/scope_rules.h"

#include "base/alloc.h"
#include "base/option_struct.h"
#include "base/wildcard.h"
#include "wire/otlp.h"
#include "wire/reader.h"

enum { PATTERN_MAX = 255, RULES_MAX = 256, ATTRIBUTES_SHOWN = 16 };

struct hae_scope_rule {
    struct hae_scope_rule *older;
    haetae_scope_config config;
    char pattern[];
};

static struct hae_scope_rule *make(const char *pattern, const haetae_scope_config *config)
{
    haetae_scope_config known = HAETAE_OPTIONS(haetae_scope_config);
    size_t length = strlen(pattern);
    struct hae_scope_rule *rule;

    if (config != NULL) {
        (void)HAE_OPTION_STRUCT_READ(haetae_scope_config, &known, config);
    }
    rule = hae_malloc(sizeof *rule + length + 1);
    if (rule != NULL) {
        known.struct_size = sizeof known;
        rule->config = known;
        memcpy(rule->pattern, pattern, length + 1);
    }
    return rule;
}

haetae_status hae_scope_rules_add(struct hae_scope_rules *rules, const char *pattern,
                                  const haetae_scope_config *config)
{
    struct hae_scope_rule **link = &rules->newest;
    struct hae_scope_rule *rule;
    unsigned count = 0;

    if (pattern == NULL || strnlen(pattern, PATTERN_MAX + 1) > PATTERN_MAX ||
        (config != NULL &&
         !hae_option_struct_valid(config->struct_size, haetae_scope_config_size_v1))) {
        return HAETAE_EINVAL;
    }
    rule = make(pattern, config);
    if (rule == NULL) {
        return HAETAE_ENOMEM;
    }
    while (*link != NULL && strcmp((*link)->pattern, pattern) != 0) {
        link = &(*link)->older;
        count++;
    }
    if (*link != NULL) {
        struct hae_scope_rule *replaced = *link;

        *link = replaced->older;
        hae_free(replaced);
    } else if (count == RULES_MAX) {
        hae_free(rule);
        return HAETAE_ELIMIT;
    }
    rule->older = rules->newest;
    rules->newest = rule;
    return HAETAE_OK;
}

void hae_scope_rules_done(struct hae_scope_rules *rules)
{
    while (rules->newest != NULL) {
        struct hae_scope_rule *older = rules->newest->older;

        hae_free(rules->newest);
        rules->newest = older;
    }
}

/* ---- A scope as it is kept, as a callback sees it ------------------------------------------- */

static haetae_string text_of(const struct hae_field *field)
{
    return (haetae_string){(const char *)field->data, field->size_bytes};
}

/* Reads an AnyValue. False: it is neither text nor a number or boolean. */
static bool read_value(const uint8_t *data, size_t size, haetae_value *ret_value)
{
    struct hae_reader reader = hae_reader_over(data, size);
    struct hae_field field;
    double real;

    if (!hae_read_field(&reader, &field)) {
        return false;
    }
    switch (field.number) {
    case HAE_OTLP_ANY_VALUE_STRING_VALUE:
        *ret_value = haetae_value_of(text_of(&field));
        return true;
    case HAE_OTLP_ANY_VALUE_BOOL_VALUE:
        *ret_value = haetae_value_bool(field.value != 0);
        return true;
    case HAE_OTLP_ANY_VALUE_INT_VALUE:
        *ret_value = haetae_value_int64((int64_t)field.value);
        return true;
    case HAE_OTLP_ANY_VALUE_DOUBLE_VALUE:
        memcpy(&real, &field.value, sizeof real);
        *ret_value = haetae_value_double(real);
        return true;
    default:
        return false;
    }
}

static bool read_attribute(const struct hae_field *from, haetae_attribute *ret_attribute)
{
    struct hae_reader reader = hae_reader_over(from->data, from->size_bytes);
    haetae_string key = {NULL, 0};
    struct hae_field field;

    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_KEY_VALUE_KEY) {
            key = text_of(&field);
        } else if (field.number == HAE_OTLP_KEY_VALUE_VALUE &&
                   read_value(field.data, field.size_bytes, &ret_attribute->value)) {
            ret_attribute->key = key;
            return true;
        }
    }
    return false;
}

void hae_scope_read(const struct hae_scope_view *view, haetae_scope_options *ret_scope,
                    haetae_attribute *attributes, size_t attributes_max)
{
    struct hae_reader reader = hae_reader_over(view->bytes, view->scope_size_bytes);
    haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);
    struct hae_field field;

    while (view->bytes != NULL && hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_INSTRUMENTATION_SCOPE_NAME) {
            scope.name = text_of(&field);
        } else if (field.number == HAE_OTLP_INSTRUMENTATION_SCOPE_VERSION) {
            scope.version = text_of(&field);
        } else if (field.number == HAE_OTLP_INSTRUMENTATION_SCOPE_ATTRIBUTES &&
                   scope.attribute_count < attributes_max &&
                   read_attribute(&field, &attributes[scope.attribute_count])) {
            scope.attribute_count++;
        }
    }
    if (view->bytes != NULL) {
        scope.schema_url = (haetae_string){(const char *)view->bytes + view->scope_size_bytes,
                                           view->schema_url_size_bytes};
    }
    scope.attributes = attributes;
    *ret_scope = scope;
}

haetae_scope_config hae_scope_rules_find(const struct hae_scope_rules *rules, haetae_signal signal,
                                         const struct hae_recorder *recorder, uint16_t number)
{
    haetae_scope_config config = HAETAE_OPTIONS(haetae_scope_config);
    haetae_attribute attributes[ATTRIBUTES_SHOWN];
    haetae_scope_options scope;
    struct hae_scope_view view;

    if (rules->newest == NULL && rules->callback == NULL) {
        return config;
    }
    view = hae_scope_at(&recorder->heap, number);
    hae_scope_read(&view, &scope, attributes, ATTRIBUTES_SHOWN);
    for (const struct hae_scope_rule *rule = rules->newest; rule != NULL; rule = rule->older) {
        if (hae_wildcard_match(rule->pattern, strlen(rule->pattern), scope.name.data,
                               scope.name.length)) {
            config = rule->config;
            break;
        }
    }
    if (rules->callback != NULL) {
        rules->callback(rules->user, signal, &scope, &config);
    }
    return config;
}
