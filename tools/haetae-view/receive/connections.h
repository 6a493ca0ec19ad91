/* SPDX-License-Identifier: Apache-2.0 */
/* The open connections, by when something came last. When there are many, the one that has been
 * silent for longest is closed, so that clients that connect and send nothing cannot keep others
 * out. Used by the thread of the HTTP server only. */
#ifndef HAETAE_VIEW_RECEIVE_CONNECTIONS_H
#define HAETAE_VIEW_RECEIVE_CONNECTIONS_H

#include <stdbool.h>

struct hae_view_connection {
    int fd;
    struct hae_view_connection *older;
    struct hae_view_connection *newer;
};

struct hae_view_connections {
    struct hae_view_connection *oldest; /* of those that are not held */
    struct hae_view_connection *newest;
    unsigned count;
    unsigned kept_max;
};

void hae_view_connections_init(struct hae_view_connections *connections, unsigned kept_max);

/* Adds one. With more than kept_max, the one that has been silent for longest is shut down; the
 * server notices its end and removes it. NULL: out of memory; the connection is not tracked. */
struct hae_view_connection *hae_view_connections_add(struct hae_view_connections *connections,
                                                     int fd);

/* Something came. NULL does nothing, here and below. */
void hae_view_connections_active(struct hae_view_connections *connections,
                                 struct hae_view_connection *connection);

/* The connection waits for its answer: it is not shut down until it is active again. */
void hae_view_connections_hold(struct hae_view_connections *connections,
                               struct hae_view_connection *connection);

/* Frees it; its descriptor is the server's. */
void hae_view_connections_remove(struct hae_view_connections *connections,
                                 struct hae_view_connection *connection);

#endif
