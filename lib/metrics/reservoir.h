/* SPDX-License-Identifier: Apache-2.0 */
/* Reservoirs: the exemplars of a series, one in each of a number of places.
 *
 * A series gets its reservoir with the first measurement that may become an exemplar. A place gets
 * its memory with the first exemplar that is put there. A place is written under a sequence number,
 * which is odd meanwhile. A thread that finds it odd drops its candidate, and a reader that finds
 * it odd reports one exemplar less. So nobody waits.
 *
 * Readers do not change exemplars: each reports those within the times of its points. With each
 * collection by any reader the choice among measurements begins again.
 * Specification: "ExemplarReservoir". */
#ifndef HAETAE_METRICS_RESERVOIR_H
#define HAETAE_METRICS_RESERVOIR_H

#include "haetae/exemplar.h"
#include "metrics/stream.h"
#include "recorder/lane.h"

/* Room of an exemplar for attributes that its series does not have. */
enum { HAE_EXEMPLAR_ATTRIBUTES_BYTES = 256 };

/* An exemplar as a reader has copied it. */
struct hae_exemplar {
    uint64_t value; /* as a hae_number's bits */
    uint64_t time_unix_ns;
    uint64_t trace_id[2]; /* bytes in memory order */
    uint64_t span_id;     /* 0: there was no span  */
    uint64_t attributes_size_bytes;
    uint64_t attributes[HAE_EXEMPLAR_ATTRIBUTES_BYTES / 8]; /* as fields of an Exemplar, ready */
};

struct hae_exemplars {
    uint32_t count;
    struct hae_exemplar list[HAETAE_EXEMPLARS_MAX];
};

/* Decides which reservoir the series of a new stream have; `asked` is what the options say. */
struct hae_reservoir_plan hae_reservoir_plan_of(const struct hae_stream_data *data,
                                                const struct hae_reservoir_plan *asked);

/* Offers a measurement that the exemplar filter admits and that was recorded into its cell before.
 * `lane`: the caller's, which it owns; or NULL. `attributes` are those that the program gave.
 * Lock-free; any thread, also in signal handlers. */
void hae_reservoir_offer(const struct hae_stream *stream, struct hae_series *series,
                         const struct hae_lane *lane, union hae_number value,
                         const haetae_attribute *attributes, size_t count);

/* The same for an observed value. It has no span, so it is offered only if all measurements are. */
static inline void hae_reservoir_observe(const struct hae_stream *stream, struct hae_series *series,
                                         union hae_number value, const haetae_attribute *attributes,
                                         size_t count)
{
    if (HAE_UNLIKELY(stream->exemplars->always)) {
        hae_reservoir_offer(stream, series, NULL, value, attributes, count);
    }
}

/* Empties the reservoir of a series that no thread uses, and keeps the memory. */
void hae_reservoir_empty(const struct hae_stream *stream, const struct hae_series *series);

/* Copies the exemplars of a series, and has the choice begin again. A later snapshot of its cells
 * contains all of these measurements. One thread at a time. */
void hae_reservoir_collect(const struct hae_stream *stream, const struct hae_series *series,
                           struct hae_exemplars *ret_exemplars);

#endif
