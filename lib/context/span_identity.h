/* SPDX-License-Identifier: Apache-2.0 */
/* What identifies a span: the words of hae_slot.identity. */
#ifndef HAETAE_CONTEXT_SPAN_IDENTITY_H
#define HAETAE_CONTEXT_SPAN_IDENTITY_H

#include "haetae/context.h"
#include "recorder/open_record.h"

/* Which word is what. */
enum { HAE_IDENTITY_TRACE_ID = 0, HAE_IDENTITY_SPAN_ID = 2, HAE_IDENTITY_FLAGS = 3 };

/* The last word: the trace flags in the low byte, and these. */
enum {
    HAE_SPAN_TRACE_FLAGS = 0xFF,
    HAE_SPAN_HAS_TRACE_STATE = 0x100,
    HAE_SPAN_RECORDING = 0x200, /* what is set is kept, and shown to processors */
    HAE_SPAN_PLAIN = 0x400,     /* sampled, and no processor sees the span */
    HAE_SPAN_FLAGS_PLAIN = HAE_SPAN_PLAIN | HAE_SPAN_RECORDING | HAETAE_TRACE_FLAG_SAMPLED
};

/* A word of a span that the caller has to itself, or of a dead process. */
static inline uint64_t hae_span_word(const struct hae_slot *slot, unsigned word)
{
    /* Relaxed: it is constant. */
    return atomic_load_explicit(&slot->identity[word], memory_order_relaxed);
}

/* Fills a span context of the API from the words. */
static inline void hae_span_fill_context(const uint64_t words[HAE_IDENTITY_WORDS],
                                         haetae_span_context *ret_context)
{
    memset(ret_context, 0, sizeof *ret_context);
    memcpy(ret_context->trace_id, &words[HAE_IDENTITY_TRACE_ID], sizeof ret_context->trace_id);
    memcpy(ret_context->span_id, &words[HAE_IDENTITY_SPAN_ID], sizeof ret_context->span_id);
    ret_context->trace_flags = (uint8_t)(words[HAE_IDENTITY_FLAGS] & HAE_SPAN_TRACE_FLAGS);
}

#endif
