/* SPDX-License-Identifier: Apache-2.0 */
#include "api/errors.h"

#include <string.h>

#include "query/errors.h"
#include "query/new_errors.h"

#define ERRORS          100
#define ERRORS_MAX      1000
#define OCCURRENCES     50
#define OCCURRENCES_MAX 1000

static void put_error(struct hae_json *json, const struct hae_view_error_row *row)
{
    hae_json_integer(json, "id", row->id);
    hae_json_text(json, "service", row->service);
    hae_json_text(json, "kind", row->kind);
    hae_json_text(json, "text", row->text);
    hae_json_integer(json, "count", row->count);
    hae_view_put_digits(json, "first_ns", row->first_ns);
    hae_view_put_digits(json, "last_ns", row->last_ns);
    hae_view_put_id(json, "trace_id", row->last_trace);
}

static int put_rows(struct hae_view_call *call, struct hae_view_rows rows)
{
    struct hae_view_error_row row;
    hae_json_open(&call->json, "errors", '[');
    while (hae_view_next_error(&rows, &row)) {
        hae_json_open(&call->json, NULL, '{');
        put_error(&call->json, &row);
        hae_json_close(&call->json, '}');
    }
    hae_json_close(&call->json, ']');
    return hae_view_rows_done(&rows);
}

int hae_view_put_errors(struct hae_view_call *call, const char *service, size_t limit)
{
    struct hae_view_errors_question question = {
        .from_ns = call->window.from_ns, .service = service, .limit = limit};
    return put_rows(call, hae_view_ask_errors(call->db, &question));
}

int hae_view_api_errors(struct hae_view_call *call)
{
    size_t limit;
    if (!hae_view_call_limit(call, ERRORS, ERRORS_MAX, &limit)) {
        return SQLITE_OK;
    }
    return hae_view_put_errors(call, hae_view_argument(call->arguments, "service"), limit);
}

/* A version or an instance, which is required. False: it is missing, and refused. */
static bool read_side(struct hae_view_call *call, const char *name, bool is_version,
                      struct hae_view_side *side)
{
    const char *value = hae_view_call_text(call, name);
    side->window = call->window;
    side->version = is_version ? value : NULL;
    side->instance = is_version ? NULL : value;
    return value != NULL;
}

/* What is compared. False: an argument is wrong, and refused. */
static bool read_sides(struct hae_view_call *call, struct hae_view_new_errors_question *question)
{
    const char *by = hae_view_argument(call->arguments, "by");
    bool is_version = by != NULL && strcmp(by, "version") == 0;
    if (by == NULL || strcmp(by, "window") == 0) {
        int64_t length = call->window.to_ns - call->window.from_ns;
        int64_t from_ns = call->window.from_ns > length ? call->window.from_ns - length : 0;
        question->b.window = call->window;
        question->a.window = (struct hae_view_window){from_ns, call->window.from_ns};
        return true;
    }
    if (!is_version && strcmp(by, "instance") != 0) {
        hae_view_call_expect(call, "by", by, "version, instance or window");
        return false;
    }
    return read_side(call, "a", is_version, &question->a) &&
           read_side(call, "b", is_version, &question->b);
}

int hae_view_api_new_errors(struct hae_view_call *call)
{
    struct hae_view_new_errors_question question = {
        .service = hae_view_argument(call->arguments, "service"),
    };
    if (!hae_view_call_limit(call, ERRORS, ERRORS_MAX, &question.limit) ||
        !read_sides(call, &question)) {
        return SQLITE_OK;
    }
    return put_rows(call, hae_view_ask_new_errors(call->db, &question));
}

static int put_occurrences(struct hae_view_call *call, int64_t id, bool log, size_t limit)
{
    struct hae_json *json = &call->json;
    struct hae_view_occurrence row;
    struct hae_view_rows rows = hae_view_ask_occurrences(call->db, id, log, limit);
    hae_json_open(json, "occurrences", '[');
    while (hae_view_next_occurrence(&rows, &row)) {
        hae_json_open(json, NULL, '{');
        hae_view_put_digits(json, "time_ns", row.time_ns);
        hae_view_put_text(json, "instance", row.instance);
        hae_view_put_id(json, "trace_id", row.trace_id);
        hae_view_put_id(json, "span_id", row.span_id);
        hae_json_text(json, "text", row.text);
        hae_view_put_object(json, "attributes", row.attributes);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    return hae_view_rows_done(&rows);
}

int hae_view_api_error(struct hae_view_call *call)
{
    int64_t id = 0;
    size_t limit;
    if (hae_view_call_text(call, "id") == NULL ||
        !hae_view_call_number(call, "id", 1, INT64_MAX, &id) ||
        !hae_view_call_limit(call, OCCURRENCES, OCCURRENCES_MAX, &limit)) {
        return SQLITE_OK;
    }
    struct hae_view_error_row row;
    struct hae_view_rows rows = hae_view_ask_error(call->db, id);
    bool known = hae_view_next_error(&rows, &row);
    bool log = known && strcmp(row.kind, "log") == 0;
    if (known) {
        put_error(&call->json, &row);
    }
    int code = hae_view_rows_done(&rows);
    if (!known) {
        if (code == SQLITE_OK) {
            hae_view_call_refuse(call, 404, "there is no error of this number");
        }
        return code;
    }
    return put_occurrences(call, id, log, limit);
}
