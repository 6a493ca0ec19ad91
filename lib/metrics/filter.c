/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/filter.h"

#include <string.h>

#include "base/wildcard.h"

static bool is_same(haetae_string a, haetae_string b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static bool matches(const struct hae_key_filter *filter, size_t i, haetae_string key)
{
    haetae_string one = filter->keys[i];

    if (filter->patterns) {
        /* What is no valid length is not read. */
        return key.length <= (size_t)PTRDIFF_MAX &&
               hae_wildcard_match(one.data, one.length, key.data, key.length);
    }
    return is_same(one, key);
}

static bool has(const struct hae_key_filter *filter, haetae_string key)
{
    size_t i = 0;

    while (i < filter->key_count && !matches(filter, i, key)) {
        i++;
    }
    return i < filter->key_count;
}

bool hae_filter_keeps(const struct hae_key_filter *filter, haetae_string key)
{
    if (key.data == NULL) {
        return false;
    }
    while (filter != NULL && has(filter, key) != filter->drops) {
        filter = filter->also;
    }
    return filter == NULL;
}

static bool has_same_keys(const struct hae_key_filter *a, const struct hae_key_filter *b)
{
    size_t i = 0;

    while (i < a->key_count && i < b->key_count && is_same(a->keys[i], b->keys[i])) {
        i++;
    }
    return i == a->key_count && i == b->key_count && a->drops == b->drops;
}

bool hae_filter_same(const struct hae_key_filter *a, const struct hae_key_filter *b)
{
    while (a != b && a != NULL && b != NULL && has_same_keys(a, b)) {
        a = a->also;
        b = b->also;
    }
    return a == b;
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
