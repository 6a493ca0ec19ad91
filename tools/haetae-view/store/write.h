/* SPDX-License-Identifier: Apache-2.0 */
/* Writes spans, log records and points. Part of a request. */
#ifndef HAETAE_VIEW_STORE_WRITE_H
#define HAETAE_VIEW_STORE_WRITE_H

#include "store/database_types.h"
#include "store/rows.h"

struct hae_view_database;

/* An entry span is where a service begins to work: its kind is SERVER or CONSUMER, or it has no
 * parent. */
bool hae_view_span_is_entry(const struct hae_view_span_row *row);

/* Events and links belong to the last span that was written. */
enum hae_view_write hae_view_database_span(struct hae_view_database *database,
                                           const struct hae_view_origin *origin,
                                           const struct hae_view_span_row *row);
void hae_view_database_event(struct hae_view_database *database,
                             const struct hae_view_event_row *row);
void hae_view_database_link(struct hae_view_database *database,
                            const struct hae_view_link_row *row);

void hae_view_database_log(struct hae_view_database *database, const struct hae_view_origin *origin,
                           const struct hae_view_log_row *row);

void hae_view_database_point(struct hae_view_database *database,
                             const struct hae_view_point_row *row);
void hae_view_database_exemplar(struct hae_view_database *database,
                                const struct hae_view_exemplar_row *row);

/* Adds what the spans so far add up to. For the end of a request. */
void hae_view_write_rollup(struct hae_view_database *database);

#endif
