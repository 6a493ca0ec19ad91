/* SPDX-License-Identifier: Apache-2.0 */
#include "store/latency.h"

#include <math.h>
#include <stddef.h>

/* Each power of two is cut into 2^SUB_BITS buckets of equal width; below that,
 * each value has a bucket of its own. */
#define SUB_BITS  5
#define SUB_COUNT (1U << SUB_BITS)

static size_t bucket_of(uint64_t ns)
{
    if (ns < SUB_COUNT) {
        return (size_t)ns;
    }
    unsigned exponent = 63U - (unsigned)__builtin_clzll(ns);
    size_t index = (size_t)(exponent - SUB_BITS + 1) * SUB_COUNT +
                   (size_t)((ns >> (exponent - SUB_BITS)) & (SUB_COUNT - 1));
    return index < HAE_VIEW_LATENCY_BUCKETS ? index : HAE_VIEW_LATENCY_BUCKETS - 1;
}

static uint64_t middle_of(size_t index)
{
    if (index < SUB_COUNT) {
        return index;
    }
    unsigned shift = (unsigned)(index / SUB_COUNT) - 1;
    uint64_t first = (uint64_t)(SUB_COUNT + index % SUB_COUNT) << shift;
    return first + ((1ULL << shift) - 1) / 2;
}

void hae_view_latency_add(struct hae_view_latency *latency, uint64_t ns)
{
    latency->count++;
    latency->buckets[bucket_of(ns)]++;
    if (ns > latency->max_ns) {
        latency->max_ns = ns;
    }
}

void hae_view_latency_merge(struct hae_view_latency *into, const struct hae_view_latency *from)
{
    into->count += from->count;
    if (from->max_ns > into->max_ns) {
        into->max_ns = from->max_ns;
    }
    for (size_t i = 0; i < HAE_VIEW_LATENCY_BUCKETS; i++) {
        into->buckets[i] += from->buckets[i];
    }
}

uint64_t hae_view_latency_quantile(const struct hae_view_latency *latency, double quantile)
{
    if (latency->count == 0) {
        return 0;
    }
    double rank = ceil(quantile * (double)latency->count);
    uint64_t wanted = rank < 1 ? 1 : (uint64_t)rank;
    if (wanted >= latency->count) {
        return latency->max_ns; /* the last one is known exactly */
    }
    uint64_t seen = 0;
    for (size_t i = 0; i < HAE_VIEW_LATENCY_BUCKETS; i++) {
        seen += latency->buckets[i];
        if (seen >= wanted) {
            uint64_t value = middle_of(i);
            return value < latency->max_ns ? value : latency->max_ns;
        }
    }
    return latency->max_ns;
}
