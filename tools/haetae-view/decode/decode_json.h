/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes and values of OTLP messages as JSON, whole: what the database keeps. Integers keep all
 * their digits, bytes become text in base64, doubles that JSON does not have "NaN", "Infinity" and
 * "-Infinity". */
#ifndef HAETAE_VIEW_DECODE_DECODE_JSON_H
#define HAETAE_VIEW_DECODE_DECODE_JSON_H

#include "decode/fields.h"
#include "util/json.h"

/* Empties the buffer and writes an object into it. Without attributes there is no text. The text is
 * valid until the buffer changes. */
struct hae_view_text hae_view_attributes_json(struct hae_buffer *out,
                                              struct hae_view_attributes attributes);

/* The same in the order of their keys, so that the same attributes are the same text; "{}" without
 * any. `scratch` holds what is sorted. */
struct hae_view_text hae_view_sorted_json(struct hae_buffer *out, struct hae_buffer *scratch,
                                          struct hae_view_attributes attributes);

/* The text of an AnyValue that is a text; others as JSON. */
struct hae_view_text hae_view_body_text(struct hae_buffer *out, struct hae_view_bytes value);

#endif
