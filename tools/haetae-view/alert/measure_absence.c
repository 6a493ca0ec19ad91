/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/measure_absence.h"

#include "query/logs.h"
#include "query/red.h"

static int number_of(struct hae_view_rows rows, int64_t *ret_value)
{
    *ret_value = hae_view_next(&rows) ? hae_view_integer_at(&rows, 0) : 0;
    return hae_view_rows_done(&rows);
}

/* ---- Requests and points ------------------------------------------------------------------- */

static int ask_latest(const struct hae_view_measuring *measuring, sqlite3 *db, void *ret_time)
{
    const struct hae_view_rule *rule = measuring->rule;
    int64_t from_ns = measuring->now_ns - rule->window_ns;
    return number_of(rule->metric != NULL
                         ? hae_view_ask_latest_point(db, rule->metric, rule->service, from_ns)
                         : hae_view_ask_latest_request(db, rule->service, from_ns),
                     ret_time);
}

/* ---- Log records --------------------------------------------------------------------------- */

/* Log records with numbers from one to another, and when the last of them came. */
struct stretch {
    int64_t after;
    int64_t up_to;
    int64_t time_ns;
};

static int ask_newest_log(const struct hae_view_measuring *measuring, sqlite3 *db, void *ret_id)
{
    (void)measuring;
    return number_of(hae_view_ask_newest_log(db), ret_id);
}

static int ask_stretch(const struct hae_view_measuring *measuring, sqlite3 *db, void *user)
{
    struct stretch *stretch = user;
    struct hae_view_log_question question = {
        .service = measuring->rule->service,
        .text = measuring->rule->log,
        .after = stretch->after,
        .up_to = stretch->up_to,
    };
    return number_of(hae_view_ask_log_time(db, &question), &stretch->time_ns);
}

/* Looks at the log records that came since it looked last, the newest first. It looks at each only
 * once, since there is no index for a part of a text. */
static int look_at_logs(const struct hae_view_measuring *measuring)
{
    struct hae_view_logs_seen *seen = measuring->logs;
    int64_t newest = 0;
    int64_t time_ns = 0;
    int code = hae_view_measuring_ask(measuring, ask_newest_log, &newest);
    int64_t least = seen->id == 0 && newest > HAE_VIEW_MEASURE_LOGS_FIRST
                        ? newest - HAE_VIEW_MEASURE_LOGS_FIRST
                        : seen->id;
    for (int64_t to = newest; code == SQLITE_OK && to > least && time_ns == 0;
         to -= HAE_VIEW_MEASURE_LOGS_STEP) {
        int64_t from = to - HAE_VIEW_MEASURE_LOGS_STEP;
        struct stretch stretch = {from > least ? from : least, to, 0};
        code = hae_view_measuring_ask(measuring, ask_stretch, &stretch);
        time_ns = stretch.time_ns;
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
    int code = rule->log != NULL ? look_at_logs(measuring)
                                 : hae_view_measuring_ask(measuring, ask_latest, &time);
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
