/* SPDX-License-Identifier: Apache-2.0 */
/* Reservoirs: the exemplars of a series, one in each of a number of places.
 *
 * A series gets its reservoir with the first measurement that may become an exemplar, and a place
 * its memory with the first one that is put there. A place is written under a sequence number that
 * is odd meanwhile. Whoever finds it odd leaves it: a thread gives its measurement up, which is one
 * of many, and a reader has one exemplar less. So nobody waits.
 *
 * Readers change nothing of an exemplar: each reports those that lie within its points' times. With
 * each collection of any of them the choice among measurements begins again.
 * Specification: "ExemplarReservoir". */
#ifndef HAETAE_METRICS_RESERVOIR_H
#define HAETAE_METRICS_RESERVOIR_H

#include "haetae/exemplar.h"
#include "metrics/stream.h"

/* What an exemplar keeps of the attributes that its series has not: those that fit. */
enum { HAE_EXEMPLAR_ATTRIBUTES_BYTES = 256 };

/* What a reader has of one. */
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

/* Offers a measurement that the filter wants, and that is in a cell already, with the attributes as
 * the caller gave them. Lock-free; any thread, and signal handlers between them. */
HAE_COLD void hae_reservoir_offer(const struct hae_stream *stream, struct hae_series *series,
                                  union hae_number value, const haetae_attribute *attributes,
                                  size_t count);

/* The same for what is observed, which has no span: it is offered where all measurements are. */
static inline void hae_reservoir_observe(const struct hae_stream *stream, struct hae_series *series,
                                         union hae_number value, const haetae_attribute *attributes,
                                         size_t count)
{
    if (HAE_UNLIKELY(stream->exemplars->always)) {
        hae_reservoir_offer(stream, series, value, attributes, count);
    }
}

/* Reads the exemplars of a series, and has the choice begin again. A snapshot of its cells that is
 * taken afterwards has all these measurements. One thread at a time. */
void hae_reservoir_collect(const struct hae_stream *stream, const struct hae_series *series,
                           struct hae_exemplars *ret_exemplars);

#endif
