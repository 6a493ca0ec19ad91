/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the points that producers add, and encodes them. */
#ifndef HAETAE_METRICS_PRODUCED_POINT_H
#define HAETAE_METRICS_PRODUCED_POINT_H

#include "haetae/producer.h"
#include "wire/value_size.h"

/* Whether the fields of a point are valid and fit each other. */
bool hae_produced_point_valid(int32_t kind, const haetae_metric_point *point);

/* Writes a valid point as the message of its kind. HAE_PUT_FULL: there is no room; HAE_PUT_INVALID:
 * a value of an attribute is invalid. */
enum hae_put hae_produced_point_put(struct hae_sink *sink, int32_t kind,
                                    const haetae_metric_point *point, uint64_t now_unix_ns);

#endif
