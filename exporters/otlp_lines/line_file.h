/* SPDX-License-Identifier: Apache-2.0 */
/* A file to which whole lines are appended. A line that cannot be written whole is removed
 * again, so that a reader never finds half a line. */
#ifndef HAETAE_OTLP_LINES_LINE_FILE_H
#define HAETAE_OTLP_LINES_LINE_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct hae_line_file {
    int fd;
    bool is_regular; /* if not, as with a pipe, nothing can be removed */
    bool is_torn;    /* it ends with a part of a line: the next one begins
                      * with a newline                                    */
    char error[160]; /* of the last append that failed                    */
};

/* Opens a file, or creates it for its owner only. A pipe that nobody reads is an error. If an
 * earlier writer left a part of a line at its end, the first append ends that with a newline.
 * False: errno says why. */
bool hae_line_file_open(struct hae_line_file *file, const char *path);

/* Uses a descriptor that appends. The file takes it over. */
void hae_line_file_init(struct hae_line_file *file, int fd);

/* Appends a line. The first byte of `text` is reserved for a newline that this function may
 * need; the line follows, with its own newline at the end. A regular file is locked
 * meanwhile (flock(2)), so that writers that use this function never remove each other's
 * lines. False: `error` says why, and whether a part of the line remains. SIGXFSZ and
 * SIGPIPE must be ignored. */
bool hae_line_file_append(struct hae_line_file *file, char *text, size_t size_bytes);

/* The parts of it. Lock a regular file: false if another process has the lock. */
bool hae_line_file_lock(const struct hae_line_file *file);
void hae_line_file_unlock(const struct hae_line_file *file);
/* Append to a file that is locked. */
bool hae_line_file_put(struct hae_line_file *file, char *text, size_t size_bytes);

/* Whether a regular file ends in the middle of a line. A file that may not be read is assumed to
 * end with a whole line. */
bool hae_line_file_ends_torn(const char *path);

/* False: errno says why. */
bool hae_line_file_close(struct hae_line_file *file);

#endif
