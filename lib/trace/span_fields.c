/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/span_fields.h"

#include "trace/span_scan.h"
#include "wire/otlp.h"
#include "wire/short_attribute.h"

/* Makes what was written a part of the chain, so that it can be read. */
static void settle(struct hae_fields *fields)
{
    hae_fields_end(fields);
    hae_fields_begin(fields, fields->chain.recorder, fields->slot);
}

/* Finds the first field with this tag, and this key where one is given. */
static bool find_field(struct hae_fields *fields, uint8_t tag, const struct hae_text *key,
                       struct hae_span_field *ret_field)
{
    settle(fields);
    return hae_span_find_field(fields->chain.recorder, fields->slot, tag, key, ret_field);
}

/* Removes a field. The caller has already written its successor behind it, so that the old field
 * stays when the new one does not fit. */
static void remove_field(struct hae_fields *fields, const struct hae_span_field *field)
{
    settle(fields);
    fields->head->last_slot = hae_chain_remove(field->begin, field->end);
    fields->head->size_bytes -= (uint32_t)hae_field_size(field->content_size);
    hae_fields_begin(fields, fields->chain.recorder, fields->slot);
}

/* ---- Attributes ------------------------------------------------------------------ */

/* The bit of a key in the filter. As long as it is not set the key is new, and the fields need no
 * search. */
static inline uint64_t key_bit(haetae_string key)
{
    size_t length = key.length;
    uint64_t h = length;

    /* The end of a key: keys differ there more often than at the beginning. */
    if (HAE_LIKELY(length >= 8)) {
        h ^= hae_load64(key.data + length - 8);
    } else if (length >= 4) {
        h ^= (uint64_t)hae_load32(key.data) << 8 ^ (uint64_t)hae_load32(key.data + length - 4)
                                                       << 24;
    } else {
        h ^= (uint64_t)(uint8_t)key.data[0] << 8 | (uint64_t)(uint8_t)key.data[length - 1] << 16;
    }
    return UINT64_C(1) << ((h * UINT64_C(0x9E3779B97F4A7C15)) >> 58);
}

/* Bytes of fields that one call looks through for keys that are set already, at most. Beyond that
 * it takes keys for new: a list of any length stays as cheap as its attributes. */
enum { SEARCH_BYTES_MAX = 4 << 20 };

/* Whether the key is set already, and where. Keys are compared as they are recorded. */
static bool find_attribute(struct hae_fields *fields, const struct hae_text *key,
                           size_t *search_bytes, struct hae_span_field *ret_field)
{
    size_t cost;

    settle(fields);
    cost = fields->head->size_bytes;
    if (cost > *search_bytes) {
        *search_bytes = 0;
        return false;
    }
    *search_bytes -= cost;
    return hae_span_find_field(fields->chain.recorder, fields->slot,
                               HAE_TAG(HAE_OTLP_SPAN_ATTRIBUTES, HAE_WIRE_LENGTH), key, ret_field);
}

static inline void put_attribute(struct hae_fields *fields, const haetae_attribute *attribute,
                                 size_t *search_bytes)
{
    struct hae_span_head *head = fields->head;
    bool replaces = false;
    struct hae_span_field old;
    struct hae_text key;
    uint64_t bits;

    if (HAE_UNLIKELY(hae_string_length(attribute->key) == 0 || !hae_string_valid(attribute->key))) {
        head->dropped_attribute_count++;
        return;
    }
    key = hae_text_of(attribute->key, HAE_NO_LIMIT);
    /* One that is repaired may come again in any other form. */
    bits = HAE_LIKELY(key.valid) ? key_bit(attribute->key) : UINT64_MAX;
    if (HAE_UNLIKELY((head->key_filter & bits) != 0)) {
        replaces = find_attribute(fields, &key, search_bytes, &old);
    }
    if (HAE_UNLIKELY((!replaces && head->attribute_count >= fields->limits->attributes.count) ||
                     hae_put_attribute_inline(&fields->chain.sink, HAE_OTLP_SPAN_ATTRIBUTES,
                                              attribute,
                                              &fields->limits->attributes.value) != HAE_PUT_OK)) {
        head->dropped_attribute_count++;
        return;
    }
    head->key_filter |= bits;
    if (HAE_UNLIKELY(replaces)) {
        remove_field(fields, &old);
    } else {
        head->attribute_count++;
    }
}

void hae_fields_attributes(struct hae_fields *fields, const haetae_attribute *attributes,
                           size_t count)
{
    size_t search_bytes = SEARCH_BYTES_MAX;

    if (HAE_UNLIKELY(!hae_attributes_valid(attributes, count))) {
        fields->head->dropped_attribute_count += count != 0;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        put_attribute(fields, &attributes[i], &search_bytes);
    }
}

size_t hae_span_put_short_attributes(struct hae_recorder *recorder, uint32_t slot,
                                     const haetae_attribute *attributes, size_t count)
{
    const struct hae_limits *limits = &hae_span_limits_of[recorder->index]->attributes;
    struct hae_span_head *head = hae_span_head(hae_slot_at(recorder, slot));
    struct hae_slot *last = hae_slot_at(recorder, head->last_slot);
    size_t rest = sizeof last->data - last->used;
    size_t allowed = recorder->record_size_max - HAE_SPAN_FIXED_MAX - head->size_bytes;
    uint8_t *begin = last->data + last->used;
    const uint8_t *end = begin + (HAE_LIKELY(rest < allowed) ? rest : allowed);
    size_t fit = limits->count - head->attribute_count;
    size_t value_limit = limits->value.length;
    uint64_t filter = head->key_filter;
    uint8_t *at = begin;
    size_t i;

    fit = HAE_LIKELY(count < fit) ? count : fit;
    for (i = 0; i < fit; i++) {
        const haetae_attribute *attribute = &attributes[i];
        uint64_t bit;
        uint8_t *to;

        if (HAE_UNLIKELY(!hae_short_key(attribute->key))) {
            break;
        }
        bit = key_bit(attribute->key);
        if (HAE_UNLIKELY((filter & bit) != 0)) {
            break;
        }
        to = hae_put_short_attribute(at, end, HAE_OTLP_SPAN_ATTRIBUTES, attribute, value_limit);
        if (HAE_UNLIKELY(to == NULL)) {
            break;
        }
        filter |= bit;
        at = to;
    }
    last->used = (uint16_t)(at - last->data);
    head->size_bytes += (uint32_t)(at - begin);
    head->key_filter = filter;
    head->attribute_count += (uint32_t)i;
    return i;
}

void hae_span_put_other_attributes(struct hae_recorder *recorder, uint32_t slot,
                                   const haetae_attribute *attributes, size_t count)
{
    struct hae_fields fields;

    hae_fields_begin(&fields, recorder, slot);
    hae_fields_attributes(&fields, attributes, count);
    hae_fields_end(&fields);
}

/* ---- Single fields ------------------------------------------------------------------ */

bool hae_fields_name(struct hae_fields *fields, haetae_string name)
{
    struct hae_span_field old;
    bool replaces = find_field(fields, HAE_TAG(HAE_OTLP_SPAN_NAME, HAE_WIRE_LENGTH), NULL, &old);

    if (!hae_put_text_field(&fields->chain.sink, HAE_OTLP_SPAN_NAME, name)) {
        return false;
    }
    if (replaces) {
        remove_field(fields, &old);
    }
    return true;
}

void hae_fields_trace_state(struct hae_fields *fields, haetae_string trace_state, uint64_t number)
{
    bool kept = hae_put_text_field(&fields->chain.sink, HAE_OTLP_SPAN_TRACE_STATE, trace_state);

    if (kept || number != 0) {
        /* Relaxed: the thread that starts the span publishes it afterwards. */
        atomic_fetch_or_explicit(
            &hae_slot_at(fields->chain.recorder, fields->slot)->identity[HAE_IDENTITY_FLAGS],
            HAE_SPAN_HAS_TRACE_STATE | number << HAE_SPAN_TRACE_STATE_SHIFT, memory_order_relaxed);
    }
}

void hae_fields_status(struct hae_fields *fields, haetae_span_status code,
                       haetae_string description)
{
    struct hae_sink *sink = &fields->chain.sink;
    struct hae_text text = {NULL, 0, 0, true};
    struct hae_span_field old;
    bool replaces;

    if (fields->head->status_code == HAETAE_SPAN_STATUS_OK || code == HAETAE_SPAN_STATUS_UNSET) {
        return;
    }
    replaces = fields->head->status_code != HAETAE_SPAN_STATUS_UNSET &&
               find_field(fields, HAE_TAG(HAE_OTLP_SPAN_STATUS, HAE_WIRE_LENGTH), NULL, &old);
    if (code == HAETAE_SPAN_STATUS_ERROR && hae_string_valid(description)) {
        text = hae_text_of(description, HAE_NO_LIMIT);
    }
    if (!hae_put_message_head(sink, HAE_OTLP_SPAN_STATUS, hae_text_field_size(text) + 2)) {
        text.size = 0; /* no room for both: the code matters more */
        if (!hae_put_message_head(sink, HAE_OTLP_SPAN_STATUS, 2)) {
            return;
        }
    }
    hae_sink_put_text_field(sink, HAE_OTLP_STATUS_MESSAGE, text);
    hae_sink_put_byte(sink, HAE_TAG(HAE_OTLP_STATUS_CODE, HAE_WIRE_VARINT));
    hae_sink_put_byte(sink, (uint8_t)code);
    fields->head->status_code = (uint8_t)code;
    if (replaces) {
        remove_field(fields, &old);
    }
}
