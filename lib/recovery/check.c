/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/check.h"

#include "base/utf8.h"
#include "haetae/types.h"
#include "wire/otlp.h"
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
    FIELD_MAX = HAE_OTLP_SPAN_FLAGS, /* the highest of them */
    /* A value in a value is two messages, in a map three. */
    DEPTH_MAX = 3 * HAETAE_VALUE_DEPTH_MAX + 8
};

#define OF(message) (MESSAGE + HAE_CHECK_##message)

/* By message and field number. */
static const uint8_t fields[HAE_CHECKED_COUNT][FIELD_MAX + 1] = {
    [HAE_CHECK_SPAN] = {[HAE_OTLP_SPAN_TRACE_ID] = TRACE_ID,
                        [HAE_OTLP_SPAN_SPAN_ID] = SPAN_ID,
                        [HAE_OTLP_SPAN_TRACE_STATE] = TEXT,
                        [HAE_OTLP_SPAN_PARENT_SPAN_ID] = SPAN_ID,
                        [HAE_OTLP_SPAN_NAME] = TEXT,
                        [HAE_OTLP_SPAN_KIND] = VARINT,
                        [HAE_OTLP_SPAN_START_TIME_UNIX_NANO] = FIXED64,
                        [HAE_OTLP_SPAN_END_TIME_UNIX_NANO] = FIXED64,
                        [HAE_OTLP_SPAN_ATTRIBUTES] = OF(KEY_VALUE),
                        [HAE_OTLP_SPAN_DROPPED_ATTRIBUTES_COUNT] = VARINT,
                        [HAE_OTLP_SPAN_EVENTS] = OF(EVENT),
                        [HAE_OTLP_SPAN_DROPPED_EVENTS_COUNT] = VARINT,
                        [HAE_OTLP_SPAN_LINKS] = OF(LINK),
                        [HAE_OTLP_SPAN_DROPPED_LINKS_COUNT] = VARINT,
                        [HAE_OTLP_SPAN_STATUS] = OF(STATUS),
                        [HAE_OTLP_SPAN_FLAGS] = FIXED32},
    [HAE_CHECK_SPAN_FIELDS] = {[HAE_OTLP_SPAN_TRACE_STATE] = TEXT,
                               [HAE_OTLP_SPAN_NAME] = TEXT,
                               [HAE_OTLP_SPAN_ATTRIBUTES] = OF(KEY_VALUE),
                               [HAE_OTLP_SPAN_EVENTS] = OF(EVENT),
                               [HAE_OTLP_SPAN_LINKS] = OF(LINK),
                               [HAE_OTLP_SPAN_STATUS] = OF(STATUS)},
    [HAE_CHECK_LOG_RECORD] = {[HAE_OTLP_LOG_RECORD_TIME_UNIX_NANO] = FIXED64,
                              [HAE_OTLP_LOG_RECORD_SEVERITY_NUMBER] = VARINT,
                              [HAE_OTLP_LOG_RECORD_SEVERITY_TEXT] = TEXT,
                              [HAE_OTLP_LOG_RECORD_BODY] = OF(ANY_VALUE),
                              [HAE_OTLP_LOG_RECORD_ATTRIBUTES] = OF(KEY_VALUE),
                              [HAE_OTLP_LOG_RECORD_DROPPED_ATTRIBUTES_COUNT] = VARINT,
                              [HAE_OTLP_LOG_RECORD_FLAGS] = FIXED32,
                              [HAE_OTLP_LOG_RECORD_TRACE_ID] = TRACE_ID,
                              [HAE_OTLP_LOG_RECORD_SPAN_ID] = SPAN_ID,
                              [HAE_OTLP_LOG_RECORD_OBSERVED_TIME_UNIX_NANO] = FIXED64,
                              [HAE_OTLP_LOG_RECORD_EVENT_NAME] = TEXT},
    [HAE_CHECK_SCOPE] = {[HAE_OTLP_INSTRUMENTATION_SCOPE_NAME] = TEXT,
                         [HAE_OTLP_INSTRUMENTATION_SCOPE_VERSION] = TEXT,
                         [HAE_OTLP_INSTRUMENTATION_SCOPE_ATTRIBUTES] = OF(KEY_VALUE),
                         [HAE_OTLP_INSTRUMENTATION_SCOPE_DROPPED_ATTRIBUTES_COUNT] = VARINT},
    [HAE_CHECK_RESOURCE] = {[HAE_OTLP_RESOURCE_ATTRIBUTES] = OF(KEY_VALUE),
                            [HAE_OTLP_RESOURCE_DROPPED_ATTRIBUTES_COUNT] = VARINT},
    [HAE_CHECK_METRIC_FIELDS] = {[HAE_OTLP_METRIC_NAME] = TEXT,
                                 [HAE_OTLP_METRIC_DESCRIPTION] = TEXT,
                                 [HAE_OTLP_METRIC_UNIT] = TEXT},
    [HAE_CHECK_NUMBER_ATTRIBUTES] = {[HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES] = OF(KEY_VALUE)},
    [HAE_CHECK_HISTOGRAM_ATTRIBUTES] = {[HAE_OTLP_HISTOGRAM_DATA_POINT_ATTRIBUTES] = OF(KEY_VALUE)},
    [HAE_CHECK_EXPONENTIAL_ATTRIBUTES] = {[HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ATTRIBUTES] =
                                              OF(KEY_VALUE)},
    [HAE_CHECK_EVENT] = {[HAE_OTLP_SPAN_EVENT_TIME_UNIX_NANO] = FIXED64,
                         [HAE_OTLP_SPAN_EVENT_NAME] = TEXT,
                         [HAE_OTLP_SPAN_EVENT_ATTRIBUTES] = OF(KEY_VALUE),
                         [HAE_OTLP_SPAN_EVENT_DROPPED_ATTRIBUTES_COUNT] = VARINT},
    [HAE_CHECK_LINK] = {[HAE_OTLP_SPAN_LINK_TRACE_ID] = TRACE_ID,
                        [HAE_OTLP_SPAN_LINK_SPAN_ID] = SPAN_ID,
                        [HAE_OTLP_SPAN_LINK_TRACE_STATE] = TEXT,
                        [HAE_OTLP_SPAN_LINK_ATTRIBUTES] = OF(KEY_VALUE),
                        [HAE_OTLP_SPAN_LINK_DROPPED_ATTRIBUTES_COUNT] = VARINT,
                        [HAE_OTLP_SPAN_LINK_FLAGS] = FIXED32},
    [HAE_CHECK_STATUS] = {[HAE_OTLP_STATUS_MESSAGE] = TEXT, [HAE_OTLP_STATUS_CODE] = VARINT},
    [HAE_CHECK_KEY_VALUE] =
        {[HAE_OTLP_KEY_VALUE_KEY] = TEXT, [HAE_OTLP_KEY_VALUE_VALUE] = OF(ANY_VALUE)},
    [HAE_CHECK_ANY_VALUE] = {[HAE_OTLP_ANY_VALUE_STRING_VALUE] = TEXT,
                             [HAE_OTLP_ANY_VALUE_BOOL_VALUE] = VARINT,
                             [HAE_OTLP_ANY_VALUE_INT_VALUE] = VARINT,
                             [HAE_OTLP_ANY_VALUE_DOUBLE_VALUE] = FIXED64,
                             [HAE_OTLP_ANY_VALUE_ARRAY_VALUE] = OF(ARRAY),
                             [HAE_OTLP_ANY_VALUE_KVLIST_VALUE] = OF(MAP),
                             [HAE_OTLP_ANY_VALUE_BYTES_VALUE] = BYTES},
    [HAE_CHECK_ARRAY] = {[HAE_OTLP_ARRAY_VALUE_VALUES] = OF(ANY_VALUE)},
    [HAE_CHECK_MAP] = {[HAE_OTLP_KEY_VALUE_LIST_VALUES] = OF(KEY_VALUE)},
};

static size_t check(enum hae_checked message, const uint8_t *data, size_t size_bytes, int depth);

static bool id_valid(const struct hae_field *field, size_t size_bytes)
{
    return field->type == HAE_WIRE_LENGTH &&
           (field->size_bytes == size_bytes || field->size_bytes == 0);
}

static bool field_valid(enum hae_checked message, const struct hae_field *field, int depth)
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
        return id_valid(field, 16);
    case SPAN_ID:
        return id_valid(field, 8);
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

    while (hae_read_field(&reader, &field) && field_valid(message, &field, depth)) {
        good = reader.at;
    }
    return (size_t)(good - data);
}

size_t hae_check_prefix(enum hae_checked message, const uint8_t *data, size_t size_bytes)
{
    return check(message, data, size_bytes, 0);
}
