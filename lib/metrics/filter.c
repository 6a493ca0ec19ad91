/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/filter.h"

#include <string.h>

static bool same(haetae_string a, haetae_string b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

bool hae_filter_keeps(const struct hae_key_filter *filter, haetae_string key)
{
    size_t i = 0;

    if (key.data == NULL) {
        return false;
    }
    while (i < filter->key_count && !same(filter->keys[i], key)) {
        i++;
    }
    return (i < filter->key_count) != filter->drops;
}

bool hae_filter_apply(const struct hae_key_filter *filter, const haetae_attribute *attributes,
                      size_t count, haetae_attribute *ret_kept, size_t room, size_t *ret_count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (!hae_filter_keeps(filter, attributes[i].key)) {
            continue;
        }
        if (kept == room) {
            return false;
        }
        ret_kept[kept++] = attributes[i];
    }
    *ret_count = kept;
    return true;
}
