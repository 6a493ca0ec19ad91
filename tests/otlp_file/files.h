/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for the files of a test. */
#ifndef HAETAE_TESTS_OTLP_FILE_FILES_H
#define HAETAE_TESTS_OTLP_FILE_FILES_H

#include <stddef.h>

#include "support/temporary.h"

enum { FILES_PATH_MAX = 256 };

/* The folder of the test, made by files_set_up() and removed by files_tear_down() with all that is
 * in it. */
extern char files_folder[TEMPORARY_PATH_MAX];
int files_set_up(void **state);
int files_tear_down(void **state);

/* The path of a file there. */
char *files_path(char path[FILES_PATH_MAX], const char *name);

/* How many names there are with this text in them. */
size_t files_count(const char *part);

/* All that is in the files with this text in their names, in the order of names. For free(). */
char *files_read(const char *part);

/* Creates a file. */
void files_write(const char *name, const char *text);

#endif
