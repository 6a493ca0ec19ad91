/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter interface over struct hae_http_exporter. */
#ifndef HAETAE_OTLP_EXPORTER_H
#define HAETAE_OTLP_EXPORTER_H

#include "haetae/exporter.h"

/* The operations, for haetae_exporter_new(). */
extern const haetae_exporter_ops hae_http_exporter_ops;

#endif
