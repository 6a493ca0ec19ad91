/* SPDX-License-Identifier: Apache-2.0 */
#include "label.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "name.h"
#include "plain.h"
#include "value.h"

void hae_prom_labels_init(struct hae_prom_labels *labels, const struct hae_prom_style *style)
{
    *labels = (struct hae_prom_labels){.style = style, .text = HAE_BUFFER_INIT};
}

void hae_prom_labels_done(struct hae_prom_labels *labels)
{
    hae_free(labels->list);
    hae_free(labels->order);
    hae_buffer_done(&labels->text);
    hae_prom_labels_init(labels, labels->style);
}

struct hae_prom_labels_mark hae_prom_labels_mark(const struct hae_prom_labels *labels)
{
    return (struct hae_prom_labels_mark){labels->count, labels->text.length};
}

void hae_prom_labels_reset(struct hae_prom_labels *labels, struct hae_prom_labels_mark mark)
{
    labels->count = mark.count;
    labels->placed = 0;
    if (!labels->text.failed) {
        labels->text.length = mark.text_length;
    }
}

/* A place at the end; NULL when memory is short. */
static struct hae_prom_label *append(struct hae_prom_labels *labels)
{
    if (labels->failed) {
        return NULL;
    }
    if (labels->count == labels->capacity) {
        size_t capacity = labels->capacity < 16 ? 16 : labels->capacity * 2;
        struct hae_prom_label *list = hae_realloc(labels->list, capacity * sizeof *list);
        size_t *order = NULL;

        if (list != NULL) {
            labels->list = list;
            order = hae_realloc(labels->order, capacity * sizeof *order);
        }
        if (order == NULL) {
            labels->failed = true;
            return NULL;
        }
        labels->order = order;
        labels->capacity = capacity;
    }
    return &labels->list[labels->count++];
}

/* Sets a value that lies outside, or is repaired. */
static void set_value(struct hae_prom_labels *labels, struct hae_prom_label *label,
                      haetae_string value)
{
    label->value = value.data;
    label->value_length = value.length;
    if (!hae_prom_is_valid(value)) {
        label->value = NULL;
        label->value_at = labels->text.length;
        hae_prom_put_valid(&labels->text, value);
        label->value_length = labels->text.length - label->value_at;
    }
}

void hae_prom_labels_add(struct hae_prom_labels *labels, const char *name, haetae_string value)
{
    struct hae_prom_label *label = append(labels);

    if (label != NULL) {
        *label =
            (struct hae_prom_label){.key = {name, strlen(name)}, .name_at = labels->text.length};
        hae_prom_put_label(&labels->text, labels->style, label->key);
        label->name_length = labels->text.length - label->name_at;
        set_value(labels, label, value);
    }
}

/* The key with a prefix, which is put together in `text` first, and moved away. */
static void put_prefixed(struct hae_prom_labels *labels, const char *prefix, haetae_string key)
{
    struct hae_buffer whole = HAE_BUFFER_INIT;

    hae_buffer_text(&whole, prefix);
    hae_buffer_add(&whole, key.data, key.length);
    if (whole.failed) {
        labels->failed = true;
    } else {
        hae_prom_put_label(&labels->text, labels->style, (haetae_string){whole.data, whole.length});
    }
    hae_buffer_done(&whole);
}

bool hae_prom_labels_attribute(struct hae_prom_labels *labels, const char *prefix,
                               const struct hae_field *field)
{
    haetae_string key;
    haetae_string text;
    struct hae_reader value;
    struct hae_prom_label *label;

    if (!hae_prom_read_attribute(field, &key, &value)) {
        return false;
    }
    label = append(labels);
    if (label == NULL) {
        return true;
    }
    *label = (struct hae_prom_label){.key = key, .name_at = labels->text.length};
    if (prefix[0] == '\0') {
        hae_prom_put_label(&labels->text, labels->style, key);
    } else {
        put_prefixed(labels, prefix, key);
    }
    label->name_length = labels->text.length - label->name_at;
    label->value_at = labels->text.length;
    if (!hae_prom_value(&labels->text, value, &text)) {
        hae_prom_labels_drop_last(labels);
        return false;
    }
    if (text.data != NULL) {
        set_value(labels, label, text);
    } else {
        label->value_length = labels->text.length - label->value_at;
    }
    return true;
}

/* The name is converted behind all other text, and taken away again. */
bool hae_prom_labels_last_is(struct hae_prom_labels *labels, const char *name)
{
    size_t from = labels->text.length;
    const struct hae_prom_label *last;
    bool same;

    if (labels->failed || labels->count == 0) {
        return false;
    }
    last = &labels->list[labels->count - 1];
    hae_prom_put_label(&labels->text, labels->style, (haetae_string){name, strlen(name)});
    same =
        !labels->text.failed && last->name_length == labels->text.length - from &&
        memcmp(labels->text.data + last->name_at, labels->text.data + from, last->name_length) == 0;
    if (!labels->text.failed) {
        labels->text.length = from;
    }
    return same;
}

void hae_prom_labels_drop_last(struct hae_prom_labels *labels)
{
    labels->count--;
}

void hae_prom_labels_reserve(struct hae_prom_labels *labels, const char *name)
{
    if (hae_prom_labels_last_is(labels, name)) {
        struct hae_prom_label *last = &labels->list[labels->count - 1];

        last->name_at = labels->text.length;
        hae_buffer_text(&labels->text, "exported_");
        hae_buffer_text(&labels->text, name);
        last->name_length = labels->text.length - last->name_at;
    }
}

/* ---- Order ------------------------------------------------------------------------------- */

static int compare_texts(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t shorter = a_length < b_length ? a_length : b_length;
    int order = shorter > 0 ? memcmp(a, b, shorter) : 0;

    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

static bool is_after(const struct hae_prom_labels *labels, size_t a, size_t b)
{
    const struct hae_prom_label *first = &labels->list[a];
    const struct hae_prom_label *second = &labels->list[b];
    int order = compare_texts(labels->text.data + first->name_at, first->name_length,
                              labels->text.data + second->name_at, second->name_length);

    if (order == 0) {
        order =
            compare_texts(first->key.data, first->key.length, second->key.data, second->key.length);
    }
    return order > 0 || (order == 0 && a > b);
}

static bool same_name(const struct hae_prom_labels *labels, size_t a, size_t b)
{
    const struct hae_prom_label *first = &labels->list[a];
    const struct hae_prom_label *second = &labels->list[b];

    return compare_texts(labels->text.data + first->name_at, first->name_length,
                         labels->text.data + second->name_at, second->name_length) == 0;
}

static haetae_string value_of(const struct hae_prom_labels *labels, size_t index)
{
    const struct hae_prom_label *label = &labels->list[index];

    return (haetae_string){label->value != NULL ? label->value
                                                : labels->text.data + label->value_at,
                           label->value_length};
}

/* Adds a label with the values of those from one place of the order to another. Returns its index;
 * 0 when memory is short. */
static size_t join(struct hae_prom_labels *labels, size_t from, size_t to)
{
    struct hae_prom_label *joined = append(labels);
    size_t length = to - from;

    if (joined == NULL) {
        return 0;
    }
    *joined = labels->list[labels->order[from]];
    for (size_t i = from; i < to; i++) {
        length += labels->list[labels->order[i]].value_length;
    }
    /* The values may lie in `text`, which is not to move while they are copied. */
    if (!hae_buffer_reserve(&labels->text, length)) {
        return 0;
    }
    joined->value = NULL;
    joined->value_at = labels->text.length;
    joined->value_length = length - 1;
    for (size_t i = from; i < to; i++) {
        haetae_string value = value_of(labels, labels->order[i]);

        if (i > from) {
            hae_buffer_char(&labels->text, ';');
        }
        hae_buffer_add(&labels->text, value.data, value.length);
    }
    return labels->count - 1;
}

/* Makes one of those with one name, and drops empty ones. */
static void merge(struct hae_prom_labels *labels, size_t count)
{
    for (size_t at = 0; at < count;) {
        size_t index = labels->order[at];
        size_t next = at + 1;

        while (next < count && same_name(labels, index, labels->order[next])) {
            next++;
        }
        if (next > at + 1) {
            index = join(labels, at, next);
        }
        if (labels->list[index].value_length > 0) {
            labels->order[labels->placed++] = index;
        }
        at = next;
    }
    if (labels->failed || labels->text.failed) {
        labels->placed = 0;
    }
}

void hae_prom_labels_sort(struct hae_prom_labels *labels)
{
    size_t count = labels->count;
    size_t gap = 1;

    labels->placed = 0;
    if (labels->failed || labels->text.failed) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        labels->order[i] = i;
    }
    /* Shell's sort: an insertion sort for the few labels that there usually are. */
    while (gap < count / 9) {
        gap = 3 * gap + 1;
    }
    for (; gap > 0; gap /= 3) {
        for (size_t i = gap; i < count; i++) {
            size_t moving = labels->order[i];
            size_t at = i;

            while (at >= gap && is_after(labels, labels->order[at - gap], moving)) {
                labels->order[at] = labels->order[at - gap];
                at -= gap;
            }
            labels->order[at] = moving;
        }
    }
    merge(labels, count);
}

haetae_string hae_prom_label_name(const struct hae_prom_labels *labels, size_t place)
{
    const struct hae_prom_label *label = &labels->list[labels->order[place]];

    return (haetae_string){labels->text.data + label->name_at, label->name_length};
}

haetae_string hae_prom_label_value(const struct hae_prom_labels *labels, size_t place)
{
    return value_of(labels, labels->order[place]);
}
