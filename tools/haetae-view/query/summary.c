/* SPDX-License-Identifier: Apache-2.0 */
#include "query/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "query/summary_parts.h"

/* How often a part is read that has to make way for requests. */
#define TRIES_MAX 20

/* Like calloc, but returns memory for a count of 0 as well. */
static void *make(size_t count, size_t size)
{
    return calloc(count > 0 ? count : 1, size);
}

/* ---- Counts --------------------------------------------------------------------------------- */

static void figure_service(const struct hae_view_service_totals *service,
                           const struct hae_view_summary_options *options,
                           struct hae_view_summary_service *out)
{
    if (options->recent) {
        out->shown = hae_view_service_recent(service, options->now_ns, &out->shown_seconds);
        return;
    }
    out->shown = service->counts;
    out->shown_seconds = (double)(service->last_unix_ns - service->first_unix_ns) / 1e9;
    if (out->shown_seconds < 1) {
        out->shown_seconds = 1;
    }
}

/* Copies only what the lock guards, and not what the current request has counted. */
static bool copy_service(const struct hae_view_service_totals *service,
                         struct hae_view_summary_service *out)
{
    memcpy(out->name, service->name, sizeof out->name);
    out->counts = service->counts;
    out->scopes = make(service->scope_count, sizeof *out->scopes);
    if (out->scopes == NULL) {
        return false;
    }
    out->scope_count = service->scope_count;
    for (uint32_t i = 0; i < service->scope_count; i++) {
        const struct hae_view_scope_totals *scope = &service->scopes[i];
        memcpy(out->scopes[i].name, scope->name, sizeof scope->name);
        memcpy(out->scopes[i].version, scope->version, sizeof scope->version);
        out->scopes[i].counts = scope->counts;
    }
    return true;
}

static bool copy_services(const struct hae_view_services *services,
                          const struct hae_view_summary_options *options,
                          struct hae_view_summary *summary)
{
    summary->services = make(services->count, sizeof *summary->services);
    if (summary->services == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < services->count; i++) {
        struct hae_view_summary_service *out = &summary->services[i];
        summary->service_count = i + 1;
        figure_service(services->items[i], options, out);
        if (!copy_service(services->items[i], out)) {
            return false;
        }
    }
    return true;
}

/* ---- Series ---------------------------------------------------------------------------------- */

static void measure(const struct hae_view_series_set *set, struct hae_view_summary *summary)
{
    for (size_t i = 0; i < hae_view_series_count(set); i++) {
        const struct hae_view_series *series = &set->items[i];
        struct hae_view_summary_service *service = &summary->services[series->service];
        hae_view_series_measure(series, &summary->measurements);
        hae_view_series_measure(series, &service->measurements);
        hae_view_series_measure(series, &service->scopes[series->scope].measurements);
    }
}

/* The weight of a series among those of its metric. */
static double weight(const struct hae_view_series *series)
{
    const struct hae_view_figures *figures = &series->figures;
    if (series->kind >= HAE_VIEW_HISTOGRAM) {
        return (double)figures->count;
    }
    double value = figures->is_integer ? (double)figures->integer : figures->value;
    return isnan(value) ? 0 : fabs(value);
}

static int by_weight(const void *a, const void *b)
{
    const struct hae_view_series *x = *(struct hae_view_series *const *)a;
    const struct hae_view_series *y = *(struct hae_view_series *const *)b;
    if (x->metric != y->metric) {
        return x->metric < y->metric ? -1 : 1;
    }
    if (weight(x) != weight(y)) {
        return weight(x) > weight(y) ? -1 : 1;
    }
    return x->id < y->id ? -1 : x->id > y->id;
}

static void copy_one(const struct hae_view_series *series, struct hae_view_summary_series *out)
{
    out->service = series->service;
    out->scope = series->scope;
    out->metric = series->metric;
    out->id = series->id;
    out->kind = series->kind;
    out->temporality = series->temporality;
    out->has_value = series->has_value;
    out->figures = series->figures;
    out->rate = series->rate;
    out->time_ns = series->time_ns;
}

/* Copies the largest series of each metric; `sorted` has them by_weight. */
static void choose(struct hae_view_series *const *sorted, size_t count,
                   const struct hae_view_summary_options *options, struct hae_view_summary *summary)
{
    size_t per_metric = options->series_per_metric > 0 ? options->series_per_metric : SIZE_MAX;
    for (size_t begin = 0; begin < count && summary->series_count < options->series;) {
        size_t end = begin + 1;
        while (end < count && sorted[begin]->metric == sorted[end]->metric) {
            end++;
        }
        size_t room = options->series - summary->series_count;
        size_t taken = end - begin < per_metric ? end - begin : per_metric;
        taken = taken < room ? taken : room;
        struct hae_view_summary_series *first = &summary->series[summary->series_count];
        for (size_t i = 0; i < taken; i++) {
            copy_one(sorted[begin + i], &first[i]);
            first[i].more = end - begin - taken; /* of the metric; it will be on its last one */
        }
        summary->series_count += taken;
        begin = end;
    }
}

static bool choose_series(const struct hae_view_series_set *set,
                          const struct hae_view_summary_options *options,
                          struct hae_view_summary *summary)
{
    size_t count = hae_view_series_count(set);
    struct hae_view_series **sorted = make(count, sizeof(struct hae_view_series *));
    summary->series =
        make(count < options->series ? count : options->series, sizeof *summary->series);
    if (sorted == NULL || summary->series == NULL) {
        free(sorted);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &set->items[i];
    }
    qsort(sorted, count, sizeof(struct hae_view_series *), by_weight);
    choose(sorted, count, options, summary);
    free(sorted);
    return true;
}

/* ---- All ------------------------------------------------------------------------------ */

static bool take_content(struct hae_view_store *store, struct hae_view_summary_call *call)
{
    const struct hae_view_summary_options *options = call->options;
    struct hae_view_summary *summary = call->summary;
    const struct hae_view_store_content *content = hae_view_store_lock(store);
    summary->totals = content->totals;
    call->rollups_before = content->rollups_before;
    call->errors_before = content->errors_before;
    bool taken = copy_services(&content->services, options, summary);
    if (taken) {
        measure(&content->series, summary);
        taken = choose_series(&content->series, options, summary);
    }
    hae_view_store_unlock(store);
    return taken;
}

/* Each part has a turn of its own with the database, so that requests need not wait long. */
static bool read_part(struct hae_view_database *database, struct hae_view_summary_call *call,
                      int (*part)(struct hae_view_summary_call *call))
{
    int code = SQLITE_INTERRUPT;
    for (int i = 0; i < TRIES_MAX && code == SQLITE_INTERRUPT; i++) {
        call->db = hae_view_database_read(database);
        code = part(call);
        hae_view_database_read_done(database);
    }
    return code == SQLITE_OK;
}

bool hae_view_summary_take(struct hae_view_store *store,
                           const struct hae_view_summary_options *options,
                           struct hae_view_summary *ret_summary)
{
    struct hae_view_summary summary;
    struct hae_view_database *database = hae_view_store_database(store);
    struct hae_view_summary_call call = {.options = options, .summary = &summary};
    memset(&summary, 0, sizeof summary);
    summary.recent = options->recent;
    summary.traces_window_ns = options->traces_window_ns;
    summary.traces = make(options->traces, sizeof *summary.traces);
    summary.errors = make(options->errors, sizeof *summary.errors);
    if (summary.traces == NULL || summary.errors == NULL || !take_content(store, &call) ||
        !read_part(database, &call, hae_view_summarize_durations) ||
        !read_part(database, &call, hae_view_summarize_errors) ||
        !read_part(database, &call, hae_view_summarize_traces) ||
        !read_part(database, &call, hae_view_summarize_series)) {
        hae_view_summary_done(&summary);
        return false;
    }
    *ret_summary = summary;
    return true;
}

void hae_view_summary_done(struct hae_view_summary *summary)
{
    for (size_t i = 0; i < summary->service_count; i++) {
        free(summary->services[i].scopes);
    }
    free(summary->services);
    free(summary->traces);
    free(summary->errors);
    free(summary->series);
    memset(summary, 0, sizeof *summary);
}
