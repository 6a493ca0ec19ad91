/* SPDX-License-Identifier: Apache-2.0 */
#include "show/screen.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define STREAM_WIDTH    100
#define TERMINAL_WIDTH  80
#define TERMINAL_HEIGHT 24

#define ENTER     "\x1b[?1049h\x1b[?25l" /* the alternate screen, no cursor */
#define LEAVE     "\x1b[?25h\x1b[?1049l"
#define HOME      "\x1b[H"
#define CLEAR_EOL "\x1b[K"
#define CLEAR_END "\x1b[J"

bool hae_view_write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, data, length);
        if (written > 0) {
            data += written;
            length -= (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd wait = {fd, POLLOUT, 0};
            poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

void hae_view_screen_init(struct hae_view_screen *screen)
{
    const char *term = getenv("TERM");
    memset(screen, 0, sizeof *screen);
    screen->redraws =
        isatty(STDOUT_FILENO) && term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

void hae_view_screen_done(struct hae_view_screen *screen)
{
    hae_view_screen_leave(screen);
    hae_buffer_done(&screen->frame);
}

static void find_size(struct hae_view_terminal *terminal)
{
    struct winsize size;
    terminal->width = TERMINAL_WIDTH;
    terminal->height = TERMINAL_HEIGHT;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
        terminal->width = size.ws_col;
        terminal->height = size.ws_row;
    }
}

void hae_view_screen_describe(const struct hae_view_screen *screen,
                              const struct hae_view_look *look, struct hae_view_terminal *terminal)
{
    const char *no_colour = getenv("NO_COLOR");
    terminal->width = STREAM_WIDTH;
    terminal->height = 0;
    if (screen->redraws) {
        find_size(terminal);
    }
    if (look->width > 0) {
        terminal->width = look->width;
    }
    terminal->colour = look->colour == HAE_VIEW_COLOUR_ALWAYS ||
                       (look->colour == HAE_VIEW_COLOUR_AUTO && screen->redraws &&
                        (no_colour == NULL || no_colour[0] == '\0'));
    /* A stream is always UTF-8: whoever reads it later may have another locale. */
    terminal->ascii =
        look->ascii || (screen->redraws && strcmp(nl_langinfo(CODESET), "UTF-8") != 0);
}

bool hae_view_screen_draw(struct hae_view_screen *screen, const struct hae_buffer *text)
{
    struct hae_buffer *frame = &screen->frame;
    hae_buffer_clear(frame);
    if (!screen->entered) {
        hae_buffer_text(frame, ENTER);
        screen->entered = true;
    }
    hae_buffer_text(frame, HOME);
    /* Each line is written over the old one, so that nothing flickers. There is no newline
     * after the last line, which would scroll. */
    size_t begin = 0;
    for (size_t at = 0; at < text->length; at++) {
        if (text->data[at] == '\n') {
            hae_buffer_add(frame, text->data + begin, at - begin);
            hae_buffer_text(frame, CLEAR_EOL);
            if (at + 1 < text->length) {
                hae_buffer_text(frame, "\r\n");
            }
            begin = at + 1;
        }
    }
    hae_buffer_text(frame, CLEAR_END);
    return !frame->failed && hae_view_write_all(STDOUT_FILENO, frame->data, frame->length);
}

void hae_view_screen_leave(struct hae_view_screen *screen)
{
    if (screen->entered) {
        hae_view_write_all(STDOUT_FILENO, LEAVE, strlen(LEAVE));
        screen->entered = false;
    }
}
