/* SPDX-License-Identifier: Apache-2.0 */
/* Where the calls of a service go. */
#ifndef HAETAE_VIEW_QUERY_PEERS_H
#define HAETAE_VIEW_QUERY_PEERS_H

#include "query/rows.h"

struct hae_view_peer_row {
    const char *name; /* of the operation that calls */
    int kind;
    const char *peer; /* a service, or an address */
};

/* From the newest calls: the service of the span below a call, or else the address in its
 * attributes. */
struct hae_view_rows hae_view_ask_peers(sqlite3 *db, const char *service);
bool hae_view_next_peer(struct hae_view_rows *rows, struct hae_view_peer_row *ret_row);

#endif
