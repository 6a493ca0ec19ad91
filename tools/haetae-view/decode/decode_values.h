/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes and values of OTLP messages as text, cleaned and cut. */
#ifndef HAETAE_VIEW_DECODE_DECODE_VALUES_H
#define HAETAE_VIEW_DECODE_DECODE_VALUES_H

#include <stdbool.h>

#include "otlp.pb-c.h"
#include "util/arena.h"
#include "util/hash.h"

/* Text of a value, cleaned and cut; "" for none. Returns `out`. */
const char *hae_view_value_text(const HaeOtlp__AnyValue *value, char *out, size_t size);

/* "key=value, key=value", cleaned and cut. */
const char *hae_view_attributes_text(HaeOtlp__KeyValue *const *attributes, size_t count, char *out,
                                     size_t size);

/* The value of a key; NULL when there is none. */
const HaeOtlp__AnyValue *hae_view_attribute(HaeOtlp__KeyValue *const *attributes, size_t count,
                                            const char *key);

/* A digest of attributes that does not depend on their order. False when the arena
 * has no room. */
bool hae_view_attributes_digest(struct hae_view_hash_key key, struct hae_view_arena *arena,
                                HaeOtlp__KeyValue *const *attributes, size_t count,
                                struct hae_view_digest *ret_digest);

/* A string field, cleaned and cut; NULL is "". Returns `out`. */
const char *hae_view_field_text(const char *text, char *out, size_t size);

#endif
