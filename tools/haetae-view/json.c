/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* Quotes text. Bytes that are not UTF-8 become U+FFFD, so the output always is. */
static void quote(struct hae_view_buffer *out, const char *text)
{
    size_t length = strlen(text);
    hae_view_buffer_char(out, '"');
    for (size_t at = 0; at < length;) {
        uint32_t code;
        int step = hae_utf8_decode((const uint8_t *)text + at, length - at, &code);
        size_t size = (size_t)(step > 0 ? step : -step);
        if (step < 0) {
            hae_view_buffer_text(out, "\\ufffd");
        } else if (code == '"' || code == '\\') {
            hae_view_buffer_char(out, '\\');
            hae_view_buffer_char(out, (char)code);
        } else if (code < 0x20 || code == 0x7f) {
            hae_view_buffer_format(out, "\\u%04x", (unsigned)code);
        } else {
            hae_view_buffer_add(out, text + at, size);
        }
        at += size;
    }
    hae_view_buffer_char(out, '"');
}

static void begin(struct hae_view_json *json, const char *name)
{
    if (json->comma) {
        hae_view_buffer_char(json->out, ',');
    }
    if (name != NULL) {
        quote(json->out, name);
        hae_view_buffer_char(json->out, ':');
    }
    json->comma = true;
}

void hae_view_json_open(struct hae_view_json *json, const char *name, char bracket)
{
    begin(json, name);
    hae_view_buffer_char(json->out, bracket);
    json->comma = false;
}

void hae_view_json_close(struct hae_view_json *json, char bracket)
{
    hae_view_buffer_char(json->out, bracket);
    json->comma = true;
}

void hae_view_json_text(struct hae_view_json *json, const char *name, const char *value)
{
    begin(json, name);
    quote(json->out, value);
}

void hae_view_json_count(struct hae_view_json *json, const char *name, uint64_t value)
{
    begin(json, name);
    hae_view_buffer_format(json->out, "%" PRIu64, value);
}

void hae_view_json_integer(struct hae_view_json *json, const char *name, int64_t value)
{
    begin(json, name);
    hae_view_buffer_format(json->out, "%" PRId64, value);
}

void hae_view_json_bool(struct hae_view_json *json, const char *name, bool value)
{
    begin(json, name);
    hae_view_buffer_text(json->out, value ? "true" : "false");
}

void hae_view_json_number(struct hae_view_json *json, const char *name, double value)
{
    begin(json, name);
    if (!isfinite(value)) {
        hae_view_buffer_text(json->out, "null");
        return;
    }
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof(digits), "%.*g", precision, value);
        if (strtod(digits, NULL) == value) {
            break;
        }
    }
    hae_view_buffer_text(json->out, digits);
}
