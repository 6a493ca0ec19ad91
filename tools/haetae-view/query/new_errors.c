/* SPDX-License-Identifier: Apache-2.0 */
#include "query/new_errors.h"

#include <stdio.h>

#define OF_SIDE(x, time)                                                                           \
    time " >= :" x "_from AND " time " < :" x "_to AND (:" x "_version IS NULL OR r.version = :" x \
         "_version) AND (:" x "_instance IS NULL OR r.instance = :" x "_instance)"

#define IS_OF(x)                                                                                   \
    "(EXISTS (SELECT 1 FROM span s INDEXED BY span_failed CROSS JOIN resource r"                   \
    " ON r.id = s.resource WHERE s.error = g.id AND " OF_SIDE(                                     \
        x, "s.start_ns") ") OR EXISTS (SELECT 1 FROM log l INDEXED BY log_failed CROSS JOIN "      \
                         "resource r"                                                              \
                         " ON r.id = l.resource WHERE l.error = g.id AND " OF_SIDE(                \
                             x, "l.time_ns") "))"

static const char fresh[] =
    "SELECT id, service, kind, sample, count, first_ns, last_ns, last_trace FROM error_group g"
    " WHERE last_ns >= :b_from AND (:service IS NULL OR service = :service) AND " IS_OF(
        "b") " AND NOT " IS_OF("a") " ORDER BY seen DESC LIMIT :limit";

static void give_side(struct hae_view_rows *rows, char name, const struct hae_view_side *side)
{
    char parameter[16];
    snprintf(parameter, sizeof parameter, ":%c_from", name);
    hae_view_give_integer(rows, parameter, side->window.from_ns);
    snprintf(parameter, sizeof parameter, ":%c_to", name);
    hae_view_give_integer(rows, parameter, side->window.to_ns);
    snprintf(parameter, sizeof parameter, ":%c_version", name);
    hae_view_give_text(rows, parameter, side->version);
    snprintf(parameter, sizeof parameter, ":%c_instance", name);
    hae_view_give_text(rows, parameter, side->instance);
}

struct hae_view_rows hae_view_ask_new_errors(sqlite3 *db,
                                             const struct hae_view_new_errors_question *question)
{
    struct hae_view_rows rows = hae_view_ask(db, fresh);
    give_side(&rows, 'a', &question->a);
    give_side(&rows, 'b', &question->b);
    hae_view_give_text(&rows, ":service", question->service);
    hae_view_give_integer(&rows, ":limit", (int64_t)question->limit);
    return rows;
}
