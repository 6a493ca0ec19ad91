/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/connections.h"

#include <stdlib.h>
#include <sys/socket.h>

void hae_view_connections_init(struct hae_view_connections *connections, unsigned kept_max)
{
    *connections = (struct hae_view_connections){.kept_max = kept_max};
}

static bool is_listed(const struct hae_view_connections *connections,
                      const struct hae_view_connection *connection)
{
    return connection->older != NULL || connections->oldest == connection;
}

static void take_out(struct hae_view_connections *connections,
                     struct hae_view_connection *connection)
{
    if (!is_listed(connections, connection)) {
        return;
    }
    if (connection->older != NULL) {
        connection->older->newer = connection->newer;
    } else {
        connections->oldest = connection->newer;
    }
    if (connection->newer != NULL) {
        connection->newer->older = connection->older;
    } else {
        connections->newest = connection->older;
    }
    connection->older = NULL;
    connection->newer = NULL;
    connections->count--;
}

static void put_last(struct hae_view_connections *connections,
                     struct hae_view_connection *connection)
{
    connection->older = connections->newest;
    if (connections->newest != NULL) {
        connections->newest->newer = connection;
    } else {
        connections->oldest = connection;
    }
    connections->newest = connection;
    connections->count++;
}

struct hae_view_connection *hae_view_connections_add(struct hae_view_connections *connections,
                                                     int fd)
{
    struct hae_view_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return NULL;
    }
    connection->fd = fd;
    put_last(connections, connection);
    if (connections->count > connections->kept_max) {
        struct hae_view_connection *silent = connections->oldest;
        take_out(connections, silent);
        (void)shutdown(silent->fd, SHUT_RDWR);
    }
    return connection;
}

void hae_view_connections_active(struct hae_view_connections *connections,
                                 struct hae_view_connection *connection)
{
    if (connection != NULL) {
        take_out(connections, connection);
        put_last(connections, connection);
    }
}

void hae_view_connections_hold(struct hae_view_connections *connections,
                               struct hae_view_connection *connection)
{
    if (connection != NULL) {
        take_out(connections, connection);
    }
}

void hae_view_connections_remove(struct hae_view_connections *connections,
                                 struct hae_view_connection *connection)
{
    if (connection != NULL) {
        take_out(connections, connection);
        free(connection);
    }
}
