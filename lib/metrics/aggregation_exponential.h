/* SPDX-License-Identifier: Apache-2.0 */
/* Base-2 exponential histograms. Specification: "Base2 Exponential Bucket Histogram Aggregation".
 *
 * The words of a point: see enum hae_exponential_word. */
#ifndef HAETAE_METRICS_AGGREGATION_EXPONENTIAL_H
#define HAETAE_METRICS_AGGREGATION_EXPONENTIAL_H

#include "metrics/exponential_cell.h"
#include "metrics/exponential_index.h"
#include "metrics/exponential_shared.h"

extern const struct hae_aggregation hae_aggregation_exponential;

/* Sum, minimum and maximum are doubles' bits. The minimum is above the maximum where they are not
 * known. The scale is so far below the stream's max_scale. Ranges, and the buckets of each sign,
 * are as in struct hae_exponential_buckets. */
enum hae_exponential_word {
    HAE_EXPONENTIAL_COUNT = 0,
    HAE_EXPONENTIAL_SUM = 1,
    HAE_EXPONENTIAL_MINIMUM = 2,
    HAE_EXPONENTIAL_MAXIMUM = 3,
    HAE_EXPONENTIAL_ZERO_COUNT = 4,
    HAE_EXPONENTIAL_SCALE_DOWN = 5,
    HAE_EXPONENTIAL_RANGES = 6,
    HAE_EXPONENTIAL_BUCKETS = 8
};

#endif
