/* SPDX-License-Identifier: Apache-2.0 */
/* A list of keys and values, brought together to attributes. */
#ifndef HAETAE_METRICS_JOINED_KEYS_H
#define HAETAE_METRICS_JOINED_KEYS_H

#include "recorder/recorder.h"
#include "wire/key_list.h"

struct hae_joined_keys {
    uint32_t number; /* of the list; 0: it has none */
    size_t count;
    haetae_attribute attributes[HAE_KEY_LIST_MAX];
};

/* Keys and values that have no partner, and those beyond HAE_KEY_LIST_MAX, are left out and
 * counted. */
void hae_measured_keys(struct hae_recorder *recorder, const haetae_keys *keys,
                       const haetae_value *values, size_t count,
                       struct hae_joined_keys *ret_joined);

#endif
