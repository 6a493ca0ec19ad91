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

/* Writes what all data with a temporality ends with: 2 bytes. */
uint8_t *hae_put_temporality(uint8_t *at, uint8_t temporality);

#endif
