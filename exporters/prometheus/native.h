/* SPDX-License-Identifier: Apache-2.0 */
/* Native histograms: exponential buckets as Prometheus has them. Specification: "Exponential
 * Histograms". */
#ifndef HAETAE_PROMETHEUS_NATIVE_H
#define HAETAE_PROMETHEUS_NATIVE_H

#include "base/buffer.h"
#include "point.h"

/* Whether the point can be a native histogram. */
bool hae_prom_is_native(const struct hae_prom_point *point);

/* Adds the fields of a Histogram that such a point has beside count and sum. */
void hae_prom_native_fields(struct hae_buffer *out, const struct hae_prom_point *point);

#endif
