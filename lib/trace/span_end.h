/* SPDX-License-Identifier: Apache-2.0 */
/* How an open span ends. */
#ifndef HAETAE_TRACE_SPAN_END_H
#define HAETAE_TRACE_SPAN_END_H

#include "haetae/trace.h"

struct hae_recorder;

/* Ends the span: it becomes a record, if it is sampled, and its slots are free. `end_unix_ns` 0:
 * now. When the handle is stale that is counted, and nothing else happens. */
void hae_span_end(struct hae_recorder *recorder, haetae_span span, uint64_t end_unix_ns);

/* The same, now. Returns what it took, or 0 where another thread ends it. */
uint64_t hae_span_end_timed(struct hae_recorder *recorder, haetae_span span);

/* The same, now, with attributes that are set first. */
void hae_span_end_with(struct hae_recorder *recorder, haetae_span span,
                       const haetae_attribute *attributes, size_t count);

/* The same with values for the keys of a site. */
void hae_span_end_site(struct hae_recorder *recorder, haetae_span span,
                       const haetae_span_site *site, const haetae_value *values, size_t count);

/* The same for a span that is not recorded, which has no time. */
void hae_span_end_silent(struct hae_recorder *recorder, haetae_span span);

/* Ends all open spans that are exported, marked as open, when the recorder takes no records any
 * more; returns how many. A span that another thread ends at the same moment ends once: by that
 * thread or here. */
uint64_t hae_span_end_open(struct hae_recorder *recorder);

/* Tells the recorder how spans are encoded and ended. Before its first span. */
void hae_span_register(struct hae_recorder *recorder);

#endif
