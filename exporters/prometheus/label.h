/* SPDX-License-Identifier: Apache-2.0 */
/* The labels of a series: names converted, in order, and those that came to have one name merged.
 * Specification: "Metric Attributes". Made to be used again for each point without an allocation.
 */
#ifndef HAETAE_PROMETHEUS_LABEL_H
#define HAETAE_PROMETHEUS_LABEL_H

#include "base/buffer.h"
#include "style.h"
#include "wire/reader.h"

struct hae_prom_label {
    haetae_string key; /* as it was recorded */
    size_t name_at;    /* in `text`          */
    size_t name_length;
    const char *value; /* NULL: it is in `text`, at value_at */
    size_t value_at;
    size_t value_length;
};

struct hae_prom_labels {
    const struct hae_prom_style *style;
    struct hae_prom_label *list;
    size_t *order; /* once sorted: indices of the list, `placed` of them */
    size_t placed;
    size_t count;
    size_t capacity;
    struct hae_buffer text;
    bool failed; /* out of memory */
};

/* What there was at some time, to go back to. */
struct hae_prom_labels_mark {
    size_t count;
    size_t text_length;
};

void hae_prom_labels_init(struct hae_prom_labels *labels, const struct hae_prom_style *style);
void hae_prom_labels_done(struct hae_prom_labels *labels);
struct hae_prom_labels_mark hae_prom_labels_mark(const struct hae_prom_labels *labels);
void hae_prom_labels_reset(struct hae_prom_labels *labels, struct hae_prom_labels_mark mark);

/* Adds a label whose name is plain. The texts stay as they are while it is used. */
void hae_prom_labels_add(struct hae_prom_labels *labels, const char *name, haetae_string value);

/* Adds an attribute, a KeyValue, with `prefix` before its key. False: malformed. */
bool hae_prom_labels_attribute(struct hae_prom_labels *labels, const char *prefix,
                               const struct hae_field *field);

/* Whether the label that was added last has this plain name, converted; and takes it away. */
bool hae_prom_labels_last_is(struct hae_prom_labels *labels, const char *name);
void hae_prom_labels_drop_last(struct hae_prom_labels *labels);

/* Names the label that was added last exported_… if it has this name, which the format needs. */
void hae_prom_labels_reserve(struct hae_prom_labels *labels, const char *name);

/* Puts them in the order of their names. Those of one name become one, with the values joined in
 * the order of their keys; one with an empty value is none. There are no labels afterwards when
 * memory was short. */
void hae_prom_labels_sort(struct hae_prom_labels *labels);

/* The name, and the value, which is UTF-8 without NUL. `place` is below `placed`. */
haetae_string hae_prom_label_name(const struct hae_prom_labels *labels, size_t place);
haetae_string hae_prom_label_value(const struct hae_prom_labels *labels, size_t place);

#endif
