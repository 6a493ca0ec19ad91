/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a summary that are read from the database; private to query/summary.c. Each returns
 * SQLITE_OK or what went wrong, and can be called again. */
#ifndef HAETAE_VIEW_QUERY_SUMMARY_PARTS_H
#define HAETAE_VIEW_QUERY_SUMMARY_PARTS_H

#include "query/rows.h"
#include "query/summary_types.h"

/* What a part needs. */
struct hae_view_summary_call {
    sqlite3 *db;
    const struct hae_view_summary_options *options;
    struct hae_view_summary *summary;
    int64_t rollups_before;
    int64_t errors_before;
};

/* Durations of the services. */
int hae_view_summarize_durations(struct hae_view_summary_call *call);
int hae_view_summarize_errors(struct hae_view_summary_call *call);
int hae_view_summarize_traces(struct hae_view_summary_call *call);
/* Names of the series that were chosen, and their order. */
int hae_view_summarize_series(struct hae_view_summary_call *call);

#endif
