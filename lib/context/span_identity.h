/* SPDX-License-Identifier: Apache-2.0 */
/* What identifies a span: the words of hae_slot.identity. */
#ifndef HAETAE_CONTEXT_SPAN_IDENTITY_H
#define HAETAE_CONTEXT_SPAN_IDENTITY_H

#include "haetae/context.h"
#include "recorder/open_record.h"

/* Their order is that of struct hae_span_identity. */
enum { HAE_IDENTITY_TRACE_ID = 0, HAE_IDENTITY_SPAN_ID = 2, HAE_IDENTITY_FLAGS = 3 };

/* The last word: the trace flags in the low byte, and these. */
enum { HAE_SPAN_TRACE_FLAGS = 0xFF, HAE_SPAN_HAS_TRACE_STATE = 0x100, HAE_SPAN_RECORDING = 0x200 };

/* A word of a span that the caller has to itself, or of a dead process. */
static inline uint64_t hae_span_word(const struct hae_slot *slot, unsigned word)
{
    /* Relaxed: it is constant. */
    return atomic_load_explicit(&slot->identity[word], memory_order_relaxed);
}

struct hae_span_identity {
    uint64_t trace_id[2];
    uint64_t span_id;
    uint64_t flags;
};
_Static_assert(sizeof(struct hae_span_identity) == HAE_IDENTITY_WORDS * sizeof(uint64_t),
               "an identity has all the words");

/* A copy of what identifies an open span; false when the handle is stale. */
static inline bool hae_span_identify(haetae_span span, struct hae_span_identity *ret_identity)
{
    uint64_t words[HAE_IDENTITY_WORDS];

    if (!hae_open_identify(span, words)) {
        return false;
    }
    *ret_identity = (struct hae_span_identity){{words[0], words[1]}, words[2], words[3]};
    return true;
}

#endif
