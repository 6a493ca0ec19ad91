/* SPDX-License-Identifier: Apache-2.0 */
/* Names and attributes of the SDK's metrics about itself.
 * Specification: semantic conventions, "SDK metrics". */
#ifndef HAETAE_SDK_SELF_METRICS_NAMES_H
#define HAETAE_SDK_SELF_METRICS_NAMES_H

#include "pipeline/pipeline.h"

enum { HAE_SELF_NAME_BYTES = 96, HAE_SELF_ATTRIBUTES_MAX = 4 };

/* Of items, in the names of metrics and of types of components, and as a unit. */
struct hae_self_item_name {
    const char *item;
    const char *component;
    const char *unit;
};
extern const struct hae_self_item_name hae_self_item_names[HAETAE_SIGNAL_COUNT];

/* The name of a component and its type. Attributes point into it. */
struct hae_self_component {
    char type[HAE_SELF_NAME_BYTES];
    char name[HAE_SELF_NAME_BYTES + HAE_LABEL_BYTES];
};

/* Of the processor of a signal; of a destination's exporter, for one signal. */
void hae_self_name_processor(struct hae_self_component *component, int signal);
void hae_self_name_exporter(struct hae_self_component *component,
                            const struct hae_pipeline *pipeline, const haetae_exporter *exporter,
                            int signal);

/* The error.type of a drop reason: by the specification's words where it has any. */
const char *hae_self_error_of(int reason);

struct hae_self_attributes {
    haetae_attribute items[HAE_SELF_ATTRIBUTES_MAX];
    size_t count;
};

/* Adds an attribute, which points to both texts; there is room. */
void hae_self_add_text(struct hae_self_attributes *list, const char *key, const char *value);

/* Those of a component; `error` NULL: none. */
struct hae_self_attributes hae_self_attributes_of(const struct hae_self_component *component,
                                                  const char *error);

#endif
