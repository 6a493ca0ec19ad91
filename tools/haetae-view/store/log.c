/* SPDX-License-Identifier: Apache-2.0 */
#include "store/log.h"

#include <sqlite3.h>

#include "store/connection.h"

/* The log is moved when it has so many pages, 64 MB; where there is less room, earlier. */
#define FRAMES_MAX 16000
#define FRAMES_MIN 64
/* When there was less room, it may become longer by this part each time that it is moved. */
#define FRAMES_PART 32

/* False: it is not all in the file. */
static bool move(struct hae_view_database *database)
{
    int all;
    int moved;
    return sqlite3_wal_checkpoint_v2(database->db, "main", SQLITE_CHECKPOINT_PASSIVE, &all,
                                     &moved) == SQLITE_OK &&
           moved == all;
}

/* SQLite calls it after each transaction. */
static int committed(void *user, sqlite3 *db, const char *name, int frames)
{
    struct hae_view_database *database = user;
    (void)db;
    (void)name;
    database->log_frames = frames;
    if (frames >= database->log_frames_max && move(database) &&
        database->log_frames_max < FRAMES_MAX) {
        database->log_frames_max += database->log_frames_max / FRAMES_PART + 1;
    }
    return SQLITE_OK;
}

void hae_view_log_begin(struct hae_view_database *database)
{
    database->log_frames = 0;
    database->log_frames_max = FRAMES_MAX;
    (void)sqlite3_wal_hook(database->db, committed, database);
}

bool hae_view_log_make_room(struct hae_view_database *database)
{
    int half = database->log_frames / 2;
    if (half < database->log_frames_max) {
        database->log_frames_max = half > FRAMES_MIN ? half : FRAMES_MIN;
    }
    return move(database);
}
