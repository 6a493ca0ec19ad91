/* SPDX-License-Identifier: Apache-2.0 */
/* The host's own OTLP/HTTP receiver: one request a connection, bodies decoded
 * with the host's own generated code. */
#ifndef HAETAE_TESTS_CONSUMERS_HOST_WITH_OWN_PROTOBUF_SERVER_H
#define HAETAE_TESTS_CONSUMERS_HOST_WITH_OWN_PROTOBUF_SERVER_H

#include <pthread.h>
#include <stdatomic.h>

struct server {
    int listener;
    unsigned port;
    pthread_t thread;
    atomic_uint from_haetae; /* spans, by their name; written by the thread */
    atomic_uint from_host;
    atomic_uint broken; /* requests that could not be read or decoded */
};

/* Listens on 127.0.0.1, at a port of the kernel's choice. 0, or -1. */
int server_start(struct server *server);

/* Ends the thread and frees what the server holds. */
void server_stop(struct server *server);

#endif
