/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets.h"

#include <sys/socket.h>
#include <unistd.h>

enum { FREE, BUSY, OPEN };

/* Takes a place that is in the state, FREE or OPEN + the number of its socket. */
static bool take(struct hae_kafka_socket *place, int state)
{
    /* Acquire pairs with the release in give(): the descriptor is as who had the place before has
     * left it. */
    return atomic_load_explicit(&place->state, memory_order_relaxed) == state &&
           atomic_compare_exchange_strong_explicit(&place->state, &state, BUSY,
                                                   memory_order_acquire, memory_order_relaxed);
}

static void give(struct hae_kafka_socket *place, int state)
{
    atomic_store_explicit(&place->state, state, memory_order_release);
}

/* A fork between the two calls, or while the place is busy, leaves a copy open in the child. */
static int open_socket(int domain, int type, int protocol, void *opaque)
{
    struct hae_kafka_sockets *sockets = opaque;
    struct hae_descriptor made = hae_descriptor_of(socket(domain, type | SOCK_CLOEXEC, protocol));

    for (size_t i = 0; i < HAE_KAFKA_SOCKETS_MAX && made.number >= 0; i++) {
        if (take(&sockets->all[i], FREE)) {
            sockets->all[i].descriptor = made;
            give(&sockets->all[i], OPEN + made.number);
            break;
        }
    }
    return made.number;
}

/* Closes a socket, unless the host has closed it and the number is another file's. The place is
 * given back first: a child that was forked in between must not close what has got the number. */
static int close_socket(int number, void *opaque)
{
    struct hae_kafka_sockets *sockets = opaque;

    for (size_t i = 0; i < HAE_KAFKA_SOCKETS_MAX; i++) {
        if (take(&sockets->all[i], OPEN + number)) {
            struct hae_descriptor found = sockets->all[i].descriptor;

            give(&sockets->all[i], FREE);
            hae_descriptor_close(&found);
            return 0;
        }
    }
    return close(number);
}

void hae_kafka_sockets_watch(rd_kafka_conf_t *conf, struct hae_kafka_sockets *sockets)
{
    rd_kafka_conf_set_opaque(conf, sockets);
    rd_kafka_conf_set_socket_cb(conf, open_socket);
    rd_kafka_conf_set_closesocket_cb(conf, close_socket);
}

void hae_kafka_sockets_close(struct hae_kafka_sockets *sockets)
{
    for (size_t i = 0; i < HAE_KAFKA_SOCKETS_MAX; i++) {
        /* Relaxed: the child has one thread. */
        int state = atomic_load_explicit(&sockets->all[i].state, memory_order_relaxed);

        if (state >= OPEN) {
            hae_descriptor_close(&sockets->all[i].descriptor);
            give(&sockets->all[i], FREE);
        }
    }
}
