/* SPDX-License-Identifier: Apache-2.0 */
/* Where a measurement of an attribute set goes: the long way, which makes what is missing. */
#ifndef HAETAE_METRICS_PLACE_H
#define HAETAE_METRICS_PLACE_H

#include "metrics/joined_keys.h"
#include "metrics/stream.h"
#include "recorder/call.h"

struct hae_place {
    struct hae_series *series;
    void *cell; /* of the lane; NULL: the series' shared cell serves */
};

/* Finds the place for a set, and has the lane's cache remember it. The call has entered. */
struct hae_place hae_place_find(const struct hae_stream *stream, struct hae_entry entry,
                                const haetae_attribute *attributes, size_t count);

/* The same for keys and values, in a stream without a filter: the cache remembers the place by the
 * number of the list, if the series keeps its keys in the list's order. */
struct hae_place hae_place_find_keyed(const struct hae_stream *stream, struct hae_entry entry,
                                      const struct hae_joined_keys *joined);

#endif
