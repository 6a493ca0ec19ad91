/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the listening socket. Its errors say what to do. */
#ifndef HAETAE_VIEW_RECEIVE_LISTEN_H
#define HAETAE_VIEW_RECEIVE_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

/* "127.0.0.1:4318", "[::1]:4318", "localhost:0". */
#define HAE_VIEW_ADDRESS_SIZE 80

struct hae_view_listener {
    int fd;
    unsigned port;
    bool loopback;                       /* only this machine reaches it */
    char address[HAE_VIEW_ADDRESS_SIZE]; /* as bound, with the port the system chose */
};

/* Binds to "ADDRESS:PORT" and listens. On failure returns false, writes one line to
 * `problem`, and leaves *ret_listener alone. */
bool hae_view_listen(const char *where, struct hae_view_listener *ret_listener, char *problem,
                     size_t problem_size);

#endif
