/* SPDX-License-Identifier: Apache-2.0 */
/* The protobuf format of Prometheus, which has native histograms. */
#ifndef HAETAE_PROMETHEUS_PROTOBUF_H
#define HAETAE_PROMETHEUS_PROTOBUF_H

#include "writer.h"

extern const struct hae_prom_format_ops hae_prom_protobuf;

#endif
