/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows the pane that is shown has, and in which order. */
#ifndef HAETAE_VIEW_SHOW_SESSION_FILTER_H
#define HAETAE_VIEW_SHOW_SESSION_FILTER_H

#include "show/session.h"

/* Sorts by the next column, or, with `turn`, the other way round. */
enum hae_view_answer hae_view_session_sort(struct hae_view_session *session, bool turn);

/* Empties the filter, to be typed again: session->editing is true until that ends. */
enum hae_view_answer hae_view_session_begin_filter(struct hae_view_session *session);
enum hae_view_answer hae_view_session_edit_filter(struct hae_view_session *session,
                                                  const struct hae_view_key *key);

/* Goes on to the next severity that log records must have at least. */
enum hae_view_answer hae_view_session_next_level(struct hae_view_session *session);

#endif
