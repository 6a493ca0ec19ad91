/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_unpack/nul_mark.h"

#include "base/utf8.h"
#include "wire/reader.h"

enum { NUL_MARK = (unsigned char)HAE_UTF8_NUL_MARK, OTHER_MARK = 0xFE };

/* `copy`, or NULL: the same text, where the marks are to be put. Whether there are any. */
static bool mark_text(const struct hae_field *field, uint8_t *copy)
{
    bool found = false;

    for (size_t i = 0; i < field->size_bytes; i++) {
        uint8_t byte = field->data[i];

        if (byte == 0 || byte == NUL_MARK) {
            found = true;
            if (copy != NULL) {
                copy[i] = byte == 0 ? NUL_MARK : OTHER_MARK;
            }
        }
    }
    return found;
}

bool hae_mark_nuls(const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t size_bytes,
                   uint8_t *copy)
{
    struct hae_reader reader = hae_reader_over(data, size_bytes);
    struct hae_field field;
    bool found = false;

    while (hae_read_field(&reader, &field)) {
        const ProtobufCFieldDescriptor *known =
            protobuf_c_message_descriptor_get_field(type, field.number);
        uint8_t *there =
            copy != NULL && field.type == HAE_WIRE_LENGTH ? copy + (field.data - data) : NULL;

        if (known == NULL || field.type != HAE_WIRE_LENGTH) {
            continue;
        }
        if (known->type == PROTOBUF_C_TYPE_STRING) {
            found |= mark_text(&field, there);
        } else if (known->type == PROTOBUF_C_TYPE_MESSAGE) {
            found |= hae_mark_nuls(known->descriptor, field.data, field.size_bytes, there);
        }
    }
    return found;
}
