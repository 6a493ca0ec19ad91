/* SPDX-License-Identifier: Apache-2.0 */
#include "seen.h"

#include "base/alloc.h"
#include "hash.h"

void hae_prom_seen_done(struct hae_prom_seen *seen)
{
    hae_free(seen->slots);
    *seen = (struct hae_prom_seen){.slots = NULL};
}

/* One table serves all families: emptying a large one for each of many would cost more. */
static uint64_t hash_series(size_t family, const struct hae_prom_labels *labels)
{
    uint64_t hash = family;

    for (size_t i = 0; i < labels->placed; i++) {
        hash = hae_prom_hash(hash, hae_prom_label_name(labels, i));
        hash = hae_prom_hash(hash, hae_prom_label_value(labels, i));
    }
    return hae_mix64(hash) | 1;
}

/* Where the hash is, or where it goes. */
static size_t find(const uint64_t *slots, size_t capacity, uint64_t hash)
{
    size_t at = hash >> 1 & (capacity - 1);

    while (slots[at] != 0 && slots[at] != hash) {
        at = (at + 1) & (capacity - 1);
    }
    return at;
}

static bool grow(struct hae_prom_seen *seen)
{
    size_t capacity = seen->capacity < 256 ? 256 : seen->capacity * 2;
    uint64_t *slots = hae_calloc(capacity, sizeof *slots);

    if (slots == NULL) {
        seen->failed = true;
        return false;
    }
    for (size_t i = 0; i < seen->capacity; i++) {
        if (seen->slots[i] != 0) {
            slots[find(slots, capacity, seen->slots[i])] = seen->slots[i];
        }
    }
    hae_free(seen->slots);
    seen->slots = slots;
    seen->capacity = capacity;
    return true;
}

bool hae_prom_is_new(struct hae_prom_seen *seen, size_t family,
                     const struct hae_prom_labels *labels)
{
    uint64_t hash = hash_series(family, labels);
    size_t at;

    if (seen->count * 2 >= seen->capacity && !grow(seen)) {
        return false;
    }
    at = find(seen->slots, seen->capacity, hash);
    if (seen->slots[at] != 0) {
        return false;
    }
    seen->slots[at] = hash;
    seen->count++;
    return true;
}
