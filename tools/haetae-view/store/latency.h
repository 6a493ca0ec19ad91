/* SPDX-License-Identifier: Apache-2.0 */
/* Counts durations in buckets whose width grows with the value: a quantile is off by at
 * most about 1.6 %, from 1 ns to 78 hours. Longer durations go into the last bucket. */
#ifndef HAETAE_VIEW_STORE_LATENCY_H
#define HAETAE_VIEW_STORE_LATENCY_H

#include <stdint.h>

#define HAE_VIEW_LATENCY_BUCKETS 1408

struct hae_view_latency {
    uint64_t count;
    uint64_t max_ns;
    uint32_t buckets[HAE_VIEW_LATENCY_BUCKETS];
};

void hae_view_latency_add(struct hae_view_latency *latency, uint64_t ns);

/* Adds all of `from` to `into`. */
void hae_view_latency_merge(struct hae_view_latency *into, const struct hae_view_latency *from);

/* The value at quantile 0 to 1 (nearest rank, middle of its bucket, never above
 * the longest); 0 when nothing was counted. */
uint64_t hae_view_latency_quantile(const struct hae_view_latency *latency, double quantile);

#endif
