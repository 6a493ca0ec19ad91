/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts and silences in the file of the database, so that a restart neither repeats nor forgets
 * them. They are written over a connection of their own, beside the one that receives. Used by one
 * thread at a time. */
#ifndef HAETAE_VIEW_ALERT_KEPT_H
#define HAETAE_VIEW_ALERT_KEPT_H

#include <sqlite3.h>

#include "alert/silences.h"
#include "alert/states.h"

struct hae_view_kept {
    sqlite3 *db;       /* NULL: the database is in memory, and nothing is kept */
    char problem[160]; /* of the last function that returned false */
};

/* Opens the file, which is a database of haetae-view, and makes the tables when there are none.
 */
bool hae_view_kept_open(struct hae_view_kept *kept, const char *path);
void hae_view_kept_close(struct hae_view_kept *kept);

/* Reads what was kept; alerts get the rules of their names, if these are still there. */
bool hae_view_kept_load(struct hae_view_kept *kept, const struct hae_view_rules *rules,
                        int64_t now_ns, struct hae_view_states *states,
                        struct hae_view_silences *silences);

/* Writes what has changed. On failure it is tried again by the next call. */
bool hae_view_kept_save(struct hae_view_kept *kept, struct hae_view_states *states,
                        struct hae_view_silences *silences);

#endif
