/* SPDX-License-Identifier: Apache-2.0 */
/* Names with values: what an alert is about. */
#ifndef HAETAE_VIEW_ALERT_LABELS_H
#define HAETAE_VIEW_ALERT_LABELS_H

#include <stdbool.h>

#include "base/json.h"

#define HAE_VIEW_LABELS_MAX      24
#define HAE_VIEW_LABEL_NAME_MAX  64  /* bytes */
#define HAE_VIEW_LABEL_VALUE_MAX 256 /* bytes; longer ones are cut */

struct hae_view_label {
    char *name;
    char *value;
};

/* All zero: empty. */
struct hae_view_labels {
    struct hae_view_label items[HAE_VIEW_LABELS_MAX];
    size_t count;
};

/* Gives a label its value; one that is there gets the new one. Characters that a name cannot have
 * become "_", and values are made fit to be shown. False: out of memory. With more than
 * HAE_VIEW_LABELS_MAX the label is left out. */
bool hae_view_labels_set(struct hae_view_labels *labels, const char *name, const char *value);

/* The same with the name as it is. */
bool hae_view_labels_set_raw(struct hae_view_labels *labels, const char *name, const char *value);

/* The labels of `from` whose names are not there. False: out of memory. */
bool hae_view_labels_fill(struct hae_view_labels *labels, const struct hae_view_labels *from);

/* All of `from`. False: out of memory. */
bool hae_view_labels_add(struct hae_view_labels *labels, const struct hae_view_labels *from);

/* NULL: there is none. */
const char *hae_view_labels_find(const struct hae_view_labels *labels, const char *name);

/* Whether all of `wanted` are in `labels`. */
bool hae_view_labels_include(const struct hae_view_labels *labels,
                             const struct hae_view_labels *wanted);

void hae_view_labels_done(struct hae_view_labels *labels);

/* As an object. */
void hae_view_labels_put(struct hae_json *json, const char *name,
                         const struct hae_view_labels *labels);

/* Whether a text is the name of a label: letters, digits and "_", no digit first. */
bool hae_view_label_name_is_good(const char *name);

#endif
