/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include <stdbool.h>
#include <stdlib.h>

struct bytes {
    const uint8_t *at;
    const uint8_t *end;
};

static bool read_varint(struct bytes *in, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && in->at < in->end; shift += 7) {
        uint8_t byte = *in->at++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

/* Reads one field and steps over its value; `ret_content` is the value of a
 * length-delimited field, and empty for the others. */
static bool read_field(struct bytes *in, uint64_t *ret_number, struct bytes *ret_content)
{
    uint64_t tag = 0;
    uint64_t length = 0;
    if (!read_varint(in, &tag)) {
        return false;
    }
    *ret_number = tag >> 3;
    bool delimited = false;
    switch (tag & 7) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        return read_varint(in, &length);
    case PROTOBUF_C_WIRE_TYPE_64BIT:
        length = 8;
        break;
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        length = 4;
        break;
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
        delimited = true;
        if (!read_varint(in, &length)) {
            return false;
        }
        break;
    default:
        return false;
    }
    if (length > (uint64_t)(in->end - in->at)) {
        return false;
    }
    if (delimited) {
        ret_content->at = in->at;
        ret_content->end = in->at + length;
    }
    in->at += length;
    return true;
}

static bool depth_is_within(const ProtobufCMessageDescriptor *type, struct bytes in, unsigned left)
{
    if (left == 0) {
        return false;
    }
    while (in.at < in.end) {
        uint64_t number = 0;
        struct bytes content = {NULL, NULL};
        if (!read_field(&in, &number, &content)) {
            return false;
        }
        if (content.at == NULL || number == 0 || number > UINT32_MAX) {
            continue;
        }
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(type, (unsigned)number);
        if (field != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE &&
            !depth_is_within(field->descriptor, content, left - 1)) {
            return false;
        }
    }
    return true;
}

/* Memory of one unpacking. protobuf-c says NULL for a malformed message as for a
 * failed allocation; the two flags tell them apart. What is freed on the way is
 * not given back to `left`. */
struct memory {
    size_t left;
    bool over_limit;
    bool failed;
};

static void *take(void *data, size_t size)
{
    struct memory *memory = data;
    if (size > memory->left) {
        memory->over_limit = true;
        return NULL;
    }
    memory->left -= size;
    void *pointer = malloc(size);
    memory->failed = memory->failed || pointer == NULL;
    return pointer;
}

static void give_back(void *data, void *pointer)
{
    (void)data;
    free(pointer);
}

enum hae_con_decode_status hae_con_decode(const ProtobufCMessageDescriptor *type,
                                          const uint8_t *data, size_t size,
                                          ProtobufCMessage **ret_message)
{
    /* An empty body may be NULL. */
    struct bytes body = {data, size > 0 ? data + size : data};
    if (!depth_is_within(type, body, HAE_CON_DECODE_DEPTH_MAX)) {
        return HAE_CON_DECODE_MALFORMED;
    }
    struct memory memory = {.left = HAE_CON_DECODE_MEMORY_MAX};
    ProtobufCAllocator allocator = {take, give_back, &memory};
    ProtobufCMessage *message = protobuf_c_message_unpack(type, &allocator, size, data);
    if (message != NULL) {
        *ret_message = message;
        return HAE_CON_DECODE_OK;
    }
    if (memory.over_limit) {
        return HAE_CON_DECODE_TOO_LARGE;
    }
    return memory.failed ? HAE_CON_DECODE_NO_MEMORY : HAE_CON_DECODE_MALFORMED;
}

void hae_con_decode_free(ProtobufCMessage *message)
{
    if (message != NULL) {
        ProtobufCAllocator allocator = {take, give_back, NULL};
        protobuf_c_message_free_unpacked(message, &allocator);
    }
}
