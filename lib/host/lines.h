/* SPDX-License-Identifier: Apache-2.0 */
/* Files of lines that the kernel writes, below /proc and /sys, read in bounded memory: a buffer of
 * the caller's, whatever the machine has. What a file contains is not trusted. */
#ifndef HAETAE_HOST_LINES_H
#define HAETAE_HOST_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HAE_LINE_BYTES = 4096,            /* a longer line is cut after a space        */
    HAE_LINES_BYTES_MAX = 1024 * 1024 /* of a file; what is behind that is not read */
};

struct hae_lines {
    int file;
    bool skips;        /* the rest of a line that was cut comes next */
    size_t left_bytes; /* that may still be read */
    size_t at, end;    /* what was read and not returned, in the buffer */
    char buffer[HAE_LINE_BYTES];
};

/* Opens the file `name`, an absolute path, below `root`. A file that is neither regular nor of
 * /proc is not waited for. False: there is none, and nothing to close. */
bool hae_lines_open(struct hae_lines *lines, const char *root, const char *name);

/* The next line, without its newline, valid until the next call; NULL: there is none. A line that
 * no newline ends is none: what the kernel writes has one, so part of it is missing. A NUL ends the
 * text of its line. */
char *hae_lines_next(struct hae_lines *lines);

void hae_lines_close(struct hae_lines *lines);

/* The first line of a file; *ret_line is valid as long as `lines`, which is closed. False: there is
 * none. */
bool hae_lines_first(struct hae_lines *lines, const char *root, const char *name, char **ret_line);

#endif
