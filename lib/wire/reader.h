/* SPDX-License-Identifier: Apache-2.0 */
/* Reads fields of the wire format within bounds. Input may be hostile. */
#ifndef HAE_WIRE_READER_H
#define HAE_WIRE_READER_H

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
    const uint8_t *start; /* of the field, its tag */
};

static inline struct hae_reader hae_reader_over(const uint8_t *data, size_t size_bytes)
{
    struct hae_reader reader = {data, data + size_bytes};

    return reader;
}

static inline bool hae_read_varint(struct hae_reader *reader, uint64_t *ret_value)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
        uint8_t byte = *reader->at++;

        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

/* Reads the next field; false at the end, or when what follows is not a field: then
 * reader->at is not reader->end. Groups are refused. */
bool hae_read_field(struct hae_reader *reader, struct hae_field *ret_field);

#endif
