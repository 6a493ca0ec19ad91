/* SPDX-License-Identifier: Apache-2.0 */
/* The way of spans where a sampler, processors or a generator of ids have to be called, or the
 * options have a decision. */
#ifndef HAETAE_TRACE_SPAN_HOOKED_H
#define HAETAE_TRACE_SPAN_HOOKED_H

#include "haetae/trace.h"

struct hae_recorder;

/* Starts a span as haetae_span_start_with() does, when the provider's way is not
 * HAE_TRACING_PLAIN, or the options have a decision. */
haetae_span hae_span_start_hooked(haetae_tracer *tracer, const char *name, size_t name_length,
                                  const haetae_span_options *given);

/* Shows processors the end of a span that is recorded. The caller has the span to end it, and
 * goes on with that afterwards. */
void hae_span_show_end(struct hae_recorder *recorder, uint32_t index, uint64_t end_unix_ns);

#endif
