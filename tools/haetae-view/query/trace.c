/* SPDX-License-Identifier: Apache-2.0 */
#include "query/trace.h"

#include <string.h>

#include "base/hex.h"

static const char extent[] = "SELECT count(*), min(start_ns), max(start_ns + min(duration_ns, "
                             "9223372036854775807 - start_ns))"
                             " FROM span INDEXED BY span_trace WHERE trace_id = :trace";

static const char ids[] = "SELECT DISTINCT trace_id FROM span INDEXED BY span_trace"
                          " WHERE trace_id >= :low AND trace_id <= :high LIMIT :limit";

#define SPAN_COLUMNS                                                                               \
    "SELECT s.id, s.span_id, s.parent_id, o.service, r.instance, coalesce(s.name, o.name),"        \
    " o.kind, s.status, s.entry, s.flags, s.start_ns, s.duration_ns, s.resource, s.message,"       \
    " s.trace_state, c.name, c.version, s.attributes"
#define SPAN_JOINS                                                                                 \
    " CROSS JOIN op o ON o.id = s.op CROSS JOIN resource r ON r.id = s.resource"                   \
    " CROSS JOIN scope c ON c.id = s.scope"

static const char spans[] =
    SPAN_COLUMNS " FROM span s INDEXED BY span_trace" SPAN_JOINS " WHERE s.trace_id = :trace"
                 " ORDER BY s.start_ns, s.id LIMIT :limit";

static const char one_span[] = SPAN_COLUMNS " FROM span s" SPAN_JOINS " WHERE s.id = :id";

/* The last exception of a span that failed, "type: message". */
#define EXCEPTION                                                                                  \
    "(SELECT trim(coalesce(json_extract(e.attributes, '$.\"exception.type\"'), '') || ': ' ||"     \
    " coalesce(json_extract(e.attributes, '$.\"exception.message\"'), ''), ': ') FROM event e"     \
    " INDEXED BY event_span WHERE e.span = s.id AND e.name = 'exception' ORDER BY e.id DESC "      \
    "LIMIT 1)"

static const char noted[] =
    "SELECT s.span_id, s.parent_id, o.service, coalesce(s.name, o.name), o.kind, s.status,"
    " s.start_ns, s.duration_ns, coalesce(s.message,"
    " CASE WHEN s.status = 2 THEN nullif(" EXCEPTION ", '') END,"
    " 'HTTP ' || json_extract(s.attributes, '$.\"http.response.status_code\"'),"
    " CASE WHEN s.status = 2 THEN json_extract(s.attributes, '$.\"error.type\"') END), s.id"
    " FROM span s INDEXED BY span_trace CROSS JOIN op o ON o.id = s.op WHERE s.trace_id = :trace"
    " ORDER BY NOT :by_start AND s.status = 2 DESC,"
    " CASE WHEN :by_start THEN s.start_ns ELSE -s.duration_ns END, s.id LIMIT :limit";

static const char events[] = "SELECT time_ns, name, attributes FROM event INDEXED BY event_span"
                             " WHERE span = :span ORDER BY id LIMIT 1000";

static const char links[] = "SELECT trace_id, span_id, attributes FROM link INDEXED BY link_span"
                            " WHERE span = :span ORDER BY id LIMIT 1000";

static const char resources[] =
    "SELECT id, service, instance, version, attributes FROM resource WHERE id IN"
    " (SELECT resource FROM span INDEXED BY span_trace WHERE trace_id = :trace) ORDER BY id";

bool hae_view_measure_trace(sqlite3 *db, const uint8_t trace_id[16], int64_t *ret_spans,
                            struct hae_view_window *ret_extent, int *ret_code)
{
    struct hae_view_rows rows = hae_view_ask(db, extent);
    hae_view_give_bytes(&rows, ":trace", trace_id, 16);
    bool known = hae_view_next(&rows) && hae_view_integer_at(&rows, 0) > 0;
    if (known) {
        *ret_spans = hae_view_integer_at(&rows, 0);
        ret_extent->from_ns = hae_view_integer_at(&rows, 1);
        ret_extent->to_ns = hae_view_integer_at(&rows, 2);
    }
    *ret_code = hae_view_rows_done(&rows);
    return known;
}

/* The id that begins with some digits and goes on with the same one. */
static bool complete(const char *digits, char rest, uint8_t ret_id[16])
{
    char text[32];
    size_t length = strlen(digits);
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = i < length ? digits[i] : rest;
    }
    return length > 0 && length <= sizeof text && hae_read_hex(text, ret_id, 16);
}

size_t hae_view_find_trace_ids(sqlite3 *db, const char *digits, uint8_t (*ret_ids)[16], size_t max,
                               int *ret_code)
{
    uint8_t low[16];
    uint8_t high[16];
    size_t count = 0;
    *ret_code = SQLITE_OK;
    if (!complete(digits, '0', low) || !complete(digits, 'f', high)) {
        return 0;
    }
    struct hae_view_rows rows = hae_view_ask(db, ids);
    hae_view_give_bytes(&rows, ":low", low, sizeof low);
    hae_view_give_bytes(&rows, ":high", high, sizeof high);
    hae_view_give_integer(&rows, ":limit", (int64_t)max);
    while (count < max && hae_view_next(&rows)) {
        memcpy(ret_ids[count++], hae_view_id_at(&rows, 0).bytes, 16);
    }
    *ret_code = hae_view_rows_done(&rows);
    return count;
}

const char *hae_view_trace_ids_sql(void)
{
    return ids;
}

struct hae_view_rows hae_view_ask_span(sqlite3 *db, int64_t id)
{
    struct hae_view_rows rows = hae_view_ask(db, one_span);
    hae_view_give_integer(&rows, ":id", id);
    return rows;
}

struct hae_view_rows hae_view_ask_spans(sqlite3 *db, const uint8_t trace_id[16], size_t limit)
{
    struct hae_view_rows rows = hae_view_ask(db, spans);
    hae_view_give_bytes(&rows, ":trace", trace_id, 16);
    hae_view_give_integer(&rows, ":limit", (int64_t)limit);
    return rows;
}

bool hae_view_next_span(struct hae_view_rows *rows, struct hae_view_span_of_trace *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_span_of_trace){
        .id = hae_view_integer_at(rows, 0),
        .span_id = hae_view_id_at(rows, 1),
        .parent_id = hae_view_id_at(rows, 2),
        .service = hae_view_name_at(rows, 3),
        .instance = hae_view_text_at(rows, 4),
        .name = hae_view_name_at(rows, 5),
        .kind = (int)hae_view_integer_at(rows, 6),
        .status = (int)hae_view_integer_at(rows, 7),
        .entry = hae_view_integer_at(rows, 8) != 0,
        .flags = hae_view_integer_at(rows, 9),
        .start_ns = hae_view_integer_at(rows, 10),
        .duration_ns = hae_view_integer_at(rows, 11),
        .resource = hae_view_integer_at(rows, 12),
        .message = hae_view_text_at(rows, 13),
        .trace_state = hae_view_text_at(rows, 14),
        .scope = hae_view_text_at(rows, 15),
        .scope_version = hae_view_text_at(rows, 16),
        .attributes = hae_view_text_at(rows, 17),
    };
    return true;
}

struct hae_view_rows hae_view_ask_noted_spans(sqlite3 *db, const uint8_t trace_id[16],
                                              bool by_start, size_t limit)
{
    struct hae_view_rows rows = hae_view_ask(db, noted);
    hae_view_give_integer(&rows, ":by_start", by_start ? 1 : 0);
    hae_view_give_bytes(&rows, ":trace", trace_id, 16);
    hae_view_give_integer(&rows, ":limit", (int64_t)limit);
    return rows;
}

bool hae_view_next_noted_span(struct hae_view_rows *rows, struct hae_view_noted_span *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_noted_span){
        hae_view_id_at(rows, 0),           hae_view_id_at(rows, 1),
        hae_view_name_at(rows, 2),         hae_view_name_at(rows, 3),
        (int)hae_view_integer_at(rows, 4), (int)hae_view_integer_at(rows, 5),
        hae_view_integer_at(rows, 6),      hae_view_integer_at(rows, 7),
        hae_view_name_at(rows, 8),         hae_view_integer_at(rows, 9),
    };
    return true;
}

struct hae_view_rows hae_view_ask_events(sqlite3 *db, int64_t span)
{
    struct hae_view_rows rows = hae_view_ask(db, events);
    hae_view_give_integer(&rows, ":span", span);
    return rows;
}

bool hae_view_next_event(struct hae_view_rows *rows, struct hae_view_event_of_span *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_event_of_span){
        hae_view_integer_at(rows, 0), hae_view_name_at(rows, 1), hae_view_text_at(rows, 2)};
    return true;
}

struct hae_view_rows hae_view_ask_links(sqlite3 *db, int64_t span)
{
    struct hae_view_rows rows = hae_view_ask(db, links);
    hae_view_give_integer(&rows, ":span", span);
    return rows;
}

bool hae_view_next_link(struct hae_view_rows *rows, struct hae_view_link_of_span *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_link_of_span){hae_view_id_at(rows, 0), hae_view_id_at(rows, 1),
                                              hae_view_text_at(rows, 2)};
    return true;
}

struct hae_view_rows hae_view_ask_resources(sqlite3 *db, const uint8_t trace_id[16])
{
    struct hae_view_rows rows = hae_view_ask(db, resources);
    hae_view_give_bytes(&rows, ":trace", trace_id, 16);
    return rows;
}

bool hae_view_next_resource(struct hae_view_rows *rows, struct hae_view_resource_of_trace *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_resource_of_trace){
        hae_view_integer_at(rows, 0), hae_view_name_at(rows, 1), hae_view_text_at(rows, 2),
        hae_view_text_at(rows, 3), hae_view_name_at(rows, 4)};
    return true;
}
