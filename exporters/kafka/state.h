/* SPDX-License-Identifier: Apache-2.0 */
/* What an exporter works on. */
#ifndef HAETAE_KAFKA_STATE_H
#define HAETAE_KAFKA_STATE_H

#include "batch.h"
#include "client.h"
#include "notes.h"
#include "settings.h"

/* Used by one thread at a time. */
struct hae_kafka_exporter {
    struct hae_kafka_settings settings;
    struct hae_kafka_client *client; /* NULL: the next send() makes one */
    struct hae_kafka_batches batches;
    struct hae_kafka_notes notes;
    bool has_more;  /* the queue was not emptied by the last step()             */
    bool is_full;   /* librdkafka takes no more messages until it reports some  */
    bool is_broken; /* the client is of no use any more                         */
    /* In a forked child: the client and the batches are the parent's, and whether they are whole.
     */
    bool inherited;
    bool inherited_whole;
    struct hae_kafka_exporter *next_with_tls; /* see exit.c */
};

/* Begins to end the client, if this process has one. */
void hae_kafka_exporter_end(struct hae_kafka_exporter *exporter);

/* Frees the client, if there is one, within `wait_ms`; one of the parent's is forgotten. */
void hae_kafka_exporter_drop_client(struct hae_kafka_exporter *exporter, unsigned wait_ms);

#endif
