/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/joined_keys.h"

#include "base/minmax.h"
#include "recorder/counts.h"

HAE_COLD void hae_join_keys(struct hae_recorder *recorder, const haetae_keys *keys,
                            const haetae_value *values, size_t count,
                            struct hae_joined_keys *ret_joined)
{
    size_t key_count = keys != NULL && keys->names != NULL ? keys->count : 0;
    size_t value_count = values != NULL ? count : 0;
    size_t joined = (size_t)hae_min(hae_min(key_count, value_count), HAE_KEY_LIST_MAX);

    ret_joined->number =
        key_count == value_count && value_count != 0 ? hae_key_list_number(keys) : 0;
    if (joined != count || key_count != count) {
        hae_count_misuse(recorder, HAETAE_MISUSE_ARGUMENT);
    }
    for (size_t i = 0; i < joined; i++) {
        ret_joined->attributes[i] = (haetae_attribute){keys->names[i], values[i]};
    }
    ret_joined->count = joined;
}
