/* SPDX-License-Identifier: Apache-2.0 */
/* Writes spans, many with one statement, which takes less time than one by one. Part of a request.
 */
#ifndef HAETAE_VIEW_STORE_SPANS_H
#define HAETAE_VIEW_STORE_SPANS_H

#include "store/database_types.h"
#include "store/rows.h"

struct hae_view_database;

/* An entry span is where a service begins to work: its kind is SERVER or CONSUMER, or it has no
 * parent. */
bool hae_view_span_is_entry(const struct hae_view_span_row *row);

/* Copies a span, to be written with others. Not to be called when
 * hae_view_database_spans_are_full(). */
void hae_view_database_span(struct hae_view_database *database,
                            const struct hae_view_origin *origin,
                            const struct hae_view_span_row *row);
bool hae_view_database_spans_are_full(const struct hae_view_database *database);

/* Belong to the last span, before it is written. Those of a duplicate are not kept. */
void hae_view_database_event(struct hae_view_database *database,
                             const struct hae_view_event_row *row);
void hae_view_database_link(struct hae_view_database *database,
                            const struct hae_view_link_row *row);

/* Writes the waiting spans. Returns the outcome of each, in their order; valid until another span
 * is added. */
const enum hae_view_write *hae_view_database_write_spans(struct hae_view_database *database,
                                                         size_t *ret_count);

/* Forgets the waiting spans. */
void hae_view_database_forget_spans(struct hae_view_database *database);

/* Writes the sums of the spans so far (store/rollup.h). Called at the end of a request. */
void hae_view_write_rollup(struct hae_view_database *database);

#endif
