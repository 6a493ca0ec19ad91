/* SPDX-License-Identifier: Apache-2.0 */
/* A client of librdkafka: its handle, its topics, and the queue on which it reports. The exporter's
 * thread uses it; librdkafka's own threads do the rest. */
#ifndef HAETAE_KAFKA_CLIENT_H
#define HAETAE_KAFKA_CLIENT_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/descriptor.h"
#include "settings.h"
#include "sockets.h"

struct hae_kafka_client {
    rd_kafka_t *handle;
    rd_kafka_queue_t *queue; /* reports, errors and log lines */
    rd_kafka_topic_t *topics[HAETAE_SIGNAL_COUNT];
    struct hae_descriptor wake; /* an eventfd that is written when the queue is no longer empty */
    pid_t process;              /* whose threads the client has */
    struct hae_kafka_sockets sockets;

    /* The end. */
    pthread_t ender;
    bool has_ender;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool has_ended; /* under `lock` */
    bool is_left;   /* under `lock`: the thread frees the client */

    struct hae_kafka_client *next; /* among those that are forgotten */
};

/* Makes a client, which connects from now on. What is wrong is written to `ret_why`, without
 * secrets. Errors: HAETAE_ENOMEM, HAETAE_EIO (no descriptor), HAETAE_EVALUE. */
haetae_status hae_kafka_client_new(const struct hae_kafka_settings *settings,
                                   struct hae_kafka_client **ret_client, char *ret_why,
                                   size_t why_bytes);

/* Ends the client, in a thread of its own: librdkafka waits for its threads, which may be in a
 * look-up of a name. Reports of its messages will not come. */
void hae_kafka_client_end(struct hae_kafka_client *client);

/* The same, if that was not done, and frees it; waits `wait_ms` at most, and leaves it to the
 * thread after that. NULL: does nothing. */
void hae_kafka_client_free(struct hae_kafka_client *client, unsigned wait_ms);

/* In a forked child: closes copies of descriptors. Async-signal-safe. */
void hae_kafka_client_in_child(struct hae_kafka_client *client);

/* In a process that has none of its threads: forgets it without touching librdkafka. */
void hae_kafka_client_forget(struct hae_kafka_client *client);

#endif
