/* SPDX-License-Identifier: Apache-2.0 */
/* The protobuf format of Prometheus, which has native histograms. */
#ifndef HAETAE_PROMETHEUS_PROTOBUF_H
#define HAETAE_PROMETHEUS_PROTOBUF_H

#include "writer.h"

extern const struct hae_prom_format_ops hae_prom_protobuf;

/* Whether a point can be shown: a native histogram has a sum, and a scale of -4 or more. */
bool hae_prom_is_native(const struct hae_prom_point *point);

#endif
