/* SPDX-License-Identifier: Apache-2.0 */
/* Doubles as decimal digits, whatever the locale. */
#ifndef HAETAE_BASE_DECIMAL_H
#define HAETAE_BASE_DECIMAL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HAE_DECIMAL_BYTES = 40 };

/* Writes the shortest digits that read back as the same double, which is finite. The decimal
 * point is a point. */
static inline void hae_decimal(double value, char ret_text[HAE_DECIMAL_BYTES])
{
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(ret_text, HAE_DECIMAL_BYTES, "%.*g", precision, value);
        if (strtod(ret_text, NULL) == value) {
            break;
        }
    }
    /* The locale's decimal point may have several bytes. */
    char *point = ret_text + strspn(ret_text, "+-0123456789e");
    if (*point != '\0') {
        char *rest = point + strcspn(point, "0123456789");

        *point = '.';
        memmove(point + 1, rest, strlen(rest) + 1);
    }
}

#endif
