/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of keys as the API has them, and the numbers by which caches know them. */
#ifndef HAETAE_WIRE_KEY_LIST_H
#define HAETAE_WIRE_KEY_LIST_H

#include "base/bytes.h"
#include "base/prepared.h"
#include "haetae/keys.h"

enum { HAE_KEY_LIST_MAX = 16 };

/* No list has this number, which is even. */
#define HAE_KEY_LIST_NUMBER_END (UINT32_MAX - 1)

/* What lies in the room of a list. */
struct hae_key_list_room {
    hae_prepared_state state;
    /* Stands for these keys in this order for as long as the process, and the children that it
     * forks, run; even, not 0, and below UINT32_MAX - 1. */
    uint32_t number;
};

/* Prepares a list that is not yet. False: another thread is at it, or it cannot be. */
bool hae_key_list_prepare(const haetae_keys *keys);

/* The number of a list; 0: it has none, at least not yet. */
static inline uint32_t hae_key_list_number(const haetae_keys *keys)
{
    const struct hae_key_list_room *room = keys->room;

    if (HAE_UNLIKELY(keys->room_bytes < sizeof *room) ||
        (HAE_UNLIKELY(hae_prepared_get(&room->state) != HAE_PREPARED_DONE) &&
         !hae_key_list_prepare(keys))) {
        return 0;
    }
    return room->number;
}

/* What an array holds that keys and values were brought together in. */
struct hae_joined {
    size_t count;
    /* False: one side has more, or is NULL, or there are too many. The rest is left out. */
    bool all;
};

/* Brings up to `max` keys and values together. */
struct hae_joined hae_join_keys(haetae_attribute *to, size_t max, const haetae_string *keys,
                                size_t key_count, const haetae_value *values, size_t value_count);

#endif
