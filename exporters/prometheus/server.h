/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server that is scraped, on libmicrohttpd, in one thread of its own: so collections for
 * scrapes come one after the other, and a client that reads slowly holds up no other. */
#ifndef HAETAE_PROMETHEUS_SERVER_H
#define HAETAE_PROMETHEUS_SERVER_H

#include <stdint.h>

#include "collect.h"
#include "password.h"

/* Connections at once, and of those from one address. More wait until one ends; more from the
 * address are closed. */
enum { HAE_PROM_CONNECTIONS_MAX = 64, HAE_PROM_CONNECTIONS_OF_ADDRESS_MAX = 32 };

struct hae_prom_server;

/* All texts stay the caller's, and are copied. */
struct hae_prom_server_options {
    int listener; /* a socket that listens; the server's, also on failure */
    const char *path;
    const char *certificate; /* PEM; NULL: plain HTTP */
    const char *key;
    uint32_t timeout_ms; /* of a collection, where the scraper names no shorter one */
    bool compresses;
};

/* Starts the server. `collector` and `password` stay the caller's, who keeps them until it has
 * stopped. Errors: HAETAE_ENOMEM, HAETAE_EUNSUPPORTED (TLS, which this libmicrohttpd lacks),
 * HAETAE_EVALUE (certificate or key), HAETAE_ETHREAD. Output untouched on failure. */
haetae_status hae_prom_server_start(const struct hae_prom_server_options *options,
                                    struct hae_prom_collector *collector,
                                    struct hae_prom_password *password,
                                    struct hae_prom_server **ret_server);

/* Ends the connections, and frees the server. In a child of the process that started it, whose
 * thread it has not, it only frees. */
void hae_prom_server_stop(struct hae_prom_server *server);

/* In a forked child: closes the sockets that are the parent's. Async-signal-safe. */
void hae_prom_server_in_child(struct hae_prom_server *server);

#endif
