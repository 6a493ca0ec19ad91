/* SPDX-License-Identifier: Apache-2.0 */
/* Composables that choose among others, or add to what another intends. */
#include <stdio.h>

#include "base/alloc.h"
#include "trace/composable.h"

/* ---- By rules -------------------------------------------------------------------------------- */

enum { RULES_MAX = 64 };

struct rules {
    size_t count;
    haetae_sampling_rule items[];
};

static void intend_by_rules(void *self, const haetae_sampling_input *input,
                            haetae_sampling *sampling, haetae_sampling_intent *intent)
{
    const struct rules *rules = self;

    for (size_t i = 0; i < rules->count; i++) {
        const haetae_sampling_rule *rule = &rules->items[i];

        if (rule->matches == NULL || rule->matches(rule->user, input)) {
            haetae_composable_intend(rule->composable, input, sampling, intent);
            return;
        }
    }
}

static void drop_rules(void *self)
{
    struct rules *rules = self;

    for (size_t i = 0; i < rules->count; i++) {
        hae_composable_drop(rules->items[i].composable);
    }
}

/* Takes the composables of all rules, or none. */
static bool own_rules(const haetae_sampling_rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!hae_composable_own(rules[i].composable)) {
            while (i-- > 0) {
                rules[i].composable->owned = false;
            }
            return false;
        }
    }
    return true;
}

haetae_status haetae_composable_rule_based(const haetae_sampling_rule *rules, size_t rule_count,
                                           haetae_composable **ret_composable)
{
    size_t bytes = rule_count * sizeof *rules;
    haetae_composable *made;
    struct rules *own;
    size_t at = 0;

    if ((rules == NULL && rule_count != 0) || rule_count > RULES_MAX || ret_composable == NULL) {
        return HAETAE_EINVAL;
    }
    made = hae_composable_make(sizeof *own + bytes);
    if (made == NULL) {
        return HAETAE_ENOMEM;
    }
    if (!own_rules(rules, rule_count)) {
        hae_free(made);
        return HAETAE_EINVAL;
    }
    own = made->self;
    own->count = rule_count;
    if (rule_count != 0) {
        memcpy(own->items, rules, bytes);
    }
    made->intend = intend_by_rules;
    made->done = drop_rules;
    at = (size_t)snprintf(made->description, sizeof made->description, "ComposableRuleBased{");
    for (size_t i = 0; i < rule_count && at < sizeof made->description; i++) {
        at += (size_t)snprintf(made->description + at, sizeof made->description - at, "%s%s",
                               i != 0 ? "," : "", rules[i].composable->description);
    }
    if (at < sizeof made->description) {
        snprintf(made->description + at, sizeof made->description - at, "}");
    }
    *ret_composable = made;
    return HAETAE_OK;
}

/* ---- With attributes ---------------------------------------------------------------------------
 */

struct annotating {
    haetae_composable *delegate;
    size_t count;
    haetae_attribute attributes[HAETAE_SAMPLING_ATTRIBUTES_MAX];
    char text[]; /* what the attributes point to */
};

static void intend_and_annotate(void *self, const haetae_sampling_input *input,
                                haetae_sampling *sampling, haetae_sampling_intent *intent)
{
    const struct annotating *annotating = self;

    haetae_composable_intend(annotating->delegate, input, sampling, intent);
    haetae_sampling_add_attributes(sampling, annotating->attributes, annotating->count);
}

static void drop_annotating(void *self)
{
    hae_composable_drop(((struct annotating *)self)->delegate);
}

static bool is_simple(const haetae_attribute *attribute)
{
    int32_t type = attribute->value.type;

    return type >= HAETAE_VALUE_STRING && type <= HAETAE_VALUE_DOUBLE &&
           attribute->key.data != NULL && attribute->key.length != 0 &&
           attribute->key.length <= UINT16_MAX &&
           (type != HAETAE_VALUE_STRING || attribute->value.as.string.length <= UINT16_MAX);
}

static size_t text_bytes(const haetae_attribute *attribute)
{
    return attribute->key.length +
           (attribute->value.type == HAETAE_VALUE_STRING ? attribute->value.as.string.length : 0);
}

/* Copies text behind what is there already. */
static char *copy_text(char *at, haetae_string *text)
{
    if (text->data == NULL || text->length == 0) {
        *text = (haetae_string){NULL, 0};
        return at;
    }
    memcpy(at, text->data, text->length);
    text->data = at;
    return at + text->length;
}

static void copy_attributes(struct annotating *own, const haetae_attribute *attributes,
                            size_t count)
{
    char *at = own->text;

    own->count = count;
    for (size_t i = 0; i < count; i++) {
        haetae_attribute *attribute = &own->attributes[i];

        *attribute = attributes[i];
        at = copy_text(at, &attribute->key);
        if (attribute->value.type == HAETAE_VALUE_STRING) {
            at = copy_text(at, &attribute->value.as.string);
        }
    }
}

haetae_status haetae_composable_annotating(haetae_composable *delegate,
                                           const haetae_attribute *attributes,
                                           size_t attribute_count,
                                           haetae_composable **ret_composable)
{
    size_t bytes = 0;
    haetae_composable *made;
    struct annotating *own;

    if (delegate == NULL || ret_composable == NULL || delegate->owned ||
        (attributes == NULL && attribute_count != 0) ||
        attribute_count > HAETAE_SAMPLING_ATTRIBUTES_MAX) {
        return HAETAE_EINVAL;
    }
    for (size_t i = 0; i < attribute_count; i++) {
        if (!is_simple(&attributes[i])) {
            return HAETAE_EINVAL;
        }
        bytes += text_bytes(&attributes[i]);
    }
    made = hae_composable_make(sizeof *own + bytes);
    if (made == NULL) {
        return HAETAE_ENOMEM;
    }
    (void)hae_composable_own(delegate);
    own = made->self;
    own->delegate = delegate;
    copy_attributes(own, attributes, attribute_count);
    made->intend = intend_and_annotate;
    made->done = drop_annotating;
    snprintf(made->description, sizeof made->description, "ComposableAnnotating{%.220s}",
             delegate->description);
    *ret_composable = made;
    return HAETAE_OK;
}
