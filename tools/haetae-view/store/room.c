/* SPDX-License-Identifier: Apache-2.0 */
#include "store/room.h"

#include <stdbool.h>

#include "store/connection.h"

/* The file grows by so many bytes at least, and is so many pages larger than it has to be. */
#define CHUNK_BYTES (64 << 10)
#define AHEAD_PAGES 256

void hae_view_room_begin(struct hae_view_database *database)
{
    int bytes = CHUNK_BYTES;
    (void)sqlite3_file_control(database->db, "main", SQLITE_FCNTL_CHUNK_SIZE, &bytes);
}

/* Takes room of the file system, unless the file is that large. */
static bool grow(struct hae_view_database *database, int64_t pages)
{
    sqlite3_int64 bytes = pages * HAE_VIEW_PAGE_BYTES;
    return sqlite3_file_control(database->db, "main", SQLITE_FCNTL_SIZE_HINT, &bytes) == SQLITE_OK;
}

int64_t hae_view_room_count(struct hae_view_database *database, enum hae_view_statement which)
{
    sqlite3_stmt *ask = database->statements[which];
    int64_t count = sqlite3_step(ask) == SQLITE_ROW ? sqlite3_column_int64(ask, 0) : 0;
    (void)sqlite3_reset(ask);
    return count;
}

int64_t hae_view_room_pages(struct hae_view_database *database)
{
    int64_t limit = (int64_t)(database->options.size_bytes / HAE_VIEW_PAGE_BYTES);
    if (database->reader == NULL) {
        return limit;
    }
    int64_t count = hae_view_room_count(database, HAE_VIEW_PAGES);
    int64_t wanted = limit - count < AHEAD_PAGES ? limit - count : AHEAD_PAGES;
    for (int64_t ahead = wanted; ahead > 0; ahead /= 2) {
        if (grow(database, count + ahead)) {
            return ahead == wanted ? limit : count + ahead;
        }
    }
    return count < limit ? count : limit;
}

void hae_view_room_keep(struct hae_view_database *database)
{
    if (database->reader != NULL) {
        (void)grow(database, hae_view_room_count(database, HAE_VIEW_PAGES));
    }
}

void hae_view_room_secure(struct hae_view_database *database)
{
    if (database->reader != NULL && database->failure == SQLITE_OK &&
        !grow(database, hae_view_room_count(database, HAE_VIEW_PAGES))) {
        hae_view_fail_for_room(database);
    }
}
