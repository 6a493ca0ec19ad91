/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as the text formats have them. */
#ifndef HAETAE_PROMETHEUS_NUMBER_H
#define HAETAE_PROMETHEUS_NUMBER_H

#include <stdint.h>

#include "base/buffer.h"

void hae_prom_put_uint(struct hae_buffer *out, uint64_t value);
void hae_prom_put_int(struct hae_buffer *out, int64_t value);

/* The shortest digits that read back as the same double; NaN, +Inf and -Inf. */
void hae_prom_put_double(struct hae_buffer *out, double value);

/* The same digits as OpenMetrics writes them in le and quantile ("Canonical Numbers"): 1.0, 0.0001,
 * and with an exponent what is below or from a million on: 1e-05, 1e+06. */
void hae_prom_put_canonical(struct hae_buffer *out, double value);

/* Nanoseconds as seconds. */
void hae_prom_put_seconds(struct hae_buffer *out, uint64_t unix_ns);

#endif
