/* SPDX-License-Identifier: Apache-2.0 */
/* What has to go, and when. The table arrival says now and then which rows had come before
 * a time; so what came in one stretch goes together, whatever times its senders wrote into it. */
#ifndef HAETAE_VIEW_STORE_RETENTION_H
#define HAETAE_VIEW_STORE_RETENTION_H

struct hae_view_database;

/* Notes what has come, if it is much or some time has passed. Part of a request. */
void hae_view_retention_note(struct hae_view_database *database);

/* Deletes what is too old or for which there is no room, a bounded piece of it. Part of a
 * request. */
void hae_view_retention_run(struct hae_view_database *database);

/* Deletes more, after a request for which there was no room. A transaction of its own. */
void hae_view_retention_make_room(struct hae_view_database *database);

#endif
