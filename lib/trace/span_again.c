/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/span_again.h"

#include "trace/span_encode.h"
#include "wire/key.h"
#include "wire/short_attribute.h"

enum { RUN_AT = sizeof(struct hae_span_head), NOT_THERE = 0 };

/* How many bytes the span may still take in its only slot. */
static size_t room(const struct hae_recorder *recorder, const struct hae_slot *slot)
{
    size_t rest = sizeof slot->data - slot->used;
    size_t allowed = recorder->record_size_max - HAE_SPAN_FIXED_MAX -
                     hae_span_head((struct hae_slot *)(uintptr_t)slot)->size_bytes;

    return rest < allowed ? rest : allowed;
}

/* The size of the field at `at`; 0: it is not a short one that lies in the slot. */
static inline uint32_t short_field_size(const struct hae_slot *slot, uint32_t at)
{
    uint32_t left = slot->used - at;
    uint32_t size;

    if (HAE_UNLIKELY(left < 2)) {
        return 0;
    }
    size = slot->data[at + 1] + 2u;
    return HAE_LIKELY(size < 0x80 + 2 && size <= left) ? size : 0;
}

/* Takes in `new_size` bytes, which lie behind the used ones, and takes out the field at `old`, if
 * that is not NOT_THERE. What is new is there before what is old goes: a process that is killed in
 * between has one of them. */
static void exchange(struct hae_slot *slot, uint32_t old, uint32_t new_size)
{
    struct hae_span_head *head = hae_span_head(slot);
    uint32_t old_size = old != NOT_THERE ? short_field_size(slot, old) : 0;
    uint32_t used = slot->used + new_size;

    slot->used = (uint16_t)used;
    if (old_size != 0) {
        memmove(slot->data + old, slot->data + old + old_size, used - old - old_size);
    }
    slot->used = (uint16_t)(used - old_size);
    head->size_bytes += new_size - old_size;
}

bool hae_span_name_again(struct hae_recorder *recorder, uint32_t index, haetae_string name)
{
    struct hae_slot *slot = hae_slot_at(recorder, index);
    uint32_t size;

    /* The name is the first field, until it changes. */
    if (slot->chain != 0 || slot->used == RUN_AT ||
        slot->data[RUN_AT] != HAE_TAG(HAE_OTLP_SPAN_NAME, HAE_WIRE_LENGTH) ||
        short_field_size(slot, RUN_AT) == 0 || room(recorder, slot) < HAE_SHORT_TEXT_MAX + 2) {
        return false;
    }
    size = hae_put_short_text(slot->data + slot->used, HAE_OTLP_SPAN_NAME, name.data, name.length);
    if (size == 0) {
        return false;
    }
    exchange(slot, RUN_AT, size);
    return true;
}

/* Finds the attribute with this key. False: there are fields that are not short. */
static bool find(const struct hae_slot *slot, haetae_string key, uint32_t *ret_at)
{
    uint32_t size;

    *ret_at = NOT_THERE;
    for (uint32_t at = RUN_AT; at < slot->used; at += size) {
        const uint8_t *field = slot->data + at;

        size = short_field_size(slot, at);
        if (HAE_UNLIKELY(size == 0)) {
            return false;
        }
        if (field[0] == HAE_TAG(HAE_OTLP_SPAN_ATTRIBUTES, HAE_WIRE_LENGTH) &&
            size >= key.length + 4 && field[3] == key.length &&
            memcmp(field + 4, key.data, key.length) == 0) {
            *ret_at = at;
            return true;
        }
    }
    return true;
}

bool hae_span_attribute_again(struct hae_recorder *recorder, uint32_t index,
                              const haetae_attribute *attribute)
{
    const struct hae_limits *limits = &hae_span_limits_of[recorder->index]->attributes;
    struct hae_slot *slot = hae_slot_at(recorder, index);
    struct hae_span_head *head = hae_span_head(slot);
    uint8_t *to = slot->data + slot->used;
    const uint8_t *end;
    uint32_t old;

    /* Of keys that were repaired, which the filter then says, others may be the same. */
    if (slot->chain != 0 || head->key_filter == UINT64_MAX || !hae_short_key(attribute->key) ||
        !find(slot, attribute->key, &old) ||
        (old == NOT_THERE && head->attribute_count >= limits->count)) {
        return false;
    }
    end = hae_put_short_attribute(to, to + room(recorder, slot), HAE_OTLP_SPAN_ATTRIBUTES,
                                  attribute, limits->value.length);
    if (end == NULL) {
        return false;
    }
    exchange(slot, old, (uint32_t)(end - to));
    head->attribute_count += old == NOT_THERE;
    head->key_filter |= hae_key_bits(attribute->key.data, attribute->key.length);
    return true;
}
