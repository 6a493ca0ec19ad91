/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* What protobuf-c spends on any field while it parses: its note of where the
 * field is (twice over: the notes grow by doubling), a pointer to it, padding. */
#define FIELD_COST 128

/* protobuf-c reads tags and lengths of at most five bytes, other varints of ten. */
#define SHORT_VARINT 5
#define LONG_VARINT  10

static bool read_varint(struct hae_view_bytes *left, size_t max, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < left->length && i < max; i++) {
        value |= (uint64_t)(left->data[i] & 0x7f) << (7 * i);
        if ((left->data[i] & 0x80) == 0) {
            left->data += i + 1;
            left->length -= i + 1;
            *ret_value = value;
            return true;
        }
    }
    return false;
}

bool hae_view_wire_next(struct hae_view_bytes *left, struct hae_view_wire_field *ret_field)
{
    struct hae_view_bytes at = *left;
    uint64_t tag;
    if (at.length == 0 || !read_varint(&at, SHORT_VARINT, &tag)) {
        return false;
    }
    if (tag >> 3 == 0 || tag >> 3 > 0x1fffffff) {
        return false;
    }
    ret_field->number = (uint32_t)(tag >> 3);
    ret_field->wire_type = (uint8_t)(tag & 7);
    uint64_t length = 0;
    switch (ret_field->wire_type) {
    case 0:
        if (!read_varint(&at, LONG_VARINT, &ret_field->value)) {
            return false;
        }
        break;
    case 1:
        length = 8;
        break;
    case 2:
        if (!read_varint(&at, SHORT_VARINT, &length)) {
            return false;
        }
        break;
    case 5:
        length = 4;
        break;
    default:
        return false; /* groups, which OTLP never had */
    }
    if (length > at.length) {
        return false;
    }
    ret_field->bytes = (struct hae_view_bytes){at.data, (size_t)length};
    at.data += length;
    at.length -= (size_t)length;
    *left = at;
    return true;
}

static uint8_t wire_type_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 1;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return 2;
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return 5;
    default:
        return 0;
    }
}

static enum hae_view_wire_problem complain(struct hae_view_wire_check *check,
                                           enum hae_view_wire_problem problem,
                                           const ProtobufCMessageDescriptor *message,
                                           const char *field, const char *text)
{
    snprintf(check->problem, sizeof(check->problem), "%s%s%s: %s", message->short_name,
             field != NULL ? "." : "", field != NULL ? field : "", text);
    return problem;
}

/* The content of a packed repeated field of numbers. */
static bool packed_is_good(uint8_t element_type, struct hae_view_bytes bytes)
{
    if (element_type == 1 || element_type == 5) {
        return bytes.length % (element_type == 1 ? 8 : 4) == 0;
    }
    uint64_t value;
    while (bytes.length > 0) {
        if (!read_varint(&bytes, LONG_VARINT, &value)) {
            return false;
        }
    }
    return true;
}

static enum hae_view_wire_problem check_message(struct hae_view_wire_check *check,
                                                const ProtobufCMessageDescriptor *message,
                                                struct hae_view_bytes bytes, unsigned depth,
                                                uint64_t *cost);

/* What is wrong with one known field, apart from what is inside a message; NULL
 * for nothing. */
static const char *check_field(const ProtobufCFieldDescriptor *known,
                               const struct hae_view_wire_field *field, uint64_t *cost)
{
    uint8_t wanted = wire_type_of(known->type);
    bool repeated = known->label == PROTOBUF_C_LABEL_REPEATED;
    if (field->wire_type == 2 && wanted != 2 && repeated) {
        *cost += field->bytes.length * 8;
        return packed_is_good(wanted, field->bytes) ? NULL : "broken packed numbers";
    }
    if (field->wire_type != wanted) {
        return "not the wire type of this field";
    }
    if (known->type == PROTOBUF_C_TYPE_STRING &&
        !hae_utf8_valid(field->bytes.data, field->bytes.length)) {
        return "not valid UTF-8";
    }
    return NULL;
}

/* True for the messages that are taken apart by hand, whose size is no matter:
 * request, Resource…, Scope…; in OTLP those are the three outer levels but for
 * the resource, which is field 1 of its level and has no scopes in it. */
static bool is_container(const ProtobufCMessageDescriptor *message, unsigned depth)
{
    return depth < 2 || (depth == 2 && strcmp(message->short_name, "Resource") != 0);
}

static enum hae_view_wire_problem check_nested(struct hae_view_wire_check *check,
                                               const ProtobufCMessageDescriptor *message,
                                               const ProtobufCFieldDescriptor *known,
                                               const struct hae_view_wire_field *field,
                                               unsigned depth, uint64_t *cost)
{
    const ProtobufCMessageDescriptor *nested = known->descriptor;
    uint64_t nested_cost = nested->sizeof_message;
    enum hae_view_wire_problem problem =
        check_message(check, nested, field->bytes, depth + 1, &nested_cost);
    if (problem != HAE_VIEW_WIRE_GOOD) {
        return problem;
    }
    if (!is_container(nested, depth + 1) && nested_cost > check->part_limit) {
        return complain(check, HAE_VIEW_WIRE_TOO_LARGE, message, known->name,
                        "takes too much memory");
    }
    *cost += nested_cost;
    return HAE_VIEW_WIRE_GOOD;
}

static enum hae_view_wire_problem check_message(struct hae_view_wire_check *check,
                                                const ProtobufCMessageDescriptor *message,
                                                struct hae_view_bytes bytes, unsigned depth,
                                                uint64_t *cost)
{
    if (depth > HAE_VIEW_WIRE_DEPTH_MAX) {
        return complain(check, HAE_VIEW_WIRE_MALFORMED, message, NULL, "nested too deep");
    }
    uint64_t seen = 0;
    struct hae_view_wire_field field;
    while (hae_view_wire_next(&bytes, &field)) {
        *cost += FIELD_COST + field.bytes.length;
        const ProtobufCFieldDescriptor *known =
            protobuf_c_message_descriptor_get_field(message, field.number);
        if (known == NULL) {
            continue;
        }
        const char *wrong = check_field(known, &field, cost);
        if (wrong != NULL) {
            return complain(check, HAE_VIEW_WIRE_MALFORMED, message, known->name, wrong);
        }
        if (known->type != PROTOBUF_C_TYPE_MESSAGE) {
            continue;
        }
        if (known->label != PROTOBUF_C_LABEL_REPEATED) {
            uint64_t bit = 1ULL << (known->id & 63);
            if ((seen & bit) != 0 && ++check->merges > HAE_VIEW_WIRE_MERGES_MAX) {
                return complain(check, HAE_VIEW_WIRE_MALFORMED, message, known->name,
                                "given over and over");
            }
            seen |= bit;
        }
        enum hae_view_wire_problem problem =
            check_nested(check, message, known, &field, depth, cost);
        if (problem != HAE_VIEW_WIRE_GOOD) {
            return problem;
        }
    }
    if (bytes.length > 0) {
        return complain(check, HAE_VIEW_WIRE_MALFORMED, message, NULL, "broken or cut short");
    }
    return HAE_VIEW_WIRE_GOOD;
}

enum hae_view_wire_problem hae_view_wire_check(struct hae_view_wire_check *check,
                                               const ProtobufCMessageDescriptor *request,
                                               struct hae_view_bytes body)
{
    uint64_t cost = 0;
    check->merges = 0;
    check->problem[0] = '\0';
    return check_message(check, request, body, 0, &cost);
}
