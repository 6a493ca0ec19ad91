/* SPDX-License-Identifier: Apache-2.0 */
/* A file to which whole lines are appended: one that can't be written whole is taken back, so
 * that a reader never comes upon half of one. */
#ifndef HAETAE_OTLP_FILE_LINE_FILE_H
#define HAETAE_OTLP_FILE_LINE_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct hae_line_file {
    int fd;
    bool is_regular; /* else, as with a pipe, nothing can be taken back   */
    bool is_torn;    /* it ends with a part of a line: the next one begins
                      * with a newline                                    */
    char error[160]; /* of the last append that failed                    */
};

/* Opens a file, or makes it. What an earlier writer left in the middle of a line is ended
 * by a newline before the first one. False: errno says why. */
bool hae_line_file_open(struct hae_line_file *file, const char *path);

/* The same with a descriptor that appends, and becomes the file's. */
void hae_line_file_init(struct hae_line_file *file, int fd);

/* Appends a line. The first byte of `text` is room for a newline of ours; behind it comes the
 * line with its own newline at the end. A regular file is locked meanwhile (flock(2)): of
 * those who append in this way, each takes back nothing but its own.
 * False: `error` tells why, and whether a part of the line had to stay. SIGXFSZ and SIGPIPE
 * are to be ignored. */
bool hae_line_file_append(struct hae_line_file *file, char *text, size_t size_bytes);

/* False: errno says why. */
bool hae_line_file_close(struct hae_line_file *file);

#endif
