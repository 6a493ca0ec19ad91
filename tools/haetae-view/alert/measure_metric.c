/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/measure_metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/distribution.h"
#include "query/members.h"
#include "query/metrics.h"
#include "query/red.h"
#include "store/model.h"

#define SECOND_NS  INT64_C(1000000000)
#define SERIES_MAX 500
#define POINTS_MAX 10000
/* Clocks of senders may be ahead. */
#define AHEAD_NS (60 * SECOND_NS)

struct series {
    int64_t id;
    int kind;
    int temporality;
    char *service;
    struct hae_view_labels labels; /* with the service */
};

struct series_list {
    struct series *items;
    size_t count;
    bool more;
};

static void forget(struct series_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].service);
        hae_view_labels_done(&list->items[i].labels);
    }
    list->count = 0;
    list->more = false;
}

/* ---- Which series ---------------------------------------------------------------------------- */

static int read_attributes(sqlite3 *db, const char *json, struct hae_view_labels *raw, bool *good)
{
    struct hae_view_member member;
    struct hae_view_rows rows = hae_view_ask_plain_members(db, json);
    while (*good && hae_view_next_member(&rows, &member)) {
        *good = hae_view_labels_set_raw(raw, member.name, member.value);
    }
    return hae_view_rows_done(&rows);
}

static int add_series(const struct hae_view_rule *rule, sqlite3 *db,
                      const struct hae_view_rows *rows, struct series_list *list)
{
    struct hae_view_labels raw = {.count = 0};
    struct series *series = &list->items[list->count];
    const char *instance = hae_view_text_at(rows, 2);
    bool good = true;
    int code = read_attributes(db, hae_view_name_at(rows, 3), &raw, &good);
    if (code == SQLITE_OK && good && hae_view_labels_include(&raw, &rule->attributes)) {
        memset(series, 0, sizeof *series);
        list->count++;
        series->id = hae_view_integer_at(rows, 0);
        series->service = strdup(hae_view_name_at(rows, 1));
        series->kind = (int)hae_view_integer_at(rows, 4);
        series->temporality = (int)hae_view_integer_at(rows, 5);
        good = series->service != NULL &&
               hae_view_labels_set(&series->labels, "service", series->service) &&
               (instance == NULL || hae_view_labels_set(&series->labels, "instance", instance)) &&
               hae_view_labels_fill(&series->labels, &raw);
    }
    hae_view_labels_done(&raw);
    return good ? code : SQLITE_NOMEM;
}

static int read_series(const struct hae_view_measuring *measuring, sqlite3 *db, void *user)
{
    const struct hae_view_rule *rule = measuring->rule;
    struct series_list *list = user;
    struct hae_view_rows rows =
        hae_view_ask_series_of(db, rule->metric, rule->service, HAE_VIEW_MEASURE_SERIES_SCAN);
    int code = SQLITE_OK;
    forget(list);
    while (code == SQLITE_OK && hae_view_next(&rows)) {
        if (list->count == SERIES_MAX) {
            list->more = true;
            break;
        }
        code = add_series(rule, db, &rows, list);
    }
    int end = hae_view_rows_done(&rows);
    return code != SQLITE_OK ? code : end;
}

/* ---- The value of one series --------------------------------------------------------------- */

/* What is learned from the points of a series, the newest first. */
struct reading {
    const struct series *series;
    int64_t from_ns;
    bool wants_buckets;
    bool any;
    double last;
    int64_t last_ns;
    int64_t base_ns; /* of the oldest point that was used */
    double increase; /* of a counter, of the number of values or of their sum */
    double newer;    /* of the point before, for cumulative ones */
    int64_t newer_start_ns;
    bool has_buckets; /* `now` has those of the newest point, or of all */
    bool has_base;
    bool fits;
    struct hae_view_distribution now;
    struct hae_view_distribution base;
};

/* The number that grows. */
static double growing(const struct hae_view_rule *rule, const struct hae_view_point_found *point)
{
    if (!point->is_distribution) {
        return point->value;
    }
    return rule->measure == HAE_VIEW_MEASURE_SUM ? point->sum : (double)point->count;
}

static void take_delta(struct reading *reading, const struct hae_view_rule *rule,
                       const struct hae_view_point_found *point)
{
    reading->increase += growing(rule, point);
    if (reading->wants_buckets && point->buckets != NULL) {
        bool good = hae_view_distribution_read(point->buckets, &reading->base);
        if (!reading->has_buckets) {
            reading->now = reading->base;
            reading->has_buckets = good;
        } else {
            reading->fits &= good && hae_view_distribution_add(&reading->now, &reading->base);
        }
    }
}

/* The difference to the point after this one; of a series that started over, all that it has. */
static void take_cumulative(struct reading *reading, const struct hae_view_rule *rule,
                            const struct hae_view_point_found *point)
{
    double value = growing(rule, point);
    bool restarted = point->start_ns != reading->newer_start_ns || value > reading->newer;
    if (reading->any) {
        reading->increase += restarted ? reading->newer : reading->newer - value;
    }
    reading->newer = value;
    if (reading->wants_buckets && point->buckets != NULL) {
        if (!reading->any) {
            reading->has_buckets = hae_view_distribution_read(point->buckets, &reading->now);
        } else if (!restarted) {
            reading->has_base = hae_view_distribution_read(point->buckets, &reading->base);
            reading->fits &= reading->has_base;
        }
    }
    reading->newer_start_ns = point->start_ns;
}

static void take_point(struct reading *reading, const struct hae_view_rule *rule,
                       const struct hae_view_point_found *point)
{
    if (!reading->any) {
        reading->last = point->value;
        reading->last_ns = point->time_ns;
        reading->newer_start_ns = point->start_ns;
    }
    if (reading->series->temporality == HAE_VIEW_DELTA) {
        take_delta(reading, rule, point);
    } else {
        take_cumulative(reading, rule, point);
    }
    reading->any = true;
    reading->base_ns = point->time_ns;
}

/* A cumulative series that began in the window began at 0. */
static void end_reading(struct reading *reading)
{
    if (reading->series->temporality != HAE_VIEW_DELTA && reading->any &&
        reading->newer_start_ns >= reading->from_ns) {
        reading->increase += reading->newer;
        reading->base_ns = reading->newer_start_ns;
        reading->has_base = false;
    } else if (reading->wants_buckets && reading->series->temporality != HAE_VIEW_DELTA) {
        reading->fits &=
            reading->has_base && hae_view_distribution_subtract(&reading->now, &reading->base);
    }
}

static void begin_reading(struct reading *reading, const struct hae_view_measuring *measuring)
{
    const struct series *series = reading->series;
    memset(reading, 0, offsetof(struct reading, now));
    reading->series = series;
    reading->from_ns = measuring->now_ns - measuring->rule->window_ns;
    reading->wants_buckets = hae_view_measure_is_quantile(measuring->rule->measure);
    reading->fits = true;
}

static int read_points(const struct hae_view_measuring *measuring, sqlite3 *db, void *user)
{
    const struct hae_view_rule *rule = measuring->rule;
    struct reading *reading = user;
    begin_reading(reading, measuring);
    /* One point before the window is where it begins. */
    struct hae_view_window window = {reading->from_ns - rule->window_ns,
                                     measuring->now_ns + AHEAD_NS};
    bool one_is_enough = rule->measure == HAE_VIEW_MEASURE_LAST;
    struct hae_view_point_found point;
    struct hae_view_rows rows = hae_view_ask_points(db, reading->series->id, window, POINTS_MAX);
    while (hae_view_next_point(&rows, &point)) {
        bool before = point.time_ns < reading->from_ns;
        if (before && (!reading->any || reading->series->temporality == HAE_VIEW_DELTA)) {
            break;
        }
        take_point(reading, rule, &point);
        if (before || one_is_enough) {
            break;
        }
    }
    return hae_view_rows_done(&rows);
}

/* NaN: not known. */
static double conclude(const struct hae_view_measuring *measuring, const struct reading *reading)
{
    const struct hae_view_rule *rule = measuring->rule;
    bool cumulative = reading->series->temporality != HAE_VIEW_DELTA;
    double seconds = cumulative ? (double)(reading->last_ns - reading->base_ns) / 1e9
                                : (double)rule->window_ns / 1e9;
    if (!reading->any) {
        return NAN;
    }
    if (rule->measure == HAE_VIEW_MEASURE_LAST) {
        return reading->last;
    }
    if (hae_view_measure_is_quantile(rule->measure)) {
        return reading->has_buckets && reading->fits && reading->increase >= rule->min_count
                   ? hae_view_distribution_quantile(&reading->now,
                                                    hae_view_measure_quantile(rule->measure))
                   : NAN;
    }
    if (seconds <= 0 || reading->increase < rule->min_count) {
        return NAN;
    }
    return rule->measure == HAE_VIEW_MEASURE_SUM ? reading->increase : reading->increase / seconds;
}

static bool can_be_measured(enum hae_view_measure measure, int kind)
{
    bool distribution = kind == HAE_VIEW_HISTOGRAM || kind == HAE_VIEW_EXPONENTIAL;
    if (measure == HAE_VIEW_MEASURE_LAST) {
        return kind <= HAE_VIEW_COUNTER;
    }
    return distribution || (!hae_view_measure_is_quantile(measure) && kind == HAE_VIEW_COUNTER);
}

static int measure_series(const struct hae_view_measuring *measuring, const struct series *series,
                          struct reading *reading, double *ret_value)
{
    reading->series = series;
    int code = hae_view_measuring_ask(measuring, read_points, reading);
    end_reading(reading);
    *ret_value = conclude(measuring, reading);
    return code;
}

/* ---- All series ------------------------------------------------------------------------------ */

static void add_alone(const struct hae_view_measuring *measuring, const struct series *series,
                      double value)
{
    struct hae_view_sample *sample = hae_view_samples_add(measuring->samples, value);
    if (sample != NULL && !hae_view_labels_add(&sample->labels, &series->labels)) {
        measuring->samples->no_memory = true;
    }
}

/* Combines the series of each service. A mean is a sum until all have been added. */
static void add_together(const struct hae_view_measuring *measuring, const struct series *series,
                         double value, double counts[HAE_VIEW_SAMPLES_MAX])
{
    struct hae_view_samples *samples = measuring->samples;
    size_t at = 0;
    while (at < samples->count &&
           strcmp(hae_view_labels_find(&samples->items[at].labels, "service"), series->service) !=
               0) {
        at++;
    }
    if (at == samples->count) {
        struct hae_view_sample *sample = hae_view_samples_add(samples, value);
        if (sample != NULL && !hae_view_labels_set(&sample->labels, "service", series->service)) {
            samples->no_memory = true;
            samples->count--;
        } else if (sample != NULL) {
            counts[at] = 1;
        }
        return;
    }
    double *sum = &samples->items[at].value;
    switch (measuring->rule->across) {
    case HAE_VIEW_ACROSS_MAX:
        *sum = fmax(*sum, value);
        break;
    case HAE_VIEW_ACROSS_MIN:
        *sum = fmin(*sum, value);
        break;
    default:
        *sum += value;
        counts[at]++;
        break;
    }
}

static int measure_all(const struct hae_view_measuring *measuring, const struct series_list *list,
                       struct reading *reading)
{
    const struct hae_view_rule *rule = measuring->rule;
    double counts[HAE_VIEW_SAMPLES_MAX] = {0};
    int code = SQLITE_OK;
    for (size_t i = 0; i < list->count && code == SQLITE_OK; i++) {
        double value = NAN;
        if (!can_be_measured(rule->measure, list->items[i].kind)) {
            snprintf(measuring->samples->problem, sizeof measuring->samples->problem,
                     "%s is no function of the kind of metric that this is",
                     hae_view_measure_names[rule->measure]);
            continue;
        }
        code = measure_series(measuring, &list->items[i], reading, &value);
        if (code != SQLITE_OK || isnan(value)) {
            continue;
        }
        if (rule->across == HAE_VIEW_ACROSS_EACH) {
            add_alone(measuring, &list->items[i], value);
        } else {
            add_together(measuring, &list->items[i], value, counts);
        }
    }
    for (size_t i = 0; rule->across != HAE_VIEW_ACROSS_EACH && i < measuring->samples->count; i++) {
        struct hae_view_sample *sample = &measuring->samples->items[i];
        if (rule->across == HAE_VIEW_ACROSS_MEAN) {
            sample->value /= counts[i];
        }
        sample->score = sample->value;
    }
    return code;
}

int hae_view_measure_metric(const struct hae_view_measuring *measuring)
{
    struct series_list list = {calloc(SERIES_MAX, sizeof *list.items), 0, false};
    struct reading *reading = malloc(sizeof *reading);
    int code = list.items != NULL && reading != NULL
                   ? hae_view_measuring_ask(measuring, read_series, &list)
                   : SQLITE_NOMEM;
    if (code == SQLITE_OK && list.more) {
        snprintf(measuring->samples->problem, sizeof measuring->samples->problem,
                 "the metric has more than %d series that match; the others are left out",
                 SERIES_MAX);
    }
    if (code == SQLITE_OK) {
        code = measure_all(measuring, &list, reading);
    }
    if (list.items != NULL) {
        forget(&list);
    }
    free(list.items);
    free(reading);
    return code;
}
