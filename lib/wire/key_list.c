/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/key_list.h"

#include "base/alloc.h"
#include "base/cancel.h"
#include "base/minmax.h"
#include "wire/key_blocks.h"

/* The next number. Any thread adds to it. */
static _Atomic uint32_t next_number = 2;

/* Returns 0 when all numbers are used up. */
static uint32_t new_number(void)
{
    /* Relaxed: that no two are the same is all that counts. */
    uint32_t next = atomic_load_explicit(&next_number, memory_order_relaxed);

    while (next != HAE_KEY_LIST_NUMBER_END &&
           !atomic_compare_exchange_weak_explicit(&next_number, &next, next + 2,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
    return next != HAE_KEY_LIST_NUMBER_END ? next : 0;
}

static bool is_plain(const haetae_string *names, size_t count)
{
    return names != NULL && count - 1 < HAE_KEY_LIST_MAX && hae_keys_plain(names, count);
}

HAE_COLD bool hae_key_list_prepare(const haetae_keys *keys)
{
    struct hae_key_list_room *room = keys->room;

    if (!hae_prepared_begin(&room->state)) {
        return hae_prepared_get(&room->state) == HAE_PREPARED_DONE;
    }
    room->number = is_plain(keys->names, keys->count) ? new_number() : 0;
    return hae_prepared_end(&room->state, room->number != 0);
}

/* One block of memory: the list, its names, its room, their texts. */
struct made {
    haetae_keys keys;
    haetae_string names[HAE_KEY_LIST_MAX];
    uint64_t room[HAETAE_KEYS_ROOM_BYTES / 8];
    char texts[];
};

haetae_status haetae_keys_new(const haetae_string *names, size_t count, haetae_keys **ret_keys)
{
    HAE_HOLD_CANCELLATION();
    struct made *made;
    char *at;

    if (ret_keys == NULL || !is_plain(names, count)) {
        return HAETAE_EINVAL;
    }
    made = hae_calloc(1, sizeof *made + hae_texts_size(names, count));
    if (made == NULL) {
        return HAETAE_ENOMEM;
    }
    at = made->texts;
    hae_keep_texts(made->names, names, count, &at);
    made->keys = (haetae_keys){made->names, count, made->room, sizeof made->room};
    *ret_keys = &made->keys;
    return HAETAE_OK;
}

void haetae_keys_free(haetae_keys *keys)
{
    hae_free(keys);
}

struct hae_joined hae_join_keys(haetae_attribute *to, size_t max, const haetae_string *keys,
                                size_t key_count, const haetae_value *values, size_t value_count)
{
    size_t known = keys != NULL ? key_count : 0;
    size_t given = values != NULL ? value_count : 0;
    struct hae_joined joined = {(size_t)hae_min(hae_min(known, given), max), false};

    joined.all = joined.count == key_count && joined.count == value_count;
    for (size_t i = 0; i < joined.count; i++) {
        to[i] = (haetae_attribute){keys[i], values[i]};
    }
    return joined;
}
