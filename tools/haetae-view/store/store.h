/* SPDX-License-Identifier: Apache-2.0 */
/* What was received: counted exactly, remembered within bounds.
 *
 * One lock guards it: the receiver adds from its thread, the renderers read from others.
 * Counts cover everything ever received. What is remembered to be shown (span ids, traces,
 * errors, series) is limited, and what a limit leaves out is counted too. Threads: all
 * functions may be called from any. */
#ifndef HAETAE_VIEW_STORE_STORE_H
#define HAETAE_VIEW_STORE_STORE_H

#include "store/database.h"
#include "store/errors.h"
#include "store/id_set.h"
#include "store/series.h"
#include "store/services.h"
#include "store/traces.h"

#define HAE_VIEW_DEFAULT_IDS    4000000
#define HAE_VIEW_DEFAULT_SERIES 65536
#define HAE_VIEW_REFUSAL_SIZE   200

struct hae_view_store_options {
    size_t remembered_ids; /* 24 bytes each, in tables up to half empty */
    size_t series;         /* about 500 bytes each */
    uint64_t window_ns;    /* how long a slow trace is shown; 0: for ever */
    const char *path;      /* of the database; NULL: in memory */
    uint64_t size_bytes;   /* of the database; 0: HAE_VIEW_DATABASE_BYTES_DEFAULT */
    uint64_t keep_ns;      /* 0: as long as there is room */
};

enum hae_view_severity {
    HAE_VIEW_SEVERITY_UNSPECIFIED,
    HAE_VIEW_SEVERITY_TRACE,
    HAE_VIEW_SEVERITY_DEBUG,
    HAE_VIEW_SEVERITY_INFO,
    HAE_VIEW_SEVERITY_WARN,
    HAE_VIEW_SEVERITY_ERROR,
    HAE_VIEW_SEVERITY_FATAL
};
#define HAE_VIEW_SEVERITIES 7

/* The class of an OTLP SeverityNumber; numbers that OTLP does not know are
 * unspecified. */
enum hae_view_severity hae_view_severity_of(int number);
const char *hae_view_severity_name(enum hae_view_severity severity);

/* Sums over everything that was taken. */
struct hae_view_totals {
    uint64_t requests[HAE_VIEW_SIGNALS]; /* answered with 200 */
    uint64_t wire_bytes;                 /* of their bodies, as they came */
    uint64_t body_bytes;                 /* of their bodies, decompressed */
    uint64_t refused[600];               /* by HTTP status; not counted as requests */
    uint64_t failed_on_purpose;          /* of those refused, by --fail-rate */
    char last_refusal[HAE_VIEW_REFUSAL_SIZE];
    struct hae_view_counts counts;
    uint64_t invalid_spans;  /* ids of a wrong length or all zero */
    uint64_t forgotten_ids;  /* spans whose duplicates could not be noticed */
    uint64_t remembered_ids; /* ids held now */
    uint64_t span_events;
    uint64_t span_links;
    uint64_t logs_by_severity[HAE_VIEW_SEVERITIES];
    uint64_t logs_with_trace;
    uint64_t repeated_points;
    uint64_t late_points;
    uint64_t untracked_points;
    uint64_t series;
    uint64_t series_restarts;
};

struct hae_view_store;

/* NULL when the database cannot be opened or there is no memory: it writes one line to
 * `problem`. */
struct hae_view_store *hae_view_store_open(const struct hae_view_store_options *options,
                                           char *problem, size_t problem_size);

/* The same without the line. */
struct hae_view_store *hae_view_store_new(const struct hae_view_store_options *options);
void hae_view_store_free(struct hae_view_store *store);

struct hae_view_database *hae_view_store_database(struct hae_view_store *store);

/* The key for digests of resources and attributes. It never changes. */
struct hae_view_hash_key hae_view_store_key(const struct hae_view_store *store);

/* Fills service and scope of a source from their names. False when out of memory. */
bool hae_view_store_source(struct hae_view_store *store, const char *service, const char *scope,
                           const char *version, struct hae_view_source *source);

void hae_view_store_span(struct hae_view_store *store, const struct hae_view_source *source,
                         const struct hae_view_span *span);
void hae_view_store_log(struct hae_view_store *store, const struct hae_view_source *source,
                        const struct hae_view_log *log);
void hae_view_store_point(struct hae_view_store *store, const struct hae_view_source *source,
                          const struct hae_view_point *point);

/* Counts a request that was taken. */
void hae_view_store_request(struct hae_view_store *store, enum hae_view_signal signal,
                            size_t wire_bytes, size_t body_bytes);

/* Counts a request that was answered with an error. */
void hae_view_store_refusal(struct hae_view_store *store, unsigned http_status, const char *reason,
                            bool on_purpose);

/* ---- Reading: the content is valid between lock and unlock -------------------- */

/* Read only. No function above may be called meanwhile. */
struct hae_view_store_content {
    struct hae_view_totals totals;
    struct hae_view_services services;
    struct hae_view_traces traces;
    struct hae_view_errors errors;
    struct hae_view_series_set series;
};

const struct hae_view_store_content *hae_view_store_lock(struct hae_view_store *store);
void hae_view_store_unlock(struct hae_view_store *store);

#endif
