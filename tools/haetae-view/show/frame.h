/* SPDX-License-Identifier: Apache-2.0 */
/* The whole screen of a session as text. */
#ifndef HAETAE_VIEW_SHOW_FRAME_H
#define HAETAE_VIEW_SHOW_FRAME_H

#include "show/session.h"
#include "show/terminal.h"

/* Writes terminal->height lines of at most terminal->width columns, of any size, each ended by a
 * newline. Scrolls so that the chosen row is among them. */
void hae_view_frame_write(const struct hae_view_terminal *terminal,
                          struct hae_view_session *session, struct hae_buffer *out);

#endif
