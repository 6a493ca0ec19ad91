/* SPDX-License-Identifier: Apache-2.0 */
/* Small files that say something about the system. */
#ifndef HAETAE_RESOURCE_FILE_H
#define HAETAE_RESOURCE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Joins two parts of a path. False: it is too long. */
enum { HAE_SMALL_PATH_BYTES = 4352 };
bool hae_small_path(char ret_path[HAE_SMALL_PATH_BYTES], const char *directory, const char *name);

/* Reads the beginning of a regular file: at most size_bytes - 1 bytes, and a NUL behind them.
 * Returns how many; 0 when there is no such file, or it is of another kind. What is no regular file
 * is not waited for, but a file system that does not answer is. Async-signal-safe. */
size_t hae_small_file_read(const char *path, char *ret_text, size_t size_bytes);

/* The same for the file `name`, an absolute path, below `root`. */
size_t hae_small_file_read_at(const char *root, const char *name, char *ret_text,
                              size_t size_bytes);

/* Cuts a text after its first line. */
void hae_cut_line(char *text);

#endif
