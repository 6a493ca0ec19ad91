/* SPDX-License-Identifier: Apache-2.0 */
/* The text format of Prometheus, and that of OpenMetrics 1.0. */
#ifndef HAETAE_PROMETHEUS_TEXT_H
#define HAETAE_PROMETHEUS_TEXT_H

#include "writer.h"

extern const struct hae_prom_format_ops hae_prom_text;

#endif
