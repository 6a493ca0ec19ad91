/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/decode_values.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"
#include "util/text.h"

/* Longer than any field that is shown; cleaning cuts the rest. */
#define DRAFT_SIZE 1024
/* Deeper values are shown as "...". */
#define SHOWN_DEPTH_MAX 8
#define SHOWN_BYTES_MAX 16

/* Text that grows. What does not fit is left out. */
struct draft {
    char text[DRAFT_SIZE];
    size_t length;
};

static void draft_add(struct draft *draft, const char *text, size_t length)
{
    size_t room = DRAFT_SIZE - draft->length;
    if (length > room) {
        length = room;
    }
    memcpy(draft->text + draft->length, text, length);
    draft->length += length;
}

static void draft_text(struct draft *draft, const char *text)
{
    draft_add(draft, text, strlen(text));
}

static bool draft_is_full(const struct draft *draft)
{
    return draft->length == DRAFT_SIZE;
}

static void draft_value(struct draft *draft, const HaeOtlp__AnyValue *value, unsigned depth);

static void draft_attributes(struct draft *draft, HaeOtlp__KeyValue *const *attributes,
                             size_t count, unsigned depth)
{
    for (size_t i = 0; i < count && !draft_is_full(draft); i++) {
        if (i > 0) {
            draft_text(draft, ", ");
        }
        draft_text(draft, attributes[i]->key != NULL ? attributes[i]->key : "");
        draft_text(draft, "=");
        draft_value(draft, attributes[i]->value, depth);
    }
}

static void draft_bytes(struct draft *draft, const ProtobufCBinaryData *bytes)
{
    draft_text(draft, "0x");
    for (size_t i = 0; i < bytes->len && i < SHOWN_BYTES_MAX; i++) {
        char digits[2];
        (void)hae_put_hex(digits, &bytes->data[i], 1);
        draft_add(draft, digits, sizeof digits);
    }
    if (bytes->len > SHOWN_BYTES_MAX) {
        draft_text(draft, "...");
    }
}

static void draft_array(struct draft *draft, const HaeOtlp__ArrayValue *array, unsigned depth)
{
    draft_text(draft, "[");
    for (size_t i = 0; i < array->n_values && !draft_is_full(draft); i++) {
        if (i > 0) {
            draft_text(draft, ", ");
        }
        draft_value(draft, array->values[i], depth);
    }
    draft_text(draft, "]");
}

static void draft_value(struct draft *draft, const HaeOtlp__AnyValue *value, unsigned depth)
{
    char number[40];
    if (value == NULL) {
        return;
    }
    if (depth > SHOWN_DEPTH_MAX) {
        draft_text(draft, "...");
        return;
    }
    switch (value->value_case) {
    case HAE_OTLP__ANY_VALUE__VALUE_STRING_VALUE:
        draft_text(draft, value->string_value);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_BOOL_VALUE:
        draft_text(draft, value->bool_value ? "true" : "false");
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_INT_VALUE:
        snprintf(number, sizeof number, "%" PRId64, value->int_value);
        draft_text(draft, number);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE:
        snprintf(number, sizeof number, "%g", value->double_value);
        draft_text(draft, number);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_ARRAY_VALUE:
        draft_array(draft, value->array_value, depth + 1);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_KVLIST_VALUE:
        draft_text(draft, "{");
        draft_attributes(draft, value->kvlist_value->values, value->kvlist_value->n_values,
                         depth + 1);
        draft_text(draft, "}");
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_BYTES_VALUE:
        draft_bytes(draft, &value->bytes_value);
        break;
    default:
        break;
    }
}

/* NULs come back in the place of their marks. When the draft was cut inside a character, it ends
 * before it. */
static const char *finish(struct draft *draft, char *out, size_t size)
{
    size_t length = draft->length;
    if (draft_is_full(draft)) {
        while (length > 0 && (draft->text[length - 1] & 0xc0) == 0x80) {
            length--;
        }
        if (length > 0 && (draft->text[length - 1] & 0x80) != 0) {
            length--;
        }
    }
    for (size_t i = 0; i < length; i++) {
        if (draft->text[i] == HAE_UTF8_NUL_MARK) {
            draft->text[i] = '\0';
        }
    }
    hae_view_text_clean(out, size, draft->text, length);
    return out;
}

const char *hae_view_value_text(const HaeOtlp__AnyValue *value, char *out, size_t size)
{
    struct draft draft = {.length = 0};
    draft_value(&draft, value, 0);
    return finish(&draft, out, size);
}

const HaeOtlp__AnyValue *hae_view_attribute(HaeOtlp__KeyValue *const *attributes, size_t count,
                                            const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (attributes[i]->key != NULL && strcmp(attributes[i]->key, key) == 0) {
            return attributes[i]->value;
        }
    }
    return NULL;
}

const char *hae_view_field_text(const char *text, char *out, size_t size)
{
    struct draft draft = {.length = 0};
    if (text != NULL) {
        draft_text(&draft, text);
    }
    return finish(&draft, out, size);
}
