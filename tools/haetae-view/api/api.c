/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api.h"

#include <stdio.h>
#include <string.h>

#include "api/alerts.h"
#include "api/call.h"
#include "api/errors.h"
#include "api/export.h"
#include "api/incidents.h"
#include "api/logs.h"
#include "api/metrics.h"
#include "api/overview.h"
#include "api/perfetto.h"
#include "api/services.h"
#include "api/sql.h"
#include "api/traces.h"
#include "util/text.h"

#define SECOND_NS    INT64_C(1000000000)
#define WINDOW_S     900
#define WINDOW_MAX_S (INT64_C(10) * 366 * 86400)

static const struct question {
    const char *path;
    enum hae_view_method method;
    int (*answer)(struct hae_view_call *call);
} questions[] = {
    {"overview", HAE_VIEW_GET, hae_view_api_overview},
    {"services", HAE_VIEW_GET, hae_view_api_services},
    {"service", HAE_VIEW_GET, hae_view_api_service},
    {"traces", HAE_VIEW_GET, hae_view_api_traces},
    {"trace", HAE_VIEW_GET, hae_view_api_trace},
    {HAE_VIEW_EXPORT, HAE_VIEW_GET, hae_view_api_export},
    {"perfetto", HAE_VIEW_GET, hae_view_api_perfetto},
    {"logs", HAE_VIEW_GET, hae_view_api_logs},
    {"errors", HAE_VIEW_GET, hae_view_api_errors},
    {"new_errors", HAE_VIEW_GET, hae_view_api_new_errors},
    {"error", HAE_VIEW_GET, hae_view_api_error},
    {"metrics", HAE_VIEW_GET, hae_view_api_metrics},
    {"metric", HAE_VIEW_GET, hae_view_api_metric},
    {"sql", HAE_VIEW_GET, hae_view_api_sql},
    {"alerts", HAE_VIEW_GET, hae_view_api_alerts},
    {"silence", HAE_VIEW_POST, hae_view_api_silence},
    {"unsilence", HAE_VIEW_POST, hae_view_api_unsilence},
    {"incidents", HAE_VIEW_GET, hae_view_api_incidents},
    {"incidents", HAE_VIEW_POST, hae_view_api_mark},
    {"incident", HAE_VIEW_GET, hae_view_api_incident},
    {"incident", HAE_VIEW_DELETE, hae_view_api_unmark},
    {"note", HAE_VIEW_POST, hae_view_api_note},
};

static bool is_at(const struct question *question, const char *path)
{
    size_t prefix = strlen(HAE_VIEW_API_PREFIX);
    return strncmp(path, HAE_VIEW_API_PREFIX, prefix) == 0 &&
           strcmp(path + prefix, question->path) == 0;
}

static const struct question *find_question(const char *path, enum hae_view_method method)
{
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        if (questions[i].method == method && is_at(&questions[i], path)) {
            return &questions[i];
        }
    }
    return NULL;
}

unsigned hae_view_api_methods(const char *path)
{
    unsigned methods = 0;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        methods |= is_at(&questions[i], path) ? 1U << questions[i].method : 0;
    }
    return methods;
}

bool hae_view_api_is_lines(const char *path)
{
    return strcmp(path, HAE_VIEW_API_PREFIX HAE_VIEW_EXPORT) == 0;
}

/* The last `window` seconds, or from `from` to `to`. */
static bool read_window(struct hae_view_call *call)
{
    int64_t seconds = WINDOW_S;
    call->window = (struct hae_view_window){0, call->now_ns + 1};
    if (!hae_view_call_number(call, "window", 1, WINDOW_MAX_S, &seconds)) {
        return false;
    }
    if (seconds * SECOND_NS < call->now_ns) {
        call->window.from_ns = call->now_ns - seconds * SECOND_NS;
    }
    if (!hae_view_call_number(call, "from", 0, INT64_MAX, &call->window.from_ns) ||
        !hae_view_call_number(call, "to", 0, INT64_MAX, &call->window.to_ns)) {
        return false;
    }
    if (call->window.from_ns >= call->window.to_ns) {
        hae_view_call_refuse(call, 400, "from must be below to");
        return false;
    }
    return true;
}

/* Refuses the question when it failed: by the code of what went wrong. */
static void refuse_failed(struct hae_view_call *call, int code)
{
    if (call->json.out->over_limit) {
        hae_view_call_refuse(call, 400,
                             "the answer is too long: ask for less (limit, window, from, to)");
    } else if (call->json.out->failed || (code & 0xff) == SQLITE_NOMEM) {
        hae_view_call_refuse(call, 503, "out of memory");
    } else if ((code & 0xff) == SQLITE_INTERRUPT || (code & 0xff) == SQLITE_BUSY) {
        hae_view_call_refuse(
            call, 503,
            "busy: the question takes longer, or more memory, than it may; ask for less");
    } else if (code != SQLITE_OK && call->status == 200) {
        bool asked_wrongly = (code & 0xff) == SQLITE_ERROR || (code & 0xff) == SQLITE_TOOBIG;
        hae_view_call_refuse(call, asked_wrongly ? 400 : 500,
                             asked_wrongly
                                 ? "the question cannot be answered: a value is too large, "
                                   "or of a wrong type"
                                 : "the database cannot be read");
    }
}

unsigned hae_view_api_answer(const struct hae_view_api *api, enum hae_view_method method,
                             const char *path, const struct hae_view_arguments *arguments,
                             uint64_t now_unix_ns, struct hae_buffer *out)
{
    struct hae_view_call call =
        hae_view_call_of(api->store, api->alerts, arguments, now_unix_ns, out);
    const struct question *question = find_question(path, method);
    out->limit = HAE_VIEW_API_ANSWER_MAX;
    if (question == NULL) {
        hae_view_call_refuse(&call, 404, "there is no such question: see docs/view.md");
    } else if (arguments->too_many) {
        hae_view_call_refuse(&call, 400, "there are more than 16 arguments");
    } else if (arguments->malformed) {
        hae_view_call_refuse(&call, 400, "the body: an object of texts and numbers is expected");
    } else if (read_window(&call)) {
        call.lines = hae_view_api_is_lines(path);
        refuse_failed(&call, hae_view_call_ask(&call, question->answer));
    }
    if (call.status != 200) {
        hae_view_call_put_problem(&call, out);
    }
    return call.status;
}
