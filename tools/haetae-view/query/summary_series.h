/* SPDX-License-Identifier: Apache-2.0 */
/* The series of a summary: their names. */
#ifndef HAETAE_VIEW_QUERY_SUMMARY_SERIES_H
#define HAETAE_VIEW_QUERY_SUMMARY_SERIES_H

#include <sqlite3.h>

#include "query/summary_types.h"

/* Gives each series its texts, and sorts the series by service, name and attributes. The last
 * series of a metric keeps `more`. Returns SQLITE_OK or what went wrong: then nothing is sorted. */
int hae_view_name_series(sqlite3 *db, struct hae_view_summary_series *series, size_t count);

#endif
