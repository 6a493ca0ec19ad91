/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of a message in JSON, made into protobuf. Private to json_wire.c. */
#ifndef HAETAE_VIEW_DECODE_JSON_NUMBERS_H
#define HAETAE_VIEW_DECODE_JSON_NUMBERS_H

#include <protobuf-c/protobuf-c.h>

#include "base/buffer.h"
#include "decode/json_text.h"
#include "wire/wire.h"

struct hae_view_json_translation {
    struct hae_view_json_text text;
    const char *begin;
    struct hae_buffer *out;
    struct hae_buffer scratch; /* a key, or a string's content */
    char *problem;
};

static inline void hae_view_json_put_varint(struct hae_buffer *out, uint64_t value)
{
    uint8_t bytes[HAE_VARINT_MAX];
    hae_buffer_add(out, bytes, (size_t)(hae_put_varint(bytes, value) - bytes));
}

/* The wire type of a number. */
enum hae_wire_type hae_view_json_number_type(const ProtobufCFieldDescriptor *field);

/* Takes a number, true or false, or the name of a number, and writes its content, without a tag.
 * NULL: done; else what is expected. */
const char *hae_view_json_put_number(struct hae_view_json_translation *translation,
                                     const ProtobufCFieldDescriptor *field);

#endif
