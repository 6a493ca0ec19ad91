/* SPDX-License-Identifier: Apache-2.0 */
#include "store/id_set.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64

static const struct hae_view_span_id no_id;

void hae_view_id_set_init(struct hae_view_id_set *set, size_t limit, struct hae_view_hash_key key)
{
    memset(set, 0, sizeof *set);
    set->limit = limit;
    set->key = key;
}

void hae_view_id_set_done(struct hae_view_id_set *set)
{
    for (size_t i = 0; i < HAE_VIEW_ID_SHARDS; i++) {
        free(set->shards[i].slots);
    }
    memset(set, 0, sizeof *set);
}

/* The slot that holds `id`, or the free one where it belongs. The shard is never
 * full, so there is one. */
static struct hae_view_span_id *find(const struct hae_view_id_shard *shard, uint64_t hash,
                                     const struct hae_view_span_id *id)
{
    size_t mask = shard->capacity - 1;
    size_t at = (size_t)hash & mask;
    while (memcmp(&shard->slots[at], &no_id, sizeof no_id) != 0 &&
           memcmp(&shard->slots[at], id, sizeof *id) != 0) {
        at = (at + 1) & mask;
    }
    return &shard->slots[at];
}

static bool grow(struct hae_view_id_set *set, struct hae_view_id_shard *shard)
{
    struct hae_view_id_shard bigger = {NULL, FIRST_CAPACITY, shard->used};
    if (shard->capacity > 0) {
        bigger.capacity = shard->capacity * 2;
    }
    bigger.slots = calloc(bigger.capacity, sizeof *bigger.slots);
    if (bigger.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < shard->capacity; i++) {
        const struct hae_view_span_id *id = &shard->slots[i];
        if (memcmp(id, &no_id, sizeof no_id) != 0) {
            *find(&bigger, hae_view_hash(set->key, id, sizeof *id), id) = *id;
        }
    }
    free(shard->slots);
    *shard = bigger;
    return true;
}

enum hae_view_id_answer hae_view_id_set_add(struct hae_view_id_set *set,
                                            const struct hae_view_span_id *id)
{
    uint64_t hash = hae_view_hash(set->key, id, sizeof *id);
    /* The top bits choose the shard, the low ones the slot. */
    struct hae_view_id_shard *shard = &set->shards[hash >> 58];
    if (shard->capacity > 0) {
        struct hae_view_span_id *slot = find(shard, hash, id);
        if (memcmp(slot, id, sizeof *id) == 0) {
            return HAE_VIEW_ID_KNOWN;
        }
    }
    if (set->count >= set->limit) {
        return HAE_VIEW_ID_FORGOTTEN;
    }
    /* At most seven eighths full, so that probing is short and always ends. */
    if (shard->used + 1 > shard->capacity - shard->capacity / 8 && !grow(set, shard)) {
        return HAE_VIEW_ID_FORGOTTEN;
    }
    *find(shard, hash, id) = *id;
    shard->used++;
    set->count++;
    return HAE_VIEW_ID_NEW;
}
