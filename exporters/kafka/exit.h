/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the process. OpenSSL cleans up in an exit handler, while librdkafka's threads may
 * still use it: clients with TLS are ended before that. */
#ifndef HAETAE_KAFKA_EXIT_H
#define HAETAE_KAFKA_EXIT_H

#include <stdbool.h>

struct hae_kafka_exporter;

/* Has the client of an exporter with TLS ended when the process exits. To be called when librdkafka
 * has initialised its TLS library, whose exit handler runs after ours then. */
void hae_kafka_exit_watch(struct hae_kafka_exporter *exporter);

/* The exporter is about to go. From here on the exit handler does not touch it. */
void hae_kafka_exit_forget(struct hae_kafka_exporter *exporter);

/* Around all that an exporter does with its client; may be nested. False: the process is at its
 * end, and the exporter must not call librdkafka. Always true for an exporter without TLS. */
bool hae_kafka_enter(const struct hae_kafka_exporter *exporter);
void hae_kafka_leave(const struct hae_kafka_exporter *exporter);

/* In a forked child: no other thread is inside. Async-signal-safe. */
void hae_kafka_exit_in_child(void);

#endif
