/* SPDX-License-Identifier: Apache-2.0 */
/* White space at the ends of a text. A value that comes from a file or from a secret store often
 * ends with a newline. */
#ifndef HAETAE_BASE_TRIM_H
#define HAETAE_BASE_TRIM_H

#include <stdbool.h>

#include "haetae/types.h"

/* White space of ASCII, whatever the host's locale is. */
static inline bool hae_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A text without the white space at its ends. */
static inline haetae_string hae_trimmed(haetae_string text)
{
    while (text.length > 0 && hae_is_space(text.data[0])) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && hae_is_space(text.data[text.length - 1])) {
        text.length--;
    }
    return text;
}

#endif
