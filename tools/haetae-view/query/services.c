/* SPDX-License-Identifier: Apache-2.0 */
#include "query/services.h"

/* The first row stands for those that are one too many. */
static const char question[] =
    "SELECT service, id, instance, version, attributes FROM resource"
    " WHERE id > 1 AND (:service IS NULL OR service = :service) ORDER BY service, id";

struct hae_view_rows hae_view_ask_instances(sqlite3 *db, const char *service)
{
    struct hae_view_rows rows = hae_view_ask(db, question);
    hae_view_give_text(&rows, ":service", service);
    return rows;
}

bool hae_view_next_instance(struct hae_view_rows *rows, struct hae_view_instance_row *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_instance_row){
        .service = hae_view_name_at(rows, 0),
        .resource = hae_view_integer_at(rows, 1),
        .instance = hae_view_text_at(rows, 2),
        .version = hae_view_text_at(rows, 3),
        .attributes = hae_view_name_at(rows, 4),
    };
    return true;
}
