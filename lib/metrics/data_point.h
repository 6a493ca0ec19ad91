/* SPDX-License-Identifier: Apache-2.0 */
/* What the data points of several aggregations share. */
#ifndef HAETAE_METRICS_DATA_POINT_H
#define HAETAE_METRICS_DATA_POINT_H

#include "metrics/aggregation.h"

/* A tag and 8 bytes. */
enum { HAE_FIXED_FIELD_SIZE = 9 };

/* Writes start and time: two fields of HAE_FIXED_FIELD_SIZE. */
uint8_t *hae_put_point_times(uint8_t *at, const struct hae_data_point *data);

/* Writes the attributes: attributes_size_bytes. */
uint8_t *hae_put_point_attributes(uint8_t *at, const struct hae_data_point *data);

/* A NumberDataPoint of the point's first word. */
size_t hae_number_point_size(const struct hae_data_point *data);
uint8_t *hae_put_number_point(uint8_t *at, const struct hae_data_point *data);

/* Adds to a point's word that is a double's bits. */
void hae_point_add_real(uint64_t *word, double value);

/* Whether a histogram's point has a sum. Specification: metrics SDK, "Explicit Bucket Histogram
 * Aggregation": not where measurements may be negative, as the sum then also falls. */
bool hae_histogram_has_sum(const struct hae_stream_data *stream);

/* Whether it has a minimum and a maximum, which are doubles' bits: they are known, and the stream
 * does not omit them. */
bool hae_histogram_has_extremes(const struct hae_stream_data *stream, uint64_t minimum,
                                uint64_t maximum);

/* Writes what all data with a temporality ends with: 2 bytes. */
uint8_t *hae_put_temporality(uint8_t *at, uint8_t temporality);

#endif
