/* SPDX-License-Identifier: Apache-2.0 */
#include "show/tty.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void hae_view_tty_init(struct hae_view_tty *tty)
{
    memset(tty, 0, sizeof *tty);
    tty->has_keys = isatty(STDIN_FILENO) == 1;
}

bool hae_view_tty_is_in_background(void)
{
    /* A terminal that does not control this process has no foreground group for it. */
    pid_t group = tcgetpgrp(STDOUT_FILENO);
    return group > 0 && group != getpgrp();
}

void hae_view_tty_take(struct hae_view_tty *tty)
{
    if (!tty->has_keys || tty->taken || hae_view_tty_is_in_background() ||
        tcgetattr(STDIN_FILENO, &tty->before) != 0) {
        return;
    }
    struct termios raw = tty->before;
    /* Signals of keys stay: Ctrl-C and Ctrl-Z are what they are everywhere. */
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL | INLCR | IGNCR);
    raw.c_cc[VMIN] = 0; /* reading does not wait */
    raw.c_cc[VTIME] = 0;
    tty->taken = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

void hae_view_tty_leave(struct hae_view_tty *tty)
{
    if (tty->taken) {
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &tty->before);
        tty->taken = false;
        tty->length = 0;
    }
}

bool hae_view_tty_receive(struct hae_view_tty *tty)
{
    size_t room = sizeof tty->bytes - tty->length;
    ssize_t count = room > 0 ? read(STDIN_FILENO, tty->bytes + tty->length, room) : 0;
    if (count > 0) {
        tty->length += (size_t)count;
    }
    return count >= 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
}

bool hae_view_tty_next(struct hae_view_tty *tty, bool last, struct hae_view_key *ret_key)
{
    size_t taken = hae_view_key_read(tty->bytes, tty->length, last, ret_key);
    if (taken == 0) {
        return false;
    }
    tty->length -= taken;
    memmove(tty->bytes, tty->bytes + taken, tty->length);
    return true;
}
