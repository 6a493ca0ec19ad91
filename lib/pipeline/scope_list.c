/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scope_list.h"

#include "base/trim.h"
#include "base/wildcard.h"

/* Takes the next pattern off a list; false at its end. */
static bool next_pattern(const char **list, haetae_string *ret_pattern)
{
    while (**list != '\0') {
        size_t length = strcspn(*list, ",");

        *ret_pattern = hae_trimmed((haetae_string){*list, length});
        *list += length + ((*list)[length] == ',');
        if (ret_pattern->length != 0) {
            return true;
        }
    }
    return false;
}

bool hae_scope_list_has(const char *list, haetae_string name)
{
    bool any_wanted = false;
    bool wanted = false;
    haetae_string pattern;

    while (next_pattern(&list, &pattern)) {
        size_t skip = pattern.data[0] == '!';
        bool matches =
            hae_wildcard_match(pattern.data + skip, pattern.length - skip, name.data, name.length);

        if (skip != 0 && matches) {
            return false;
        }
        any_wanted |= skip == 0;
        wanted |= skip == 0 && matches;
    }
    return wanted || !any_wanted;
}
