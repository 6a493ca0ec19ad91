/* SPDX-License-Identifier: Apache-2.0 */
#include "store/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double hae_view_measurements_total(const struct hae_view_measurements *measurements)
{
    return (double)measurements->histograms + (double)measurements->integer_sums +
           measurements->real_sums;
}

const char *hae_view_metric_kind_name(enum hae_view_metric_kind kind)
{
    static const char *const names[] = {"gauge",     "up_down_counter",       "counter",
                                        "histogram", "exponential_histogram", "summary"};
    return names[kind];
}

/* Like calloc, but returns memory for a count of 0 as well. */
static void *make(size_t count, size_t size)
{
    return calloc(count > 0 ? count : 1, size);
}

static void figure_service(const struct hae_view_service *service,
                           const struct hae_view_summary_options *options,
                           struct hae_view_summary_service *out)
{
    struct hae_view_slot slot;
    const struct hae_view_latency *entries = &service->entries;
    if (options->recent) {
        hae_view_service_recent(service, options->now_ns, &slot, &out->shown_seconds);
        out->shown = slot.counts;
        entries = &slot.entries;
    } else {
        out->shown = service->counts;
        out->shown_seconds = (double)(service->last_unix_ns - service->first_unix_ns) / 1e9;
        if (out->shown_seconds < 1) {
            out->shown_seconds = 1;
        }
    }
    out->p50_ns = hae_view_latency_quantile(entries, 0.5);
    out->p99_ns = hae_view_latency_quantile(entries, 0.99);
    out->max_ns = entries->max_ns;
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
        const struct hae_view_service *service = services->items[i];
        struct hae_view_summary_service *out = &summary->services[i];
        summary->service_count = i + 1;
        memcpy(out->name, service->name, sizeof out->name);
        out->counts = service->counts;
        figure_service(service, options, out);
        out->scopes = make(service->scope_count, sizeof *out->scopes);
        if (out->scopes == NULL) {
            return false;
        }
        out->scope_count = service->scope_count;
        for (uint32_t j = 0; j < service->scope_count; j++) {
            memcpy(out->scopes[j].name, service->scopes[j].name, sizeof out->scopes[j].name);
            memcpy(out->scopes[j].version, service->scopes[j].version,
                   sizeof out->scopes[j].version);
            out->scopes[j].counts = service->scopes[j].counts;
        }
    }
    return true;
}

static void measure(const struct hae_view_series_set *set, struct hae_view_summary *summary)
{
    for (size_t i = 0; i < set->capacity; i++) {
        const struct hae_view_series *series = set->slots[i];
        if (series == NULL) {
            continue;
        }
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

static int by_metric(const struct hae_view_series *a, const struct hae_view_series *b)
{
    if (a->service != b->service) {
        return a->service < b->service ? -1 : 1;
    }
    int order = strcmp(a->name, b->name);
    if (order == 0) {
        order = strcmp(a->unit, b->unit);
    }
    if (order == 0 && a->kind != b->kind) {
        order = a->kind < b->kind ? -1 : 1;
    }
    if (order == 0 && a->scope != b->scope) {
        order = a->scope < b->scope ? -1 : 1;
    }
    return order;
}

static int by_weight(const void *a, const void *b)
{
    const struct hae_view_series *x = *(struct hae_view_series *const *)a;
    const struct hae_view_series *y = *(struct hae_view_series *const *)b;
    int order = by_metric(x, y);
    if (order == 0 && weight(x) != weight(y)) {
        order = weight(x) > weight(y) ? -1 : 1;
    }
    return order != 0 ? order : strcmp(x->attributes, y->attributes);
}

static int by_attributes(const void *a, const void *b)
{
    const struct hae_view_summary_series *x = a;
    const struct hae_view_summary_series *y = b;
    int order = strcmp(x->attributes, y->attributes);
    return order != 0 ? order : x->time_ns < y->time_ns ? -1 : x->time_ns > y->time_ns;
}

static void copy_one(const struct hae_view_series *series, struct hae_view_summary_series *out)
{
    out->service = series->service;
    out->scope = series->scope;
    out->kind = series->kind;
    out->temporality = series->temporality;
    out->has_value = series->has_value;
    out->figures = series->figures;
    out->rate = series->rate;
    out->time_ns = series->time_ns;
    snprintf(out->name, sizeof out->name, "%s", series->name);
    snprintf(out->unit, sizeof out->unit, "%s", series->unit);
    snprintf(out->attributes, sizeof out->attributes, "%s", series->attributes);
}

/* Copies the largest series of each metric; `sorted` has them by_weight. */
static void copy_metrics(struct hae_view_series *const *sorted, size_t count,
                         const struct hae_view_summary_options *options,
                         struct hae_view_summary *summary)
{
    size_t per_metric = options->series_per_metric > 0 ? options->series_per_metric : SIZE_MAX;
    for (size_t begin = 0; begin < count && summary->series_count < options->series;) {
        size_t end = begin + 1;
        while (end < count && by_metric(sorted[begin], sorted[end]) == 0) {
            end++;
        }
        size_t room = options->series - summary->series_count;
        size_t taken = end - begin < per_metric ? end - begin : per_metric;
        taken = taken < room ? taken : room;
        struct hae_view_summary_series *first = &summary->series[summary->series_count];
        for (size_t i = 0; i < taken; i++) {
            copy_one(sorted[begin + i], &first[i]);
        }
        qsort(first, taken, sizeof *first, by_attributes);
        first[taken - 1].more = end - begin - taken;
        summary->series_count += taken;
        begin = end;
    }
}

static bool copy_series(const struct hae_view_series_set *set,
                        const struct hae_view_summary_options *options,
                        struct hae_view_summary *summary)
{
    size_t most = set->count < options->series ? set->count : options->series;
    struct hae_view_series **sorted = make(set->count, sizeof(struct hae_view_series *));
    summary->series = make(most, sizeof *summary->series);
    if (sorted == NULL || summary->series == NULL) {
        free(sorted);
        return false;
    }
    size_t count = 0;
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i] != NULL) {
            sorted[count++] = set->slots[i];
        }
    }
    qsort(sorted, count, sizeof(struct hae_view_series *), by_weight);
    copy_metrics(sorted, count, options, summary);
    free(sorted);
    return true;
}

static bool take(const struct hae_view_store_content *content,
                 const struct hae_view_summary_options *options, struct hae_view_summary *summary)
{
    summary->recent = options->recent;
    summary->traces_window_ns = content->traces.window_ns;
    summary->totals = content->totals;
    summary->traces = make(options->traces, sizeof *summary->traces);
    summary->errors = make(options->errors, sizeof *summary->errors);
    if (summary->traces == NULL || summary->errors == NULL ||
        !copy_services(&content->services, options, summary)) {
        return false;
    }
    measure(&content->series, summary);
    summary->trace_count = hae_view_traces_slowest(&content->traces, options->now_ns,
                                                   summary->traces, options->traces);
    summary->error_count =
        hae_view_errors_latest(&content->errors, summary->errors, options->errors);
    summary->error_groups = content->errors.count;
    return copy_series(&content->series, options, summary);
}

bool hae_view_summary_take(struct hae_view_store *store,
                           const struct hae_view_summary_options *options,
                           struct hae_view_summary *ret_summary)
{
    struct hae_view_summary summary;
    memset(&summary, 0, sizeof summary);
    const struct hae_view_store_content *content = hae_view_store_lock(store);
    bool taken = take(content, options, &summary);
    hae_view_store_unlock(store);
    if (!taken) {
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
