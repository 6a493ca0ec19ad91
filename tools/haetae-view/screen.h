/* SPDX-License-Identifier: Apache-2.0 */
/* Where the view is shown: standard output, as a terminal that is redrawn or as a
 * stream that lines are added to. */
#ifndef HAETAE_VIEW_SCREEN_H
#define HAETAE_VIEW_SCREEN_H

#include "base/buffer.h"
#include "options.h"
#include "terminal.h"

struct hae_view_screen {
    bool redraws; /* a terminal that understands escape sequences */
    bool entered; /* the alternate screen is shown */
    struct hae_buffer frame;
};

/* Finds out what standard output is. */
void hae_view_screen_init(struct hae_view_screen *screen);
void hae_view_screen_done(struct hae_view_screen *screen);

/* How to draw on it now: its size, colours and characters. */
void hae_view_screen_describe(const struct hae_view_screen *screen,
                              const struct hae_view_options *options,
                              struct hae_view_terminal *terminal);

/* Shows text in place of what was there. False when it cannot be written. */
bool hae_view_screen_draw(struct hae_view_screen *screen, const struct hae_buffer *text);

/* Gives the terminal back as it was. */
void hae_view_screen_leave(struct hae_view_screen *screen);

/* Writes all of it; false on any error. */
bool hae_view_write_all(int fd, const char *data, size_t length);

#endif
