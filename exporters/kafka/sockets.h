/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets of a client, so that a forked child can close its copies: else a connection that the
 * parent has closed would stay open for the broker. librdkafka's threads open and close them. */
#ifndef HAETAE_KAFKA_SOCKETS_H
#define HAETAE_KAFKA_SOCKETS_H

#include <stdatomic.h>

#include <librdkafka/rdkafka.h>

#include "base/descriptor.h"

enum {
    /* Those of more brokers stay open in a child. */
    HAE_KAFKA_SOCKETS_MAX = 256
};

struct hae_kafka_socket {
    /* Free, busy, or the number of the socket + 2. The thread that has set it to busy is the only
     * one that uses the descriptor. */
    _Atomic int state;
    struct hae_descriptor descriptor;
};

struct hae_kafka_sockets {
    struct hae_kafka_socket all[HAE_KAFKA_SOCKETS_MAX];
};

/* Has the clients of a configuration, whose opaque pointer is `sockets`, make theirs here. */
void hae_kafka_sockets_watch(rd_kafka_conf_t *conf, struct hae_kafka_sockets *sockets);

/* In a forked child: closes the copies. Async-signal-safe. */
void hae_kafka_sockets_close(struct hae_kafka_sockets *sockets);

#endif
