/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the calls of a service go to. */
#ifndef HAETAE_VIEW_QUERY_PEERS_H
#define HAETAE_VIEW_QUERY_PEERS_H

#include "query/rows.h"

struct hae_view_peer_row {
    const char *name; /* of the operation that calls */
    int kind;
    const char *peer; /* a service, or an address */
};

/* By the newest calls: the service of a span below one, else what its attributes say. */
struct hae_view_rows hae_view_ask_peers(sqlite3 *db, const char *service);
bool hae_view_next_peer(struct hae_view_rows *rows, struct hae_view_peer_row *ret_row);

#endif
