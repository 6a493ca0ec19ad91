/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka_mock.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BROKERS = 3, PARTITIONS = 6 };

/* Says where it is, and serves until the other process closes the lifeline. */
static int serve(int answer, int lifeline)
{
    char why[256];
    char byte;
    rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof why);
    rd_kafka_mock_cluster_t *cluster =
        handle != NULL ? rd_kafka_mock_cluster_new(handle, BROKERS) : NULL;
    const char *brokers;

    if (cluster == NULL ||
        rd_kafka_mock_topic_create(cluster, "otlp_spans", PARTITIONS, BROKERS) != 0) {
        return 1;
    }
    brokers = rd_kafka_mock_cluster_bootstraps(cluster);
    if (write(answer, brokers, strlen(brokers) + 1) < 0) {
        return 1;
    }
    while (read(lifeline, &byte, 1) > 0) {
    }
    return 0;
}

int kafka_mock_start(struct kafka_mock *mock)
{
    int answer[2];
    int lifeline[2];
    ssize_t size;

    if (pipe(answer) != 0 || pipe(lifeline) != 0) {
        perror("pipe");
        return -1;
    }
    mock->process = fork();
    if (mock->process == 0) {
        close(lifeline[1]);
        _exit(serve(answer[1], lifeline[0]));
    }
    close(answer[1]);
    close(lifeline[0]);
    mock->lifeline = lifeline[1];
    size = mock->process > 0 ? read(answer[0], mock->brokers, sizeof mock->brokers) : -1;
    close(answer[0]);
    return size > 0 && mock->brokers[size - 1] == '\0' ? 0 : -1;
}

void kafka_mock_stop(struct kafka_mock *mock)
{
    close(mock->lifeline);
    (void)waitpid(mock->process, NULL, 0);
}
