/* SPDX-License-Identifier: Apache-2.0 */
/* The member "ot" of a tracestate: OpenTelemetry's own, with the sub-keys `th` and `rv`.
 * Specification: "TraceState Handling". */
#ifndef HAETAE_TRACE_OT_STATE_H
#define HAETAE_TRACE_OT_STATE_H

#include "haetae/context.h"

/* What is in it; a sub-key that is malformed counts as not there. */
struct hae_ot_state {
    bool has_threshold;
    bool has_randomness;
    uint64_t threshold;  /* `th`, 56 bits */
    uint64_t randomness; /* `rv`, 56 bits */
};

struct hae_ot_state hae_ot_read(const haetae_trace_state *trace_state);

/* Sets `th`, below 2^56, and keeps the other sub-keys; what would make the member too long is left
 * out as a whole: there is no `th` then. */
void hae_ot_set_threshold(haetae_trace_state *trace_state, uint64_t threshold);

/* Removes `th`, and the member when nothing else is in it. */
void hae_ot_remove_threshold(haetae_trace_state *trace_state);

#endif
