/* SPDX-License-Identifier: Apache-2.0 */
/* Attribute values as text. Specification: "AnyValue representation for non-OTLP protocols". */
#ifndef HAETAE_PROMETHEUS_VALUE_H
#define HAETAE_PROMETHEUS_VALUE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "haetae/types.h"
#include "wire/reader.h"

/* Reads a KeyValue. `*ret_value` is the AnyValue, empty when there is none. False: malformed. */
bool hae_prom_read_attribute(const struct hae_field *field, haetae_string *ret_key,
                             struct hae_reader *ret_value);

/* Gives the text of an AnyValue. One of a string stays where it is, and *ret_text is it; others are
 * added to `out`, and ret_text->data is NULL. False: malformed, or nested too deep. */
bool hae_prom_value(struct hae_buffer *out, struct hae_reader value, haetae_string *ret_text);

#endif
