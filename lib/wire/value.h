/* SPDX-License-Identifier: Apache-2.0 */
/* AnyValue and KeyValue, from the caller's structs straight into wire format.
 *
 * A length stands in front of what it counts, so a value is measured and then written. Another
 * thread may change the caller's memory in between: what is written has the size that was measured
 * all the same, and is well-formed. Where it does not match any more, a field that no receiver
 * knows fills the rest. */
#ifndef HAETAE_WIRE_VALUE_H
#define HAETAE_WIRE_VALUE_H

#include "wire/value_size.h"

/* Writes `attribute` as a KeyValue in field `field` (below 16): measures, reserves and writes.
 * hae_put_attribute() in attribute.h is faster. */
enum hae_put hae_put_attribute_measured(struct hae_sink *sink, unsigned field,
                                        const haetae_attribute *attribute,
                                        struct hae_value_limits limits);

/* Writes `value` as an AnyValue in field `field`. */
enum hae_put hae_put_value(struct hae_sink *sink, unsigned field, const haetae_value *value,
                           struct hae_value_limits limits);

/* Writes the KeyValue into room of *room_bytes, which is reserved and is to be filled in the end.
 * False, and nothing was written: it is larger by now, or would leave a rest that cannot be filled.
 */
bool hae_put_attribute_within(struct hae_sink *sink, unsigned field,
                              const haetae_attribute *attribute, struct hae_value_limits limits,
                              size_t *room_bytes);

/* Fills `size_bytes` of a message, not 1, with a field that no receiver knows. */
void hae_put_filler(struct hae_sink *sink, size_t size_bytes);

#endif
