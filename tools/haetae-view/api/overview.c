/* SPDX-License-Identifier: Apache-2.0 */
#include "api/overview.h"

#include "api/errors.h"
#include "api/requests.h"
#include "api/traces.h"
#include "query/kept.h"

#define ERRORS  10
#define SLOWEST 10

static void put_totals(struct hae_view_call *call)
{
    struct hae_json *json = &call->json;
    struct hae_view_totals totals = hae_view_store_lock(call->store)->totals;
    hae_view_store_unlock(call->store);
    hae_json_open(json, "totals", '{');
    hae_json_count(json, "requests", hae_view_totals_requests(&totals));
    hae_json_count(json, "refused_requests", hae_view_totals_refused(&totals));
    hae_json_count(json, "spans", totals.counts.spans);
    hae_json_count(json, "duplicate_spans", totals.counts.duplicate_spans);
    hae_json_count(json, "error_spans", totals.counts.error_spans);
    hae_json_count(json, "logs", totals.counts.logs);
    hae_json_count(json, "error_logs", totals.counts.error_logs);
    hae_json_count(json, "data_points", totals.counts.data_points);
    hae_json_count(json, "wire_bytes", totals.wire_bytes);
    hae_json_close(json, '}');
}

static int put_kept(struct hae_view_call *call)
{
    struct hae_json *json = &call->json;
    struct hae_view_rows rows = hae_view_ask_kept(call->db);
    hae_json_open(json, "kept", '{');
    if (hae_view_next(&rows)) {
        hae_json_integer(json, "spans", hae_view_integer_at(&rows, 0));
        hae_json_integer(json, "logs", hae_view_integer_at(&rows, 1));
        hae_json_integer(json, "points", hae_view_integer_at(&rows, 2));
        hae_view_put_digits(json, "since_ns", hae_view_integer_at(&rows, 3));
    }
    struct hae_view_database *database = hae_view_store_database(call->store);
    uint64_t limit;
    hae_json_count(json, "bytes", hae_view_database_used_bytes(database, call->db, &limit));
    hae_json_count(json, "bytes_max", limit);
    hae_json_close(json, '}');
    return hae_view_rows_done(&rows);
}

int hae_view_api_overview(struct hae_view_call *call)
{
    struct hae_view_traces_question slowest = {
        .window = call->window, .slowest = true, .limit = SLOWEST, .scan = HAE_VIEW_TRACES_POLLED};
    hae_view_put_digits(&call->json, "from_ns", call->window.from_ns);
    hae_view_put_digits(&call->json, "to_ns", call->window.to_ns);
    put_totals(call);
    int code = put_kept(call);
    if (code == SQLITE_OK) {
        code = hae_view_put_requests(call, NULL);
    }
    hae_view_alerts_put_firing(call->alerts, &call->json, call->now_ns);
    if (code == SQLITE_OK) {
        code = hae_view_put_errors(call, NULL, ERRORS);
    }
    return code == SQLITE_OK ? hae_view_put_traces(call, "slowest", &slowest) : code;
}
