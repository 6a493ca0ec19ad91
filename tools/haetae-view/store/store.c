/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/intern.h"
#include "store/spans.h"
#include "store/write.h"

/* What a request adds to the totals, apart from the counts of scopes. */
struct pending {
    uint64_t invalid_spans;
    uint64_t span_events;
    uint64_t span_links;
    uint64_t logs_by_severity[HAE_VIEW_SEVERITIES];
    uint64_t logs_with_trace;
    uint64_t repeated_points;
    uint64_t late_points;
    uint64_t untracked_points;
    uint64_t series_restarts;
    uint64_t with_ids; /* spans */
};

/* What a span that waits to be written (store/spans.h) adds, unless it is a duplicate. */
struct queued {
    uint32_t service_place;
    uint32_t scope_place;
    bool failed;
    bool entry;
    bool valid_ids;
    uint64_t start_ns;
    uint64_t end_ns;
    uint64_t events;
    uint64_t links;
};

struct hae_view_store {
    pthread_mutex_t lock; /* guards content */
    struct hae_view_store_content content;
    struct hae_view_database *database; /* has locks of its own */
    pthread_mutex_t taking;             /* held while a request is taken; guards: */
    struct hae_view_arrival arrival;
    struct pending pending;
    uint64_t with_ids;             /* spans with ids that were taken in this run */
    struct hae_view_series series; /* of the metric whose points come */
    int64_t point_series;          /* of the last point, in the database */
    struct queued spans[HAE_VIEW_SPANS_MAX];
    size_t span_count;
    bool failed; /* out of memory, outside of the database */
};

static bool open_database(struct hae_view_store *store,
                          const struct hae_view_database_options *options, char *problem,
                          size_t problem_size)
{
    struct hae_view_database_options complete = *options;
    if (complete.size_bytes == 0) {
        complete.size_bytes = HAE_VIEW_DATABASE_BYTES_DEFAULT;
    }
    if (complete.series_max == 0) {
        complete.series_max = HAE_VIEW_DEFAULT_SERIES;
    }
    store->database = hae_view_database_open(&complete, problem, problem_size);
    if (store->database == NULL) {
        return false;
    }
    hae_view_series_init(&store->content.series, complete.series_max);
    hae_view_database_marks(store->database, &store->content.rollups_before,
                            &store->content.errors_before);
    return true;
}

struct hae_view_store *hae_view_store_open(const struct hae_view_database_options *options,
                                           char *problem, size_t problem_size)
{
    struct hae_view_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        snprintf(problem, problem_size, "out of memory");
        return NULL;
    }
    pthread_mutex_init(&store->lock, NULL);
    pthread_mutex_init(&store->taking, NULL);
    if (!open_database(store, options, problem, problem_size)) {
        hae_view_store_free(store);
        return NULL;
    }
    return store;
}

void hae_view_store_free(struct hae_view_store *store)
{
    if (store == NULL) {
        return;
    }
    hae_view_database_close(store->database);
    pthread_mutex_destroy(&store->lock);
    pthread_mutex_destroy(&store->taking);
    hae_view_series_done(&store->content.series);
    hae_view_services_done(&store->content.services);
    free(store);
}

struct hae_view_database *hae_view_store_database(struct hae_view_store *store)
{
    return store->database;
}

/* ---- Requests ------------------------------------------------------------------------------ */

void hae_view_store_begin(struct hae_view_store *store, struct hae_view_arrival arrival)
{
    pthread_mutex_lock(&store->taking);
    store->arrival = arrival;
    store->failed = false;
    store->span_count = 0;
    memset(&store->pending, 0, sizeof store->pending);
    hae_view_database_begin(store->database, arrival);
    pthread_mutex_lock(&store->lock);
    hae_view_series_begin(&store->content.series);
    pthread_mutex_unlock(&store->lock);
}

/* What this request counts for a scope. Readers do not look at it. */
static struct hae_view_counts *now_of(struct hae_view_store *store, uint32_t service_place,
                                      uint32_t scope_place)
{
    return &store->content.services.items[service_place]->scopes[scope_place].now;
}

static void alive(struct hae_view_store *store, uint32_t service_place, uint64_t first_ns,
                  uint64_t last_ns)
{
    struct hae_view_service_totals *service = store->content.services.items[service_place];
    /* Most times are within those that are known. */
    if (first_ns < service->first_unix_ns || last_ns > service->last_unix_ns) {
        pthread_mutex_lock(&store->lock);
        hae_view_service_alive(service, first_ns, &store->arrival);
        hae_view_service_alive(service, last_ns, &store->arrival);
        pthread_mutex_unlock(&store->lock);
    }
}

static void count_span(struct hae_view_store *store, const struct queued *span, bool is_new)
{
    struct hae_view_counts *now = now_of(store, span->service_place, span->scope_place);
    now->spans++;
    if (!is_new) {
        now->duplicate_spans++;
        return;
    }
    now->error_spans += span->failed ? 1 : 0;
    now->entry_spans += span->entry ? 1 : 0;
    now->entry_errors += span->entry && span->failed ? 1 : 0;
    store->pending.invalid_spans += span->valid_ids ? 0 : 1;
    store->pending.with_ids += span->valid_ids ? 1 : 0;
    store->pending.span_events += span->events;
    store->pending.span_links += span->links;
    alive(store, span->service_place, span->start_ns, span->end_ns);
}

static void write_spans(struct hae_view_store *store)
{
    size_t count;
    const enum hae_view_write *outcomes = hae_view_database_write_spans(store->database, &count);
    /* Fewer when something failed: then nothing of the request is counted. */
    for (size_t i = 0; i < store->span_count && i < count; i++) {
        count_span(store, &store->spans[i], outcomes[i] == HAE_VIEW_WRITTEN);
    }
    store->span_count = 0;
}

static void add_pending(struct hae_view_store *store)
{
    const struct pending *now = &store->pending;
    struct hae_view_totals *totals = &store->content.totals;
    uint64_t forgotten = hae_view_database_counts(store->database).spans_forgotten;
    totals->invalid_spans += now->invalid_spans;
    totals->span_events += now->span_events;
    totals->span_links += now->span_links;
    for (int i = 0; i < HAE_VIEW_SEVERITIES; i++) {
        totals->logs_by_severity[i] += now->logs_by_severity[i];
    }
    totals->logs_with_trace += now->logs_with_trace;
    totals->repeated_points += now->repeated_points;
    totals->late_points += now->late_points;
    totals->untracked_points += now->untracked_points;
    totals->series_restarts += now->series_restarts;
    totals->series = hae_view_series_count(&store->content.series);
    store->with_ids += now->with_ids;
    totals->forgotten_ids = forgotten;
    totals->remembered_ids = store->with_ids > forgotten ? store->with_ids - forgotten : 0;
}

enum hae_view_database_result hae_view_store_end(struct hae_view_store *store, bool keep)
{
    keep = keep && !store->failed;
    if (keep) {
        write_spans(store);
    }
    enum hae_view_database_result result = hae_view_database_end(store->database, keep);
    bool kept = keep && result == HAE_VIEW_DATABASE_KEPT;
    pthread_mutex_lock(&store->lock);
    struct hae_view_counts counts =
        hae_view_services_settle(&store->content.services, kept, store->arrival.monotonic_ns);
    if (kept) {
        hae_view_counts_add(&store->content.totals.counts, &counts);
        add_pending(store);
    } else {
        hae_view_series_take_back(&store->content.series);
    }
    pthread_mutex_unlock(&store->lock);
    result = store->failed ? HAE_VIEW_DATABASE_NO_MEMORY : result;
    pthread_mutex_unlock(&store->taking);
    return result;
}

void hae_view_store_problem(struct hae_view_store *store, char *out, size_t size)
{
    pthread_mutex_lock(&store->taking);
    snprintf(out, size, "%s", hae_view_database_problem(store->database));
    pthread_mutex_unlock(&store->taking);
}

bool hae_view_store_resource(struct hae_view_store *store, const struct hae_view_resource_row *row,
                             struct hae_view_origin *origin)
{
    char name[2 * HAE_VIEW_NAME_SIZE];
    snprintf(name, sizeof name, "%.*s", (int)(sizeof name - 1), row->service.data);
    pthread_mutex_lock(&store->lock);
    bool found = hae_view_services_find(&store->content.services, name, &origin->service_place);
    pthread_mutex_unlock(&store->lock);
    store->failed = store->failed || !found;
    return found && hae_view_database_resource(store->database, row, origin);
}

bool hae_view_store_scope(struct hae_view_store *store, const struct hae_view_scope_row *row,
                          struct hae_view_origin *origin)
{
    char name[2 * HAE_VIEW_NAME_SIZE];
    char version[2 * HAE_VIEW_VERSION_SIZE];
    snprintf(name, sizeof name, "%.*s", (int)row->name.length, row->name.data);
    snprintf(version, sizeof version, "%.*s", (int)row->version.length,
             row->version.data != NULL ? row->version.data : "");
    pthread_mutex_lock(&store->lock);
    bool found = hae_view_services_find_scope(store->content.services.items[origin->service_place],
                                              name, version, &origin->scope_place);
    pthread_mutex_unlock(&store->lock);
    store->failed = store->failed || !found;
    return found && hae_view_database_scope(store->database, row, origin);
}

/* ---- Items --------------------------------------------------------------------------------- */

void hae_view_store_span(struct hae_view_store *store, const struct hae_view_origin *origin,
                         const struct hae_view_span_row *row)
{
    if (hae_view_database_spans_are_full(store->database) ||
        store->span_count == HAE_VIEW_SPANS_MAX) {
        write_spans(store);
    }
    hae_view_database_span(store->database, origin, row);
    store->spans[store->span_count++] = (struct queued){
        .service_place = origin->service_place,
        .scope_place = origin->scope_place,
        .failed = row->status == HAE_VIEW_STATUS_ERROR,
        .entry = hae_view_span_is_entry(row),
        .valid_ids = row->valid_ids,
        .start_ns = row->start_ns,
        .end_ns = row->end_ns,
    };
}

void hae_view_store_event(struct hae_view_store *store, const struct hae_view_event_row *row)
{
    if (store->span_count > 0) {
        store->spans[store->span_count - 1].events++;
        hae_view_database_event(store->database, row);
    }
}

void hae_view_store_link(struct hae_view_store *store, const struct hae_view_link_row *row)
{
    if (store->span_count > 0) {
        store->spans[store->span_count - 1].links++;
        hae_view_database_link(store->database, row);
    }
}

void hae_view_store_log(struct hae_view_store *store, const struct hae_view_origin *origin,
                        const struct hae_view_log_row *row)
{
    enum hae_view_severity severity = hae_view_severity_of(row->severity);
    struct hae_view_counts *now = now_of(store, origin->service_place, origin->scope_place);
    now->logs++;
    now->error_logs += severity >= HAE_VIEW_SEVERITY_ERROR ? 1 : 0;
    store->pending.logs_by_severity[severity]++;
    store->pending.logs_with_trace += row->has_trace ? 1 : 0;
    alive(store, origin->service_place, row->time_ns, row->time_ns);
    hae_view_database_log(store->database, origin, row);
}

void hae_view_store_metric(struct hae_view_store *store, const struct hae_view_origin *origin,
                           const struct hae_view_metric_row *row)
{
    memset(&store->series, 0, sizeof store->series);
    store->series.metric = hae_view_database_metric(store->database, origin, row);
    store->series.service = origin->service_place;
    store->series.scope = origin->scope_place;
    store->series.kind = row->kind;
    store->series.temporality = row->temporality;
}

static void count_point(struct hae_view_store *store, enum hae_view_point_answer answer)
{
    struct pending *pending = &store->pending;
    switch (answer) {
    case HAE_VIEW_POINT_TAKEN:
        break;
    case HAE_VIEW_POINT_RESTARTED:
        pending->series_restarts++;
        break;
    case HAE_VIEW_POINT_REPEATED:
        pending->repeated_points++;
        break;
    case HAE_VIEW_POINT_LATE:
        pending->late_points++;
        break;
    case HAE_VIEW_POINT_NO_MEMORY:
        store->failed = true;
        break;
    }
}

void hae_view_store_point(struct hae_view_store *store, const struct hae_view_origin *origin,
                          struct hae_view_text attributes, struct hae_view_point_row *row)
{
    row->series = hae_view_database_series(store->database, origin, store->series.metric,
                                           attributes, row->start_ns);
    store->point_series = row->series;
    now_of(store, origin->service_place, origin->scope_place)->data_points++;
    hae_view_database_point(store->database, row);
    if (row->series == 0) {
        store->pending.untracked_points++;
        return;
    }
    store->series.id = row->series;
    pthread_mutex_lock(&store->lock);
    enum hae_view_point_answer answer =
        hae_view_series_add(&store->content.series, &store->series, row);
    pthread_mutex_unlock(&store->lock);
    count_point(store, answer);
}

void hae_view_store_exemplar(struct hae_view_store *store, struct hae_view_exemplar_row *row)
{
    row->series = store->point_series;
    hae_view_database_exemplar(store->database, row);
}

/* ---- Counting requests ---------------------------------------------------------------------- */

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
