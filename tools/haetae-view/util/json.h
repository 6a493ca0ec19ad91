/* SPDX-License-Identifier: Apache-2.0 */
/* Members that the writer of JSON in lib/base does not have. */
#ifndef HAETAE_VIEW_UTIL_JSON_H
#define HAETAE_VIEW_UTIL_JSON_H

#include "base/json.h"

/* Nanoseconds, or another number that may be large, as decimal digits in a text. */
void hae_view_put_digits(struct hae_json *json, const char *name, int64_t value);
void hae_view_put_natural(struct hae_json *json, const char *name, uint64_t value);

/* Text; null for NULL. */
void hae_view_put_text(struct hae_json *json, const char *name, const char *text);

/* A number; "NaN", "Infinity" and "-Infinity" for what JSON does not have. */
void hae_view_put_double(struct hae_json *json, const char *name, double value);

#endif
