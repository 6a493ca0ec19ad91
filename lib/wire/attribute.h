/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes in wire format, for code that is not on the recording path: short ones by
 * short_attribute.h, all others by value.h. */
#ifndef HAETAE_WIRE_ATTRIBUTE_H
#define HAETAE_WIRE_ATTRIBUTE_H

#include "wire/value.h"

/* Writes `attribute` as a KeyValue in field `field` (below 16). */
enum hae_put hae_put_attribute(struct hae_sink *sink, unsigned field,
                               const haetae_attribute *attribute, struct hae_value_limits limits);

/* Writes a list: of equal keys the last one, and at most limits->count attributes. Adds to
 * *dropped_count what is left out: beyond the limit, for want of room, or as invalid. */
void hae_put_attributes(struct hae_sink *sink, unsigned field, const haetae_attribute *attributes,
                        size_t count, const struct hae_limits *limits, uint32_t *dropped_count);

#endif
