/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/span_encode.h"

static uint8_t *put_count(uint8_t *at, uint8_t tag, uint32_t count)
{
    if (HAE_UNLIKELY(count != 0)) {
        *at++ = tag;
        at = hae_put_varint(at, count);
    }
    return at;
}

HAE_COLD uint8_t *hae_span_put_dropped_counts(uint8_t *at, const struct hae_span_head *head)
{
    at = put_count(at, HAE_TAG(HAE_OTLP_SPAN_DROPPED_ATTRIBUTES_COUNT, HAE_WIRE_VARINT),
                   head->dropped_attribute_count);
    at = put_count(at, HAE_TAG(HAE_OTLP_SPAN_DROPPED_EVENTS_COUNT, HAE_WIRE_VARINT),
                   head->dropped_event_count);
    return put_count(at, HAE_TAG(HAE_OTLP_SPAN_DROPPED_LINKS_COUNT, HAE_WIRE_VARINT),
                     head->dropped_link_count);
}

uint8_t *hae_span_put_open_mark(uint8_t *at)
{
    static const char key[] = "haetae.recovered.open";
    enum { KEY_LENGTH = sizeof key - 1 };
    _Static_assert(KEY_LENGTH + 8 == HAE_SPAN_OPEN_MARK_SIZE, "room is kept for it");

    *at++ = HAE_TAG(HAE_OTLP_SPAN_ATTRIBUTES, HAE_WIRE_LENGTH);
    *at++ = 2 + KEY_LENGTH + 4;
    *at++ = HAE_TAG(HAE_OTLP_KEY_VALUE_KEY, HAE_WIRE_LENGTH);
    *at++ = KEY_LENGTH;
    memcpy(at, key, KEY_LENGTH);
    at += KEY_LENGTH;
    *at++ = HAE_TAG(HAE_OTLP_KEY_VALUE_VALUE, HAE_WIRE_LENGTH);
    *at++ = 2;
    *at++ = HAE_TAG(HAE_OTLP_ANY_VALUE_BOOL_VALUE, HAE_WIRE_VARINT);
    *at++ = 1;
    return at;
}

uint32_t hae_span_encode(struct hae_recorder *recorder, uint32_t index, uint8_t *to)
{
    struct hae_slot *slot = hae_slot_at(recorder, index);
    uint64_t end_unix_ns = atomic_load_explicit(&slot->end_unix_ns, memory_order_relaxed);
    uint8_t *at = hae_span_put_fixed_fields(to, slot, end_unix_ns);
    size_t room = recorder->record_size_max - (size_t)(at - to) - HAE_SPAN_OPEN_MARK_SIZE;
    uint8_t *end = hae_chain_gather_within(recorder, index, sizeof(struct hae_span_head), at, room);

    if (end != NULL && (hae_span_word(slot, HAE_IDENTITY_FLAGS) & HAE_SPAN_LEFT_OPEN) != 0) {
        end = hae_span_put_open_mark(end);
    }
    return end != NULL ? (uint32_t)(end - to) : 0;
}
