/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/joined_keys.h"

#include "recorder/counts.h"

HAE_COLD void hae_measured_keys(struct hae_recorder *recorder, const haetae_keys *keys,
                                const haetae_value *values, size_t count,
                                struct hae_joined_keys *ret_joined)
{
    static const haetae_keys none;
    const haetae_keys *known = keys != NULL ? keys : &none;
    struct hae_joined joined = hae_join_keys(ret_joined->attributes, HAE_KEY_LIST_MAX, known->names,
                                             known->count, values, count);

    if (!joined.all) {
        hae_count_misuse(recorder, HAETAE_MISUSE_ARGUMENT);
    }
    ret_joined->number = joined.all && joined.count != 0 ? hae_key_list_number(known) : 0;
    ret_joined->count = joined.count;
}
