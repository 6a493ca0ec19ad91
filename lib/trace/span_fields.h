/* SPDX-License-Identifier: Apache-2.0 */
/* Adds fields of the Span message to a span that the caller may change: one that it is starting,
 * or one that it has acquired. */
#ifndef HAETAE_TRACE_SPAN_FIELDS_H
#define HAETAE_TRACE_SPAN_FIELDS_H

#include "haetae/trace.h"
#include "trace/limits.h"
#include "trace/span_encode.h"

/* The end of a span's fields, open for writing from hae_fields_begin() to hae_fields_end(). */
struct hae_fields {
    struct hae_chain chain;
    struct hae_span_head *head;
    const struct hae_span_limits *limits;
    uint32_t slot;
};

static inline void hae_fields_begin(struct hae_fields *fields, struct hae_recorder *recorder,
                                    uint32_t slot)
{
    fields->head = hae_span_head(hae_slot_at(recorder, slot));
    fields->limits = hae_span_limits_of[recorder->index];
    fields->slot = slot;
    hae_chain_begin(&fields->chain, recorder, fields->head->last_slot, fields->head->size_bytes,
                    recorder->record_size_max - HAE_SPAN_FIXED_MAX);
}

static inline void hae_fields_end(struct hae_fields *fields)
{
    hae_chain_end(&fields->chain);
    fields->head->last_slot = fields->chain.last;
    fields->head->size_bytes = fields->chain.size_bytes;
}

/* Outside of hae_fields_begin() and hae_fields_end(), on a span that the caller may change: adds
 * the attributes that are short, valid, new by their keys and fit into the span's last slot, up
 * to the first that is not, and returns how many. The list is valid. */
size_t hae_span_put_short_attributes(struct hae_recorder *recorder, uint32_t slot,
                                     const haetae_attribute *attributes, size_t count);

/* Adds the others, likewise. The list may be invalid. */
void hae_span_put_other_attributes(struct hae_recorder *recorder, uint32_t slot,
                                   const haetae_attribute *attributes, size_t count);

/* Both: adds any attributes. */
static inline void hae_span_put_attributes(struct hae_recorder *recorder, uint32_t slot,
                                           const haetae_attribute *attributes, size_t count)
{
    size_t done = 0;

    if (hae_attributes_valid(attributes, count)) {
        done = hae_span_put_short_attributes(recorder, slot, attributes, count);
    }
    if (HAE_UNLIKELY(done < count)) {
        hae_span_put_other_attributes(recorder, slot, attributes != NULL ? attributes + done : NULL,
                                      count - done);
    }
}

void hae_fields_attributes(struct hae_fields *fields, const haetae_attribute *attributes,
                           size_t count);

/* Set a field of which there is one, and remove the old one. A name that does not fit leaves the
 * old one; false then. */
bool hae_fields_name(struct hae_fields *fields, haetae_string name);

/* Only while the span starts: a valid tracestate, and its number in the store or 0. */
void hae_fields_trace_state(struct hae_fields *fields, haetae_string trace_state, uint64_t number);
void hae_fields_status(struct hae_fields *fields, haetae_span_status code,
                       haetae_string description);

#endif
