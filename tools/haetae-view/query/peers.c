/* SPDX-License-Identifier: Apache-2.0 */
#include "query/peers.h"

/* So many of the newest spans are looked at, and so many calls among them. */
static const char peers[] =
    "SELECT DISTINCT o.name, o.kind, coalesce((SELECT p.service FROM span c INDEXED BY span_trace"
    " CROSS JOIN op p ON p.id = c.op WHERE c.trace_id = s.trace_id AND c.parent_id = s.span_id"
    " AND p.service <> :service LIMIT 1), json_extract(s.attributes, '$.\"peer.service\"'),"
    " json_extract(s.attributes, '$.\"server.address\"'),"
    " json_extract(s.attributes, '$.\"messaging.destination.name\"')) AS peer"
    " FROM (SELECT n.id FROM (SELECT id, op FROM span NOT INDEXED ORDER BY id DESC LIMIT 20000) n"
    " WHERE n.op IN (SELECT id FROM op WHERE service = :service AND kind IN (3, 4)) LIMIT 500) f"
    " CROSS JOIN span s ON s.id = f.id CROSS JOIN op o ON o.id = s.op WHERE peer IS NOT NULL";

struct hae_view_rows hae_view_ask_peers(sqlite3 *db, const char *service)
{
    struct hae_view_rows rows = hae_view_ask(db, peers);
    hae_view_give_text(&rows, ":service", service);
    return rows;
}

bool hae_view_next_peer(struct hae_view_rows *rows, struct hae_view_peer_row *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_peer_row){
        hae_view_name_at(rows, 0), (int)hae_view_integer_at(rows, 1), hae_view_name_at(rows, 2)};
    return true;
}
