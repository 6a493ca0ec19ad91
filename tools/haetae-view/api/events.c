/* SPDX-License-Identifier: Apache-2.0 */
#include "api/events.h"

#include "api/call.h"
#include "api/logs.h"
#include "util/hash.h"

#define SECOND_NS UINT64_C(1000000000)

/* How many log records come at once. */
#define RECORDS_MAX 200

/* The question for log records, and what is known after it. */
struct tail {
    struct hae_view_call call;
    int64_t after;
    int64_t newest;
    size_t found;
};

bool hae_view_events_begin(const struct hae_view_api *api,
                           const struct hae_view_arguments *arguments,
                           struct hae_view_events *events, struct hae_buffer *problem)
{
    uint8_t trace_id[16];
    struct hae_view_logs_question question;
    int64_t tail = 0;
    int64_t after = -1;
    struct hae_view_call call = hae_view_call_of(api->store, api->alerts, arguments, 0, problem);
    if (!hae_view_call_number(&call, "logs", 0, 1, &tail) ||
        !hae_view_call_number(&call, "after", 0, INT64_MAX, &after) ||
        !hae_view_read_logs(&call, trace_id, &question)) {
        hae_view_call_put_problem(&call, problem);
        return false;
    }
    *events = (struct hae_view_events){
        .arguments = arguments,
        .tail = tail == 1,
        .after = after,
        .tail_requests = UINT64_MAX,
    };
    return true;
}

/* Appends an event whose data is one line of JSON with its end. */
static void put_event(struct hae_buffer *out, const char *name, const struct hae_buffer *data)
{
    if (!data->failed && hae_buffer_reserve(out, data->length + 64)) {
        hae_buffer_format(out, "event: %s\ndata: ", name);
        hae_buffer_add(out, data->data, data->length);
        hae_buffer_char(out, '\n');
    }
}

/* ---- Counts -------------------------------------------------------------------------------- */

static struct hae_view_totals take_totals(struct hae_view_store *store)
{
    struct hae_view_totals totals = hae_view_store_lock(store)->totals;
    hae_view_store_unlock(store);
    return totals;
}

static void put_counts(struct hae_view_events *events, const struct hae_view_totals *totals,
                       uint64_t now_ns, struct hae_buffer *out)
{
    struct hae_buffer data = HAE_BUFFER_INIT;
    struct hae_json json = HAE_JSON_INIT(&data);
    hae_json_open(&json, NULL, '{');
    hae_view_put_digits(&json, "now_ns", (int64_t)now_ns);
    hae_json_count(&json, "requests", hae_view_totals_requests(totals));
    hae_json_count(&json, "spans", totals->counts.spans);
    hae_json_count(&json, "logs", totals->counts.logs);
    hae_json_count(&json, "data_points", totals->counts.data_points);
    hae_json_count(&json, "error_spans", totals->counts.error_spans);
    hae_json_count(&json, "error_logs", totals->counts.error_logs);
    hae_json_close(&json, '}');
    hae_buffer_char(&data, '\n');
    put_event(out, "counts", &data);
    hae_buffer_done(&data);
    events->counted = hae_view_totals_requests(totals);
    events->counts_ns = now_ns;
}

/* ---- Alerts -------------------------------------------------------------------------------- */

static void put_alerts(const struct hae_view_api *api, struct hae_view_events *events,
                       uint64_t now_ns, struct hae_buffer *out)
{
    static const struct hae_view_hash_key no_key = {0, 0};
    struct hae_buffer data = HAE_BUFFER_INIT;
    data.limit = HAE_VIEW_EVENT_BYTES_MAX;
    struct hae_json json = HAE_JSON_INIT(&data);
    hae_json_open(&json, NULL, '{');
    hae_view_alerts_put_firing(api->alerts, &json, (int64_t)now_ns);
    hae_json_close(&json, '}');
    hae_buffer_char(&data, '\n');
    uint64_t digest = hae_view_hash(no_key, data.data, data.failed ? 0 : data.length);
    if (!events->alerts_written || digest != events->alerts_digest) {
        put_event(out, "alerts", &data);
        events->alerts_digest = digest;
        events->alerts_written = true;
    }
    events->alerts_ns = now_ns;
    hae_buffer_done(&data);
}

/* ---- Log records --------------------------------------------------------------------------- */

static int ask_tail(struct hae_view_call *call)
{
    struct tail *tail = (struct tail *)call; /* its first member */
    uint8_t trace_id[16];
    struct hae_view_logs_question question;
    struct hae_view_rows rows = hae_view_ask_newest_log(call->db);
    tail->newest = hae_view_next(&rows) ? hae_view_integer_at(&rows, 0) : tail->after;
    int code = hae_view_rows_done(&rows);
    tail->found = 0;
    if (code != SQLITE_OK || tail->after < 0 || tail->newest <= tail->after ||
        !hae_view_read_logs(call, trace_id, &question)) {
        return code;
    }
    question.after = tail->after;
    question.before = tail->newest + 1;
    question.limit = RECORDS_MAX;
    question.only_what_fits = true;
    return hae_view_put_logs(call, &question, &tail->found);
}

static void put_logs(const struct hae_view_api *api, struct hae_view_events *events,
                     uint64_t requests, uint64_t now_ns, struct hae_buffer *out)
{
    struct hae_buffer data = HAE_BUFFER_INIT;
    data.limit = HAE_VIEW_EVENT_BYTES_MAX;
    struct tail tail = {
        .call = hae_view_call_of(api->store, api->alerts, events->arguments, now_ns, &data),
        .after = events->after,
    };
    int code = hae_view_call_ask(&tail.call, ask_tail);
    if (code == SQLITE_OK && !data.failed) {
        if (tail.found > 0) {
            put_event(out, "logs", &data);
        }
        events->after = tail.newest;
        events->tail_requests = requests;
    }
    hae_buffer_done(&data);
}

void hae_view_events_write(const struct hae_view_api *api, struct hae_view_events *events,
                           uint64_t now_unix_ns, struct hae_buffer *out)
{
    struct hae_view_totals totals = take_totals(api->store);
    bool first = events->counts_ns == 0;
    if (first || hae_view_totals_requests(&totals) != events->counted ||
        now_unix_ns - events->counts_ns >= SECOND_NS) {
        put_counts(events, &totals, now_unix_ns, out);
    }
    if (first || now_unix_ns - events->alerts_ns >= SECOND_NS) {
        put_alerts(api, events, now_unix_ns, out);
    }
    /* A request is counted after it is kept. */
    if (events->tail && hae_view_totals_requests(&totals) != events->tail_requests) {
        put_logs(api, events, hae_view_totals_requests(&totals), now_unix_ns, out);
    }
}
