/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_message.h"

#include <string.h>

#include "base/hex.h"
#include "wire/envelope.h"
#include "wire/wire.h"

static uint8_t *put_before(uint8_t *at, const uint8_t *data, size_t size_bytes)
{
    return size_bytes > 0 ? memcpy(at - size_bytes, data, size_bytes) : at;
}

/* Writes the tag and the length of what lies between `at` and `end`. */
static uint8_t *put_head(uint8_t *at, const uint8_t *end, unsigned field)
{
    size_t size = (size_t)(end - at);

    at -= 1 + hae_varint_size(size);
    *at = HAE_TAG(field, HAE_WIRE_LENGTH);
    hae_put_varint(at + 1, size);
    return at;
}

/* Written from its end to its beginning, so that lengths are known when they are written. */
const uint8_t *hae_kafka_plan_message(struct hae_kafka_plan *plan, uint32_t part,
                                      size_t *ret_size_bytes)
{
    uint32_t number = plan->parts[part].last;
    uint8_t *end, *resource_end, *scope_end, *at;

    if (plan->request != NULL) {
        *ret_size_bytes = plan->request_bytes;
        return plan->request;
    }
    end = resource_end = scope_end = at = plan->buffer + plan->buffer_bytes;
    while (number != 0) {
        const struct hae_kafka_item *item = &plan->items[number - 1];
        const struct hae_kafka_item *before =
            item->previous != 0 ? &plan->items[item->previous - 1] : NULL;
        const struct hae_kafka_block *scope = &plan->scopes[item->scope];
        const struct hae_kafka_block *resource = &plan->resources[scope->parent];

        at = put_before(at, item->field, item->size_bytes);
        if (before == NULL || before->scope != item->scope) {
            at = put_before(at, scope->data, scope->size_bytes);
            at = scope_end = put_head(at, scope_end, HAE_ENVELOPE_SCOPES);
        }
        if (before == NULL || plan->scopes[before->scope].parent != scope->parent) {
            at = put_before(at, resource->data, resource->size_bytes);
            at = scope_end = resource_end = put_head(at, resource_end, HAE_ENVELOPE_RESOURCES);
        }
        number = item->previous;
    }
    *ret_size_bytes = (size_t)(end - at);
    return at;
}

size_t hae_kafka_plan_key(const struct hae_kafka_plan *plan, uint32_t part,
                          char ret_key[HAE_KAFKA_KEY_BYTES])
{
    const struct hae_kafka_part *found = &plan->parts[part];

    return found->has_id ? (size_t)(hae_put_hex(ret_key, found->id, HAE_KAFKA_ID_BYTES) - ret_key)
                         : 0;
}
