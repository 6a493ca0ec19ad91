/* SPDX-License-Identifier: Apache-2.0 */
/* How much is kept. */
#ifndef HAETAE_VIEW_QUERY_KEPT_H
#define HAETAE_VIEW_QUERY_KEPT_H

#include "query/rows.h"

/* One row: how many spans, log records and points there are, and when the oldest came (NULL: there
 * is none). */
struct hae_view_rows hae_view_ask_kept(sqlite3 *db);

#endif
