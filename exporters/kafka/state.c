/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

#include <unistd.h>

void hae_kafka_exporter_end(struct hae_kafka_exporter *exporter)
{
    if (exporter->client != NULL && exporter->client->process == getpid()) {
        hae_kafka_client_end(exporter->client);
    }
}

void hae_kafka_exporter_drop_client(struct hae_kafka_exporter *exporter, unsigned wait_ms)
{
    struct hae_kafka_client *client = exporter->client;

    exporter->client = NULL;
    if (client != NULL && client->process != getpid()) {
        hae_kafka_client_forget(client);
    } else {
        hae_kafka_client_free(client, wait_ms);
    }
}
