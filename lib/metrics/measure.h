/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a measurement that is not recorded inline: one that is refused and counted, one
 * whose attribute set the lane's cache doesn't know, and one for an instrument with several
 * streams, with a filter, or with an aggregation that is not its own. Each stream is recorded
 * into, one after the other. */
#ifndef HAETAE_METRICS_MEASURE_H
#define HAETAE_METRICS_MEASURE_H

#include "haetae/keys.h"
#include "metrics/instrument.h"

/* Whether a number may be recorded by an instrument of a kind and a number_type. */
bool hae_measure_int64_valid(uint8_t kind, uint8_t number_type, int64_t value);
bool hae_measure_double_valid(uint8_t kind, uint8_t number_type, double value);

void hae_measure_int64(const struct hae_instrument *instrument, int64_t value,
                       const haetae_attribute *attributes, size_t count);
void hae_measure_double(const struct hae_instrument *instrument, double value,
                        const haetae_attribute *attributes, size_t count);

/* Records a measurement that was admitted into one unfiltered stream: the long way. */
void hae_measure_stream(const struct hae_stream *stream, union hae_number value,
                        const haetae_attribute *attributes, size_t count);

/* The same with keys and values, which the lane's cache remembers by the list's number. */
void hae_measure_stream_keyed(const struct hae_stream *stream, union hae_number value,
                              const haetae_keys *keys, const haetae_value *values, size_t count);

/* The same for an instrument whose only stream has no filter, when the measurement is not recorded
 * inline. It looks at the lane's cache first. */
void hae_measure_only_keyed(const struct hae_instrument *instrument, union hae_number value,
                            const haetae_keys *keys, const haetae_value *values, size_t count);

/* Whether hae_measure_only_keyed() is for the instrument. */
static inline bool hae_measures_only_one(const struct hae_instrument *instrument)
{
    return instrument->stream_count == 1 && instrument->first.filter == NULL;
}

/* Records a measurement that was admitted into a bound instrument with one stream, whose
 * aggregation has lane cells. Makes the lane's cell if there is none, and remembers it. */
void hae_measure_bound_only(const struct hae_bound *bound, union hae_number value);

/* The same as the first two for a bound instrument. */
void hae_measure_bound_int64(const struct hae_bound *bound, int64_t value);
void hae_measure_bound_double(const struct hae_bound *bound, double value);

#endif
