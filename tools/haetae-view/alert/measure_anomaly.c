/* SPDX-License-Identifier: Apache-2.0 */
/* How far a value is from what is usual. Usual is the median of the same measure in windows of the
 * same length: of the hour around this time of the day on the seven days before, or, when fewer
 * than three of these have data, of the last six hours. The distance is counted in spreads: the
 * median of the distances of those windows from their median (MAD), times 1.4826, which for a
 * normal distribution is its standard deviation; and at least a twentieth of the median. */
#include "alert/measure_anomaly.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alert/measure_requests.h"
#include "query/requests.h"

#define SECOND_NS     INT64_C(1000000000)
#define HOUR_NS       (3600 * SECOND_NS)
#define DAY_NS        (24 * HOUR_NS)
#define DAYS          7
#define DAYS_MIN      3
#define HOURS         6
#define VALUES_MIN    8
#define VALUES_MAX    (DAYS * 62)
#define SPREAD_OF_MAD 1.4826
#define SPREAD_MIN    0.05  /* of the median */
#define SHARE_MIN     0.005 /* spread of shares of errors */

struct history {
    double *values;
    size_t count;
};

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static double median_of(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Adds the windows of one service or route. *ret_any: there were requests. */
static void add_values(const struct hae_view_rule *rule, const struct hae_view_reds *reds,
                       const struct hae_view_red *of, int64_t steps, struct history *history,
                       bool *ret_any)
{
    int64_t seen = 0;
    int64_t first = steps;
    for (size_t i = 0; i < reds->count; i++) {
        const struct hae_view_red *red = &reds->items[i];
        if (strcmp(red->service, of->service) != 0 || strcmp(red->route, of->route) != 0 ||
            red->step >= steps) {
            continue;
        }
        first = seen++ == 0 ? red->step : first;
        if ((double)red->requests >= rule->min_count && !isnan(red->value) &&
            history->count < VALUES_MAX) {
            history->values[history->count++] = red->value;
        }
    }
    *ret_any = seen > 0;
    /* Windows without requests after the first one have no rows, and a rate of 0. */
    for (; seen < steps - first && rule->measure == HAE_VIEW_MEASURE_RATE && rule->min_count <= 0 &&
           history->count < VALUES_MAX;
         seen++) {
        history->values[history->count++] = 0;
    }
}

/* The same hour of earlier days into `days`, of each day its own list; the last hours into `hours`.
 */
static int read_history(const struct hae_view_measuring *measuring, struct hae_view_reds days[DAYS],
                        struct hae_view_reds *hours)
{
    int64_t window_ns = measuring->rule->window_ns;
    int64_t step_s = window_ns / SECOND_NS;
    int code = SQLITE_OK;
    for (int i = 0; i < DAYS && code == SQLITE_OK; i++) {
        int64_t middle_ns = measuring->now_ns - (i + 1) * DAY_NS;
        code = hae_view_reds_read(measuring, middle_ns - HOUR_NS / 2, middle_ns + HOUR_NS / 2,
                                  step_s, &days[i]);
    }
    if (code == SQLITE_OK) {
        code = hae_view_reds_read(measuring, measuring->now_ns - window_ns - HOURS * HOUR_NS,
                                  measuring->now_ns - window_ns, step_s, hours);
    }
    return code;
}

static void score(const struct hae_view_measuring *measuring, const struct hae_view_red *red,
                  const struct history *history)
{
    const struct hae_view_rule *rule = measuring->rule;
    double *values = history->values;
    double median = median_of(values, history->count);
    for (size_t i = 0; i < history->count; i++) {
        values[i] = fabs(values[i] - median);
    }
    double spread = SPREAD_OF_MAD * median_of(values, history->count);
    double least = SPREAD_MIN * fabs(median);
    if (rule->measure == HAE_VIEW_MEASURE_ERROR_SHARE && least < SHARE_MIN) {
        least = SHARE_MIN;
    }
    spread = spread > least ? spread : least;
    if (spread <= 0) {
        return; /* always 0 until now: nothing says how much is much */
    }
    double distance = (red->value - median) / spread;
    struct hae_view_sample *sample = hae_view_samples_add(measuring->samples, red->value);
    hae_view_sample_label(measuring->samples, sample, "service", red->service);
    hae_view_sample_label(measuring->samples, sample, "route", red->route);
    if (sample != NULL) {
        sample->score = rule->direction == HAE_VIEW_UP     ? distance
                        : rule->direction == HAE_VIEW_DOWN ? -distance
                                                           : fabs(distance);
    }
}

static void measure_one(const struct hae_view_measuring *measuring, const struct hae_view_red *red,
                        const struct hae_view_reds days[DAYS], const struct hae_view_reds *hours,
                        struct history *history)
{
    const struct hae_view_rule *rule = measuring->rule;
    int64_t window_ns = rule->window_ns;
    int known_days = 0;
    history->count = 0;
    for (int i = 0; i < DAYS; i++) {
        bool any;
        add_values(rule, &days[i], red, HOUR_NS / window_ns, history, &any);
        known_days += any ? 1 : 0;
    }
    if (known_days < DAYS_MIN) {
        bool any;
        history->count = 0;
        add_values(rule, hours, red, HOURS * HOUR_NS / window_ns, history, &any);
    }
    if (history->count >= VALUES_MIN) {
        score(measuring, red, history);
    }
}

int hae_view_measure_anomaly(const struct hae_view_measuring *measuring)
{
    const struct hae_view_rule *rule = measuring->rule;
    char empty[] = "";
    struct hae_view_reds now = {.count = 0};
    struct hae_view_reds days[DAYS] = {{.count = 0}};
    struct hae_view_reds hours = {.count = 0};
    struct history history = {calloc(VALUES_MAX, sizeof(double)), 0};
    int code = history.values != NULL
                   ? hae_view_reds_read(measuring, measuring->now_ns - rule->window_ns,
                                        measuring->now_ns, HAE_VIEW_ONE_STEP_S, &now)
                   : SQLITE_NOMEM;
    /* For a service that the rule names, no rows mean no requests. */
    const struct hae_view_red none = {rule->service, rule->route != NULL ? rule->route : empty, 0,
                                      0, 0};
    bool silent = now.count == 0 && rule->service != NULL && !rule->each_route &&
                  rule->measure == HAE_VIEW_MEASURE_RATE && rule->min_count <= 0;
    if (code == SQLITE_OK && (now.count > 0 || silent)) {
        code = read_history(measuring, days, &hours);
    }
    if (code == SQLITE_OK && silent) {
        measure_one(measuring, &none, days, &hours, &history);
    }
    for (size_t i = 0; code == SQLITE_OK && i < now.count; i++) {
        if ((double)now.items[i].requests >= rule->min_count && !isnan(now.items[i].value)) {
            measure_one(measuring, &now.items[i], days, &hours, &history);
        }
    }
    for (int i = 0; i < DAYS; i++) {
        hae_view_reds_done(&days[i]);
    }
    hae_view_reds_done(&hours);
    hae_view_reds_done(&now);
    free(history.values);
    return code;
}
