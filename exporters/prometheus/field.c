/* SPDX-License-Identifier: Apache-2.0 */
#include "field.h"

#include <string.h>

#include "client.h"
#include "wire/wire.h"

static void put_varint(struct hae_buffer *out, uint64_t value)
{
    uint8_t bytes[HAE_VARINT_MAX];
    uint8_t *end = hae_put_varint(bytes, value);

    hae_buffer_add(out, bytes, (size_t)(end - bytes));
}

static void put_tag(struct hae_buffer *out, unsigned field, enum hae_wire_type type)
{
    put_varint(out, field << 3 | (unsigned)type);
}

void hae_prom_uint_field(struct hae_buffer *out, unsigned field, uint64_t value)
{
    put_tag(out, field, HAE_WIRE_VARINT);
    put_varint(out, value);
}

void hae_prom_sint_field(struct hae_buffer *out, unsigned field, int64_t value)
{
    hae_prom_uint_field(out, field, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

void hae_prom_double_field(struct hae_buffer *out, unsigned field, double value)
{
    uint8_t bytes[8];

    put_tag(out, field, HAE_WIRE_FIXED64);
    (void)hae_put_fixed64(bytes, hae_double_bits(value));
    hae_buffer_add(out, bytes, sizeof bytes);
}

size_t hae_prom_open_field(struct hae_buffer *out, unsigned field)
{
    put_tag(out, field, HAE_WIRE_LENGTH);
    return out->length;
}

void hae_prom_close_field(struct hae_buffer *out, size_t from)
{
    size_t size = out->length - from;
    size_t prefix = hae_varint_size(size);

    if (hae_buffer_reserve(out, prefix)) {
        memmove(out->data + from + prefix, out->data + from, size);
        (void)hae_put_varint((uint8_t *)out->data + from, size);
        out->length += prefix;
    }
}

void hae_prom_text_field(struct hae_buffer *out, unsigned field, haetae_string text)
{
    put_tag(out, field, HAE_WIRE_LENGTH);
    put_varint(out, text.length);
    hae_buffer_add(out, text.data, text.length);
}

void hae_prom_time_field(struct hae_buffer *out, unsigned field, uint64_t unix_ns)
{
    if (unix_ns != 0) {
        size_t from = hae_prom_open_field(out, field);

        hae_prom_uint_field(out, HAE_CLIENT_TIMESTAMP_SECONDS, unix_ns / 1000000000);
        hae_prom_uint_field(out, HAE_CLIENT_TIMESTAMP_NANOS, unix_ns % 1000000000);
        hae_prom_close_field(out, from);
    }
}
