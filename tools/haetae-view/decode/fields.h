/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the messages of OTLP where they lie, in a body that was checked (decode/check.h): nothing
 * here is copied, and all of it is valid for as long as the body. Where a field that may be there
 * once is there twice, the last one counts. */
#ifndef HAETAE_VIEW_DECODE_FIELDS_H
#define HAETAE_VIEW_DECODE_FIELDS_H

#include "base/buffer.h"
#include "decode/check.h"
#include "store/rows.h"
#include "wire/otlp.h"
#include "wire/reader.h"

static inline struct hae_reader hae_view_fields_in(struct hae_view_bytes message)
{
    return hae_reader_over(message.data, message.length);
}

/* The content of a length-delimited field. */
static inline struct hae_view_bytes hae_view_content(const struct hae_field *field)
{
    return (struct hae_view_bytes){field->data, field->size_bytes};
}

static inline struct hae_view_text hae_view_text_in(struct hae_view_bytes bytes)
{
    return (struct hae_view_text){(const char *)bytes.data, bytes.length};
}

/* Reads on up to the next field with a number. */
bool hae_view_next_field(struct hae_reader *reader, uint32_t number, struct hae_field *ret_field);

/* The content of the last field with a number; no bytes at NULL when there is none. */
struct hae_view_bytes hae_view_last_field(struct hae_view_bytes message, uint32_t number);

/* A KeyValue. Without a value its bytes are at NULL. */
struct hae_view_pair {
    struct hae_view_text key;
    struct hae_view_bytes value; /* an AnyValue */
};

struct hae_view_pair hae_view_pair_in(struct hae_view_bytes key_value);

/* The attributes of a message: a field of it that may be there many times. */
struct hae_view_attributes {
    struct hae_view_bytes message;
    uint32_t number;
};

/* The value of the first attribute with a key; at NULL when there is none. */
struct hae_view_bytes hae_view_attribute(struct hae_view_attributes attributes, const char *key);

/* What an AnyValue is: one of its fields; its number is 0 when there is none. */
struct hae_field hae_view_value_in(struct hae_view_bytes any_value);

/* Whether an id has the right size and is not all zero; then it is copied. */
bool hae_view_copy_id(uint8_t *out, size_t size, const struct hae_field *field);

/* Text whose NULs are shown as "\x00"; with one, it is written to `out`. An empty one is none when
 * `optional`. */
struct hae_view_text hae_view_plain_text(struct hae_buffer *out, struct hae_view_bytes text,
                                         bool optional);

#endif
