/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter for Apache Kafka, on librdkafka: OTLP protobuf in topics, as the Kafka receiver of
 * the OpenTelemetry Collector reads it with its encoding otlp_proto. Link haetae::kafka, or
 * pkg-config haetae-kafka; haetae_start() then finds it by OTEL_TRACES_EXPORTER=kafka and the
 * variables of the other signals. A program that calls no other function of this header calls
 * haetae_kafka_register(), so that the linker keeps the library.
 *
 * docs/kafka.md has the configuration, what keys and partitions messages get, when an item may
 * arrive twice, and a Collector that reads them. */
#ifndef HAETAE_KAFKA_H
#define HAETAE_KAFKA_H

#include "haetae/status.h"
#include "haetae/types.h"

HAETAE_BEGIN_DECLS

/* Registers the exporter "kafka" with its configuration keys, HAETAE_KAFKA_*. The shared library
 * does this when it is loaded.
 * Threads: any. Errors: those of haetae_exporter_register(). */
HAETAE_API haetae_status haetae_kafka_register(void);

/* Makes the exporter named "kafka" with the HAETAE_KAFKA_* keys of `config`. haetae_start() does
 * this itself. librdkafka's threads, with all signals blocked, connect from now on.
 * A delivery is complete when Kafka has acknowledged each of its messages; a try ends with the
 * shorter of HAETAE_KAFKA_TIMEOUT and the export timeout of the signal. docs/kafka.md says which
 * errors are tried again.
 * A forked child gets its own client with its first export, and leaves the parent's alone. If it
 * exports nothing, it keeps copies of some of the parent's descriptors until it ends or calls
 * exec(), but sends nothing on them. With TLS the exporter stops in the process's exit handlers,
 * before the TLS library does, and drops what it gets afterwards. So a program that shuts its SDK
 * down in an exit handler calls atexit() after this call.
 * Freeing the exporter waits at most a second for librdkafka's threads; those that take longer, for
 * example in a name look-up, are left behind.
 * Ownership: the caller owns the exporter until haetae_config_add_exporter(). Output untouched on
 * failure.
 * Errors: HAETAE_EVALUE (a value that cannot be used, or that librdkafka refuses), HAETAE_ENOMEM,
 * HAETAE_EIO (no descriptor left), HAETAE_EINVAL; haetae_config_error() names the key. */
HAETAE_API haetae_status haetae_kafka_new(haetae_config *config, haetae_exporter **ret_exporter);

HAETAE_END_DECLS

#endif
