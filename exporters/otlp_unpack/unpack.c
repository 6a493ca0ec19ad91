/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_unpack/unpack.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "otlp_unpack/nul_mark.h"
#include "wire/reader.h"

/* Whether it is a message, and how deep messages nest in it: `left` levels at most. */
static enum hae_unpacked check_depth(const ProtobufCMessageDescriptor *type,
                                     struct hae_reader reader, unsigned left)
{
    struct hae_field field;

    if (left == 0) {
        return HAE_UNPACK_TOO_DEEP;
    }
    while (hae_read_field(&reader, &field)) {
        const ProtobufCFieldDescriptor *known =
            protobuf_c_message_descriptor_get_field(type, field.number);
        enum hae_unpacked inner = HAE_UNPACKED;

        if (known != NULL && known->type == PROTOBUF_C_TYPE_MESSAGE &&
            field.type == HAE_WIRE_LENGTH) {
            inner = check_depth(known->descriptor, hae_reader_over(field.data, field.size_bytes),
                                left - 1);
        }
        if (inner != HAE_UNPACKED) {
            return inner;
        }
    }
    return reader.at == reader.end ? HAE_UNPACKED : HAE_UNPACK_MALFORMED;
}

/* ---- Unpacking --------------------------------------------------------------------------- */

/* Memory of one unpacking. protobuf-c returns NULL for a malformed message as for a failed
 * allocation; the two flags tell them apart. What is freed meanwhile is not given back to
 * `left_bytes`. */
struct memory {
    size_t left_bytes;
    bool over_limit;
    bool failed;
};

static void *take(void *user, size_t size_bytes)
{
    struct memory *memory = user;

    if (size_bytes > memory->left_bytes) {
        memory->over_limit = true;
        return NULL;
    }
    memory->left_bytes -= size_bytes;
    void *block = malloc(size_bytes);
    memory->failed = memory->failed || block == NULL;
    return block;
}

static void give_back(void *user, void *block)
{
    (void)user;
    free(block);
}

static enum hae_unpacked unpack(const ProtobufCMessageDescriptor *type, const uint8_t *data,
                                size_t size_bytes, ProtobufCMessage **ret_message)
{
    struct memory memory = {.left_bytes = HAE_UNPACK_MEMORY_MAX};
    ProtobufCAllocator allocator = {take, give_back, &memory};
    ProtobufCMessage *message = protobuf_c_message_unpack(type, &allocator, size_bytes, data);

    if (message != NULL) {
        *ret_message = message;
        return HAE_UNPACKED;
    }
    if (memory.over_limit) {
        return HAE_UNPACK_TOO_LARGE;
    }
    return memory.failed ? HAE_UNPACK_NO_MEMORY : HAE_UNPACK_MALFORMED;
}

/* Unpacks a copy in which the marks are. */
static enum hae_unpacked unpack_marked(const ProtobufCMessageDescriptor *type, const uint8_t *data,
                                       size_t size_bytes, ProtobufCMessage **ret_message)
{
    uint8_t *copy = malloc(size_bytes);
    enum hae_unpacked unpacked;

    if (copy == NULL) {
        return HAE_UNPACK_NO_MEMORY;
    }
    memcpy(copy, data, size_bytes);
    (void)hae_mark_nuls(type, data, size_bytes, copy);
    unpacked = unpack(type, copy, size_bytes, ret_message);
    free(copy);
    return unpacked;
}

enum hae_unpacked hae_unpack(const ProtobufCMessageDescriptor *type, const uint8_t *data,
                             size_t size_bytes, ProtobufCMessage **ret_message)
{
    enum hae_unpacked checked;

    if (size_bytes == 0) {
        return unpack(type, data, size_bytes, ret_message);
    }
    checked = check_depth(type, hae_reader_over(data, size_bytes), HAE_UNPACK_DEPTH_MAX);
    if (checked != HAE_UNPACKED) {
        return checked;
    }
    return hae_mark_nuls(type, data, size_bytes, NULL)
               ? unpack_marked(type, data, size_bytes, ret_message)
               : unpack(type, data, size_bytes, ret_message);
}

void hae_unpack_free(ProtobufCMessage *message)
{
    ProtobufCAllocator allocator = {take, give_back, NULL};

    if (message != NULL) {
        protobuf_c_message_free_unpacked(message, &allocator);
    }
}
