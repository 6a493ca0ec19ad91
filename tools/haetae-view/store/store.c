/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hae_view_store {
    pthread_mutex_t lock; /* guards content and ids */
    struct hae_view_hash_key key;
    struct hae_view_store_content content;
    struct hae_view_id_set ids;
    struct hae_view_database *database; /* has locks of its own */
};

enum hae_view_severity hae_view_severity_of(int number)
{
    if (number < 1 || number > 24) {
        return HAE_VIEW_SEVERITY_UNSPECIFIED;
    }
    return (enum hae_view_severity)(HAE_VIEW_SEVERITY_TRACE + (number - 1) / 4);
}

const char *hae_view_severity_name(enum hae_view_severity severity)
{
    static const char *const names[HAE_VIEW_SEVERITIES] = {"unspecified", "trace", "debug", "info",
                                                           "warn",        "error", "fatal"};
    return names[severity];
}

static bool open_database(struct hae_view_store *store,
                          const struct hae_view_store_options *options, char *problem,
                          size_t problem_size)
{
    struct hae_view_database_options of_database = {
        .path = options->path,
        .size_bytes =
            options->size_bytes != 0 ? options->size_bytes : HAE_VIEW_DATABASE_BYTES_DEFAULT,
        .keep_ns = options->keep_ns,
        .series_max = options->series,
    };
    store->database = hae_view_database_open(&of_database, problem, problem_size);
    return store->database != NULL;
}

struct hae_view_store *hae_view_store_open(const struct hae_view_store_options *options,
                                           char *problem, size_t problem_size)
{
    snprintf(problem, problem_size, "out of memory");
    struct hae_view_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return NULL;
    }
    store->key = hae_view_hash_key_new();
    pthread_mutex_init(&store->lock, NULL);
    hae_view_errors_init(&store->content.errors, store->key);
    hae_view_series_init(&store->content.series, options->series, store->key);
    hae_view_id_set_init(&store->ids, options->remembered_ids, store->key);
    if (!hae_view_traces_init(&store->content.traces, options->window_ns, store->key) ||
        !open_database(store, options, problem, problem_size)) {
        hae_view_store_free(store);
        return NULL;
    }
    return store;
}

struct hae_view_store *hae_view_store_new(const struct hae_view_store_options *options)
{
    char problem[160];
    return hae_view_store_open(options, problem, sizeof problem);
}

struct hae_view_database *hae_view_store_database(struct hae_view_store *store)
{
    return store->database;
}

void hae_view_store_free(struct hae_view_store *store)
{
    if (store == NULL) {
        return;
    }
    hae_view_database_close(store->database);
    pthread_mutex_destroy(&store->lock);
    hae_view_id_set_done(&store->ids);
    hae_view_series_done(&store->content.series);
    hae_view_traces_done(&store->content.traces);
    hae_view_services_done(&store->content.services);
    free(store);
}

struct hae_view_hash_key hae_view_store_key(const struct hae_view_store *store)
{
    return store->key;
}

bool hae_view_store_source(struct hae_view_store *store, const char *service, const char *scope,
                           const char *version, struct hae_view_source *source)
{
    pthread_mutex_lock(&store->lock);
    struct hae_view_services *services = &store->content.services;
    bool found = hae_view_services_find(services, service, &source->service) &&
                 hae_view_services_find_scope(services->items[source->service], scope, version,
                                              &source->scope);
    pthread_mutex_unlock(&store->lock);
    return found;
}

/* Adds to the totals, the scope, the service and the current slot. */
static void count(struct hae_view_store *store, const struct hae_view_source *source,
                  const struct hae_view_counts *counts)
{
    struct hae_view_service *service = store->content.services.items[source->service];
    struct hae_view_slot *slot = hae_view_service_slot(service, source->arrival.monotonic_ns);
    hae_view_counts_add(&store->content.totals.counts, counts);
    hae_view_counts_add(&service->counts, counts);
    hae_view_counts_add(&service->scopes[source->scope].counts, counts);
    hae_view_counts_add(&slot->counts, counts);
}

static bool is_duplicate(struct hae_view_store *store, const struct hae_view_span *span)
{
    struct hae_view_totals *totals = &store->content.totals;
    if (!span->valid_ids) {
        totals->invalid_spans++;
        return false;
    }
    struct hae_view_span_id id;
    memcpy(id.trace_id, span->trace_id, sizeof id.trace_id);
    memcpy(id.span_id, span->span_id, sizeof id.span_id);
    enum hae_view_id_answer answer = hae_view_id_set_add(&store->ids, &id);
    if (answer == HAE_VIEW_ID_FORGOTTEN) {
        totals->forgotten_ids++;
    }
    totals->remembered_ids = store->ids.count;
    return answer == HAE_VIEW_ID_KNOWN;
}

static void remember_entry(struct hae_view_store *store, const struct hae_view_source *source,
                           const struct hae_view_span *span)
{
    struct hae_view_service *service = store->content.services.items[source->service];
    uint64_t duration_ns = hae_view_span_duration(span);
    hae_view_latency_add(&service->entries, duration_ns);
    hae_view_latency_add(&hae_view_service_slot(service, source->arrival.monotonic_ns)->entries,
                         duration_ns);
}

static void remember_span_error(struct hae_view_store *store, const struct hae_view_source *source,
                                const struct hae_view_span *span)
{
    char text[HAE_VIEW_ERROR_TEXT];
    snprintf(text, sizeof text, "%s%s%s", span->name, span->note[0] != '\0' ? ": " : "",
             span->note);
    struct hae_view_error_report report = {source->service, false, span->end_ns,
                                           span->valid_ids ? span->trace_id : NULL, text};
    hae_view_errors_add(&store->content.errors, &report);
}

static void take_span(struct hae_view_store *store, const struct hae_view_source *source,
                      const struct hae_view_span *span)
{
    struct hae_view_counts counts = {.spans = 1};
    if (is_duplicate(store, span)) {
        counts.duplicate_spans = 1;
        count(store, source, &counts);
        return;
    }
    bool failed = span->status == HAE_VIEW_STATUS_ERROR;
    bool entry = hae_view_span_is_entry(span);
    counts.error_spans = failed ? 1 : 0;
    counts.entry_spans = entry ? 1 : 0;
    counts.entry_errors = entry && failed ? 1 : 0;
    count(store, source, &counts);
    store->content.totals.span_events += span->events;
    store->content.totals.span_links += span->links;
    struct hae_view_service *service = store->content.services.items[source->service];
    hae_view_service_alive(service, span->start_ns, &source->arrival);
    hae_view_service_alive(service, span->end_ns, &source->arrival);
    if (entry) {
        remember_entry(store, source, span);
    }
    if (failed) {
        remember_span_error(store, source, span);
    }
    if (span->valid_ids) {
        hae_view_traces_add(&store->content.traces, source, span);
    }
}

void hae_view_store_span(struct hae_view_store *store, const struct hae_view_source *source,
                         const struct hae_view_span *span)
{
    pthread_mutex_lock(&store->lock);
    take_span(store, source, span);
    pthread_mutex_unlock(&store->lock);
}

void hae_view_store_log(struct hae_view_store *store, const struct hae_view_source *source,
                        const struct hae_view_log *log)
{
    enum hae_view_severity severity = hae_view_severity_of(log->severity);
    bool failed = severity >= HAE_VIEW_SEVERITY_ERROR;
    struct hae_view_counts counts = {.logs = 1, .error_logs = failed ? 1 : 0};
    pthread_mutex_lock(&store->lock);
    count(store, source, &counts);
    store->content.totals.logs_by_severity[severity]++;
    store->content.totals.logs_with_trace += log->has_trace ? 1 : 0;
    hae_view_service_alive(store->content.services.items[source->service], log->time_ns,
                           &source->arrival);
    if (failed) {
        struct hae_view_error_report report = {source->service, true, log->time_ns,
                                               log->has_trace ? log->trace_id : NULL, log->text};
        hae_view_errors_add(&store->content.errors, &report);
    }
    pthread_mutex_unlock(&store->lock);
}

void hae_view_store_point(struct hae_view_store *store, const struct hae_view_source *source,
                          const struct hae_view_point *point)
{
    struct hae_view_counts counts = {.data_points = 1};
    struct hae_view_totals *totals = &store->content.totals;
    pthread_mutex_lock(&store->lock);
    count(store, source, &counts);
    switch (hae_view_series_add(&store->content.series, source, point)) {
    case HAE_VIEW_POINT_TAKEN:
        break;
    case HAE_VIEW_POINT_REPEATED:
        totals->repeated_points++;
        break;
    case HAE_VIEW_POINT_LATE:
        totals->late_points++;
        break;
    case HAE_VIEW_POINT_UNTRACKED:
        totals->untracked_points++;
        break;
    }
    totals->series = store->content.series.count;
    totals->series_restarts = store->content.series.restarts;
    pthread_mutex_unlock(&store->lock);
}

void hae_view_store_request(struct hae_view_store *store, enum hae_view_signal signal,
                            size_t wire_bytes, size_t body_bytes)
{
    pthread_mutex_lock(&store->lock);
    store->content.totals.requests[signal]++;
    store->content.totals.wire_bytes += wire_bytes;
    store->content.totals.body_bytes += body_bytes;
    pthread_mutex_unlock(&store->lock);
}

void hae_view_store_refusal(struct hae_view_store *store, unsigned http_status, const char *reason,
                            bool on_purpose)
{
    struct hae_view_totals *totals = &store->content.totals;
    pthread_mutex_lock(&store->lock);
    totals->refused[http_status < 600 ? http_status : 0]++;
    if (on_purpose) {
        totals->failed_on_purpose++;
    } else {
        snprintf(totals->last_refusal, sizeof totals->last_refusal, "%u: %s", http_status, reason);
    }
    pthread_mutex_unlock(&store->lock);
}

const struct hae_view_store_content *hae_view_store_lock(struct hae_view_store *store)
{
    pthread_mutex_lock(&store->lock);
    return &store->content;
}

void hae_view_store_unlock(struct hae_view_store *store)
{
    pthread_mutex_unlock(&store->lock);
}
