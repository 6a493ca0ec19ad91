/* SPDX-License-Identifier: Apache-2.0 */
/* Deletes rows that others pointed to and none does any more. A file that is kept for long would
 * otherwise have as many resources as there can be, one of each start of a program. */
#ifndef HAETAE_VIEW_STORE_SWEEP_H
#define HAETAE_VIEW_STORE_SWEEP_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

/* Called when a file is opened, before its rows are loaded. Looks through all rows when some table
 * is half full. False: it failed; then nothing has changed. */
bool hae_view_sweep(sqlite3 *db, size_t series_max);

#endif
