/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/fields.h"

#include <string.h>

#define NUL_SHOWN "\\x00"

bool hae_view_next_field(struct hae_reader *reader, uint32_t number, struct hae_field *ret_field)
{
    while (hae_read_field(reader, ret_field)) {
        if (ret_field->number == number) {
            return true;
        }
    }
    return false;
}

struct hae_view_bytes hae_view_last_field(struct hae_view_bytes message, uint32_t number)
{
    struct hae_reader reader = hae_view_fields_in(message);
    struct hae_view_bytes found = {NULL, 0};
    struct hae_field field;
    while (hae_view_next_field(&reader, number, &field)) {
        found = hae_view_content(&field);
    }
    return found;
}

struct hae_view_pair hae_view_pair_in(struct hae_view_bytes key_value)
{
    struct hae_reader reader = hae_view_fields_in(key_value);
    struct hae_view_pair pair = {{"", 0}, {NULL, 0}};
    struct hae_field field;
    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_KEY_VALUE_KEY) {
            pair.key = hae_view_text_in(hae_view_content(&field));
        } else if (field.number == HAE_OTLP_KEY_VALUE_VALUE) {
            pair.value = hae_view_content(&field);
        }
    }
    return pair;
}

struct hae_view_bytes hae_view_attribute(struct hae_view_attributes attributes, const char *key)
{
    struct hae_reader reader = hae_view_fields_in(attributes.message);
    size_t length = strlen(key);
    struct hae_field field;
    while (hae_view_next_field(&reader, attributes.number, &field)) {
        struct hae_view_pair pair = hae_view_pair_in(hae_view_content(&field));
        if (pair.key.length == length && memcmp(pair.key.data, key, length) == 0) {
            return pair.value;
        }
    }
    return (struct hae_view_bytes){NULL, 0};
}

struct hae_field hae_view_value_in(struct hae_view_bytes any_value)
{
    struct hae_reader reader = hae_view_fields_in(any_value);
    struct hae_field value = {.number = 0};
    struct hae_field field;
    while (hae_read_field(&reader, &field)) {
        if (field.number <= HAE_OTLP_ANY_VALUE_BYTES_VALUE) {
            value = field;
        }
    }
    return value;
}

bool hae_view_copy_id(uint8_t *out, size_t size, const struct hae_field *field)
{
    static const uint8_t none[16];
    if (field->size_bytes != size || memcmp(field->data, none, size) == 0) {
        return false;
    }
    memcpy(out, field->data, size);
    return true;
}

struct hae_view_text hae_view_plain_text(struct hae_buffer *out, struct hae_view_bytes text,
                                         bool optional)
{
    if (text.length == 0) {
        return (struct hae_view_text){optional ? NULL : "", 0};
    }
    const uint8_t *nul = memchr(text.data, '\0', text.length);
    if (nul == NULL) {
        return hae_view_text_in(text);
    }
    hae_buffer_clear(out);
    while (nul != NULL) {
        size_t before = (size_t)(nul - text.data);
        hae_buffer_add(out, text.data, before);
        hae_buffer_text(out, NUL_SHOWN);
        text.data += before + 1;
        text.length -= before + 1;
        nul = text.length > 0 ? memchr(text.data, '\0', text.length) : NULL;
    }
    hae_buffer_add(out, text.data, text.length);
    return (struct hae_view_text){out->data, out->length};
}
