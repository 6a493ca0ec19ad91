/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/check.h"

#include "base/utf8.h"
#include "haetae/attribute.h"
#include "wire/reader.h"

/* What a field is: one of these, or a message. */
enum {
    NONE,
    VARINT,
    FIXED64,
    FIXED32,
    BYTES,
    TRACE_ID, /* 16 bytes; empty where there may be none */
    SPAN_ID,  /*  8 bytes; likewise                      */
    TEXT,
    MESSAGE /* and the message's number added */
};

enum {
    FIELD_MAX = 16,
    /* A value in a value is two messages, in a map three. */
    DEPTH_MAX = 3 * HAETAE_VALUE_DEPTH_MAX + 8
};

#define OF(message) (MESSAGE + HAE_CHECK_##message)

/* By message and field number. opentelemetry/proto: trace, logs, metrics, common. */
static const uint8_t fields[HAE_CHECKED_COUNT][FIELD_MAX + 1] = {
    [HAE_CHECK_SPAN] = {[1] = TRACE_ID,
                        [2] = SPAN_ID,
                        [3] = TEXT,
                        [4] = SPAN_ID,
                        [5] = TEXT,
                        [6] = VARINT,
                        [7] = FIXED64,
                        [8] = FIXED64,
                        [9] = OF(KEY_VALUE),
                        [10] = VARINT,
                        [11] = OF(EVENT),
                        [12] = VARINT,
                        [13] = OF(LINK),
                        [14] = VARINT,
                        [15] = OF(STATUS),
                        [16] = FIXED32},
    [HAE_CHECK_SPAN_FIELDS] = {[3] = TEXT,
                               [5] = TEXT,
                               [9] = OF(KEY_VALUE),
                               [11] = OF(EVENT),
                               [13] = OF(LINK),
                               [15] = OF(STATUS)},
    [HAE_CHECK_LOG_RECORD] = {[1] = FIXED64,
                              [2] = VARINT,
                              [3] = TEXT,
                              [5] = OF(ANY_VALUE),
                              [6] = OF(KEY_VALUE),
                              [7] = VARINT,
                              [8] = FIXED32,
                              [9] = TRACE_ID,
                              [10] = SPAN_ID,
                              [11] = FIXED64,
                              [12] = TEXT},
    [HAE_CHECK_SCOPE] = {[1] = TEXT, [2] = TEXT, [3] = OF(KEY_VALUE), [4] = VARINT},
    [HAE_CHECK_RESOURCE] = {[1] = OF(KEY_VALUE), [2] = VARINT},
    [HAE_CHECK_METRIC_FIELDS] = {[1] = TEXT, [2] = TEXT, [3] = TEXT},
    [HAE_CHECK_NUMBER_ATTRIBUTES] = {[7] = OF(KEY_VALUE)},
    [HAE_CHECK_HISTOGRAM_ATTRIBUTES] = {[9] = OF(KEY_VALUE)},
    [HAE_CHECK_EVENT] = {[1] = FIXED64, [2] = TEXT, [3] = OF(KEY_VALUE), [4] = VARINT},
    [HAE_CHECK_LINK] =
        {[1] = TRACE_ID,
         [2] = SPAN_ID,
         [3] = TEXT,
         [4] = OF(KEY_VALUE),
         [5] = VARINT,
         [6] = FIXED32},
    [HAE_CHECK_STATUS] = {[2] = TEXT, [3] = VARINT},
    [HAE_CHECK_KEY_VALUE] = {[1] = TEXT, [2] = OF(ANY_VALUE)},
    [HAE_CHECK_ANY_VALUE] = {[1] = TEXT,
                             [2] = VARINT,
                             [3] = VARINT,
                             [4] = FIXED64,
                             [5] = OF(ARRAY),
                             [6] = OF(MAP),
                             [7] = BYTES},
    [HAE_CHECK_ARRAY] = {[1] = OF(ANY_VALUE)},
    [HAE_CHECK_MAP] = {[1] = OF(KEY_VALUE)},
};

static size_t check(enum hae_checked message, const uint8_t *data, size_t size_bytes, int depth);

static bool id_right(const struct hae_field *field, size_t size_bytes)
{
    return field->type == HAE_WIRE_LENGTH &&
           (field->size_bytes == size_bytes || field->size_bytes == 0);
}

static bool field_right(enum hae_checked message, const struct hae_field *field, int depth)
{
    unsigned kind = field->number <= FIELD_MAX ? fields[message][field->number] : NONE;

    switch (kind) {
    case NONE:
        return false;
    case VARINT:
        return field->type == HAE_WIRE_VARINT;
    case FIXED64:
        return field->type == HAE_WIRE_FIXED64;
    case FIXED32:
        return field->type == HAE_WIRE_FIXED32;
    case BYTES:
        return field->type == HAE_WIRE_LENGTH;
    case TRACE_ID:
        return id_right(field, 16);
    case SPAN_ID:
        return id_right(field, 8);
    case TEXT:
        return field->type == HAE_WIRE_LENGTH && hae_utf8_valid(field->data, field->size_bytes);
    default:
        return field->type == HAE_WIRE_LENGTH && depth < DEPTH_MAX &&
               check((enum hae_checked)(kind - MESSAGE), field->data, field->size_bytes,
                     depth + 1) == field->size_bytes;
    }
}

static size_t check(enum hae_checked message, const uint8_t *data, size_t size_bytes, int depth)
{
    struct hae_reader reader = hae_reader_over(data, size_bytes);
    struct hae_field field;
    const uint8_t *good = data;

    while (hae_read_field(&reader, &field) && field_right(message, &field, depth)) {
        good = reader.at;
    }
    return (size_t)(good - data);
}

size_t hae_check_prefix(enum hae_checked message, const uint8_t *data, size_t size_bytes)
{
    return check(message, data, size_bytes, 0);
}
