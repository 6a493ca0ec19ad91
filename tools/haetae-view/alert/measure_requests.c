/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/measure_requests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "query/red.h"
#include "util/grow.h"

#define SECOND_NS INT64_C(1000000000)
#define REDS_MAX  100000

void hae_view_reds_done(struct hae_view_reds *reds)
{
    for (size_t i = 0; i < reds->count; i++) {
        free(reds->items[i].service);
        free(reds->items[i].route);
    }
    free(reds->items);
    memset(reds, 0, sizeof *reds);
}

static double value_of(enum hae_view_measure measure, const struct hae_view_requests_row *row,
                       double seconds)
{
    if (measure == HAE_VIEW_MEASURE_RATE) {
        return seconds > 0 ? (double)row->requests / seconds : NAN;
    }
    if (measure == HAE_VIEW_MEASURE_ERROR_SHARE) {
        return row->requests > 0 ? (double)row->errors / (double)row->requests : NAN;
    }
    return (double)hae_view_requests_quantile(row, hae_view_measure_quantile(measure)) / 1e9;
}

static bool add_red(struct hae_view_reds *reds, const struct hae_view_requests_row *row,
                    double value)
{
    struct hae_view_red *items =
        hae_view_grow(reds->items, reds->count, &reds->capacity, sizeof *items);
    if (items == NULL) {
        return false;
    }
    reds->items = items;
    struct hae_view_red *red = &reds->items[reds->count++];
    *red = (struct hae_view_red){strdup(row->service), strdup(row->name), row->bucket_s,
                                 row->requests, value};
    return red->service != NULL && red->route != NULL;
}

/* What to ask, and what comes of it. */
struct red_reading {
    struct hae_view_red_question question;
    double seconds; /* of a step */
    struct hae_view_reds *reds;
};

static int read_reds(const struct hae_view_measuring *measuring, sqlite3 *db, void *user)
{
    const struct red_reading *reading = user;
    struct hae_view_reds *reds = reading->reds;
    struct hae_view_requests_row row;
    struct hae_view_rows rows = hae_view_ask_red(db, &reading->question);
    bool good = true;
    hae_view_reds_done(reds);
    while (good && reds->count < REDS_MAX && hae_view_next_requests(&rows, &row)) {
        good = add_red(reds, &row, value_of(measuring->rule->measure, &row, reading->seconds));
    }
    int code = hae_view_rows_done(&rows);
    return good ? code : SQLITE_NOMEM;
}

int hae_view_reds_read(const struct hae_view_measuring *measuring, int64_t from_ns, int64_t to_ns,
                       int64_t step_s, struct hae_view_reds *ret_reds)
{
    double window_s = (double)(to_ns - from_ns) / 1e9;
    struct red_reading reading = {
        .question =
            {
                .window = {from_ns > 0 ? from_ns : 0, to_ns},
                .step_s = step_s,
                .service = measuring->rule->service,
                .route = measuring->rule->route,
                .each_route = measuring->rule->each_route,
            },
        .seconds = (double)step_s < window_s ? (double)step_s : window_s,
        .reds = ret_reds,
    };
    return hae_view_measuring_ask(measuring, read_reds, &reading);
}

int hae_view_measure_requests(const struct hae_view_measuring *measuring)
{
    const struct hae_view_rule *rule = measuring->rule;
    struct hae_view_reds reds = {.count = 0};
    int code = hae_view_reds_read(measuring, measuring->now_ns - rule->window_ns, measuring->now_ns,
                                  HAE_VIEW_ONE_STEP_S, &reds);
    for (size_t i = 0; code == SQLITE_OK && i < reds.count; i++) {
        const struct hae_view_red *red = &reds.items[i];
        if ((double)red->requests < rule->min_count || isnan(red->value)) {
            continue;
        }
        struct hae_view_sample *sample = hae_view_samples_add(measuring->samples, red->value);
        hae_view_sample_label(measuring->samples, sample, "service", red->service);
        hae_view_sample_label(measuring->samples, sample, "route", red->route);
    }
    /* For a service that the rule names, no rows mean no requests. */
    if (code == SQLITE_OK && reds.count == 0 && rule->measure == HAE_VIEW_MEASURE_RATE &&
        rule->service != NULL && !rule->each_route && rule->min_count <= 0 &&
        measuring->now_ns - rule->window_ns >= measuring->start_ns) {
        struct hae_view_sample *sample = hae_view_samples_add(measuring->samples, 0);
        hae_view_sample_label(measuring->samples, sample, "service", rule->service);
        hae_view_sample_label(measuring->samples, sample, "route", rule->route);
    }
    hae_view_reds_done(&reds);
    return code;
}
