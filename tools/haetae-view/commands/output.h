/* SPDX-License-Identifier: Apache-2.0 */
/* What commands print, and the statuses that they end with. */
#ifndef HAETAE_VIEW_COMMANDS_OUTPUT_H
#define HAETAE_VIEW_COMMANDS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

enum { HAE_VIEW_EXIT_GOOD = 0, HAE_VIEW_EXIT_BAD = 1, HAE_VIEW_EXIT_WRONG_USE = 2 };

/* Adds JSON with what cannot be shown as escapes: it stands in texts only. */
void hae_view_add_json(struct hae_buffer *out, const char *json, size_t length);

/* Prints an error, cleaned. */
void hae_view_print_error(const char *problem);

/* Writes all to standard output. Returns -1 to go on, or the status to exit with. When nobody reads
 * any more, it ends without a message. */
int hae_view_put_out(const struct hae_buffer *out);

/* Waits on standard output for so long. False: nobody reads it any more. */
bool hae_view_output_wait(int ms);

#endif
