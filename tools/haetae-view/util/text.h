/* SPDX-License-Identifier: Apache-2.0 */
/* Makes received text safe to show, and measures it in terminal columns.
 *
 * Input may hold anything: escape sequences, bidirectional overrides, broken UTF-8,
 * megabytes. It is cleaned once, when it is received; the store and the renderers only see
 * short, valid UTF-8 without control characters. */
#ifndef HAETAE_VIEW_UTIL_TEXT_H
#define HAETAE_VIEW_UTIL_TEXT_H

#include <stddef.h>

/* Copies text so that it can be shown on one line: what is not
 * printable (base/printable.h) becomes an escape (\n, \x1b, \u202e), what is not
 * UTF-8 U+FFFD. What does not fit into `out_size` bytes (NUL included; at least
 * 4) is cut at a character and marked with "…". Returns the bytes written,
 * without the NUL. `text` may be NULL when length is 0. */
size_t hae_view_text_clean(char *out, size_t out_size, const char *text, size_t length);

/* The same for a whole string; NULL is an empty one. */
size_t hae_view_text_clean_string(char *out, size_t out_size, const char *text);

/* How many terminal columns valid UTF-8 text takes: 0 for combining characters,
 * 2 for wide East Asian ones and emoji, else 1. */
size_t hae_view_text_width(const char *text);

/* How many leading bytes of the text take at most `columns` columns;
 * *ret_columns says how many they do take. */
size_t hae_view_text_prefix(const char *text, size_t columns, size_t *ret_columns);

#endif
