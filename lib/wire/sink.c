/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/sink.h"

void hae_sink_put(struct hae_sink *sink, const void *data, size_t size_bytes)
{
    const uint8_t *from = data;

    while (size_bytes > 0) {
        size_t room = hae_sink_room(sink);
        size_t part = size_bytes < room ? size_bytes : room;

        if (part == 0) {
            sink->next(sink);
            continue;
        }
        memcpy(sink->at, from, part);
        sink->at += part;
        from += part;
        size_bytes -= part;
    }
}

void hae_sink_put_varint(struct hae_sink *sink, uint64_t value)
{
    uint8_t bytes[HAE_VARINT_MAX];

    hae_sink_put(sink, bytes, (size_t)(hae_put_varint(bytes, value) - bytes));
}

void hae_sink_put_byte(struct hae_sink *sink, uint8_t byte)
{
    hae_sink_put(sink, &byte, 1);
}

bool hae_put_message_head(struct hae_sink *sink, unsigned field, size_t size_bytes)
{
    if (!hae_sink_reserve(sink, hae_field_size(size_bytes))) {
        return false;
    }
    hae_sink_put_byte(sink, HAE_TAG(field, HAE_WIRE_LENGTH));
    hae_sink_put_varint(sink, size_bytes);
    return true;
}
