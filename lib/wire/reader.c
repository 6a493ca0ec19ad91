/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/reader.h"

/* The most bytes that a tag or a length takes: both have 32 bits. */
enum { SHORT_MAX = 5 };

static bool read_fixed(struct hae_reader *reader, size_t size_bytes, uint64_t *ret_value)
{
    if ((size_t)(reader->end - reader->at) < size_bytes) {
        return false;
    }
    *ret_value =
        size_bytes == 8 ? hae_le64(hae_load64(reader->at)) : hae_le32(hae_load32(reader->at));
    reader->at += size_bytes;
    return true;
}

static bool read_payload(struct hae_reader *reader, struct hae_field *field)
{
    uint64_t size;

    switch (field->type) {
    case HAE_WIRE_VARINT:
        return hae_read_varint(reader, &field->value);
    case HAE_WIRE_FIXED64:
        return read_fixed(reader, 8, &field->value);
    case HAE_WIRE_FIXED32:
        return read_fixed(reader, 4, &field->value);
    case HAE_WIRE_LENGTH:
        if (!hae_read_varint_within(reader, SHORT_MAX, &size) ||
            size > (uint64_t)(reader->end - reader->at)) {
            return false;
        }
        field->data = reader->at;
        field->size_bytes = (size_t)size;
        reader->at += size;
        return true;
    default:
        return false;
    }
}

/* A field of most messages: its tag and its length are a byte each. False: it may be another. */
static inline bool read_short_field(struct hae_reader *reader, struct hae_field *ret_field)
{
    const uint8_t *at = reader->at;

    if (reader->end - at < 2 || (at[0] & 0x87) != HAE_WIRE_LENGTH || at[0] < 8 || at[1] >= 0x80 ||
        at[1] > reader->end - at - 2) {
        return false;
    }
    ret_field->number = at[0] >> 3;
    ret_field->type = HAE_WIRE_LENGTH;
    ret_field->value = 0;
    ret_field->data = at + 2;
    ret_field->size_bytes = at[1];
    ret_field->start = at;
    reader->at = at + 2 + at[1];
    return true;
}

bool hae_read_field(struct hae_reader *reader, struct hae_field *ret_field)
{
    if (HAE_LIKELY(read_short_field(reader, ret_field))) {
        return true;
    }
    struct hae_reader ahead = *reader;
    struct hae_field field = {.start = reader->at};
    uint64_t tag;

    if (ahead.at == ahead.end || !hae_read_varint_within(&ahead, SHORT_MAX, &tag) ||
        tag > UINT32_MAX || tag >> 3 == 0) {
        return false;
    }
    field.number = (uint32_t)(tag >> 3);
    field.type = (enum hae_wire_type)(tag & 7);
    if (!read_payload(&ahead, &field)) {
        return false;
    }
    *reader = ahead;
    *ret_field = field;
    return true;
}
