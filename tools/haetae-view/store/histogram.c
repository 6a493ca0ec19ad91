/* SPDX-License-Identifier: Apache-2.0 */
#include "store/histogram.h"

#include <math.h>

/* Each power of two is cut into 2^SUB_BITS buckets of equal width; below that, each value has a
 * bucket of its own. */
#define SUB_BITS  5
#define SUB_COUNT (1U << SUB_BITS)

#define ENTRY_BYTES 6

static size_t bucket_of(uint64_t ns)
{
    if (ns < SUB_COUNT) {
        return (size_t)ns;
    }
    unsigned exponent = 63U - (unsigned)__builtin_clzll(ns);
    size_t index = (size_t)(exponent - SUB_BITS + 1) * SUB_COUNT +
                   (size_t)((ns >> (exponent - SUB_BITS)) & (SUB_COUNT - 1));
    return index < HAE_VIEW_HISTOGRAM_BUCKETS ? index : HAE_VIEW_HISTOGRAM_BUCKETS - 1;
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

static void count(struct hae_view_histogram *histogram, size_t bucket, uint32_t times)
{
    uint32_t *counted = &histogram->buckets[bucket];
    *counted = *counted > UINT32_MAX - times ? UINT32_MAX : *counted + times;
    histogram->count += times;
}

void hae_view_histogram_add(struct hae_view_histogram *histogram, uint64_t ns)
{
    count(histogram, bucket_of(ns), 1);
    if (ns > histogram->max_ns) {
        histogram->max_ns = ns;
    }
}

void hae_view_histogram_add_blob(struct hae_view_histogram *histogram, const uint8_t *blob,
                                 size_t size)
{
    for (size_t at = 0; at + ENTRY_BYTES <= size; at += ENTRY_BYTES) {
        size_t bucket = (size_t)blob[at] | (size_t)blob[at + 1] << 8;
        uint32_t times = (uint32_t)blob[at + 2] | (uint32_t)blob[at + 3] << 8 |
                         (uint32_t)blob[at + 4] << 16 | (uint32_t)blob[at + 5] << 24;
        if (bucket < HAE_VIEW_HISTOGRAM_BUCKETS) {
            count(histogram, bucket, times);
        }
    }
}

size_t hae_view_histogram_blob(const struct hae_view_histogram *histogram,
                               uint8_t out[HAE_VIEW_HISTOGRAM_BYTES])
{
    size_t size = 0;
    for (size_t i = 0; i < HAE_VIEW_HISTOGRAM_BUCKETS; i++) {
        uint32_t times = histogram->buckets[i];
        if (times == 0) {
            continue;
        }
        out[size++] = (uint8_t)i;
        out[size++] = (uint8_t)(i >> 8);
        for (unsigned shift = 0; shift < 32; shift += 8) {
            out[size++] = (uint8_t)(times >> shift);
        }
    }
    return size;
}

uint64_t hae_view_histogram_quantile(const struct hae_view_histogram *histogram, double quantile)
{
    if (histogram->count == 0) {
        return 0;
    }
    double rank = ceil(quantile * (double)histogram->count);
    uint64_t wanted = rank < 1 ? 1 : (uint64_t)rank;
    if (wanted >= histogram->count) {
        return histogram->max_ns; /* the last one is known exactly */
    }
    uint64_t seen = 0;
    for (size_t i = 0; i < HAE_VIEW_HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen >= wanted) {
            uint64_t value = middle_of(i);
            return value < histogram->max_ns ? value : histogram->max_ns;
        }
    }
    return histogram->max_ns;
}
