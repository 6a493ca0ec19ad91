/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of HTTP: names of headers, and of members of a baggage. Async-signal-safe. */
#ifndef HAETAE_BASE_TOKEN_H
#define HAETAE_BASE_TOKEN_H

#include <string.h>

#include "haetae/types.h"

static inline bool hae_is_token_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* Whether a text is a token of RFC 9110, "Tokens". */
static inline bool hae_is_token(haetae_string text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (!hae_is_token_char(text.data[i])) {
            return false;
        }
    }
    return text.length != 0;
}

#endif
