/* SPDX-License-Identifier: Apache-2.0 */
/* Where the view is shown: standard output, as a terminal that is redrawn or as a
 * stream that lines are added to. */
#ifndef HAETAE_VIEW_SHOW_SCREEN_H
#define HAETAE_VIEW_SHOW_SCREEN_H

#include "base/buffer.h"
#include "show/terminal.h"

enum hae_view_colour { HAE_VIEW_COLOUR_AUTO, HAE_VIEW_COLOUR_ALWAYS, HAE_VIEW_COLOUR_NEVER };

/* What was asked for on the command line. */
struct hae_view_look {
    size_t width; /* 0: that of the terminal */
    enum hae_view_colour colour;
    bool ascii;
};

struct hae_view_screen {
    bool redraws; /* a terminal that understands escape sequences */
    bool entered; /* the alternate screen is shown */
    struct hae_buffer frame;
};

/* Finds out whether standard output is a terminal. */
void hae_view_screen_init(struct hae_view_screen *screen);
void hae_view_screen_done(struct hae_view_screen *screen);

/* Fills in how to draw on it now: size, colours, characters. */
void hae_view_screen_describe(const struct hae_view_screen *screen,
                              const struct hae_view_look *look, struct hae_view_terminal *terminal);

/* Shows text in place of what was there. False when it cannot be written. */
bool hae_view_screen_draw(struct hae_view_screen *screen, const struct hae_buffer *text);

/* Gives the terminal back as it was. */
void hae_view_screen_leave(struct hae_view_screen *screen);

/* Writes all of it; false on any error. */
bool hae_view_write_all(int fd, const char *data, size_t length);

#endif
