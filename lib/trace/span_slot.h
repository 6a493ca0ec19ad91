/* SPDX-License-Identifier: Apache-2.0 */
/* What an open span keeps in its slots: this head, and behind it fields of the Span message. */
#ifndef HAETAE_TRACE_SPAN_SLOT_H
#define HAETAE_TRACE_SPAN_SLOT_H

#include "context/span_identity.h"
#include "haetae/trace.h"
#include "recorder/format_mark.h"
#include "recorder/open_record.h"

/* At the beginning of the first slot's data. Behind it, and on through the chain,
 * lie fields of the Span message as they are on the wire: name, trace_state,
 * attributes, events, links, status. Everything else is written when it ends. */
struct hae_span_head {
    uint64_t parent_span_id;
    uint64_t start_unix_ns;
    uint64_t start_tick; /* 0: the start time was given, not measured */

    /* Changed only by the thread that holds HAE_SLOT_BUSY. */
    uint32_t last_slot;
    uint32_t size_bytes; /* of the run of fields */
    uint64_t key_filter; /* a bit for each attribute key's hash */
    uint32_t attribute_count;
    uint32_t event_count;
    uint32_t link_count;
    uint32_t dropped_attribute_count;
    uint32_t dropped_event_count;
    uint32_t dropped_link_count;
    uint8_t status_code;
    uint8_t kind;
    uint8_t parent_is_remote;
    uint8_t reserved[13];
};
_Static_assert(sizeof(struct hae_span_head) % 16 == 0, "a gather begins behind it");

static inline struct hae_span_head *hae_span_head(struct hae_slot *slot)
{
    return (struct hae_span_head *)(void *)slot->data;
}

/* The kind that is recorded for any number. */
static inline int32_t hae_span_kind(int32_t kind)
{
    return kind >= HAETAE_SPAN_KIND_INTERNAL && kind <= HAETAE_SPAN_KIND_CONSUMER
               ? kind
               : HAETAE_SPAN_KIND_INTERNAL;
}

/* The present time of a span, as its end would have it: of one whose start was measured
 * by the counter from there on, so that a step of the wall clock does not show. */
static HAE_ALWAYS_INLINE uint64_t hae_span_now_unix_ns(const struct hae_clock *clock,
                                                       const struct hae_span_head *head)
{
    return HAE_LIKELY(head->start_tick != 0)
               ? head->start_unix_ns +
                     hae_clock_elapsed_ns(clock, head->start_tick, hae_clock_tick(clock))
               : hae_clock_now_unix_ns(clock);
}

/* The fields of the head, as HAE_FORMAT_FIELDS() has those of the recorder. */
#define HAE_SPAN_FIELDS(FIELD, LAST)                                                               \
    FIELD(hae_span_head, parent_span_id)                                                           \
    FIELD(hae_span_head, start_unix_ns)                                                            \
    FIELD(hae_span_head, start_tick)                                                               \
    FIELD(hae_span_head, last_slot)                                                                \
    FIELD(hae_span_head, size_bytes)                                                               \
    FIELD(hae_span_head, key_filter)                                                               \
    FIELD(hae_span_head, attribute_count)                                                          \
    FIELD(hae_span_head, event_count)                                                              \
    FIELD(hae_span_head, link_count)                                                               \
    FIELD(hae_span_head, dropped_attribute_count)                                                  \
    FIELD(hae_span_head, dropped_event_count)                                                      \
    FIELD(hae_span_head, dropped_link_count)                                                       \
    FIELD(hae_span_head, status_code)                                                              \
    FIELD(hae_span_head, kind)                                                                     \
    FIELD(hae_span_head, parent_is_remote)                                                         \
    FIELD(hae_span_head, reserved)

/* Adds them to the mark of a region's layout. */
uint64_t hae_span_mark_add(uint64_t mark);

#endif
