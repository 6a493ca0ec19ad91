/* SPDX-License-Identifier: Apache-2.0 */
/* UCUM units as the words of Prometheus. Specification: "Metric Metadata". */
#ifndef HAETAE_PROMETHEUS_UNIT_H
#define HAETAE_PROMETHEUS_UNIT_H

#include "base/buffer.h"
#include "haetae/types.h"

/* Adds the word for a unit: By is bytes, m/s is meters_per_second, {packet} is nothing, and so is
 * 1, a ratio only for a gauge. Other units become a name: what it may not have is an underscore. */
void hae_prom_put_unit(struct hae_buffer *out, haetae_string unit, bool is_gauge);

#endif
