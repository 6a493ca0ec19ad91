/* SPDX-License-Identifier: Apache-2.0 */
/* The database of what was received: spans, log records and metric points with all that belongs to
 * them, in memory or in a file.
 *
 * One thread writes; others read meanwhile. A request is one transaction. What is kept is bounded
 * by bytes and by time: the oldest go first (store/retention.h). How many different resources,
 * operations, metrics and so on there can be is bounded as well, so that no sender makes memory
 * grow without end; what a bound leaves out is counted. */
#ifndef HAETAE_VIEW_STORE_DATABASE_H
#define HAETAE_VIEW_STORE_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "store/database_types.h"
#include "store/model.h"

struct hae_view_database;

/* Opens a database, and makes it when there is none. NULL: it writes one line to `problem`. */
struct hae_view_database *hae_view_database_open(const struct hae_view_database_options *options,
                                                 char *problem, size_t problem_size);
void hae_view_database_close(struct hae_view_database *database);

/* ---- Writing: one thread at a time ------------------------------------------------- */

/* Begins a request. All writing (store/intern.h, store/write.h) is between this and
 * hae_view_database_end(), which keeps all of it; or nothing, when something failed, or when `keep`
 * is false. */
void hae_view_database_begin(struct hae_view_database *database, struct hae_view_arrival arrival);
enum hae_view_database_result hae_view_database_end(struct hae_view_database *database, bool keep);

/* Why the last request was not kept. */
const char *hae_view_database_problem(const struct hae_view_database *database);

/* ---- Reading: any thread ------------------------------------------------------------- */

/* Locks a connection to read from. In memory there is one for all: then writers go first, and
 * a statement that runs for long while a request waits ends with SQLITE_INTERRUPT. No statement
 * may be left unfinished when it is given back. */
sqlite3 *hae_view_database_read(struct hae_view_database *database);
void hae_view_database_read_done(struct hae_view_database *database);

/* Whether the current reader has used up its time or its memory. Asked again, it would end the same
 * way. */
bool hae_view_database_read_is_over(const struct hae_view_database *database);

/* While `interrupted`, all that is read ends early with SQLITE_INTERRUPT. */
void hae_view_database_interrupt(struct hae_view_database *database, bool interrupted);

struct hae_view_database_counts hae_view_database_counts(struct hae_view_database *database);

/* The highest number of a row of rollup, and the highest error_group.seen, so far. */
void hae_view_database_marks(const struct hae_view_database *database, int64_t *ret_rollup,
                             int64_t *ret_seen);

/* How many bytes are in use; *ret_limit is how many there may be. `reading` is what
 * hae_view_database_read() gave. */
uint64_t hae_view_database_used_bytes(struct hae_view_database *database, sqlite3 *reading,
                                      uint64_t *ret_limit);

#endif
