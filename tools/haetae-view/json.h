/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON: commas, nesting and escapes. Includes nothing of this tool but the
 * buffer. */
#ifndef HAETAE_VIEW_JSON_H
#define HAETAE_VIEW_JSON_H

#include <stdint.h>

#include "buffer.h"

struct hae_view_json {
    struct hae_view_buffer *out;
    bool comma; /* before the next member or element */
};

#define HAE_VIEW_JSON_INIT(buffer)                                                                 \
    {                                                                                              \
        (buffer), false                                                                            \
    }

/* Each takes the member's name, or NULL for an element of an array and for the
 * outermost value. */
void hae_view_json_open(struct hae_view_json *json, const char *name, char bracket);
void hae_view_json_close(struct hae_view_json *json, char bracket);
void hae_view_json_text(struct hae_view_json *json, const char *name, const char *value);
void hae_view_json_count(struct hae_view_json *json, const char *name, uint64_t value);
void hae_view_json_integer(struct hae_view_json *json, const char *name, int64_t value);
void hae_view_json_bool(struct hae_view_json *json, const char *name, bool value);

/* The shortest digits that read back as the same double; null for NaN and
 * infinities, which JSON does not have. */
void hae_view_json_number(struct hae_view_json *json, const char *name, double value);

#endif
