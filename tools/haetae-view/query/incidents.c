/* SPDX-License-Identifier: Apache-2.0 */
#include "query/incidents.h"

static const char incidents[] =
    "SELECT id, title, from_ns, to_ns, created_ns, (SELECT count(*) FROM note n WHERE"
    " n.incident = i.id) FROM incident i WHERE :id = 0 OR id = :id ORDER BY from_ns DESC, id DESC";

/* When a resource was seen first, by its requests and by the starts of its metrics; and the
 * resource of the same service that came before it. */
#define BEGUN                                                                                      \
    "WITH seen(resource, ns) AS (SELECT resource, min(bucket_s) * 1000000000 FROM rollup GROUP BY" \
    " resource UNION ALL SELECT s.resource, min(s.start_ns) FROM series s JOIN metric m ON"        \
    " m.id = s.metric WHERE m.temporality = 2 AND s.start_ns > 0 GROUP BY s.resource),"            \
    " begun AS (SELECT r.id, r.service, r.instance, r.version, r.attributes, min(seen.ns) AS ns,"  \
    " lag(r.attributes) OVER (PARTITION BY r.service ORDER BY min(seen.ns), r.id) AS before"       \
    " FROM seen JOIN resource r ON r.id = seen.resource GROUP BY r.id),"                           \
    " young AS (SELECT * FROM begun WHERE ns >= :from AND ns < :to LIMIT 200)"

#define NAME(r)                                                                                    \
    r "service || coalesce(' ' || " r "version, '') || coalesce(' ' || " r "instance, '')"

#define NOTES "SELECT time_ns AS at, 'note', text, NULL FROM note WHERE incident = :id"

#define FIRST_ERRORS                                                                               \
    "SELECT first_ns, 'error', service || ': ' || sample || ' (for the first time)', last_trace"   \
    " FROM error_group WHERE first_ns >= :from AND first_ns < :to"

#define LAST_ERRORS                                                                                \
    "SELECT last_ns, 'error', service || ': ' || sample || ' (the last of ' || count ||"           \
    " ' so far)', last_trace FROM error_group WHERE count > 1 AND last_ns >= :from"                \
    " AND last_ns < :to"

#define STARTS                                                                                     \
    "SELECT ns, CASE WHEN before IS NULL THEN 'start' ELSE 'restart' END, " NAME(                  \
        "") " || ' began', NULL FROM young"

/* The same process as before, by its resource, whose metrics have started again: among the newest
 * points. */
#define RESTARTS                                                                                   \
    "SELECT DISTINCT p.start_ns, 'restart', " NAME("r.") " || ' restarted', NULL" OF_RESTARTED

#define OF_RESTARTED                                                                               \
    " FROM point p NOT INDEXED CROSS JOIN series s ON s.id = p.series CROSS JOIN metric m"         \
    " ON m.id = s.metric AND m.temporality = 2 CROSS JOIN resource r ON r.id = s.resource"         \
    " WHERE p.id > (SELECT max(id) FROM point) - 200000 AND p.start_ns >= :from"                   \
    " AND p.start_ns < :to AND EXISTS (SELECT 1 FROM point q INDEXED BY point_series"              \
    " WHERE q.series = p.series AND q.time_ns < p.time_ns AND q.start_ns < p.start_ns)"

/* Attributes that differ with each process are left out. */
#define MEANINGFUL(key)                                                                            \
    key " NOT IN ('service.instance.id', 'container.id', 'k8s.pod.name', 'k8s.pod.uid') AND " key  \
        " NOT GLOB 'process.*' AND " key " NOT GLOB 'host.*'"

#define CHANGES                                                                                    \
    "SELECT ns, 'change', service || ': ' || n.key || ' ' || coalesce((SELECT o.value FROM"        \
    " json_each(before) o WHERE o.key = n.key), 'none') || ' → ' || coalesce(n.value, 'none'),"  \
    " NULL FROM young, json_each(young.attributes) n WHERE before IS NOT NULL"                     \
    " AND (SELECT o.value FROM json_each(before) o WHERE o.key = n.key) IS NOT n.value"            \
    " AND " MEANINGFUL(                                                                            \
        "n.key") " UNION ALL SELECT ns, 'change', service || ': ' || o.key || ' ' ||"              \
                 " coalesce(o.value, 'none') || ' → none', NULL FROM young,"                     \
                 " json_each(young.before) o WHERE NOT EXISTS (SELECT 1 FROM"                      \
                 " json_each(young.attributes) n WHERE n.key = o.key)"                             \
                 " AND " MEANINGFUL("o.key")

#define AND_ALSO " UNION ALL "

static const char timeline[] = BEGUN " " NOTES AND_ALSO FIRST_ERRORS AND_ALSO LAST_ERRORS AND_ALSO
    STARTS AND_ALSO RESTARTS AND_ALSO CHANGES " ORDER BY at LIMIT :limit";

/* Whether there has been one: their tables are made with the first. */
static bool have_tables(sqlite3 *db, int *ret_code)
{
    struct hae_view_rows rows =
        hae_view_ask(db, "SELECT 1 FROM sqlite_schema WHERE name = 'note' AND type = 'table'");
    bool found = hae_view_next(&rows);
    *ret_code = hae_view_rows_done(&rows);
    return found;
}

struct hae_view_rows hae_view_ask_incidents(sqlite3 *db, int64_t id)
{
    int code;
    bool known = have_tables(db, &code);
    if (code != SQLITE_OK) {
        return (struct hae_view_rows){NULL, code};
    }
    struct hae_view_rows rows = hae_view_ask(db, known ? incidents : "SELECT 1 WHERE :id < 0");
    hae_view_give_integer(&rows, ":id", id);
    return rows;
}

bool hae_view_next_incident(struct hae_view_rows *rows, struct hae_view_incident_found *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_incident_found){
        hae_view_integer_at(rows, 0), hae_view_name_at(rows, 1),    hae_view_integer_at(rows, 2),
        hae_view_integer_at(rows, 3), hae_view_integer_at(rows, 4), hae_view_integer_at(rows, 5)};
    return true;
}

struct hae_view_rows hae_view_ask_timeline(sqlite3 *db, int64_t incident,
                                           struct hae_view_window window)
{
    struct hae_view_rows rows = hae_view_ask(db, timeline);
    hae_view_give_integer(&rows, ":id", incident);
    hae_view_give_window(&rows, window);
    hae_view_give_integer(&rows, ":limit", HAE_VIEW_TIMELINE_MAX);
    return rows;
}

struct hae_view_rows hae_view_ask_notes(sqlite3 *db, int64_t incident)
{
    struct hae_view_rows rows = hae_view_ask(db, NOTES " ORDER BY at, id");
    hae_view_give_integer(&rows, ":id", incident);
    return rows;
}

bool hae_view_next_happening(struct hae_view_rows *rows, struct hae_view_happening *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_happening){hae_view_integer_at(rows, 0), hae_view_name_at(rows, 1),
                                           hae_view_name_at(rows, 2), hae_view_id_at(rows, 3)};
    return true;
}
