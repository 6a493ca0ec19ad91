/* SPDX-License-Identifier: Apache-2.0 */
#include "exemplar.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "wire/otlp.h"

enum { CHARACTERS_MAX = 128, TRACE_ID_DIGITS = 32, SPAN_ID_DIGITS = 16 };

void hae_prom_exemplars_init(struct hae_prom_exemplars *exemplars,
                             const struct hae_prom_style *style)
{
    *exemplars = (struct hae_prom_exemplars){.list = NULL};
    hae_prom_labels_init(&exemplars->labels, style);
}

void hae_prom_exemplars_done(struct hae_prom_exemplars *exemplars)
{
    hae_free(exemplars->list);
    hae_free(exemplars->of_bucket);
    hae_prom_labels_done(&exemplars->labels);
}

static bool add(struct hae_prom_exemplars *exemplars, const struct hae_field *field)
{
    struct hae_prom_exemplar exemplar;

    if (!hae_prom_read_exemplar(field, &exemplar)) {
        return false;
    }
    if (exemplar.value.number == HAE_PROM_NO_NUMBER) {
        return true;
    }
    if (exemplars->count == exemplars->capacity) {
        size_t capacity = exemplars->capacity < 16 ? 16 : exemplars->capacity * 2;
        struct hae_prom_exemplar *list = hae_realloc(exemplars->list, capacity * sizeof *list);

        if (list == NULL) {
            exemplars->failed = true;
            return true;
        }
        exemplars->list = list;
        exemplars->capacity = capacity;
    }
    exemplars->list[exemplars->count++] = exemplar;
    return true;
}

bool hae_prom_exemplars_read(struct hae_prom_exemplars *exemplars,
                             const struct hae_prom_point *point)
{
    struct hae_reader reader = point->whole;
    struct hae_field field;

    exemplars->count = 0;
    while (point->exemplars != 0 && hae_read_field(&reader, &field)) {
        if (field.number == point->exemplars && field.type == HAE_WIRE_LENGTH &&
            !add(exemplars, &field)) {
            return false;
        }
    }
    return true;
}

const struct hae_prom_exemplar *hae_prom_latest(const struct hae_prom_exemplars *exemplars)
{
    const struct hae_prom_exemplar *latest = NULL;

    for (size_t i = 0; i < exemplars->count; i++) {
        if (latest == NULL || exemplars->list[i].time_ns >= latest->time_ns) {
            latest = &exemplars->list[i];
        }
    }
    return latest;
}

/* The first bucket whose upper bound is not below the value. */
static size_t bucket_of(const struct hae_prom_point *point, double value)
{
    size_t low = 0;
    size_t high = point->bound_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (value <= hae_prom_bound(point, middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

void hae_prom_exemplars_to_buckets(struct hae_prom_exemplars *exemplars,
                                   const struct hae_prom_point *point)
{
    size_t buckets = point->bound_count + 1;

    if (exemplars->count == 0) {
        return;
    }
    if (buckets > exemplars->bucket_capacity) {
        size_t *grown = hae_realloc(exemplars->of_bucket, buckets * sizeof *grown);

        if (grown == NULL) {
            exemplars->failed = true;
            exemplars->count = 0;
            return;
        }
        exemplars->of_bucket = grown;
        exemplars->bucket_capacity = buckets;
    }
    memset(exemplars->of_bucket, 0, buckets * sizeof *exemplars->of_bucket);
    for (size_t i = 0; i < exemplars->count; i++) {
        const struct hae_prom_exemplar *exemplar = &exemplars->list[i];
        size_t bucket = bucket_of(point, hae_prom_value_as_double(&exemplar->value));
        size_t before = exemplars->of_bucket[bucket];

        if (before == 0 || exemplars->list[before - 1].time_ns <= exemplar->time_ns) {
            exemplars->of_bucket[bucket] = i + 1;
        }
    }
}

const struct hae_prom_exemplar *hae_prom_latest_in(const struct hae_prom_exemplars *exemplars,
                                                   size_t bucket)
{
    size_t index = exemplars->count > 0 ? exemplars->of_bucket[bucket] : 0;

    return index > 0 ? &exemplars->list[index - 1] : NULL;
}

static size_t characters(const char *text, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++) {
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    }
    return count;
}

/* Adds an id as hexadecimal digits, which lie in `text` like a value that is no string. */
static size_t add_id(struct hae_prom_labels *labels, const char *name, const uint8_t *id,
                     size_t id_bytes)
{
    char digits[TRACE_ID_DIGITS];

    hae_prom_labels_add(labels, name, (haetae_string){NULL, 0});
    if (!labels->failed) {
        labels->list[labels->count - 1].value_at = labels->text.length;
        labels->list[labels->count - 1].value_length = 2 * id_bytes;
        (void)hae_put_hex(digits, id, id_bytes);
        hae_buffer_add(&labels->text, digits, 2 * id_bytes);
    }
    return strlen(name) + 2 * id_bytes;
}

/* Whether the label added last has the name of an id that the exemplar has. */
static bool is_id(struct hae_prom_labels *labels, const struct hae_prom_exemplar *exemplar)
{
    return (exemplar->trace_id != NULL && hae_prom_labels_last_is(labels, "trace_id")) ||
           (exemplar->span_id != NULL && hae_prom_labels_last_is(labels, "span_id"));
}

static size_t size_of_last(const struct hae_prom_labels *labels)
{
    const struct hae_prom_label *last = &labels->list[labels->count - 1];
    const char *value = last->value != NULL ? last->value : labels->text.data + last->value_at;

    return characters(labels->text.data + last->name_at, last->name_length) +
           characters(value, last->value_length) + 1; /* it may be merged, with a semicolon */
}

void hae_prom_exemplar_labels(struct hae_prom_exemplars *exemplars,
                              const struct hae_prom_exemplar *exemplar)
{
    struct hae_prom_labels *labels = &exemplars->labels;
    struct hae_reader reader = exemplar->whole;
    struct hae_field field;
    size_t used = 0;

    hae_prom_labels_reset(labels, (struct hae_prom_labels_mark){0, 0});
    if (exemplar->trace_id != NULL) {
        used += add_id(labels, "trace_id", exemplar->trace_id, TRACE_ID_DIGITS / 2);
    }
    if (exemplar->span_id != NULL) {
        used += add_id(labels, "span_id", exemplar->span_id, SPAN_ID_DIGITS / 2);
    }
    while (hae_read_field(&reader, &field)) {
        size_t count = labels->count;

        if (field.number != HAE_OTLP_EXEMPLAR_FILTERED_ATTRIBUTES ||
            field.type != HAE_WIRE_LENGTH || !hae_prom_labels_attribute(labels, "", &field) ||
            labels->count == count || labels->text.failed) {
            continue;
        }
        if (is_id(labels, exemplar) || used + size_of_last(labels) > CHARACTERS_MAX) {
            hae_prom_labels_drop_last(labels);
        } else {
            used += size_of_last(labels);
        }
    }
    hae_prom_labels_sort(labels);
}
