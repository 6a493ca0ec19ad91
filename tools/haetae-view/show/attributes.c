/* SPDX-License-Identifier: Apache-2.0 */
#include "show/attributes.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PAIR_GAP ", "

/* Takes the next "key=value" off the front of a list of attributes. A value that holds the
 * separator looks like two, which does no harm here. */
static bool next_pair(const char **rest, const char **ret_pair, size_t *ret_length)
{
    if ((*rest)[0] == '\0') {
        return false;
    }
    const char *end = strstr(*rest, PAIR_GAP);
    *ret_pair = *rest;
    *ret_length = end != NULL ? (size_t)(end - *rest) : strlen(*rest);
    *rest += *ret_length + (end != NULL ? strlen(PAIR_GAP) : 0);
    return true;
}

static bool has_pair(const char *attributes, const char *pair, size_t length)
{
    const char *other;
    size_t other_length;
    while (next_pair(&attributes, &other, &other_length)) {
        if (other_length == length && memcmp(other, pair, length) == 0) {
            return true;
        }
    }
    return false;
}

static const char *list_at(const struct hae_view_attribute_lists *lists, size_t index)
{
    return lists->first + index * lists->stride;
}

static bool all_have(const struct hae_view_attribute_lists *lists, const char *pair, size_t length)
{
    for (size_t i = 0; i < lists->count; i++) {
        if (!has_pair(list_at(lists, i), pair, length)) {
            return false;
        }
    }
    return true;
}

/* Where the short form of a key begins: at its last part, "status_code" of
 * "http.response.status_code", or one part before when that is too short. */
static const char *short_key(const char *pair, size_t length)
{
    static const char *const vague[] = {"id=", "kind=", "name=", "type=", "version="};
    const char *equals = memchr(pair, '=', length);
    const char *last = pair;
    const char *before = pair;
    for (const char *c = pair; equals != NULL && c < equals; c++) {
        if (*c == '.') {
            before = last;
            last = c + 1;
        }
    }
    for (size_t i = 0; i < sizeof vague / sizeof vague[0]; i++) {
        if (strncmp(last, vague[i], strlen(vague[i])) == 0) {
            return before;
        }
    }
    return last;
}

void hae_view_attributes_add(const struct hae_view_attribute_lists *lists, size_t index,
                             bool shared, char *label, size_t size)
{
    const char *rest = list_at(lists, index);
    const char *pair;
    size_t length;
    const char *gap = "";
    while (next_pair(&rest, &pair, &length)) {
        if (all_have(lists, pair, length) == shared) {
            size_t used = strlen(label);
            const char *begin = short_key(pair, length);
            snprintf(label + used, size - used, "%s%.*s", gap,
                     (int)(length - (size_t)(begin - pair)), begin);
            gap = PAIR_GAP;
        }
    }
}
