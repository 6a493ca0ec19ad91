/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/labels.h"

#include <stdlib.h>
#include <string.h>

#include "util/text.h"

static bool starts_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool continues_name(char c)
{
    return starts_name(c) || (c >= '0' && c <= '9');
}

bool hae_view_label_name_is_good(const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 1; i < length; i++) {
        if (!continues_name(name[i])) {
            return false;
        }
    }
    return length <= HAE_VIEW_LABEL_NAME_MAX && starts_name(name[0]);
}

/* "http.route" becomes "http_route". */
static char *copy_name(const char *name)
{
    char *copy = strndup(name[0] != '\0' ? name : "_", HAE_VIEW_LABEL_NAME_MAX);
    for (char *c = copy; c != NULL && *c != '\0'; c++) {
        if (!(c == copy ? starts_name(*c) : continues_name(*c))) {
            *c = '_';
        }
    }
    return copy;
}

static char *copy_value(const char *value)
{
    char text[HAE_VIEW_LABEL_VALUE_MAX + 1];
    (void)hae_view_text_clean_string(text, sizeof text, value);
    return strdup(text);
}

static struct hae_view_label *find(const struct hae_view_labels *labels, const char *name)
{
    for (size_t i = 0; i < labels->count; i++) {
        if (strcmp(labels->items[i].name, name) == 0) {
            return (struct hae_view_label *)&labels->items[i];
        }
    }
    return NULL;
}

/* Takes over the name. */
static bool set(struct hae_view_labels *labels, char *name, const char *value)
{
    struct hae_view_label label = {name, copy_value(value)};
    if (label.name == NULL || label.value == NULL) {
        free(label.name);
        free(label.value);
        return false;
    }
    struct hae_view_label *there = find(labels, label.name);
    if (there == NULL && labels->count < HAE_VIEW_LABELS_MAX) {
        labels->items[labels->count++] = label;
        return true;
    }
    if (there != NULL) {
        free(there->value);
        there->value = label.value;
    } else {
        free(label.value);
    }
    free(label.name);
    return true;
}

bool hae_view_labels_set(struct hae_view_labels *labels, const char *name, const char *value)
{
    return set(labels, copy_name(name), value);
}

bool hae_view_labels_set_raw(struct hae_view_labels *labels, const char *name, const char *value)
{
    return set(labels, strdup(name), value);
}

bool hae_view_labels_add(struct hae_view_labels *labels, const struct hae_view_labels *from)
{
    for (size_t i = 0; i < from->count; i++) {
        if (!hae_view_labels_set(labels, from->items[i].name, from->items[i].value)) {
            return false;
        }
    }
    return true;
}

bool hae_view_labels_fill(struct hae_view_labels *labels, const struct hae_view_labels *from)
{
    for (size_t i = 0; i < from->count; i++) {
        if (find(labels, from->items[i].name) == NULL &&
            !hae_view_labels_set(labels, from->items[i].name, from->items[i].value)) {
            return false;
        }
    }
    return true;
}

const char *hae_view_labels_find(const struct hae_view_labels *labels, const char *name)
{
    const struct hae_view_label *label = find(labels, name);
    return label != NULL ? label->value : NULL;
}

bool hae_view_labels_include(const struct hae_view_labels *labels,
                             const struct hae_view_labels *wanted)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const char *value = hae_view_labels_find(labels, wanted->items[i].name);
        if (value == NULL || strcmp(value, wanted->items[i].value) != 0) {
            return false;
        }
    }
    return true;
}

void hae_view_labels_done(struct hae_view_labels *labels)
{
    for (size_t i = 0; i < labels->count; i++) {
        free(labels->items[i].name);
        free(labels->items[i].value);
    }
    labels->count = 0;
}

void hae_view_labels_put(struct hae_json *json, const char *name,
                         const struct hae_view_labels *labels)
{
    hae_json_open(json, name, '{');
    for (size_t i = 0; i < labels->count; i++) {
        hae_json_text(json, labels->items[i].name, labels->items[i].value);
    }
    hae_json_close(json, '}');
}
