/* SPDX-License-Identifier: Apache-2.0 */
/* Where a measurement of an attribute set goes: the long way, which makes what is missing. */
#ifndef HAETAE_METRICS_PLACE_H
#define HAETAE_METRICS_PLACE_H

#include "metrics/stream.h"
#include "recorder/call.h"

struct hae_place {
    struct hae_series *series;
    void *cell; /* of the lane; NULL: the series' shared cell serves */
};

/* Finds the place for a set, and has the lane's cache remember it. The call has entered. */
struct hae_place hae_place_find(const struct hae_stream *stream, struct hae_entry entry,
                                const haetae_attribute *attributes, size_t count);

#endif
