/* SPDX-License-Identifier: Apache-2.0 */
/* Attribute sets of any form: what a caller's attributes come down to. */
#ifndef HAETAE_METRICS_ATTRIBUTE_SET_H
#define HAETAE_METRICS_ATTRIBUTE_SET_H

#include "haetae/types.h"
#include "metrics/filter.h"
#include "metrics/layout.h"

/* Of equal keys the later one, nothing that is invalid, text repaired. */
struct hae_attribute_set {
    const haetae_attribute *attributes;
    size_t count;
    uint16_t kept[HAE_METRIC_ATTRIBUTES_MAX]; /* indices of those that are in it */
    uint32_t kept_count;
    uint32_t invalid_count; /* left out as invalid    */
    size_t size_bytes; /* of its KeyValue fields; above HAE_METRIC_ATTRIBUTES_SIZE_MAX: more than
                        * a set may have, and the rest was not read */
    uint64_t sum;      /* of its hashes          */
};

/* Reads a set of at most HAE_METRIC_ATTRIBUTES_MAX attributes, and of them what `filter`
 * keeps; NULL: all. The result borrows `attributes`. */
void hae_attribute_set_read(const haetae_attribute *attributes, size_t count,
                            const struct hae_key_filter *filter, struct hae_attribute_set *ret_set);

/* Whether the set equals a series' set, in any order. `field` is the field number of the
 * attributes kept. */
bool hae_attribute_set_same(struct hae_region *region, const struct hae_series *series,
                            unsigned field, const struct hae_attribute_set *set);

/* Writes the set as fields into size_bytes of memory. Returns the bytes written:
 * fewer only if the caller's memory has changed since the set was read. */
size_t hae_attribute_set_write(const struct hae_attribute_set *set, unsigned field, uint8_t *to);

#endif
