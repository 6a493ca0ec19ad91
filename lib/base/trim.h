/* SPDX-License-Identifier: Apache-2.0 */
/* Text without the white space at its ends, and text up to a separator. */
#ifndef HAETAE_BASE_TRIM_H
#define HAETAE_BASE_TRIM_H

#include <stdbool.h>

#include "haetae/types.h"

/* White space of ASCII, whatever the host's locale is. */
static inline bool hae_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A text without the white space at its ends. A value that comes from a file or from a secret store
 * often ends with a newline. */
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

/* The same for the value of a header, or a part of it: only spaces and tabs do not belong to it. */
static inline haetae_string hae_trimmed_header(haetae_string text)
{
    while (text.length > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 &&
           (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t')) {
        text.length--;
    }
    return text;
}

/* What stands in a text before a separator, which is taken off it together with that. Without one,
 * all of it. */
static inline haetae_string hae_take_until(haetae_string *text, char separator)
{
    const char *found =
        text->length != 0 ? (const char *)memchr(text->data, separator, text->length) : NULL;
    haetae_string part = {text->data, found != NULL ? (size_t)(found - text->data) : text->length};
    size_t taken = part.length + (found != NULL);

    text->data += taken;
    text->length -= taken;
    return part;
}

#endif
