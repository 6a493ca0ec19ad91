/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver that lives in the fuzzer's own thread. socket() and connect() of this program make
 * pairs of local sockets, so nothing leaves the process and no time passes. It reads each request
 * strictly, and answers as a script says. */
#ifndef HAETAE_FUZZ_HTTP_SERVER_SERVER_H
#define HAETAE_FUZZ_HTTP_SERVER_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SERVER_ITEMS_MAX = 4096, SERVER_CONNECTIONS = 64, SERVER_SCRIPT_MAX = 64 };

/* What the receiver made of an item. */
enum server_fate {
    SERVER_NEVER_SEEN = 0,
    SERVER_UNDECIDED, /* it was in a request that got no clear answer, or "try again" */
    SERVER_TAKEN,
    SERVER_REFUSED
};

struct server {
    uint8_t script[SERVER_SCRIPT_MAX]; /* two bytes an answer */
    size_t script_length;
    size_t turn;
    bool well;      /* takes everything */
    bool connected; /* whether connect() succeeds */
    uint8_t fate[SERVER_ITEMS_MAX];
    uint64_t taken;    /* items in requests that were answered with success for certain */
    uint64_t maybe;    /* items in requests of which that is not certain                 */
    uint64_t rejected; /* of the items taken: as the answers said                         */
    uint64_t request_count;
};

extern struct server server;

/* Starts again from nothing. */
void server_reset(void);

/* Reads and writes what can be without waiting. Returns whether anything happened. */
bool server_step(void);

/* The exporter may have left: closes all connections. */
void server_close_all(void);

#endif
