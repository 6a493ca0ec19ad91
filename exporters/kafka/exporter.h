/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter interface over struct hae_kafka_exporter. */
#ifndef HAETAE_KAFKA_EXPORTER_H
#define HAETAE_KAFKA_EXPORTER_H

#include "haetae/exporter.h"

/* The operations, for haetae_exporter_new(). */
extern const haetae_exporter_ops hae_kafka_exporter_ops;

#endif
