/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka's mock cluster, and what is in its topics. */
#ifndef HAETAE_TESTS_KAFKA_CLUSTER_H
#define HAETAE_TESTS_KAFKA_CLUSTER_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "request.h"

enum { CLUSTER_BROKERS = 3, CLUSTER_PARTITIONS = 6, API_PRODUCE = 0, API_INIT_PRODUCER_ID = 22 };

struct cluster {
    rd_kafka_t *handle; /* whose threads serve it */
    rd_kafka_mock_cluster_t *mock;
    const char *brokers;
};

/* Starts a cluster with the topics otlp_spans, otlp_metrics and otlp_logs. */
void cluster_start(struct cluster *cluster);
void cluster_stop(struct cluster *cluster);

/* All that is in a topic: its messages' items, in static memory. */
struct topic_content {
    struct found_item *items;
    int *partitions;  /* of each item */
    char (*keys)[40]; /* of each item's message; "": none */
    size_t count;
    size_t message_count;
};
struct topic_content cluster_read(const char *brokers, const char *topic, int partition_count,
                                  haetae_signal signal);

/* Checks that the items with these numbers are there, each once, intact, and nothing else. */
void content_is(const struct topic_content *content, unsigned first, unsigned count);

/* Checks that all items of a trace have its id as key, and are in one partition, and that more than
 * one partition is used. */
void content_is_by_trace(const struct topic_content *content);

#endif
