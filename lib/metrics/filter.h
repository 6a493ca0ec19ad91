/* SPDX-License-Identifier: Apache-2.0 */
/* Which attributes of a measurement a stream keeps, by their keys. */
#ifndef HAETAE_METRICS_FILTER_H
#define HAETAE_METRICS_FILTER_H

#include <stdbool.h>

#include "haetae/types.h"

struct hae_key_filter {
    bool drops;    /* these keys; false: it drops all but these */
    bool patterns; /* they have wildcards, see base/wildcard.h  */
    size_t key_count;
    const haetae_string *keys;
    const struct hae_key_filter *also; /* what it keeps, this one has to keep as well; or NULL */
};

/* Whether the filter keeps an attribute of this key. */
bool hae_filter_keeps(const struct hae_key_filter *filter, haetae_string key);

/* Whether two filters, or none, have the same keys in the same order. */
bool hae_filter_same(const struct hae_key_filter *a, const struct hae_key_filter *b);

/* Copies the attributes that the filter keeps, in their order. False: more than `room`. */
bool hae_filter_apply(const struct hae_key_filter *filter, const haetae_attribute *attributes,
                      size_t count, haetae_attribute *ret_kept, size_t room, size_t *ret_count);

#endif
