/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HAETAE_FUZZ_HTTP_SERVER_SOCKETS_H
#define HAETAE_FUZZ_HTTP_SERVER_SOCKETS_H

#include "http_server/server.h"

/* The receiver's end of a socket that was made since the last call; -1: there is none. */
int sockets_take(void);

#endif
