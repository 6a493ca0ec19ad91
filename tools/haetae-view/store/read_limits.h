/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of a reader: its time, its memory, and its turn. Private to this folder. */
#ifndef HAETAE_VIEW_STORE_READ_LIMITS_H
#define HAETAE_VIEW_STORE_READ_LIMITS_H

#include "store/connection.h"

/* From now on a statement on the connection ends with SQLITE_INTERRUPT when it reaches a limit. */
void hae_view_read_limits_begin(struct hae_view_database *database, sqlite3 *db);

/* As hae_view_database_read_is_over(). */
bool hae_view_read_limits_reached(const struct hae_view_database *database);

#endif
