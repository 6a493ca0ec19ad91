/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/check.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "wire/reader.h"

static enum hae_wire_type wire_type_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return HAE_WIRE_FIXED64;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return HAE_WIRE_LENGTH;
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return HAE_WIRE_FIXED32;
    default:
        return HAE_WIRE_VARINT;
    }
}

static enum hae_view_check_result complain(struct hae_view_check *check,
                                           enum hae_view_check_result problem,
                                           const ProtobufCMessageDescriptor *message,
                                           const char *field, const char *text)
{
    snprintf(check->problem, sizeof check->problem, "%s%s%s: %s", message->short_name,
             field != NULL ? "." : "", field != NULL ? field : "", text);
    return problem;
}

/* The content of a packed repeated field of numbers. */
static bool packed_is_good(enum hae_wire_type element_type, const struct hae_field *field)
{
    if (element_type != HAE_WIRE_VARINT) {
        return field->size_bytes % (element_type == HAE_WIRE_FIXED64 ? 8 : 4) == 0;
    }
    struct hae_reader reader = hae_reader_over(field->data, field->size_bytes);
    uint64_t value;
    while (reader.at < reader.end) {
        if (!hae_read_varint(&reader, &value)) {
            return false;
        }
    }
    return true;
}

static enum hae_view_check_result check_message(struct hae_view_check *check,
                                                const ProtobufCMessageDescriptor *message,
                                                struct hae_reader reader, unsigned depth);

/* Returns what is wrong with a known field, apart from the content of a message; NULL:
 * nothing. */
static const char *check_field(const ProtobufCFieldDescriptor *known, const struct hae_field *field)
{
    enum hae_wire_type wanted = wire_type_of(known->type);
    bool repeated = known->label == PROTOBUF_C_LABEL_REPEATED;
    if (field->type == HAE_WIRE_LENGTH && wanted != HAE_WIRE_LENGTH && repeated) {
        return packed_is_good(wanted, field) ? NULL : "broken packed numbers";
    }
    if (field->type != wanted) {
        return "not the wire type of this field";
    }
    if (known->type == PROTOBUF_C_TYPE_STRING && !hae_utf8_valid(field->data, field->size_bytes)) {
        return "not valid UTF-8";
    }
    return NULL;
}

/* True for the messages that hold parts: request, Resource…, Scope…. These are the three outer
 * levels of OTLP, except for the resource. */
static bool is_container(const ProtobufCMessageDescriptor *message, unsigned depth)
{
    return depth < 2 || (depth == 2 && strcmp(message->short_name, "Resource") != 0);
}

/* Whether a field holds spans, log records, metrics or data points. */
static bool holds_items(const ProtobufCMessageDescriptor *message,
                        const ProtobufCFieldDescriptor *known, unsigned depth)
{
    return known->label == PROTOBUF_C_LABEL_REPEATED &&
           (is_container(message, depth) ? depth == 2 : strcmp(known->name, "data_points") == 0);
}

/* Most messages have fields 1, 2, 3 and so on, so that the first guess is right. */
static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *message,
                                                  uint32_t number)
{
    uint32_t guess = number - 1;
    return guess < message->n_fields && message->fields[guess].id == number
               ? &message->fields[guess]
               : protobuf_c_message_descriptor_get_field(message, number);
}

static enum hae_view_check_result check_nested(struct hae_view_check *check,
                                               const ProtobufCMessageDescriptor *message,
                                               const ProtobufCFieldDescriptor *known,
                                               const struct hae_field *field, unsigned depth)
{
    const ProtobufCMessageDescriptor *nested = known->descriptor;
    if (depth < 3 && is_container(message, depth)) {
        check->part_messages = 0;
    }
    if (++check->messages > check->message_limit) {
        return complain(check, HAE_VIEW_CHECK_TOO_LARGE, message, known->name,
                        "too many messages in one body");
    }
    if (holds_items(message, known, depth) && ++check->items > check->item_limit) {
        return complain(check, HAE_VIEW_CHECK_TOO_LARGE, message, known->name,
                        "too many items in one body");
    }
    if (++check->part_messages > check->part_limit) {
        return complain(check, HAE_VIEW_CHECK_TOO_LARGE, message, known->name,
                        "too many messages in one item");
    }
    return check_message(check, nested, hae_reader_over(field->data, field->size_bytes), depth + 1);
}

/* Whether a message that may be there once is there again and again. */
static bool is_repeated_too_often(struct hae_view_check *check,
                                  const ProtobufCFieldDescriptor *known, uint64_t *seen)
{
    uint64_t bit = 1ULL << (known->id & 63);
    bool again = (*seen & bit) != 0;
    *seen |= bit;
    return again && ++check->merges > HAE_VIEW_CHECK_MERGES_MAX;
}

static enum hae_view_check_result check_message(struct hae_view_check *check,
                                                const ProtobufCMessageDescriptor *message,
                                                struct hae_reader reader, unsigned depth)
{
    if (depth > HAE_VIEW_CHECK_DEPTH_MAX) {
        return complain(check, HAE_VIEW_CHECK_MALFORMED, message, NULL, "nested too deep");
    }
    uint64_t seen = 0;
    struct hae_field field;
    while (hae_read_field(&reader, &field)) {
        const ProtobufCFieldDescriptor *known = find_field(message, field.number);
        if (known == NULL) {
            continue;
        }
        const char *wrong = check_field(known, &field);
        if (wrong != NULL) {
            return complain(check, HAE_VIEW_CHECK_MALFORMED, message, known->name, wrong);
        }
        if (known->type != PROTOBUF_C_TYPE_MESSAGE) {
            continue;
        }
        if (known->label != PROTOBUF_C_LABEL_REPEATED &&
            is_repeated_too_often(check, known, &seen)) {
            return complain(check, HAE_VIEW_CHECK_MALFORMED, message, known->name,
                            "repeated too often");
        }
        enum hae_view_check_result problem = check_nested(check, message, known, &field, depth);
        if (problem != HAE_VIEW_CHECK_GOOD) {
            return problem;
        }
    }
    if (reader.at != reader.end) {
        return complain(check, HAE_VIEW_CHECK_MALFORMED, message, NULL, "broken or cut short");
    }
    return HAE_VIEW_CHECK_GOOD;
}

enum hae_view_check_result hae_view_check(struct hae_view_check *check,
                                          const ProtobufCMessageDescriptor *request,
                                          struct hae_view_bytes body)
{
    check->merges = 0;
    check->messages = 0;
    check->items = 0;
    check->part_messages = 0;
    check->problem[0] = '\0';
    return check_message(check, request, hae_reader_over(body.data, body.length), 0);
}
