/* SPDX-License-Identifier: Apache-2.0 */
/* Writes OTLP/JSON: what a test program recorded. It writes the caller's values,
 * without the library under test. */
#ifndef HAETAE_TESTS_INTEROP_JSON_OUT_H
#define HAETAE_TESTS_INTEROP_JSON_OUT_H

#include <stdio.h>

#include "haetae/types.h"

struct json_out {
    FILE *file;
    bool comma; /* this depth already has a value */
};

/* `name` is the member's name, or NULL in an array and at the top. */
void json_object(struct json_out *out, const char *name);
void json_object_end(struct json_out *out);
void json_array(struct json_out *out, const char *name);
void json_array_end(struct json_out *out);
/* Ends a line after the outermost object. */
void json_line_end(struct json_out *out);

void json_text(struct json_out *out, const char *name, const char *text, size_t length);
void json_string(struct json_out *out, const char *name, const char *text);
void json_bool(struct json_out *out, const char *name, bool value);
void json_number(struct json_out *out, const char *name, uint32_t value);
/* 64-bit numbers are text in OTLP/JSON. */
void json_int64(struct json_out *out, const char *name, int64_t value);
void json_uint64(struct json_out *out, const char *name, uint64_t value);
void json_double(struct json_out *out, const char *name, double value);
/* Ids are hexadecimal, other bytes are base64. */
void json_id(struct json_out *out, const char *name, const uint8_t *id, size_t length);

void json_value(struct json_out *out, const char *name, const haetae_value *value);
void json_attributes(struct json_out *out, const char *name, const haetae_attribute *attributes,
                     size_t count);

#endif
