/* SPDX-License-Identifier: Apache-2.0 */
/* Adds fields of the Span message to a span that the caller may change: one that
 * is just being started, or one that it has acquired. */
#ifndef HAE_TRACE_SPAN_FIELDS_H
#define HAE_TRACE_SPAN_FIELDS_H

#include "trace/span_encode.h"
#include "trace/tracer.h"

/* An open end of a span's fields; between hae_fields_begin() and hae_fields_end(). */
struct hae_fields {
    struct hae_chain chain;
    struct hae_span_head *head;
    const struct hae_span_limits *limits;
    uint32_t slot;
};

static inline void hae_fields_begin(struct hae_fields *fields, struct hae_recorder *recorder,
                                    uint32_t slot, const struct hae_span_limits *limits)
{
    fields->head = hae_span_head(hae_slot_at(recorder, slot));
    fields->limits = limits;
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

/* The attributes of a list that are short, valid, new by their keys and fit into the span's
 * last slot, up to the first that is not: returns how many. For a span that the caller may
 * change, outside of hae_fields_begin() and hae_fields_end(), and a sane list. */
size_t hae_put_short_attributes(struct hae_recorder *recorder, uint32_t slot,
                                const haetae_attribute *attributes, size_t count);

void hae_fields_attributes(struct hae_fields *fields, const haetae_attribute *attributes,
                           size_t count);
struct hae_event {
    haetae_string name;
    uint64_t time_unix_ns;
    const haetae_attribute *attributes;
    size_t attribute_count;
    uint32_t dropped_count; /* attributes that were left out before */
};
void hae_fields_event(struct hae_fields *fields, const struct hae_event *event);
void hae_fields_link(struct hae_fields *fields, const haetae_link *link);

/* Fields of which there is one: the former is removed. A name that doesn't fit leaves
 * the former, and gives false. */
bool hae_fields_name(struct hae_fields *fields, haetae_string name);
void hae_fields_trace_state(struct hae_fields *fields, haetae_string trace_state);
void hae_fields_status(struct hae_fields *fields, haetae_span_status code,
                       haetae_string description);

#endif
