/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/measure_absence.h"

#include "query/logs.h"
#include "query/red.h"

/* Asks until it need not make way for a request. */
static int ask(const struct hae_view_measuring *measuring,
               struct hae_view_rows (*question)(sqlite3 *db, const void *user), const void *user,
               int64_t *ret_value)
{
    int code = SQLITE_INTERRUPT;
    for (int i = 0; i < HAE_VIEW_MEASURE_TRIES && code == SQLITE_INTERRUPT; i++) {
        struct hae_view_rows rows = question(hae_view_database_read(measuring->database), user);
        bool found = hae_view_next(&rows);
        *ret_value = found ? hae_view_integer_at(&rows, 0) : 0;
        code = hae_view_rows_done(&rows);
        hae_view_database_read_done(measuring->database);
    }
    return code;
}

/* ---- Requests and points ------------------------------------------------------------------- */

static struct hae_view_rows latest(sqlite3 *db, const void *user)
{
    const struct hae_view_measuring *measuring = user;
    const struct hae_view_rule *rule = measuring->rule;
    int64_t from_ns = measuring->now_ns - rule->window_ns;
    return rule->metric != NULL
               ? hae_view_ask_latest_point(db, rule->metric, rule->service, from_ns)
               : hae_view_ask_latest_request(db, rule->service, from_ns);
}

/* ---- Log records --------------------------------------------------------------------------- */

static struct hae_view_rows newest_log(sqlite3 *db, const void *user)
{
    (void)user;
    return hae_view_ask_newest_log(db);
}

static struct hae_view_rows log_between(sqlite3 *db, const void *user)
{
    return hae_view_ask_log_time(db, user);
}

/* Looks at those that came since it looked last, the newest first, and each only once: there is no
 * index for a part of a text. */
static int look_at_logs(const struct hae_view_measuring *measuring)
{
    struct hae_view_logs_seen *seen = measuring->logs;
    int64_t newest = 0;
    int64_t time_ns = 0;
    int code = ask(measuring, newest_log, NULL, &newest);
    int64_t least = seen->id == 0 && newest > HAE_VIEW_MEASURE_LOGS_FIRST
                        ? newest - HAE_VIEW_MEASURE_LOGS_FIRST
                        : seen->id;
    for (int64_t to = newest; code == SQLITE_OK && to > least && time_ns == 0;
         to -= HAE_VIEW_MEASURE_LOGS_STEP) {
        int64_t from = to - HAE_VIEW_MEASURE_LOGS_STEP;
        struct hae_view_log_question question = {
            .service = measuring->rule->service,
            .text = measuring->rule->log,
            .after = from > least ? from : least,
            .up_to = to,
        };
        code = ask(measuring, log_between, &question, &time_ns);
    }
    if (code == SQLITE_OK) {
        seen->id = newest > seen->id ? newest : seen->id;
        seen->time_ns = time_ns != 0 ? time_ns : seen->time_ns;
    }
    return code;
}

/* ---- All ----------------------------------------------------------------------------------- */

int hae_view_measure_absence(const struct hae_view_measuring *measuring)
{
    const struct hae_view_rule *rule = measuring->rule;
    int64_t from_ns = measuring->now_ns - rule->window_ns;
    int64_t time = 0;
    int code =
        rule->log != NULL ? look_at_logs(measuring) : ask(measuring, latest, measuring, &time);
    bool came = rule->log != NULL ? measuring->logs->time_ns >= from_ns : time != 0;
    if (code != SQLITE_OK || (!came && from_ns < measuring->start_ns && !measuring->fires)) {
        return code;
    }
    struct hae_view_sample *sample =
        hae_view_samples_add(measuring->samples, (double)rule->window_ns / 1e9);
    sample->score = came ? 0 : 1;
    hae_view_sample_label(measuring->samples, sample, "service", rule->service);
    hae_view_sample_label(measuring->samples, sample, "metric", rule->metric);
    hae_view_sample_label(measuring->samples, sample, "log", rule->log);
    return code;
}
