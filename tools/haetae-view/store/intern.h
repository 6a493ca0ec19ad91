/* SPDX-License-Identifier: Apache-2.0 */
/* Resources, scopes, operations, metrics and series: rows that many others point to. Each is
 * written once, and then known. Part of a request. */
#ifndef HAETAE_VIEW_STORE_INTERN_H
#define HAETAE_VIEW_STORE_INTERN_H

#include "store/rows.h"
#include "util/hash.h"

struct hae_view_database;

/* False: it failed. */
bool hae_view_database_resource(struct hae_view_database *database,
                                const struct hae_view_resource_row *row,
                                struct hae_view_origin *origin);
bool hae_view_database_scope(struct hae_view_database *database,
                             const struct hae_view_scope_row *row, struct hae_view_origin *origin);

/* The numbers of a metric and of its series; 0: there are too many, or it failed. `attributes` are
 * in the order of their keys, so that the same are the same text. */
int64_t hae_view_database_metric(struct hae_view_database *database,
                                 const struct hae_view_origin *origin,
                                 const struct hae_view_metric_row *row);
int64_t hae_view_database_series(struct hae_view_database *database,
                                 const struct hae_view_origin *origin, int64_t metric,
                                 struct hae_view_text attributes, uint64_t start_ns);

/* The number of an operation; that of those that are one too many; 0: it failed. */
int64_t hae_view_intern_op(struct hae_view_database *database, struct hae_view_text service,
                           const struct hae_view_span_row *row, bool entry);

/* ---- For the database --------------------------------------------------------------------- */

void hae_view_intern_limits(struct hae_view_database *database, size_t series_max);

/* Reads what the tables have. */
bool hae_view_intern_load(struct hae_view_database *database);

/* Forgets all groups of errors, and reads them again. */
bool hae_view_intern_reload_errors(struct hae_view_database *database);

/* What makes errors equal; and the number of one that was added. False: out of memory. */
struct hae_view_digest hae_view_error_digest(struct hae_view_database *database,
                                             struct hae_view_text service,
                                             struct hae_view_text kind,
                                             struct hae_view_text fingerprint);
bool hae_view_intern_error(struct hae_view_database *database, struct hae_view_digest digest,
                           int64_t id);

#endif
