/* SPDX-License-Identifier: Apache-2.0 */
/* Span processors: they see each span that is recorded start and end, on the thread that does
 * it, also a span that is not exported. What a processor records itself is not shown to
 * processors: it would not end.
 * Specification: "Span processor". */
#ifndef HAETAE_TRACE_PROCESSOR_H
#define HAETAE_TRACE_PROCESSOR_H

#include "context/current.h"
#include "haetae/processor.h"
#include "recorder/scope.h"

enum { HAE_PROCESSORS_MAX = 8 };

/* Those of a tracer provider, in the order in which they are called. */
struct hae_span_processors {
    haetae_span_processor items[HAE_PROCESSORS_MAX];
    uint32_t count;
};

/* What a view leads to. */
struct hae_shown_span {
    haetae_span_view view;
    haetae_item_origin origin;
    struct hae_recorder *recorder;
    uint32_t index;            /* of the first slot                     */
    struct hae_fields *fields; /* with which a callback changes it now; NULL: none does */
};

/* Adds one. Errors: HAETAE_ELIMIT. */
haetae_status hae_processors_add(struct hae_span_processors *processors,
                                 const haetae_span_processor *processor);
void hae_processors_done(struct hae_span_processors *processors);

/* Calls on_start of each. The span is the caller's, and not open yet. */
void hae_processors_start(const struct hae_span_processors *processors,
                          struct hae_shown_span *shown, const struct hae_current *parent);

/* Calls on_ending of each, then on_end of each. The caller has the span to end it. */
void hae_processors_end(const struct hae_span_processors *processors, struct hae_shown_span *shown);

#endif
