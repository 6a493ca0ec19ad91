/* SPDX-License-Identifier: Apache-2.0 */
/* Durations counted in buckets whose width grows with the value: a quantile is off by at most
 * about 1.6 %, from 1 ns to 78 hours. Longer durations go into the last bucket. In the database
 * a histogram is a blob with the buckets that are not empty, in their order: two bytes of number
 * and four of count each, the lowest first. */
#ifndef HAETAE_VIEW_STORE_HISTOGRAM_H
#define HAETAE_VIEW_STORE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HAE_VIEW_HISTOGRAM_BUCKETS 1408
#define HAE_VIEW_HISTOGRAM_BYTES   ((size_t)6 * HAE_VIEW_HISTOGRAM_BUCKETS)

struct hae_view_histogram {
    uint64_t count;
    uint64_t max_ns; /* set by the caller: a blob does not hold it */
    uint32_t buckets[HAE_VIEW_HISTOGRAM_BUCKETS];
};

void hae_view_histogram_add(struct hae_view_histogram *histogram, uint64_t ns);

/* Adds the buckets of a blob. Numbers of buckets that there are not are left out. */
void hae_view_histogram_add_blob(struct hae_view_histogram *histogram, const uint8_t *blob,
                                 size_t size);

/* Writes the blob and returns its size. */
size_t hae_view_histogram_blob(const struct hae_view_histogram *histogram,
                               uint8_t out[HAE_VIEW_HISTOGRAM_BYTES]);

/* The value at quantile 0 to 1 (nearest rank, middle of its bucket, never above max_ns); 0 when
 * nothing was counted. */
uint64_t hae_view_histogram_quantile(const struct hae_view_histogram *histogram, double quantile);

#endif
