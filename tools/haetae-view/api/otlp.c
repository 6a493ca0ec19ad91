/* SPDX-License-Identifier: Apache-2.0 */
#include "api/otlp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode/json_text.h"

/* As deep as what is received may be. */
#define DEPTH_MAX 200

static bool put_value(struct hae_json *json, const char *name, struct hae_view_json_text *text,
                      unsigned depth);

static bool put_string(struct hae_json *json, const char *name, struct hae_view_json_text *text)
{
    struct hae_buffer scratch = HAE_BUFFER_INIT;
    bool good = hae_view_json_string(text, &scratch);
    if (good) {
        hae_json_text_of(json, name, scratch.data != NULL ? scratch.data : "", scratch.length);
    }
    hae_buffer_done(&scratch);
    return good;
}

/* An integer keeps its digits, as a text; other numbers are doubles. */
static bool put_number(struct hae_json *json, struct hae_view_json_text *text)
{
    char number[HAE_VIEW_JSON_NUMBER];
    if (!hae_view_json_number(text, number)) {
        return false;
    }
    errno = 0;
    (void)strtoll(number, NULL, 10);
    if (errno == 0 && strpbrk(number, ".eE") == NULL && strcmp(number, "-0") != 0) {
        hae_json_text(json, "intValue", number);
    } else {
        hae_json_number(json, "doubleValue", strtod(number, NULL));
    }
    return true;
}

/* The members of an object as an array of pairs. */
static bool put_pairs(struct hae_json *json, const char *name, struct hae_view_json_text *text,
                      unsigned depth)
{
    bool good = hae_view_json_take(text, '{');
    bool more = good && hae_view_json_peek(text) != '}';
    hae_json_open(json, name, '[');
    while (good && more) {
        hae_json_open(json, NULL, '{');
        good = put_string(json, "key", text) && hae_view_json_take(text, ':') &&
               put_value(json, "value", text, depth);
        hae_json_close(json, '}');
        more = good && hae_view_json_take(text, ',');
    }
    hae_json_close(json, ']');
    return good && hae_view_json_take(text, '}');
}

static bool put_array(struct hae_json *json, struct hae_view_json_text *text, unsigned depth)
{
    bool good = hae_view_json_take(text, '[');
    bool more = good && hae_view_json_peek(text) != ']';
    hae_json_open(json, "arrayValue", '{');
    hae_json_open(json, "values", '[');
    while (good && more) {
        good = put_value(json, NULL, text, depth);
        more = good && hae_view_json_take(text, ',');
    }
    hae_json_close(json, ']');
    hae_json_close(json, '}');
    return good && hae_view_json_take(text, ']');
}

static bool put_word(struct hae_json *json, struct hae_view_json_text *text)
{
    bool is_true = hae_view_json_word(text, "true");
    if (is_true || hae_view_json_word(text, "false")) {
        hae_json_bool(json, "boolValue", is_true);
        return true;
    }
    return hae_view_json_word(text, "null"); /* a value that is not set */
}

static bool put_value(struct hae_json *json, const char *name, struct hae_view_json_text *text,
                      unsigned depth)
{
    bool good = depth > 0;
    hae_json_open(json, name, '{');
    switch (good ? hae_view_json_peek(text) : '\0') {
    case '{':
        hae_json_open(json, "kvlistValue", '{');
        good = put_pairs(json, "values", text, depth - 1);
        hae_json_close(json, '}');
        break;
    case '[':
        good = put_array(json, text, depth - 1);
        break;
    case '"':
        good = put_string(json, "stringValue", text);
        break;
    case 't':
    case 'f':
    case 'n':
        good = put_word(json, text);
        break;
    case '\0':
        good = false;
        break;
    default:
        good = put_number(json, text);
        break;
    }
    hae_json_close(json, '}');
    return good;
}

void hae_view_put_otlp_attributes(struct hae_json *json, const char *name, const char *object)
{
    if (object != NULL && object[0] == '{' && object[1] != '}') {
        struct hae_view_json_text text = {object, object + strlen(object)};
        (void)put_pairs(json, name, &text, DEPTH_MAX);
    }
}

void hae_view_put_otlp_id(struct hae_json *json, const char *name, struct hae_view_id id)
{
    if (id.bytes != NULL) {
        hae_json_hex(json, name, id.bytes, id.size);
    }
}

void hae_view_put_otlp_text(struct hae_json *json, const char *name, const char *text)
{
    if (text != NULL) {
        hae_json_text(json, name, text);
    }
}
