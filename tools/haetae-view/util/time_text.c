/* SPDX-License-Identifier: Apache-2.0 */
#include "util/time_text.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_NS  INT64_C(1000000000)
#define DIGITS_MAX 11

struct unit {
    const char *name;
    int64_t ns;
};

static const struct unit units[] = {{"ms", SECOND_NS / 1000},
                                    {"s", SECOND_NS},
                                    {"m", 60 * SECOND_NS},
                                    {"h", 3600 * SECOND_NS},
                                    {"d", 86400 * SECOND_NS}};
static const struct unit seconds = {"", SECOND_NS};

/* The unit of "5m", and its number. NULL: it is no such text. */
static const struct unit *split(const char *text, bool bare, int64_t *ret_number)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > DIGITS_MAX) {
        return NULL;
    }
    *ret_number = strtoll(text, NULL, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + digits, units[i].name) == 0) {
            return &units[i];
        }
    }
    return bare && text[digits] == '\0' ? &seconds : NULL;
}

bool hae_view_read_time(const char *text, int64_t *ret_ns)
{
    int64_t number;
    int64_t ns;
    const struct unit *unit = split(text, false, &number);
    if (unit == NULL || __builtin_mul_overflow(number, unit->ns, &ns)) {
        return false;
    }
    *ret_ns = ns;
    return true;
}

bool hae_view_read_seconds(const char *text, bool bare, uint64_t *ret_seconds)
{
    int64_t number;
    const struct unit *unit = split(text, bare, &number);
    if (unit == NULL || unit->ns < SECOND_NS) {
        return false;
    }
    *ret_seconds = (uint64_t)number * (uint64_t)(unit->ns / SECOND_NS);
    return true;
}
