/* SPDX-License-Identifier: Apache-2.0 */
/* Values of OTLP messages as text for people, cleaned and cut. */
#ifndef HAETAE_VIEW_DECODE_DECODE_VALUES_H
#define HAETAE_VIEW_DECODE_DECODE_VALUES_H

#include <stdbool.h>

#include "otlp.pb-c.h"

/* Text of a value, cleaned and cut; "" for none. Returns `out`. */
const char *hae_view_value_text(const HaeOtlp__AnyValue *value, char *out, size_t size);

/* The value of a key; NULL when there is none. */
const HaeOtlp__AnyValue *hae_view_attribute(HaeOtlp__KeyValue *const *attributes, size_t count,
                                            const char *key);

/* A string field, cleaned and cut; NULL is "". Returns `out`. */
const char *hae_view_field_text(const char *text, char *out, size_t size);

#endif
