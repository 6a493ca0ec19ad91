/* SPDX-License-Identifier: Apache-2.0 */
/* Plain names, which need no quotes: [a-zA-Z_:][a-zA-Z0-9_:]*, without colons in a label; and
 * text that may stand in a page: UTF-8 without NUL, which ends a line for some readers. */
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

/* Whether a name ends with a word, before which there is something that is part of no word. */
bool hae_prom_ends_with_word(const char *name, size_t length, const char *word);

/* Whether a text may stand in a page; and adds one that then may: U+FFFD stands for what is not
 * UTF-8, and for NUL. */
bool hae_prom_is_valid(haetae_string text);
void hae_prom_put_valid(struct hae_buffer *out, haetae_string text);

#endif
