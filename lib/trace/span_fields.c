/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/span_fields.h"

#include "trace/span_again.h"
#include "trace/span_scan.h"
#include "trace/span_short.h"

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
    bits = HAE_LIKELY(key.valid) ? hae_key_bits(attribute->key.data, attribute->key.length)
                                 : UINT64_MAX;
    if (HAE_UNLIKELY(key.valid ? hae_key_maybe_there(head->key_filter, bits)
                               : head->key_filter != 0)) {
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
    struct hae_span_head *head = hae_span_head(hae_slot_at(recorder, slot));
    struct hae_slot *last = hae_slot_at(recorder, head->last_slot);
    size_t rest = sizeof last->data - last->used;
    size_t allowed = recorder->record_size_max - HAE_SPAN_FIXED_MAX - head->size_bytes;
    uint8_t *begin = last->data + last->used;
    struct hae_short_list list = {.at = begin,
                                  .end = begin + (HAE_LIKELY(rest < allowed) ? rest : allowed)};

    hae_span_put_short_list(&list, hae_span_limits_of[recorder->index], head, attributes, count);
    last->used = (uint16_t)(list.at - last->data);
    head->size_bytes += (uint32_t)(list.at - begin);
    head->key_filter = list.key_filter;
    head->attribute_count += (uint32_t)list.done;
    return list.done;
}

/* Attributes of one call that are set again by themselves; more have one bound together, that of
 * hae_fields_attributes(). */
enum { AGAIN_MAX = 64 };

/* Adds those of a valid list that the usual span has already, and short ones between them; returns
 * how many, up to the first that is of another kind. */
static HAE_ALWAYS_INLINE size_t put_again(struct hae_recorder *recorder, uint32_t slot,
                                          const haetae_attribute *attributes, size_t count)
{
    size_t done = 0;

    for (int again = 0; again < AGAIN_MAX && done < count &&
                        hae_span_attribute_again(recorder, slot, &attributes[done]);
         again++) {
        done++;
        done += hae_span_put_short_attributes(recorder, slot, attributes + done, count - done);
    }
    return done;
}

void hae_span_put_other_attributes(struct hae_recorder *recorder, uint32_t slot,
                                   const haetae_attribute *attributes, size_t count)
{
    struct hae_fields fields;

    if (hae_attributes_valid(attributes, count)) {
        size_t done = put_again(recorder, slot, attributes, count);

        attributes += done;
        count -= done;
    }
    if (count != 0) {
        hae_fields_begin(&fields, recorder, slot);
        hae_fields_attributes(&fields, attributes, count);
        hae_fields_end(&fields);
    }
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
