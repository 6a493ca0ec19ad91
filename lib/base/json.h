/* SPDX-License-Identifier: Apache-2.0 */
/* Writes JSON: commas, nesting, escapes. The output is valid UTF-8 and does not depend on the
 * locale. One writer for the exporters and the tools; not part of the core. */
#ifndef HAETAE_BASE_JSON_H
#define HAETAE_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct hae_json {
    struct hae_buffer *out;
    bool comma; /* before the next member or element */
};

#define HAE_JSON_INIT(buffer)                                                                      \
    {                                                                                              \
        (buffer), false                                                                            \
    }

/* Each takes the member's name, or NULL for an element of an array and for the outermost
 * value. A failed allocation sets out->failed. */
void hae_json_open(struct hae_json *json, const char *name, char bracket);
void hae_json_close(struct hae_json *json, char bracket);

/* The name of the next member, which is then written without one. */
void hae_json_name_of(struct hae_json *json, const char *name, size_t length);

/* Bytes that are not UTF-8 become U+FFFD. */
void hae_json_text(struct hae_json *json, const char *name, const char *value);
void hae_json_text_of(struct hae_json *json, const char *name, const char *text, size_t length);
void hae_json_count(struct hae_json *json, const char *name, uint64_t value);
void hae_json_integer(struct hae_json *json, const char *name, int64_t value);
void hae_json_null(struct hae_json *json, const char *name);
void hae_json_bool(struct hae_json *json, const char *name, bool value);

/* The shortest digits that read back as the same double; null for NaN and infinities, which
 * JSON does not have. */
void hae_json_number(struct hae_json *json, const char *name, double value);

/* Bytes as text: hexadecimal in lower case, and base64 (RFC 4648, section 4). */
void hae_json_hex(struct hae_json *json, const char *name, const uint8_t *bytes, size_t count);
void hae_json_base64(struct hae_json *json, const char *name, const uint8_t *bytes, size_t count);

#endif
