/* SPDX-License-Identifier: Apache-2.0 */
/* The member "ot" of a tracestate: OpenTelemetry's own, with the sub-keys `th` and `rv`.
 * Specification: "TraceState Handling". */
#ifndef HAETAE_TRACE_OT_STATE_H
#define HAETAE_TRACE_OT_STATE_H

#include "base/bytes.h"
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

/* The random part of a trace id, whose second half is given. */
static inline uint64_t hae_randomness(uint64_t trace_id_low)
{
    return __builtin_bswap64(hae_le64(trace_id_low)) & ((UINT64_C(1) << 56) - 1);
}

/* The randomness by which all participants decide about a trace: `rv`, or that of the trace id. */
uint64_t hae_trace_randomness(const uint8_t trace_id[16], const haetae_trace_state *trace_state);

/* For a decision that follows the parent's: removes `th` unless it agrees with that one. */
void hae_ot_keep_threshold_of(haetae_trace_state *trace_state, const uint8_t trace_id[16],
                              bool sampled);

/* Removes `th`, and the member when nothing else is in it. */
void hae_ot_remove_threshold(haetae_trace_state *trace_state);

#endif
