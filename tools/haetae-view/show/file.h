/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a script waits for. */
#ifndef HAETAE_VIEW_SHOW_FILE_H
#define HAETAE_VIEW_SHOW_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Writes under another name first, so that a reader never finds half a file. False: it has printed
 * why. */
bool hae_view_write_file(const char *path, const char *data, size_t length);

#endif
