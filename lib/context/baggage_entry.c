/* SPDX-License-Identifier: Apache-2.0 */
#include "context/baggage_entry.h"

#include <string.h>

static bool has_name(const struct hae_baggage_entry *entry, haetae_string name)
{
    return entry->name.length == name.length &&
           memcmp(entry->name.data, name.data, name.length) == 0;
}

size_t hae_baggage_find(const struct hae_baggage_entry *entries, size_t count, haetae_string name)
{
    size_t at = 0;

    while (at < count && !has_name(&entries[at], name)) {
        at++;
    }
    return at;
}

void hae_baggage_put(struct hae_baggage_entry *entries, size_t *count,
                     const struct hae_baggage_entry *entry)
{
    size_t at = hae_baggage_find(entries, *count, entry->name);

    *count += at == *count;
    entries[at] = *entry;
}
