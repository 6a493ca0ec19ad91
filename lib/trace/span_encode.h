/* SPDX-License-Identifier: Apache-2.0 */
/* How an open span becomes an OTLP Span: the fields that its head holds, and behind them the run
 * of fields that span_fields.c and span_event.c encoded as they were set. */
#ifndef HAETAE_TRACE_SPAN_ENCODE_H
#define HAETAE_TRACE_SPAN_ENCODE_H

#include "recorder/chain.h"
#include "trace/span_slot.h"
#include "wire/otlp.h"

/* The bytes that the Span message has beside the run of fields, at most, and what the
 * copying of the run may write behind it. */
enum { HAE_SPAN_OPEN_MARK_SIZE = 29 };
enum { HAE_SPAN_FIXED_MAX = 88 + HAE_SPAN_OPEN_MARK_SIZE + HAE_GATHER_SLACK };

/* Writes the Span message of a first slot whose end time is set; returns its size, at most
 * record_size_max, for which `to` has room. 0: somebody has written over the span. */
uint32_t hae_span_encode(struct hae_recorder *recorder, uint32_t index, uint8_t *to);

/* Writes the attribute that marks a span which had not ended: haetae.recovered.open = true.
 * HAE_SPAN_OPEN_MARK_SIZE bytes; returns their end. */
uint8_t *hae_span_put_open_mark(uint8_t *at);

/* The rare part of hae_span_put_fixed_fields(). */
uint8_t *hae_span_put_dropped_counts(uint8_t *at, const struct hae_span_head *head);

/* Offsets instead of a moving pointer, so that tag and length of a field, and of the next one,
 * are one constant. */
static inline uint8_t *hae_span_put_fixed_fields(uint8_t *at, struct hae_slot *slot,
                                                 uint64_t end_unix_ns)
{
    const struct hae_span_head *head = hae_span_head(slot);
    uint64_t flags = hae_span_word(slot, HAE_IDENTITY_FLAGS);

    at[0] = HAE_TAG(HAE_OTLP_SPAN_TRACE_ID, HAE_WIRE_LENGTH);
    at[1] = 16;
    hae_store64(at + 2, hae_span_word(slot, HAE_IDENTITY_TRACE_ID));
    hae_store64(at + 10, hae_span_word(slot, HAE_IDENTITY_TRACE_ID + 1));
    at[18] = HAE_TAG(HAE_OTLP_SPAN_SPAN_ID, HAE_WIRE_LENGTH);
    at[19] = 8;
    hae_store64(at + 20, hae_span_word(slot, HAE_IDENTITY_SPAN_ID));
    /* Without a parent the next field takes the place of its id: no branch to mispredict. */
    at[28] = HAE_TAG(HAE_OTLP_SPAN_PARENT_SPAN_ID, HAE_WIRE_LENGTH);
    at[29] = 8;
    hae_store64(at + 30, head->parent_span_id);
    at += head->parent_span_id != 0 ? 38 : 28;
    at[0] = HAE_TAG(HAE_OTLP_SPAN_KIND, HAE_WIRE_VARINT);
    at[1] = head->kind;
    at[2] = HAE_TAG(HAE_OTLP_SPAN_START_TIME_UNIX_NANO, HAE_WIRE_FIXED64);
    hae_put_fixed64(at + 3, head->start_unix_ns);
    at[11] = HAE_TAG(HAE_OTLP_SPAN_END_TIME_UNIX_NANO, HAE_WIRE_FIXED64);
    at = hae_put_fixed64(at + 12, end_unix_ns);
    if (HAE_UNLIKELY((head->dropped_attribute_count | head->dropped_event_count |
                      head->dropped_link_count) != 0)) {
        at = hae_span_put_dropped_counts(at, head);
    }
    at[0] = HAE_TAG_FIRST(HAE_OTLP_SPAN_FLAGS, HAE_WIRE_FIXED32);
    at[1] = HAE_TAG_SECOND(HAE_OTLP_SPAN_FLAGS);
    return hae_put_fixed32(at + 2, (uint32_t)(flags & HAE_SPAN_TRACE_FLAGS) |
                                       HAE_OTLP_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK |
                                       (uint32_t)head->parent_is_remote << 9);
}

/* The same as hae_span_encode() with the end time as an argument; inline in the call that ends a
 * span. */
static inline uint32_t hae_span_encode_at(struct hae_recorder *recorder, uint32_t index,
                                          uint64_t end_unix_ns, uint8_t *to)
{
    uint8_t *at = hae_span_put_fixed_fields(to, hae_slot_at(recorder, index), end_unix_ns);

    return (uint32_t)(hae_chain_gather(recorder, index, sizeof(struct hae_span_head), at) - to);
}

#endif
