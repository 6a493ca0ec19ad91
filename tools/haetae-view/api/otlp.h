/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes that are kept as JSON objects, as OTLP's JSON has them. What was bytes, or a double
 * that JSON does not have, is text there. */
#ifndef HAETAE_VIEW_API_OTLP_H
#define HAETAE_VIEW_API_OTLP_H

#include "base/json.h"

/* A member, unless there are none; `object` may be NULL. What is no JSON, which the database does
 * not have, ends early. */
void hae_view_put_otlp_attributes(struct hae_json *json, const char *name, const char *object);

#endif
