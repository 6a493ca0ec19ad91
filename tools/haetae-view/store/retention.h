/* SPDX-License-Identifier: Apache-2.0 */
/* Deletes the oldest rows. The table arrival notes, from time to time, which rows had arrived by
 * then. Rows that arrived in one stretch are deleted together, whatever times their senders gave
 * them. */
#ifndef HAETAE_VIEW_STORE_RETENTION_H
#define HAETAE_VIEW_STORE_RETENTION_H

struct hae_view_database;

/* Notes what has arrived, if that is much or some time has passed. Part of a request. */
void hae_view_retention_note(struct hae_view_database *database);

/* Deletes what is too old, or the oldest when there is no room: a bounded number of rows. Part of a
 * request. */
void hae_view_retention_run(struct hae_view_database *database);

/* Deletes more, after a request for which there was no room. A transaction of its own. */
void hae_view_retention_make_room(struct hae_view_database *database);

#endif
