/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/measure.h"

#include <string.h>

#include "alert/measure_absence.h"
#include "alert/measure_anomaly.h"
#include "alert/measure_metric.h"
#include "alert/measure_requests.h"
#include "query/errors.h"

#define ERRORS_MAX 4096

/* Those that came for the first time in the window, and have come often enough. */
static int new_errors(const struct hae_view_measuring *measuring, sqlite3 *db, void *user)
{
    (void)user;
    const struct hae_view_rule *rule = measuring->rule;
    int64_t from_ns = measuring->now_ns - rule->window_ns;
    struct hae_view_error_row row;
    struct hae_view_errors_question question = {
        .from_ns = from_ns, .service = rule->service, .limit = ERRORS_MAX};
    struct hae_view_rows rows = hae_view_ask_errors(db, &question);
    hae_view_samples_clear(measuring->samples);
    while (hae_view_next_error(&rows, &row)) {
        if (row.first_ns < from_ns || (double)row.count < rule->min_count) {
            continue;
        }
        struct hae_view_sample *sample =
            hae_view_samples_add(measuring->samples, (double)row.count);
        if (sample != NULL) {
            sample->error = row.id;
        }
        hae_view_sample_label(measuring->samples, sample, "service", row.service);
        hae_view_sample_label(measuring->samples, sample, "error_kind", row.kind);
        hae_view_sample_label(measuring->samples, sample, "error", row.text);
    }
    return hae_view_rows_done(&rows);
}

int hae_view_measure(const struct hae_view_measuring *measuring)
{
    int code = SQLITE_OK;
    switch (measuring->rule->kind) {
    case HAE_VIEW_RULE_ERROR_RATE:
    case HAE_VIEW_RULE_RED:
        code = hae_view_measure_requests(measuring);
        break;
    case HAE_VIEW_RULE_ERROR_GROUPS:
        code = hae_view_measuring_ask(measuring, new_errors, NULL);
        break;
    case HAE_VIEW_RULE_METRIC:
        code = hae_view_measure_metric(measuring);
        break;
    case HAE_VIEW_RULE_ABSENCE:
        code = hae_view_measure_absence(measuring);
        break;
    case HAE_VIEW_RULE_ANOMALY:
        code = hae_view_measure_anomaly(measuring);
        break;
    }
    return code == SQLITE_OK && measuring->samples->no_memory ? SQLITE_NOMEM : code;
}
