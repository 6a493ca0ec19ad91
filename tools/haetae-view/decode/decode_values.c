/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/decode_values.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
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
    if (length > 0) {
        memcpy(draft->text + draft->length, text, length);
    }
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

static void draft_value(struct draft *draft, struct hae_view_bytes any_value, unsigned depth);

static void draft_comma(struct draft *draft, size_t items_before)
{
    if (items_before > 0) {
        draft_text(draft, ", ");
    }
}

static void draft_pairs(struct draft *draft, struct hae_view_bytes list, unsigned depth)
{
    struct hae_reader reader = hae_view_fields_in(list);
    struct hae_field field;
    draft_text(draft, "{");
    for (size_t i = 0; !draft_is_full(draft) &&
                       hae_view_next_field(&reader, HAE_OTLP_KEY_VALUE_LIST_VALUES, &field);
         i++) {
        struct hae_view_pair pair = hae_view_pair_in(hae_view_content(&field));
        draft_comma(draft, i);
        draft_add(draft, pair.key.data, pair.key.length);
        draft_text(draft, "=");
        draft_value(draft, pair.value, depth);
    }
    draft_text(draft, "}");
}

static void draft_bytes(struct draft *draft, struct hae_view_bytes bytes)
{
    draft_text(draft, "0x");
    for (size_t i = 0; i < bytes.length && i < SHOWN_BYTES_MAX; i++) {
        char digits[2];
        (void)hae_put_hex(digits, &bytes.data[i], 1);
        draft_add(draft, digits, sizeof digits);
    }
    if (bytes.length > SHOWN_BYTES_MAX) {
        draft_text(draft, "...");
    }
}

static void draft_array(struct draft *draft, struct hae_view_bytes array, unsigned depth)
{
    struct hae_reader reader = hae_view_fields_in(array);
    struct hae_field field;
    draft_text(draft, "[");
    for (size_t i = 0;
         !draft_is_full(draft) && hae_view_next_field(&reader, HAE_OTLP_ARRAY_VALUE_VALUES, &field);
         i++) {
        draft_comma(draft, i);
        draft_value(draft, hae_view_content(&field), depth);
    }
    draft_text(draft, "]");
}

static void draft_value(struct draft *draft, struct hae_view_bytes any_value, unsigned depth)
{
    char number[40];
    struct hae_field value = hae_view_value_in(any_value);
    struct hae_view_bytes content = hae_view_content(&value);
    if (depth > SHOWN_DEPTH_MAX) {
        draft_text(draft, "...");
        return;
    }
    switch (value.number) {
    case HAE_OTLP_ANY_VALUE_STRING_VALUE:
        draft_add(draft, (const char *)content.data, content.length);
        break;
    case HAE_OTLP_ANY_VALUE_BOOL_VALUE:
        draft_text(draft, value.value != 0 ? "true" : "false");
        break;
    case HAE_OTLP_ANY_VALUE_INT_VALUE:
        snprintf(number, sizeof number, "%" PRId64, (int64_t)value.value);
        draft_text(draft, number);
        break;
    case HAE_OTLP_ANY_VALUE_DOUBLE_VALUE:
        snprintf(number, sizeof number, "%g", hae_double_from_bits(value.value));
        draft_text(draft, number);
        break;
    case HAE_OTLP_ANY_VALUE_ARRAY_VALUE:
        draft_array(draft, content, depth + 1);
        break;
    case HAE_OTLP_ANY_VALUE_KVLIST_VALUE:
        draft_pairs(draft, content, depth + 1);
        break;
    case HAE_OTLP_ANY_VALUE_BYTES_VALUE:
        draft_bytes(draft, content);
        break;
    default:
        break;
    }
}

/* When the draft was cut inside a character, it ends before it. */
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
    hae_view_text_clean(out, size, draft->text, length);
    return out;
}

const char *hae_view_value_text(struct hae_view_bytes value, char *out, size_t size)
{
    struct draft draft = {.length = 0};
    draft_value(&draft, value, 0);
    return finish(&draft, out, size);
}

const char *hae_view_field_text(struct hae_view_bytes text, char *out, size_t size)
{
    struct draft draft = {.length = 0};
    draft_add(&draft, (const char *)text.data, text.length);
    return finish(&draft, out, size);
}
