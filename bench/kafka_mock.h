/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka's mock cluster in a process of its own, whose time does not count. */
#ifndef HAETAE_BENCH_KAFKA_MOCK_H
#define HAETAE_BENCH_KAFKA_MOCK_H

#include <sys/types.h>

struct kafka_mock {
    pid_t process;
    int lifeline; /* the process ends when it is closed */
    char brokers[256];
};

/* Starts three brokers, with otlp_spans in six partitions. Call it before there are threads. 0, or
 * -1. */
int kafka_mock_start(struct kafka_mock *mock);
void kafka_mock_stop(struct kafka_mock *mock);

#endif
