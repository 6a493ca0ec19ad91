/* SPDX-License-Identifier: Apache-2.0 */
/* Members as OTLP's JSON has them. One that has no value is left out. */
#ifndef HAETAE_VIEW_API_OTLP_H
#define HAETAE_VIEW_API_OTLP_H

#include "base/json.h"
#include "query/rows.h"

/* Attributes, which are kept as a JSON object. NULL or an empty object: no member. Bytes, and
 * doubles that JSON does not have, are text in it. Text that is no JSON ends early; the database
 * has none. */
void hae_view_put_otlp_attributes(struct hae_json *json, const char *name, const char *object);

void hae_view_put_otlp_id(struct hae_json *json, const char *name, struct hae_view_id id);
void hae_view_put_otlp_text(struct hae_json *json, const char *name, const char *text);

#endif
