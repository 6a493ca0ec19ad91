/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/span_scan.h"

#include "wire/otlp.h"
#include "wire/wire.h"

/* Compares a text once repaired. */
static bool equals_text(struct hae_chain_cursor cursor, const struct hae_text *text)
{
    haetae_string rest = {(const char *)text->data, text->consumed};
    const uint8_t *bytes;
    size_t length;

    if (HAE_LIKELY(text->valid)) {
        return hae_chain_equals(cursor, text->data, text->size);
    }
    while ((length = hae_text_next(&rest, &bytes)) != 0) {
        if (!hae_chain_equals(cursor, bytes, length)) {
            return false;
        }
        hae_chain_skip(&cursor, length);
    }
    return true;
}

/* The library's own KeyValues begin with the key. */
static bool has_key(struct hae_chain_cursor cursor, const struct hae_text *key)
{
    return hae_chain_byte(&cursor) == HAE_TAG(HAE_OTLP_KEY_VALUE_KEY, HAE_WIRE_LENGTH) &&
           hae_chain_varint(&cursor) == key->size && equals_text(cursor, key);
}

/* What most fields are: short, and in one slot. */
struct short_field {
    const uint8_t *content;
    uint32_t size;
};

static inline bool is_short_field(struct hae_chain_cursor cursor, struct short_field *ret_field)
{
    const struct hae_slot *slot = hae_slot_at(cursor.recorder, cursor.slot);
    const uint8_t *at = slot->data + cursor.at;

    if (HAE_UNLIKELY(cursor.at + 2 > slot->used || at[1] >= 0x80 ||
                     cursor.at + 2 + at[1] > slot->used)) {
        return false;
    }
    *ret_field = (struct short_field){at + 2, at[1]};
    return true;
}

/* Whether a short field may be the one that is looked for: its key, if it has to have one, is
 * as long and, unless it has to be repaired, the same. */
static inline bool may_be(const struct short_field *field, const struct hae_text *key)
{
    return key == NULL || (field->size >= key->size + 2 && field->content[1] == key->size &&
                           (!key->valid || memcmp(field->content + 2, key->data, key->size) == 0));
}

bool hae_span_find_field(struct hae_recorder *recorder, uint32_t slot, uint8_t tag,
                         const struct hae_text *key, struct hae_span_field *ret_field)
{
    struct hae_chain_cursor cursor = {recorder, slot, sizeof(struct hae_span_head)};

    while (!hae_chain_at_end(&cursor)) {
        struct hae_span_field field = {.begin = cursor};
        struct short_field part;
        uint8_t this_tag;
        uint64_t size;

        if (HAE_LIKELY(is_short_field(cursor, &part)) &&
            (part.content[-2] != tag || !may_be(&part, key))) {
            cursor.at += 2 + part.size;
            continue;
        }
        this_tag = hae_chain_byte(&cursor);
        size = hae_chain_varint(&cursor);
        field.content = cursor;
        field.content_size = (size_t)size;
        hae_chain_skip(&cursor, size);
        if (this_tag == tag && (key == NULL || has_key(field.content, key))) {
            field.end = cursor;
            *ret_field = field;
            return true;
        }
    }
    return false;
}
