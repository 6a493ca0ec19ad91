/* SPDX-License-Identifier: Apache-2.0 */
/* What identifies a span: the words of hae_slot.identity, and the same once read. */
#ifndef HAETAE_CONTEXT_SPAN_IDENTITY_H
#define HAETAE_CONTEXT_SPAN_IDENTITY_H

#include "haetae/context.h"
#include "recorder/open_record.h"

/* Which word is what. */
enum { HAE_IDENTITY_TRACE_ID = 0, HAE_IDENTITY_SPAN_ID = 2, HAE_IDENTITY_FLAGS = 3 };

/* The last word: the trace flags in the low byte, these, and in the high 48 bits the number of the
 * tracestate in the store, as it was when the span started. */
enum {
    HAE_SPAN_TRACE_FLAGS = 0xFF,
    HAE_SPAN_HAS_TRACE_STATE = 0x100,
    HAE_SPAN_RECORDING = 0x200, /* what is set is kept, and shown to processors */
    HAE_SPAN_PLAIN = 0x400,     /* sampled, and no processor sees the span */
    HAE_SPAN_LEFT_OPEN = 0x800, /* the shutdown has ended it */
    HAE_SPAN_SHOWN = 0x1000,    /* processors have seen it start, and are to see it end */
    HAE_SPAN_FLAGS_PLAIN = HAE_SPAN_PLAIN | HAE_SPAN_RECORDING | HAETAE_TRACE_FLAG_SAMPLED,
    HAE_SPAN_TRACE_STATE_SHIFT = 16
};

/* The flags of W3C Trace Context that are passed on. */
enum { HAE_TRACE_FLAGS_KNOWN = HAETAE_TRACE_FLAG_SAMPLED | HAETAE_TRACE_FLAG_RANDOM };

/* A word of a span that the caller has to itself, or of a dead process. */
static inline uint64_t hae_span_word(const struct hae_slot *slot, unsigned word)
{
    /* Relaxed: it is constant. */
    return atomic_load_explicit(&slot->identity[word], memory_order_relaxed);
}

/* The context of a span, or a bare span context: what is current on a thread, and what a new span
 * has for its parent. The thread's own is what profilers in other processes read
 * (thread_record.h): so its first five fields have this order and size. */
struct hae_current {
    uint64_t trace_id[2]; /* bytes in memory order */
    uint64_t span_id;
    uint8_t valid;
    uint8_t trace_flags;
    uint16_t attributes_size; /* of the record: always 0 */
    uint32_t depth;           /* attaches that are not detached yet, and the coroutine */
    haetae_span span;         /* 0 for a bare span context */
    /* The number of the tracestate in the store, which may have forgotten it; or 0. 48 bits. */
    uint32_t trace_state_low;
    uint16_t trace_state_high;
    uint8_t is_remote;
    uint8_t has_trace_state; /* in the store, or in the slot of `span` */
};

static inline uint64_t hae_current_number(const struct hae_current *current)
{
    return (uint64_t)current->trace_state_high << 32 | current->trace_state_low;
}

static inline void hae_current_set_number(struct hae_current *current, uint64_t number)
{
    current->trace_state_low = (uint32_t)number;
    current->trace_state_high = (uint16_t)(number >> 32);
}

#endif
