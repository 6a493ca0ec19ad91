/* SPDX-License-Identifier: Apache-2.0 */
/* The log of a database in a file (WAL). SQLite writes each request there first; now and then what
 * is in the log is moved into the file, and the log begins anew. Private to this folder. */
#ifndef HAETAE_VIEW_STORE_LOG_H
#define HAETAE_VIEW_STORE_LOG_H

#include <stdbool.h>

struct hae_view_database;

/* From now on the log is moved when it is long enough. */
void hae_view_log_begin(struct hae_view_database *database);

/* Moves the log, after a request that could not be written into it. From then on it is moved
 * earlier. False: that gave no room. */
bool hae_view_log_make_room(struct hae_view_database *database);

#endif
