/* SPDX-License-Identifier: Apache-2.0 */
/* Values of OTLP messages as text for people, cleaned and cut. */
#ifndef HAETAE_VIEW_DECODE_DECODE_VALUES_H
#define HAETAE_VIEW_DECODE_DECODE_VALUES_H

#include "decode/fields.h"

/* Text of an AnyValue, cleaned and cut; "" for none. Returns `out`. */
const char *hae_view_value_text(struct hae_view_bytes value, char *out, size_t size);

/* A string field, cleaned and cut. Returns `out`. */
const char *hae_view_field_text(struct hae_view_bytes text, char *out, size_t size);

#endif
