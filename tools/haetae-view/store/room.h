/* SPDX-License-Identifier: Apache-2.0 */
/* The room that a file system has for the file of a database. What is in the log can be moved into
 * the file only if the file can grow, so it grows before a request is kept. Private to this
 * folder. */
#ifndef HAETAE_VIEW_STORE_ROOM_H
#define HAETAE_VIEW_STORE_ROOM_H

#include <stdint.h>

#include "store/statements.h"

struct hae_view_database;

/* Before any request. */
void hae_view_room_begin(struct hae_view_database *database);

/* How many pages there may be: as the options say; fewer when the file cannot grow. Part of a
 * request. */
int64_t hae_view_room_pages(struct hae_view_database *database);

/* Makes the file as large as the database is with this request; or else the request fails. */
void hae_view_room_secure(struct hae_view_database *database);

/* After a request was kept: takes the room again. SQLite cuts the file to what is committed
 * whenever all of the log has been moved, which the log's thread may do between the two. */
void hae_view_room_keep(struct hae_view_database *database);

/* Asks for a number of pages: HAE_VIEW_PAGES or HAE_VIEW_FREE_PAGES. */
int64_t hae_view_room_count(struct hae_view_database *database, enum hae_view_statement which);

#endif
