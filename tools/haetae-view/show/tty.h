/* SPDX-License-Identifier: Apache-2.0 */
/* Keys from standard input: without echo, one by one. The terminal is given back as it was. */
#ifndef HAETAE_VIEW_SHOW_TTY_H
#define HAETAE_VIEW_SHOW_TTY_H

#include <stdbool.h>
#include <termios.h>

#include "show/keys.h"

#define HAE_VIEW_TTY_BYTES 256

struct hae_view_tty {
    bool has_keys; /* standard input is a terminal */
    bool taken;    /* its settings are ours now */
    struct termios before;
    char bytes[HAE_VIEW_TTY_BYTES]; /* that came and were not read as keys yet */
    size_t length;
};

void hae_view_tty_init(struct hae_view_tty *tty);

/* Takes the terminal, when this process is in its foreground, and gives it back. */
void hae_view_tty_take(struct hae_view_tty *tty);
void hae_view_tty_leave(struct hae_view_tty *tty);

/* Whether another process group has the terminal: then nothing may be drawn on it. */
bool hae_view_tty_is_in_background(void);

/* Reads what has come, without waiting. False: it failed, and there will be no more. */
bool hae_view_tty_receive(struct hae_view_tty *tty);

/* The next key. False: there is none, or only the beginning of one and it is not the `last` of what
 * will come for now. */
bool hae_view_tty_next(struct hae_view_tty *tty, bool last, struct hae_view_key *ret_key);

#endif
