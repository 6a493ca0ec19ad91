/* SPDX-License-Identifier: Apache-2.0 */
/* A span between its start and its end: what its first slot holds, how a handle
 * finds it, who may change it, and how it becomes an OTLP Span. */
#ifndef HAE_RECORDER_SPAN_SLOT_H
#define HAE_RECORDER_SPAN_SLOT_H

#include "haetae/types.h"
#include "recorder/chain.h"

/* At the beginning of the first slot's data. Behind it, and on through the chain,
 * lie fields of the Span message as they are on the wire: name, trace_state,
 * attributes, events, links, status. Everything else is written when it ends. */
struct hae_span_head {
    uint64_t parent_span_id;
    uint64_t start_unix_ns;
    uint64_t start_tick; /* 0: the start time was given, not measured */

    /* Changed only by who holds HAE_SLOT_BUSY. */
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

enum { HAE_SPAN_TRACE_FLAGS = 0xFF, HAE_SPAN_HAS_TRACE_STATE = 0x100, HAE_SPAN_RECORDING = 0x200 };

/* A handle: generation (32 bits) | 3 bits unused | not recording (1) | recorder + 1
 * (4) | slot (24). */
enum { HAE_HANDLE_RECORDER_SHIFT = 24, HAE_HANDLE_NOT_RECORDING = 1 << 28 };

static inline haetae_span hae_span_handle(uint32_t generation, uint32_t recorder_index,
                                          uint32_t slot, bool recording)
{
    return (uint64_t)generation << 32 | (recording ? 0u : (uint32_t)HAE_HANDLE_NOT_RECORDING) |
           (recorder_index + 1) << HAE_HANDLE_RECORDER_SHIFT | slot;
}

static inline uint32_t hae_handle_slot(haetae_span span)
{
    return (uint32_t)span & HAE_SLOT_INDEX_MAX;
}

static inline uint32_t hae_handle_generation(haetae_span span)
{
    return (uint32_t)(span >> 32);
}

/* The recorder of a handle; NULL when there is none (any more). */
static inline struct hae_recorder *hae_handle_recorder(haetae_span span)
{
    uint32_t number = (uint32_t)span >> HAE_HANDLE_RECORDER_SHIFT & 15;
    struct hae_recorder *recorder;

    if (HAE_UNLIKELY(number - 1 >= HAE_RECORDERS_MAX)) {
        return NULL;
    }
    /* Acquire pairs with the release in hae_registry_add(). */
    recorder = atomic_load_explicit(&hae_recorders[number - 1], memory_order_acquire);
    if (HAE_UNLIKELY(recorder == NULL || hae_handle_slot(span) == 0 ||
                     hae_handle_slot(span) >= recorder->slot_count)) {
        return NULL;
    }
    return recorder;
}

static inline struct hae_span_head *hae_span_head(struct hae_slot *slot)
{
    return (struct hae_span_head *)(void *)slot->data;
}

/* The state of an open span that nobody is changing. */
static inline uint64_t hae_span_open_state(uint32_t generation)
{
    return (uint64_t)generation << 32 | HAE_SLOT_OPEN;
}

/* A copy of what identifies an open span; false when the handle is spent. */
struct hae_span_identity {
    uint64_t trace_id[2];
    uint64_t span_id;
    uint64_t flags;
};
bool hae_span_identify(haetae_span span, struct hae_span_identity *ret_identity);

/* The rare part of hae_span_acquire(): the first look found the slot not free. */
bool hae_span_acquire_contended(struct hae_slot *slot, uint64_t open, bool *ret_contended);

/* Gets the right to change an open span, for a moment: the slot's first index is
 * returned, or 0 when the handle is spent (*ret_contended false) or other threads
 * held it all through a bounded wait (true). */
static inline uint32_t hae_span_acquire(struct hae_recorder *recorder, haetae_span span,
                                        bool *ret_contended)
{
    struct hae_slot *slot = hae_slot_at(recorder, hae_handle_slot(span));
    uint64_t open = hae_span_open_state(hae_handle_generation(span));
    uint64_t seen = open;

    /* Acquire pairs with the release in hae_span_release(): we see what the last
     * who changed the span wrote. */
    if (HAE_UNLIKELY(
            !atomic_compare_exchange_strong_explicit(&slot->state, &seen, open | HAE_SLOT_BUSY,
                                                     memory_order_acquire, memory_order_relaxed)) &&
        !hae_span_acquire_contended(slot, open, ret_contended)) {
        return 0;
    }
    return hae_handle_slot(span);
}

/* The rare part of hae_span_release(): ends the span as somebody asked. */
void hae_span_end_asked(struct hae_recorder *recorder, haetae_span span);

/* Gives the right back. Ends the span when that was asked for meanwhile. */
static inline void hae_span_release(struct hae_recorder *recorder, haetae_span span)
{
    struct hae_slot *slot = hae_slot_at(recorder, hae_handle_slot(span));
    uint64_t open = hae_span_open_state(hae_handle_generation(span));
    uint64_t seen = open | HAE_SLOT_BUSY;

    /* Release pairs with the acquire in hae_span_acquire(). On failure somebody has
     * asked for the end: acquire pairs with the release in ask_to_end(), when the time
     * is there already. */
    if (HAE_UNLIKELY(!atomic_compare_exchange_strong_explicit(
            &slot->state, &seen, open, memory_order_release, memory_order_acquire))) {
        hae_span_end_asked(recorder, span);
    }
}

/* The present time of a span, as its end would have it: of one whose start was measured
 * by the counter from there on, so that a step of the wall clock does not show. */
static inline uint64_t hae_span_now_unix_ns(const struct hae_clock *clock,
                                            const struct hae_span_head *head)
{
    return HAE_LIKELY(head->start_tick != 0)
               ? head->start_unix_ns +
                     hae_clock_elapsed_ns(clock, head->start_tick, hae_clock_tick(clock))
               : hae_clock_now_unix_ns(clock);
}

/* Ends the span: it becomes a record and its slots are free. `end_unix_ns` 0: now.
 * Nothing but a count when the handle is spent. */
void hae_span_finish(struct hae_recorder *recorder, haetae_span span, uint64_t end_unix_ns);

/* The bytes that the Span message has beside the run of fields, at most, and what the
 * copying of the run may write behind it. */
enum { HAE_SPAN_FIXED_MAX = 88 + HAE_GATHER_SLACK };

/* Writes the Span message of a first slot whose end time is set; returns its size.
 * `to` has room for HAE_SPAN_FIXED_MAX + head.size_bytes. */
uint32_t hae_span_encode(struct hae_recorder *recorder, uint32_t index, uint8_t *to);

#endif
