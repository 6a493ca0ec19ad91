/* SPDX-License-Identifier: Apache-2.0 */
#include "apply_composable.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/wildcard.h"

/* ---- Rules -------------------------------------------------------------------------------------
 */

enum { RULES_MAX = 64 };
enum { PARENT_NONE = 1, PARENT_REMOTE = 2, PARENT_LOCAL = 4 };

/* What a rule of the file asks of a span. Lists are NULL where it does not ask. */
struct rule {
    const haetae_config_node *values; /* of the attribute values_key */
    const haetae_config_node *included, *excluded;
    const char *values_key, *patterns_key; /* NULL: not asked */
    uint32_t kinds;                        /* 1 << haetae_span_kind; 0: all */
    uint32_t parents;                      /* 0: all */
};

/* The rules of a composable, which keep the model whose nodes they point to. */
struct rules {
    haetae_config_model *model;
    haetae_composable *chosen; /* by rule */
    struct rule items[];
};

/* The text of a value that is text, a number or a boolean. Specification of the schema:
 * "Non-string attributes are matched using their string representation". */
static bool text_of(const haetae_value *value, char buffer[HAE_DECIMAL_BYTES],
                    haetae_string *ret_text)
{
    switch (value->type) {
    case HAETAE_VALUE_STRING:
        *ret_text = value->as.string;
        return true;
    case HAETAE_VALUE_BOOL:
        *ret_text = haetae_string_of(value->as.boolean ? "true" : "false");
        return true;
    case HAETAE_VALUE_INT64:
        snprintf(buffer, HAE_DECIMAL_BYTES, "%lld", (long long)value->as.int64);
        break;
    case HAETAE_VALUE_DOUBLE:
        hae_decimal(value->as.real, buffer);
        break;
    default:
        return false;
    }
    *ret_text = haetae_string_of(buffer);
    return true;
}

static bool is_listed(const haetae_config_node *list, haetae_string text, bool patterns)
{
    for (const haetae_config_node *one = list->first; one != NULL; one = one->next) {
        size_t length = strlen(one->text);

        if (patterns ? hae_wildcard_match(one->text, length, text.data, text.length)
                     : length == text.length && memcmp(one->text, text.data, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool text_fits(const struct rule *rule, bool patterns, haetae_string text)
{
    if (!patterns) {
        return is_listed(rule->values, text, false);
    }
    return (rule->included == NULL || is_listed(rule->included, text, true)) &&
           (rule->excluded == NULL || !is_listed(rule->excluded, text, true));
}

static bool value_fits(const struct rule *rule, bool patterns, const haetae_value *value)
{
    char buffer[HAE_DECIMAL_BYTES];
    haetae_string text;

    if (value->type != HAETAE_VALUE_ARRAY) {
        return text_of(value, buffer, &text) && text_fits(rule, patterns, text);
    }
    for (size_t i = 0; i < value->as.array.count; i++) {
        if (text_of(&value->as.array.items[i], buffer, &text) && text_fits(rule, patterns, text)) {
            return true;
        }
    }
    return false;
}

/* The last attribute of a key counts, as in the span. */
static bool attribute_fits(const struct rule *rule, bool patterns,
                           const haetae_sampling_input *input)
{
    const char *key = patterns ? rule->patterns_key : rule->values_key;
    size_t length = strlen(key);

    for (size_t i = input->attribute_count; i > 0; i--) {
        const haetae_attribute *attribute = &input->attributes[i - 1];

        if (attribute->key.length == length && attribute->key.data != NULL &&
            memcmp(attribute->key.data, key, length) == 0) {
            return value_fits(rule, patterns, &attribute->value);
        }
    }
    return false;
}

static bool matches(void *user, const haetae_sampling_input *input)
{
    const struct rule *rule = user;
    uint32_t parent = input->parent == NULL      ? PARENT_NONE
                      : input->parent->is_remote ? PARENT_REMOTE
                                                 : PARENT_LOCAL;

    return (rule->kinds == 0 || (rule->kinds >> input->kind & 1) != 0) &&
           (rule->parents == 0 || (rule->parents & parent) != 0) &&
           (rule->values_key == NULL || attribute_fits(rule, false, input)) &&
           (rule->patterns_key == NULL || attribute_fits(rule, true, input));
}

/* ---- Reading rules -----------------------------------------------------------------------------
 */

/* Bit i: the list has the i-th name. */
static uint32_t read_names(const haetae_config_node *list, const char *const *names, size_t count)
{
    uint32_t bits = 0;

    for (size_t i = 0; list != NULL && i < count; i++) {
        if (is_listed(list, haetae_string_of(names[i]), false)) {
            bits |= UINT32_C(1) << i;
        }
    }
    return bits;
}

static void read_rule(const haetae_config_node *node, struct rule *rule)
{
    static const char *const kinds[] = {"internal", "server", "client", "producer", "consumer"};
    static const char *const parents[] = {"none", "remote", "local"};
    const haetae_config_node *values = haetae_config_node_find(node, "attribute_values");
    const haetae_config_node *patterns = haetae_config_node_find(node, "attribute_patterns");

    rule->kinds = read_names(haetae_config_node_find(node, "span_kinds"), kinds, 5)
                  << HAETAE_SPAN_KIND_INTERNAL;
    rule->parents = read_names(haetae_config_node_find(node, "parent"), parents, 3);
    if (values != NULL) {
        rule->values_key = haetae_config_node_text(haetae_config_node_find(values, "key"));
        rule->values = haetae_config_node_find(values, "values");
    }
    if (patterns != NULL) {
        rule->patterns_key = haetae_config_node_text(haetae_config_node_find(patterns, "key"));
        rule->included = haetae_config_node_find(patterns, "included");
        rule->excluded = haetae_config_node_find(patterns, "excluded");
    }
}

static void intend_by_rules(void *self, const haetae_sampling_input *input,
                            haetae_sampling *sampling, haetae_sampling_intent *intent)
{
    haetae_composable_intend(((const struct rules *)self)->chosen, input, sampling, intent);
}

static void free_rules(void *self)
{
    struct rules *rules = self;

    haetae_composable_free(rules->chosen);
    haetae_config_model_free(rules->model);
    free(rules);
}

/* Makes the composables of all rules, and one that chooses among them. */
static haetae_status fill_rules(struct hae_apply *apply, const haetae_config_node *list,
                                struct rules *rules)
{
    haetae_sampling_rule own[RULES_MAX];
    haetae_status status = HAETAE_OK;
    size_t count = 0;

    for (const haetae_config_node *node = list != NULL ? list->first : NULL;
         node != NULL && status == HAETAE_OK; node = node->next) {
        read_rule(node, &rules->items[count]);
        own[count] = (haetae_sampling_rule){matches, &rules->items[count], NULL};
        status = hae_make_composable(apply, haetae_config_node_find(node, "sampler"),
                                     &own[count].composable);
        count += status == HAETAE_OK;
    }
    if (status == HAETAE_OK) {
        status = haetae_composable_rule_based(own, count, &rules->chosen);
    }
    while (status != HAETAE_OK && count > 0) {
        haetae_composable_free(own[--count].composable);
    }
    return status;
}

static haetae_status make_rule_based(struct hae_apply *apply, const haetae_config_node *node,
                                     haetae_composable **ret_composable)
{
    const haetae_config_node *list = haetae_config_node_find(node, "rules");
    size_t count = haetae_config_node_count(list);
    haetae_composable_ops ops =
        HAETAE_OPTIONS(haetae_composable_ops, .description = "ComposableRuleBased",
                       .intend = intend_by_rules, .free = free_rules);
    haetae_status status;
    struct rules *rules;

    if (count > RULES_MAX) {
        hae_fault(apply->faults, HAETAE_ELIMIT, list, "there are more than %d rules", RULES_MAX);
        return HAETAE_ELIMIT;
    }
    rules = calloc(1, sizeof *rules + count * sizeof rules->items[0]);
    if (rules == NULL) {
        return HAETAE_ENOMEM;
    }
    rules->model = hae_model_ref(apply->model);
    status = fill_rules(apply, list, rules);
    if (status == HAETAE_OK) {
        status = haetae_composable_new(&ops, rules, ret_composable);
    }
    if (status != HAETAE_OK) {
        free_rules(rules);
    }
    return status;
}

/* ---- Composables -------------------------------------------------------------------------------
 */

static haetae_status make_parent_threshold(struct hae_apply *apply, const haetae_config_node *node,
                                           haetae_composable **ret_composable)
{
    haetae_composable *root = NULL;
    haetae_status status = hae_make_composable(apply, haetae_config_node_find(node, "root"), &root);

    if (status == HAETAE_OK) {
        status = haetae_composable_parent_threshold(root, ret_composable);
    }
    if (status != HAETAE_OK) {
        haetae_composable_free(root);
    }
    return status;
}

static haetae_status make_named(struct hae_apply *apply, const haetae_config_node *node,
                                haetae_composable **ret_composable)
{
    const char *name = haetae_config_node_key(node);
    double ratio = 1;

    if (strcmp(name, "always_on") == 0) {
        return haetae_composable_always_on(ret_composable);
    }
    if (strcmp(name, "always_off") == 0) {
        return haetae_composable_always_off(ret_composable);
    }
    if (strcmp(name, "probability") == 0) {
        (void)haetae_config_node_double(haetae_config_node_find(node, "ratio"), &ratio);
        return haetae_composable_probability(ratio, ret_composable);
    }
    if (strcmp(name, "parent_threshold") == 0) {
        return make_parent_threshold(apply, node, ret_composable);
    }
    return make_rule_based(apply, node, ret_composable);
}

haetae_status hae_make_composable(struct hae_apply *apply, const haetae_config_node *node,
                                  haetae_composable **ret_composable)
{
    size_t known = apply->faults->count;
    haetae_status status = make_named(apply, node->first, ret_composable);

    if (status != HAETAE_OK && apply->faults->count == known) {
        hae_fault(apply->faults, status, node->first, "%s", haetae_status_text(status));
    }
    return status;
}
