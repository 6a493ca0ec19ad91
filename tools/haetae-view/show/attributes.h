/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of the series of one metric, "key=value, key=value": those that all series share, and
 * those in which they differ. */
#ifndef HAETAE_VIEW_SHOW_ATTRIBUTES_H
#define HAETAE_VIEW_SHOW_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>

/* Texts that lie `stride` bytes apart. */
struct hae_view_attribute_lists {
    const char *first;
    size_t stride;
    size_t count;
};

/* Appends to `label` those attributes of one list that all lists share, or those that they do not
 * share; of keys the last part, where that says enough. */
void hae_view_attributes_add(const struct hae_view_attribute_lists *lists, size_t index,
                             bool shared, char *label, size_t size);

#endif
