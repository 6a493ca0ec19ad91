/* SPDX-License-Identifier: Apache-2.0 */
/* A summary as text for a terminal, a pipe or a file. */
#ifndef HAETAE_VIEW_SHOW_TERMINAL_H
#define HAETAE_VIEW_SHOW_TERMINAL_H

#include "base/buffer.h"
#include "query/summary.h"

#define HAE_VIEW_WIDTH_MIN 40

struct hae_view_terminal {
    size_t width;  /* columns */
    size_t height; /* lines of the screen; 0: it is none */
    bool colour;
    bool ascii; /* draw with ASCII only, for terminals that do not know UTF-8 */
    const char *address;
    uint64_t unix_ns;
    uint64_t up_ns; /* since the start */
};

/* Writes lines, each ended by a newline, for at least HAE_VIEW_WIDTH_MIN columns. */
void hae_view_terminal_write(const struct hae_view_terminal *terminal,
                             const struct hae_view_summary *summary, struct hae_buffer *out);

/* One line for logs: what has been received so far. */
void hae_view_terminal_line(const struct hae_view_terminal *terminal,
                            const struct hae_view_summary *summary, struct hae_buffer *out);

#endif
