/* SPDX-License-Identifier: Apache-2.0 */
#include "query/traces.h"

#include <string.h>

/* Entry spans that are looked at first, for the slowest. */
#define SAMPLE 4000

/* The newest entry spans of the window that fit. All but a text is in the index. */
static const char by_index[] =
    "SELECT found, duration_ns FROM (SELECT id AS found, op, status, duration_ns FROM span"
    " INDEXED BY span_entry WHERE entry AND start_ns >= :from AND start_ns < :to"
    " ORDER BY start_ns DESC LIMIT :scan) WHERE duration_ns BETWEEN :min AND :max"
    " AND found > :after AND (:failed = 0 OR status = 2) AND (:op_id = 0 OR op = :op_id)"
    " AND (:any OR op IN (SELECT id FROM op WHERE entry AND (:service IS NULL OR service = "
    ":service)"
    " AND (:op IS NULL OR name = :op)))"
    " AND (:instance IS NULL OR (SELECT r.instance FROM span x CROSS JOIN resource r"
    " ON r.id = x.resource WHERE x.id = found) = :instance)";

static const char by_text[] =
    "SELECT s.id, s.duration_ns FROM"
    " (SELECT id, op, resource, name, message, attributes, duration_ns, status FROM span"
    " INDEXED BY span_entry"
    " WHERE entry AND start_ns >= :from AND start_ns < :to"
    " ORDER BY start_ns DESC LIMIT :scan) s CROSS JOIN op o ON o.id = s.op"
    " WHERE s.duration_ns BETWEEN :min AND :max AND (:failed = 0 OR s.status = 2)"
    " AND (:op_id = 0 OR s.op = :op_id)"
    " AND (:instance IS NULL OR (SELECT r.instance FROM resource r WHERE r.id = s.resource)"
    " = :instance)"
    " AND (:service IS NULL OR o.service = :service) AND (:op IS NULL OR o.name = :op)"
    " AND (instr(coalesce(s.name, o.name), :text) OR instr(s.message, :text)"
    " OR instr(s.attributes, :text) OR instr(o.service, :text))";

static const char trace_of[] = "SELECT trace_id, op FROM span WHERE id = :id";

static const char first_entry[] =
    "SELECT id, op FROM span INDEXED BY span_trace WHERE trace_id = :trace"
    " ORDER BY entry DESC, start_ns LIMIT 1";

static const char one[] =
    "SELECT o.service, r.instance, coalesce(s.name, o.name), o.kind, s.status, s.message,"
    " s.start_ns, s.duration_ns, s.span_id, count(*), sum(t.status = 2), count(DISTINCT p.service)"
    " FROM span s CROSS JOIN op o ON o.id = s.op CROSS JOIN resource r ON r.id = s.resource"
    " CROSS JOIN span t INDEXED BY span_trace ON t.trace_id = s.trace_id"
    " CROSS JOIN op p ON p.id = t.op WHERE s.id = :id";

/* Spans by their duration, longest first: a heap would not be shorter for so few. */
struct candidates {
    int64_t spans[8 * HAE_VIEW_TRACES_FOUND_MAX];
    int64_t durations[8 * HAE_VIEW_TRACES_FOUND_MAX];
    size_t count;
    size_t limit;
    bool slowest;
};

/* Keeps the first ones that come, or the slowest. False: no further one can matter. */
static bool keep(struct candidates *kept, int64_t span, int64_t duration_ns)
{
    size_t at = kept->count;
    if (!kept->slowest) {
        kept->spans[at] = span;
        return ++kept->count < kept->limit;
    }
    if (at == kept->limit && duration_ns <= kept->durations[at - 1]) {
        return true;
    }
    at = at == kept->limit ? at - 1 : at;
    kept->count = at + 1;
    for (; at > 0 && kept->durations[at - 1] < duration_ns; at--) {
        kept->spans[at] = kept->spans[at - 1];
        kept->durations[at] = kept->durations[at - 1];
    }
    kept->spans[at] = span;
    kept->durations[at] = duration_ns;
    return true;
}

static int collect(sqlite3 *db, const struct hae_view_traces_question *question, int64_t scan,
                   struct candidates *kept)
{
    bool has_text = question->text != NULL;
    struct hae_view_rows rows = hae_view_ask(db, has_text ? by_text : by_index);
    hae_view_give_window(&rows, question->window);
    hae_view_give_integer(&rows, ":min", question->min_ns);
    hae_view_give_integer(&rows, ":max", question->max_ns > 0 ? question->max_ns : INT64_MAX);
    hae_view_give_text(&rows, ":instance", question->instance);
    hae_view_give_integer(&rows, ":after", question->after);
    hae_view_give_integer(&rows, ":failed", question->failed ? 1 : 0);
    hae_view_give_integer(&rows, ":op_id", question->op_id);
    hae_view_give_integer(&rows, ":any", question->service == NULL && question->op == NULL ? 1 : 0);
    hae_view_give_integer(&rows, ":scan", scan);
    hae_view_give_text(&rows, ":service", question->service);
    hae_view_give_text(&rows, ":op", question->op);
    hae_view_give_text(&rows, ":text", question->text);
    while (hae_view_next(&rows) &&
           keep(kept, hae_view_integer_at(&rows, 0), hae_view_integer_at(&rows, 1))) {
    }
    return hae_view_rows_done(&rows);
}

/* The slowest of all are at least as slow as the slowest of a sample. So SQLite drops the faster
 * ones by itself, which takes less time. */
static int collect_all(sqlite3 *db, const struct hae_view_traces_question *question,
                       struct candidates *kept)
{
    int64_t scan = question->text != NULL ? HAE_VIEW_TRACES_SCAN_TEXT : HAE_VIEW_TRACES_SCAN;
    struct hae_view_traces_question all = *question;
    scan = question->scan > 0 ? question->scan : scan;
    if (question->slowest && scan > SAMPLE) {
        int code = collect(db, question, SAMPLE, kept);
        if (code != SQLITE_OK) {
            return code;
        }
        if (kept->count == kept->limit) {
            all.min_ns = kept->durations[kept->count - 1];
        }
        kept->count = 0;
    }
    return collect(db, &all, scan, kept);
}

static bool is_among(const struct hae_view_found_trace *found, size_t count,
                     const uint8_t trace_id[16])
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(found[i].trace_id, trace_id, 16) == 0) {
            return true;
        }
    }
    return false;
}

/* The trace of a span; without an id of its own, it is in none. */
static bool find_trace(sqlite3 *db, struct hae_view_found_trace *found, int *code)
{
    struct hae_view_rows rows = hae_view_ask(db, trace_of);
    hae_view_give_integer(&rows, ":id", found->span);
    bool known = hae_view_next(&rows) && hae_view_id_at(&rows, 0).size == 16;
    if (known) {
        memcpy(found->trace_id, hae_view_id_at(&rows, 0).bytes, 16);
        found->op = hae_view_integer_at(&rows, 1);
    }
    *code = hae_view_rows_done(&rows);
    return known;
}

int hae_view_find_first_span(sqlite3 *db, struct hae_view_found_trace *found)
{
    struct hae_view_rows rows = hae_view_ask(db, first_entry);
    hae_view_give_bytes(&rows, ":trace", found->trace_id, 16);
    found->span = 0;
    if (hae_view_next(&rows)) {
        found->span = hae_view_integer_at(&rows, 0);
        found->op = hae_view_integer_at(&rows, 1);
    }
    return hae_view_rows_done(&rows);
}

size_t hae_view_find_traces(sqlite3 *db, const struct hae_view_traces_question *question,
                            struct hae_view_found_trace found[HAE_VIEW_TRACES_FOUND_MAX],
                            int *ret_code)
{
    size_t limit =
        question->limit < HAE_VIEW_TRACES_FOUND_MAX ? question->limit : HAE_VIEW_TRACES_FOUND_MAX;
    /* A trace has an entry span in each service: more of them than of traces are looked at. */
    struct candidates kept = {.limit = 8 * limit, .slowest = question->slowest};
    bool particular = question->service != NULL || question->op != NULL || question->op_id != 0 ||
                      question->text != NULL || question->failed || question->slowest ||
                      question->max_ns > 0 || question->instance != NULL;
    size_t count = 0;
    *ret_code = limit > 0 ? collect_all(db, question, &kept) : SQLITE_OK;
    for (size_t i = 0; i < kept.count && count < limit && *ret_code == SQLITE_OK; i++) {
        struct hae_view_found_trace *next = &found[count];
        next->span = kept.spans[i];
        if (!find_trace(db, next, ret_code) || is_among(found, count, next->trace_id)) {
            continue;
        }
        if (!particular) {
            *ret_code = hae_view_find_first_span(db, next);
        }
        count++;
    }
    return count;
}

void hae_view_traces_sql(const char **ret_by_index, const char **ret_by_text)
{
    *ret_by_index = by_index;
    *ret_by_text = by_text;
}

struct hae_view_rows hae_view_ask_found_trace(sqlite3 *db, const struct hae_view_found_trace *found)
{
    struct hae_view_rows rows = hae_view_ask(db, one);
    hae_view_give_integer(&rows, ":id", found->span);
    return rows;
}

bool hae_view_next_found_trace(struct hae_view_rows *rows, struct hae_view_trace_row *ret_row)
{
    /* A sum without rows is a row of nothing. */
    if (!hae_view_next(rows) || hae_view_is_null_at(rows, 0)) {
        return false;
    }
    *ret_row = (struct hae_view_trace_row){
        .service = hae_view_name_at(rows, 0),
        .instance = hae_view_text_at(rows, 1),
        .name = hae_view_name_at(rows, 2),
        .kind = (int)hae_view_integer_at(rows, 3),
        .status = (int)hae_view_integer_at(rows, 4),
        .message = hae_view_text_at(rows, 5),
        .start_ns = hae_view_integer_at(rows, 6),
        .duration_ns = hae_view_integer_at(rows, 7),
        .span_id = hae_view_id_at(rows, 8),
        .spans = hae_view_integer_at(rows, 9),
        .errors = hae_view_integer_at(rows, 10),
        .services = hae_view_integer_at(rows, 11),
    };
    return true;
}
