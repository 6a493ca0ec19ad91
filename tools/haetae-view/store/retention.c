/* SPDX-License-Identifier: Apache-2.0 */
#include "store/retention.h"

#include <string.h>

#include "store/bind.h"
#include "store/connection.h"
#include "store/room.h"

#define SECOND_NS UINT64_C(1000000000)
/* A stretch ends after so many items, or so long. */
#define STRETCH_ITEMS 4096
#define STRETCH_NS    SECOND_NS
/* A request deletes at most so many stretches: more than it can add, unless it is large. */
#define STRETCHES_OF_REQUEST 3
/* One part of so many of the room stays free for the next request. */
#define SPARE_PART 16
/* After a request that found no room: this part of all goes. */
#define ROOM_PART 4

struct stretch {
    int64_t id;
    int64_t time_ns;
    struct hae_view_marks marks;
};

void hae_view_retention_note(struct hae_view_database *database)
{
    const struct hae_view_marks *marks = &database->marks;
    const struct hae_view_marks *noted = &database->noted;
    int64_t items = marks->span - noted->span + marks->log - noted->log + marks->point -
                    noted->point + marks->exemplar - noted->exemplar + marks->rollup -
                    noted->rollup;
    uint64_t now_ns = database->arrival.unix_ns;
    bool passed = now_ns < database->noted_ns || now_ns - database->noted_ns >= STRETCH_NS;
    if (items == 0 || (items < STRETCH_ITEMS && !passed)) {
        return;
    }
    sqlite3_stmt *add = database->statements[HAE_VIEW_ADD_ARRIVAL];
    hae_view_bind_count(add, 1, now_ns);
    sqlite3_bind_int64(add, 2, marks->span);
    sqlite3_bind_int64(add, 3, marks->log);
    sqlite3_bind_int64(add, 4, marks->point);
    sqlite3_bind_int64(add, 5, marks->exemplar);
    sqlite3_bind_int64(add, 6, marks->rollup);
    if (hae_view_run(database, HAE_VIEW_ADD_ARRIVAL)) {
        database->noted = *marks;
        database->noted_ns = now_ns;
    }
}

static bool oldest(struct hae_view_database *database, struct stretch *ret_stretch)
{
    sqlite3_stmt *find = database->statements[HAE_VIEW_OLDEST_ARRIVAL];
    int code = sqlite3_step(find);
    if (code == SQLITE_ROW) {
        *ret_stretch = (struct stretch){
            sqlite3_column_int64(find, 0),
            sqlite3_column_int64(find, 1),
            {sqlite3_column_int64(find, 2), sqlite3_column_int64(find, 3),
             sqlite3_column_int64(find, 4), sqlite3_column_int64(find, 5),
             sqlite3_column_int64(find, 6)},
        };
    } else if (code != SQLITE_DONE) {
        hae_view_fail(database, code);
    }
    (void)sqlite3_reset(find);
    return code == SQLITE_ROW;
}

/* Deletes the rows up to a number; how many there were. */
static uint64_t drop(struct hae_view_database *database, enum hae_view_statement which, int64_t id)
{
    sqlite3_bind_int64(database->statements[which], 1, id);
    return hae_view_run(database, which) ? (uint64_t)sqlite3_changes64(database->db) : 0;
}

static void drop_stretch(struct hae_view_database *database, const struct stretch *stretch)
{
    struct hae_view_database_counts *counts = &database->counts_now;
    (void)drop(database, HAE_VIEW_DROP_EVENTS, stretch->marks.span);
    (void)drop(database, HAE_VIEW_DROP_LINKS, stretch->marks.span);
    counts->spans_forgotten += drop(database, HAE_VIEW_DROP_SPANS, stretch->marks.span);
    counts->logs_forgotten += drop(database, HAE_VIEW_DROP_LOGS, stretch->marks.log);
    counts->points_forgotten += drop(database, HAE_VIEW_DROP_POINTS, stretch->marks.point);
    (void)drop(database, HAE_VIEW_DROP_EXEMPLARS, stretch->marks.exemplar);
    (void)drop(database, HAE_VIEW_DROP_ROLLUPS, stretch->marks.rollup);
    (void)drop(database, HAE_VIEW_DROP_ARRIVAL, stretch->id);
}

/* Pages that hold something. */
static int64_t used_pages(struct hae_view_database *database)
{
    return hae_view_room_count(database, HAE_VIEW_PAGES) -
           hae_view_room_count(database, HAE_VIEW_FREE_PAGES);
}

static bool is_too_old(const struct hae_view_database *database, const struct stretch *stretch)
{
    uint64_t keep_ns = database->options.keep_ns;
    uint64_t now_ns = database->arrival.unix_ns;
    return keep_ns > 0 && now_ns > keep_ns && stretch->time_ns >= 0 &&
           (uint64_t)stretch->time_ns < now_ns - keep_ns;
}

void hae_view_retention_run(struct hae_view_database *database)
{
    int64_t limit = hae_view_room_pages(database);
    struct stretch stretch;
    for (int i = 0; i < STRETCHES_OF_REQUEST && database->failure == SQLITE_OK; i++) {
        bool room = used_pages(database) < limit - limit / SPARE_PART;
        if (room && database->options.keep_ns == 0) {
            return;
        }
        if (!oldest(database, &stretch) || (room && !is_too_old(database, &stretch))) {
            return;
        }
        drop_stretch(database, &stretch);
    }
}

/* Deletes the oldest stretch, in a transaction of its own. */
static bool forget_one(struct hae_view_database *database, const struct stretch *stretch)
{
    struct hae_view_database_counts before = database->counts_now;
    database->failure = SQLITE_OK;
    if (hae_view_run(database, HAE_VIEW_BEGIN)) {
        drop_stretch(database, stretch);
        if (hae_view_run(database, HAE_VIEW_COMMIT)) {
            return true;
        }
        hae_view_roll_back(database);
    }
    database->counts_now = before;
    return false;
}

void hae_view_retention_make_room(struct hae_view_database *database)
{
    /* What the request had failed with is its answer; this may fail for itself. */
    int failure = database->failure;
    enum hae_view_shortage shortage = database->shortage;
    memset(&database->counts_now, 0, sizeof database->counts_now);
    int64_t wanted = used_pages(database);
    wanted -= wanted / ROOM_PART;
    struct stretch stretch;
    database->failure = SQLITE_OK;
    bool more = true;
    while (more && used_pages(database) > wanted) {
        more = oldest(database, &stretch);
        if (!more) {
            /* All that there is has not been noted yet. */
            stretch = (struct stretch){.marks = database->marks};
        }
        /* When the log has no room for the deletion either, it has some once it is moved. */
        more = (forget_one(database, &stretch) ||
                (hae_view_log_make_room(&database->log) && forget_one(database, &stretch))) &&
               more;
    }
    database->failure = failure;
    database->shortage = shortage;
}
