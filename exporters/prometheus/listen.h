/* SPDX-License-Identifier: Apache-2.0 */
/* The socket that is scraped. */
#ifndef HAETAE_PROMETHEUS_LISTEN_H
#define HAETAE_PROMETHEUS_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

/* Listens on a host's address, by IPv4 where it has both; port 0: one that is free. Returns the
 * socket, and its port. -1: *ret_why says why, valid until the next call of the thread, and
 * *ret_host that the host is to blame. */
int hae_prom_listen(const char *host, uint16_t port, uint16_t *ret_port, const char **ret_why,
                    bool *ret_host);

/* The local port of a socket; 0: it is none. Async-signal-safe. */
uint16_t hae_prom_port_of(int socket);

#endif
