/* SPDX-License-Identifier: Apache-2.0 */
/* Ids as the formats have them: hexadecimal digits in lower case. */
#ifndef HAETAE_PROPAGATION_IDS_H
#define HAETAE_PROPAGATION_IDS_H

#include <string.h>

#include "base/hex.h"
#include "base/trim.h"

/* Digits of a trace id and of a span id. */
enum { HAE_TRACE_ID_DIGITS = 32, HAE_SPAN_ID_DIGITS = 16 };

/* Reads 1 to 2 * count digits, of which leading zeros may be missing. */
static inline bool hae_read_id(haetae_string text, uint8_t *ret_id, size_t count)
{
    char digits[HAE_TRACE_ID_DIGITS];

    if (text.length == 0 || text.length > 2 * count) {
        return false;
    }
    memset(digits, '0', sizeof digits);
    memcpy(digits + 2 * count - text.length, text.data, text.length);
    return hae_read_hex(digits, ret_id, count);
}

static inline bool hae_text_is(haetae_string text, const char *other)
{
    return text.length == strlen(other) && memcmp(text.data, other, text.length) == 0;
}

#endif
