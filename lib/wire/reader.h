/* SPDX-License-Identifier: Apache-2.0 */
/* Reads fields of the wire format within bounds. Input may be hostile. */
#ifndef HAETAE_WIRE_READER_H
#define HAETAE_WIRE_READER_H

#include <stdbool.h>

#include "wire/wire.h"

struct hae_reader {
    const uint8_t *at;
    const uint8_t *end;
};

struct hae_field {
    uint32_t number;
    enum hae_wire_type type;
    uint64_t value;       /* varint and fixed     */
    const uint8_t *data;  /* length-delimited     */
    size_t size_bytes;    /* length-delimited     */
    const uint8_t *start; /* the tag of the field */
};

/* Nothing may be at NULL. */
static inline struct hae_reader hae_reader_over(const uint8_t *data, size_t size_bytes)
{
    struct hae_reader reader = {data, size_bytes > 0 ? data + size_bytes : data};

    return reader;
}

/* A varint that is read a byte at a time. Starts as {0, 0}. */
struct hae_varint {
    uint64_t value;
    unsigned shift;
};

/* Adds a byte; true when it is the last one. Takes at most HAE_VARINT_MAX bytes. */
static inline bool hae_varint_add(struct hae_varint *varint, uint8_t byte)
{
    varint->value |= (uint64_t)(byte & 0x7F) << varint->shift;
    varint->shift += 7;
    return byte < 0x80;
}

/* Reads a varint of at most `size_max` bytes. */
static inline bool hae_read_varint_within(struct hae_reader *reader, unsigned size_max,
                                          uint64_t *ret_value)
{
    struct hae_varint varint = {0, 0};

    if (HAE_LIKELY(reader->at < reader->end && *reader->at < 0x80)) {
        *ret_value = *reader->at++;
        return true;
    }
    while (varint.shift < 7 * size_max && reader->at < reader->end) {
        if (hae_varint_add(&varint, *reader->at++)) {
            *ret_value = varint.value;
            return true;
        }
    }
    return false;
}

static inline bool hae_read_varint(struct hae_reader *reader, uint64_t *ret_value)
{
    return hae_read_varint_within(reader, HAE_VARINT_MAX, ret_value);
}

/* Reads a length below 2^21 that the library itself wrote: there is no bounds check. */
static inline const uint8_t *hae_own_length(const uint8_t *at, size_t *ret_length)
{
    size_t length = *at++;

    if (HAE_UNLIKELY(length >= 0x80)) {
        length = (length & 0x7F) | (size_t)*at << 7;
        if (*at++ >= 0x80) {
            length = (length & 0x3FFF) | (size_t)*at++ << 14;
        }
    }
    *ret_length = length;
    return at;
}

/* Reads the next field. False at the end, and when what follows is not a field: then
 * reader->at is not reader->end. Groups are refused, and so are tags and lengths of more
 * than five bytes. */
bool hae_read_field(struct hae_reader *reader, struct hae_field *ret_field);

#endif
