/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns for names: `*` stands for any number of bytes, `?` for one. */
#ifndef HAETAE_BASE_WILDCARD_H
#define HAETAE_BASE_WILDCARD_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the text matches. It takes at most as many steps as the product of both lengths: only the
 * last `*` is tried again. */
static inline bool hae_wildcard_match(const char *pattern, size_t pattern_length, const char *text,
                                      size_t length)
{
    size_t at = 0;            /* in the pattern */
    size_t star = (size_t)-1; /* the last one */
    size_t star_text = 0;     /* where what it stands for ends */
    size_t i = 0;

    while (i < length) {
        if (at < pattern_length && pattern[at] == '*') {
            star = at++;
            star_text = i;
        } else if (at < pattern_length && (pattern[at] == '?' || pattern[at] == text[i])) {
            at++;
            i++;
        } else if (star != (size_t)-1) {
            at = star + 1;
            i = ++star_text;
        } else {
            return false;
        }
    }
    while (at < pattern_length && pattern[at] == '*') {
        at++;
    }
    return at == pattern_length;
}

#endif
