/* SPDX-License-Identifier: Apache-2.0 */
/* Plain names, which need no quotes: [a-zA-Z_:][a-zA-Z0-9_:]*, without colons in a label. */
#ifndef HAETAE_PROMETHEUS_PLAIN_H
#define HAETAE_PROMETHEUS_PLAIN_H

#include "base/buffer.h"
#include "haetae/types.h"

/* Where the name begins, a digit is not plain. */
bool hae_prom_is_plain_char(char c, bool is_label, bool is_first);

bool hae_prom_is_plain(haetae_string name, bool is_label);

/* Adds a name made plain: each run of other characters and underscores is one underscore, and one
 * stands before a digit at the start. */
void hae_prom_put_plain(struct hae_buffer *out, haetae_string name, bool is_label);

/* Whether a text ends with another. */
bool hae_prom_ends_with(const char *text, size_t length, const char *end);

#endif
