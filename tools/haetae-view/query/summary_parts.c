/* SPDX-License-Identifier: Apache-2.0 */
#include "query/summary_parts.h"

#include <string.h>

#include "query/errors.h"
#include "query/requests.h"
#include "query/summary_series.h"
#include "query/trace.h"
#include "query/traces.h"
#include "util/text.h"

#define SECOND_NS   INT64_C(1000000000)
#define RECENT_NS   (60 * SECOND_NS)
#define SCAN_ALL    (INT64_C(1) << 40)
#define SCAN_NEWEST 50000

/* What had arrived before a time: the highest numbers in two tables. Senders' clocks do not
 * matter. */
struct marks {
    int64_t span;
    int64_t rollup;
};

static int marks_before(sqlite3 *db, int64_t time_ns, struct marks *ret_marks)
{
    struct hae_view_rows rows = hae_view_ask(db, "SELECT span, rollup FROM arrival"
                                                 " WHERE time_ns < :time ORDER BY id DESC LIMIT 1");
    *ret_marks = (struct marks){0, 0};
    hae_view_give_integer(&rows, ":time", time_ns);
    if (hae_view_next(&rows)) {
        *ret_marks = (struct marks){hae_view_integer_at(&rows, 0), hae_view_integer_at(&rows, 1)};
    }
    return hae_view_rows_done(&rows);
}

/* ---- Durations ------------------------------------------------------------------------------- */

static struct hae_view_summary_service *service_of(struct hae_view_summary *summary,
                                                   const char *name)
{
    char wanted[HAE_VIEW_NAME_SIZE];
    hae_view_text_clean_string(wanted, sizeof wanted, name);
    for (size_t i = 0; i < summary->service_count; i++) {
        if (strcmp(summary->services[i].name, wanted) == 0) {
            return &summary->services[i];
        }
    }
    return NULL;
}

/* Its calls to others in the time of the question. */
static int summarize_calls(struct hae_view_summary_call *call,
                           const struct hae_view_requests_question *of_time)
{
    struct hae_view_requests_question question = *of_time;
    struct hae_view_requests_row row;
    question.calls = true;
    struct hae_view_rows rows = hae_view_ask_requests(call->db, &question);
    while (hae_view_next_requests(&rows, &row)) {
        struct hae_view_summary_service *service = service_of(call->summary, row.service);
        if (service != NULL) {
            service->calls = (uint64_t)row.requests;
            service->call_errors = (uint64_t)row.errors;
        }
    }
    return hae_view_rows_done(&rows);
}

int hae_view_summarize_durations(struct hae_view_summary_call *call)
{
    const struct hae_view_summary_options *options = call->options;
    struct hae_view_requests_question question = {
        .window = {0, INT64_MAX},
        .step_s = HAE_VIEW_ONE_STEP_S,
        .after = call->rollups_before,
    };
    if (options->recent) {
        struct marks marks;
        int failure = marks_before(call->db, (int64_t)options->now_unix_ns - RECENT_NS, &marks);
        if (failure != SQLITE_OK) {
            return failure;
        }
        question.after = marks.rollup > question.after ? marks.rollup : question.after;
    }
    struct hae_view_requests_row row;
    struct hae_view_rows rows = hae_view_ask_requests(call->db, &question);
    while (hae_view_next_requests(&rows, &row)) {
        struct hae_view_summary_service *service = service_of(call->summary, row.service);
        if (service != NULL) {
            service->p50_ns = (uint64_t)hae_view_requests_quantile(&row, 0.5);
            service->p99_ns = (uint64_t)hae_view_requests_quantile(&row, 0.99);
            service->max_ns = (uint64_t)row.max_ns;
        }
    }
    int code = hae_view_rows_done(&rows);
    return code == SQLITE_OK ? summarize_calls(call, &question) : code;
}

/* ---- Errors --------------------------------------------------------------------------- */

static void copy_error(const struct hae_view_error_row *row, struct hae_view_summary_error *out)
{
    hae_view_text_clean_string(out->service, sizeof out->service, row->service);
    hae_view_text_clean_string(out->text, sizeof out->text, row->text);
    out->is_log = strcmp(row->kind, "log") == 0;
    out->count = (uint64_t)row->count;
    out->last_unix_ns = (uint64_t)row->last_ns;
    out->has_trace = row->last_trace.size == sizeof out->trace_id;
    if (out->has_trace) {
        memcpy(out->trace_id, row->last_trace.bytes, sizeof out->trace_id);
    }
}

int hae_view_summarize_errors(struct hae_view_summary_call *call)
{
    struct hae_view_summary *summary = call->summary;
    struct hae_view_errors_question question = {.seen_after = call->errors_before,
                                                .limit = call->options->errors};
    struct hae_view_error_row row;
    struct hae_view_rows rows = hae_view_ask_errors(call->db, &question);
    summary->error_count = 0;
    while (hae_view_next_error(&rows, &row)) {
        copy_error(&row, &summary->errors[summary->error_count++]);
    }
    int code = hae_view_rows_done(&rows);
    if (code != SQLITE_OK) {
        return code;
    }
    rows = hae_view_ask_error_count(call->db, call->errors_before);
    summary->error_groups =
        hae_view_next(&rows) ? (size_t)hae_view_integer_at(&rows, 0) : summary->error_count;
    return hae_view_rows_done(&rows);
}

/* ---- Traces --------------------------------------------------------------------------- */

static void copy_span(const struct hae_view_noted_span *row, struct hae_view_kept_span *out)
{
    hae_view_copy_span_id(out->span_id, row->span_id);
    hae_view_copy_span_id(out->parent_id, row->parent_id);
    out->start_ns = (uint64_t)row->start_ns;
    out->end_ns = (uint64_t)row->start_ns + (uint64_t)row->duration_ns;
    out->kind = (uint8_t)row->kind;
    out->status = (uint8_t)row->status;
    hae_view_text_clean_string(out->service, sizeof out->service, row->service);
    hae_view_text_clean_string(out->name, sizeof out->name, row->name);
    hae_view_text_clean_string(out->note, sizeof out->note, row->note);
}

static int copy_trace(sqlite3 *db, const struct hae_view_found_trace *found,
                      struct hae_view_trace_copy *out)
{
    struct hae_view_trace_row row;
    struct hae_view_rows rows = hae_view_ask_found_trace(db, found);
    memset(out, 0, sizeof *out);
    memcpy(out->trace_id, found->trace_id, sizeof out->trace_id);
    if (hae_view_next_found_trace(&rows, &row)) {
        hae_view_text_clean_string(out->service, sizeof out->service, row.service);
        hae_view_text_clean_string(out->name, sizeof out->name, row.name);
        out->duration_ns = (uint64_t)row.duration_ns;
        out->span_count = (uint64_t)row.spans;
        out->error_count = (uint64_t)row.errors;
    }
    int code = hae_view_rows_done(&rows);
    if (code != SQLITE_OK) {
        return code;
    }
    struct hae_view_noted_span span;
    rows = hae_view_ask_noted_spans(db, found->trace_id, false, HAE_VIEW_TRACE_SPANS);
    while (out->kept < HAE_VIEW_TRACE_SPANS && hae_view_next_noted_span(&rows, &span)) {
        copy_span(&span, &out->spans[out->kept++]);
    }
    return hae_view_rows_done(&rows);
}

/* Whether one of the chosen has the same entry. */
static bool is_shown(const struct hae_view_found_trace *found, const bool *chosen, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (chosen[i] && found[i].op == found[at].op) {
            return true;
        }
    }
    return false;
}

/* Those of different operations first: the slowest are often all the same. */
static void choose(const struct hae_view_found_trace *found, size_t count, size_t wanted,
                   bool *chosen)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count && wanted > 0; i++) {
            if (!chosen[i] && (pass == 1 || !is_shown(found, chosen, i))) {
                chosen[i] = true;
                wanted--;
            }
        }
    }
}

int hae_view_summarize_traces(struct hae_view_summary_call *call)
{
    const struct hae_view_summary_options *options = call->options;
    struct hae_view_summary *summary = call->summary;
    struct hae_view_traces_question question = {
        .window = {0, INT64_MAX},
        .slowest = true,
        .limit = options->traces > 0 ? HAE_VIEW_TRACES_FOUND_MAX : 0,
        .scan = options->all_traces ? SCAN_ALL : SCAN_NEWEST,
    };
    if (options->traces_window_ns > 0) {
        struct marks marks;
        int failure = marks_before(
            call->db, (int64_t)(options->now_unix_ns - options->traces_window_ns), &marks);
        if (failure != SQLITE_OK) {
            return failure;
        }
        question.after = marks.span;
    }
    struct hae_view_found_trace found[HAE_VIEW_TRACES_FOUND_MAX];
    bool chosen[HAE_VIEW_TRACES_FOUND_MAX] = {false};
    int code;
    size_t count = hae_view_find_traces(call->db, &question, found, &code);
    choose(found, count, options->traces, chosen);
    summary->trace_count = 0;
    for (size_t i = 0; i < count && code == SQLITE_OK; i++) {
        if (chosen[i]) {
            code = copy_trace(call->db, &found[i], &summary->traces[summary->trace_count++]);
        }
    }
    return code;
}

int hae_view_summarize_series(struct hae_view_summary_call *call)
{
    return hae_view_name_series(call->db, call->summary->series, call->summary->series_count);
}
