/* SPDX-License-Identifier: Apache-2.0 */
/* The value of a series at one moment, from all of its cells. */
#ifndef HAE_METRICS_SNAPSHOT_H
#define HAE_METRICS_SNAPSHOT_H

#include "haetae/metrics.h"
#include "metrics/layout.h"

struct hae_point {
    uint64_t start_unix_ns;
    uint64_t bits; /* of a sum or gauge: an integer, or a double's bits */
    /* Of a histogram. The count is the sum of the buckets. */
    uint64_t count;
    double sum;
    double minimum;
    double maximum;
    uint64_t buckets[HAETAE_BOUNDARIES_MAX + 1];
};

/* Reads a series while others record into it; false when it has no measurement yet. */
bool hae_snapshot(struct hae_region *region, const struct hae_instrument *instrument,
                  const struct hae_series *series, struct hae_point *ret_point);

#endif
