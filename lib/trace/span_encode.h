/* SPDX-License-Identifier: Apache-2.0 */
/* How an open span ends, and becomes an OTLP Span. */
#ifndef HAETAE_TRACE_SPAN_ENCODE_H
#define HAETAE_TRACE_SPAN_ENCODE_H

#include "recorder/chain.h"
#include "trace/span_slot.h"

/* The bytes that the Span message has beside the run of fields, at most, and what the
 * copying of the run may write behind it. */
enum { HAE_SPAN_FIXED_MAX = 88 + HAE_GATHER_SLACK };

/* Writes the Span message of a first slot whose end time is set; returns its size.
 * `to` has room for HAE_SPAN_FIXED_MAX + head.size_bytes. */
uint32_t hae_span_encode(struct hae_recorder *recorder, uint32_t index, uint8_t *to);

/* Ends the span: it becomes a record and its slots are free. `end_unix_ns` 0: now.
 * Nothing but a count when the handle is stale. */
void hae_span_end(struct hae_recorder *recorder, haetae_span span, uint64_t end_unix_ns);

/* Makes these known to the recorder, before its first span. */
void hae_span_register(struct hae_recorder *recorder);

#endif
