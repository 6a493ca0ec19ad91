/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the lines of files of the kernel, below /proc and /sys, in the caller's memory, whatever
 * the size of the machine. The content of a file is not trusted. */
#ifndef HAETAE_HOST_LINES_H
#define HAETAE_HOST_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HAE_LINE_BYTES = 4096,            /* a longer line is cut after a space        */
    HAE_LINES_BYTES_MAX = 1024 * 1024 /* of a file; the rest is not read           */
};

struct hae_lines {
    int file;
    bool skips;        /* the rest of a line that was cut comes next, and is skipped */
    size_t left_bytes; /* that may still be read */
    size_t at, end;    /* what was read and not returned, in the buffer */
    char buffer[HAE_LINE_BYTES];
};

/* Opens the file `name`, an absolute path, below `root`. False: there is no regular file, and
 * nothing to close. It never waits, not even for a FIFO. */
bool hae_lines_open(struct hae_lines *lines, const char *root, const char *name);

/* Returns the next line, without its newline, valid until the next call; NULL: there is no more. A
 * last line without a newline is left out: the kernel writes one, so part of the line is missing. A
 * NUL ends the text of its line. */
char *hae_lines_next(struct hae_lines *lines);

void hae_lines_close(struct hae_lines *lines);

/* Reads the first line of a file, and closes it. *ret_line is valid as long as `lines` is. False:
 * there is none. */
bool hae_lines_first(struct hae_lines *lines, const char *root, const char *name, char **ret_line);

#endif
