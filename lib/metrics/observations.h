/* SPDX-License-Identifier: Apache-2.0 */
/* What callbacks have observed, until it goes into the cells: a callback that returns too late has
 * observed nothing. And totals that were set whose sets have no series of their own, because a
 * filter leaves several the same, or they are beyond the limit: their series is the sum of them. */
#ifndef HAETAE_METRICS_OBSERVATIONS_H
#define HAETAE_METRICS_OBSERVATIONS_H

#include "metrics/stream.h"

struct hae_observation {
    const struct hae_stream *stream;
    struct hae_series *series;
    uint64_t
        set; /* the hash of the set as it was observed, where several have the series; else 0 */
    union hae_number value;
    uint64_t since_unix_ns; /* see hae_observed_put() */
    size_t order;           /* of equal sets the last one counts */
};

/* Zeroes are an empty list. */
struct hae_observations {
    struct hae_observation *list;
    size_t count;
    size_t room;
};

/* Whether several sets may have a series of an observable. */
bool hae_observed_together(const struct hae_stream *stream, const struct hae_series *series);

/* The observation of a set in a stream. */
struct hae_observation hae_observation_of(const struct hae_stream *stream, union hae_number value,
                                          uint64_t since_unix_ns,
                                          const haetae_attribute *attributes, size_t count);

/* Adds one at the end. False: there is no memory. */
bool hae_observations_add(struct hae_observations *observations,
                          const struct hae_observation *observation);

/* Keeps one in its place by series and set, instead of the one that is there; or removes that.
 * False: there is no memory. */
bool hae_observations_keep(struct hae_observations *kept,
                           const struct hae_observation *observation);
void hae_observations_remove(struct hae_observations *kept,
                             const struct hae_observation *observation);

/* Puts all of them into the cells, as of a round of callbacks. Their order is lost. */
void hae_observations_apply(struct hae_observations *observations, uint64_t round);

void hae_observations_done(struct hae_observations *observations);

#endif
