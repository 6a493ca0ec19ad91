/* SPDX-License-Identifier: Apache-2.0 */
/* What was received: the database that keeps it, exact counts of all that came in this run, and
 * what the series of metrics have come to.
 *
 * Any thread takes requests, one at a time; others read meanwhile. A request is taken whole or not
 * at all. */
#ifndef HAETAE_VIEW_STORE_STORE_H
#define HAETAE_VIEW_STORE_STORE_H

#include "store/database.h"
#include "store/measure.h"
#include "store/totals.h"

#define HAE_VIEW_DEFAULT_SERIES 65536

struct hae_view_store;

/* options->size_bytes and series_max 0: the defaults. NULL when the database cannot be opened or
 * there is no memory: it writes one line to `problem`. */
struct hae_view_store *hae_view_store_open(const struct hae_view_database_options *options,
                                           char *problem, size_t problem_size);
void hae_view_store_free(struct hae_view_store *store);

struct hae_view_database *hae_view_store_database(struct hae_view_store *store);

/* ---- Taking a request ---------------------------------------------------------------------- */

/* Begins a request, once another thread's has ended. All up to hae_view_store_end() belongs to it.
 */
void hae_view_store_begin(struct hae_view_store *store, struct hae_view_arrival arrival);

/* Keeps all that came since it began; or nothing, when something failed, or when `keep` is
 * false. */
enum hae_view_database_result hae_view_store_end(struct hae_view_store *store, bool keep);

/* Why the last request was not kept, when the database could not be written. */
void hae_view_store_problem(struct hae_view_store *store, char *out, size_t size);

/* The items that follow come from this resource, or scope. row->service must stay valid meanwhile.
 * False: it failed. */
bool hae_view_store_resource(struct hae_view_store *store, const struct hae_view_resource_row *row,
                             struct hae_view_origin *origin);
bool hae_view_store_scope(struct hae_view_store *store, const struct hae_view_scope_row *row,
                          struct hae_view_origin *origin);

void hae_view_store_span(struct hae_view_store *store, const struct hae_view_origin *origin,
                         const struct hae_view_span_row *row);
/* Of the last span; they are left out when that is a duplicate. Spans are counted when they are
 * written, at the end of the request at the latest. */
void hae_view_store_event(struct hae_view_store *store, const struct hae_view_event_row *row);
void hae_view_store_link(struct hae_view_store *store, const struct hae_view_link_row *row);

void hae_view_store_log(struct hae_view_store *store, const struct hae_view_origin *origin,
                        const struct hae_view_log_row *row);

/* The points that follow are of this metric. */
void hae_view_store_metric(struct hae_view_store *store, const struct hae_view_origin *origin,
                           const struct hae_view_metric_row *row);
/* `attributes` are in the order of their keys. The exemplars that follow are of this point's
 * series. */
void hae_view_store_point(struct hae_view_store *store, const struct hae_view_origin *origin,
                          struct hae_view_text attributes, struct hae_view_point_row *row);
void hae_view_store_exemplar(struct hae_view_store *store, struct hae_view_exemplar_row *row);

/* ---- Requests ------------------------------------------------------------------------------ */

/* Counts a request that was taken. */
void hae_view_store_request(struct hae_view_store *store, enum hae_view_signal signal,
                            size_t wire_bytes, size_t body_bytes);

/* Counts a request that was answered with an error. Threads: any. */
void hae_view_store_refusal(struct hae_view_store *store, unsigned http_status, const char *reason,
                            bool on_purpose);

/* ---- Reading: any thread. The content is valid between lock and unlock ---------------------- */

/* Read only. No function above may be called meanwhile. */
struct hae_view_store_content {
    struct hae_view_totals totals;
    struct hae_view_services services;
    struct hae_view_series_set series;
    int64_t rollups_before; /* numbers of rows of earlier runs: up to here */
    int64_t errors_before;  /* the same of error_group.seen */
};

const struct hae_view_store_content *hae_view_store_lock(struct hae_view_store *store);
void hae_view_store_unlock(struct hae_view_store *store);

#endif
