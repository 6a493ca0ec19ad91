/* SPDX-License-Identifier: Apache-2.0 */
/* Applies a key to a session. */
#ifndef HAETAE_VIEW_SHOW_SESSION_KEYS_H
#define HAETAE_VIEW_SHOW_SESSION_KEYS_H

#include "show/session.h"

enum hae_view_answer hae_view_session_key(struct hae_view_session *session,
                                          const struct hae_view_key *key);

#endif
