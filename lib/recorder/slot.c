/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/slot.h"

#include "recorder/counts.h"

/* A compare-and-exchange on a list fails only when another thread's succeeded.
 * So many failures in a row do not happen; the bound is there so that no caller
 * ever loops without end. */
enum { TRIES_MAX = 10000 };

#define INDEX_OF(tagged)   ((uint32_t)(tagged))
#define TAGGED(index, tag) ((uint64_t)(index) | ((uint64_t)(uint32_t)(tag) << 32))
#define TAG_OF(tagged)     ((uint32_t)((tagged) >> 32))

static uint32_t pop_free(struct hae_recorder *recorder)
{
    hae_tagged_head *head = &recorder->region->slots_free;
    /* Acquire pairs with the release in push_free(): `next` below is the one that
     * was written before the slot was pushed. */
    uint64_t seen = atomic_load_explicit(head, memory_order_acquire);

    for (int tries = 0; tries < TRIES_MAX && INDEX_OF(seen) != 0; tries++) {
        struct hae_slot *slot = hae_slot_at(recorder, INDEX_OF(seen));
        /* Relaxed: when the slot was popped by another thread meanwhile this is
         * nonsense, and the tag makes the exchange fail. */
        uint32_t next = atomic_load_explicit(&slot->next, memory_order_relaxed);

        /* Acquire on failure as above; on success, the slot's last user is done with it. */
        if (atomic_compare_exchange_weak_explicit(head, &seen, TAGGED(next, TAG_OF(seen) + 1),
                                                  memory_order_acquire, memory_order_acquire)) {
            return INDEX_OF(seen);
        }
    }
    return 0;
}

static bool push_free(struct hae_recorder *recorder, uint32_t index)
{
    hae_tagged_head *head = &recorder->region->slots_free;
    struct hae_slot *slot = hae_slot_at(recorder, index);
    uint64_t seen = atomic_load_explicit(head, memory_order_relaxed);

    for (int tries = 0; tries < TRIES_MAX; tries++) {
        atomic_store_explicit(&slot->next, INDEX_OF(seen), memory_order_relaxed);
        /* Release pairs with the acquire in pop_free(): the thread that takes the slot sees our
         * last writes to it, and `next`. */
        if (atomic_compare_exchange_weak_explicit(head, &seen, TAGGED(index, TAG_OF(seen)),
                                                  memory_order_release, memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

/* A slot nobody has used yet. */
static uint32_t take_fresh(struct hae_recorder *recorder)
{
    _Atomic uint64_t *fresh = &recorder->region->slots_fresh;
    uint64_t index;

    /* Relaxed, here and below: a fresh slot was written by nobody. The look before
     * the addition keeps the counter from running on for ever. */
    if (atomic_load_explicit(fresh, memory_order_relaxed) >= recorder->region->slot_count) {
        return 0;
    }
    index = atomic_fetch_add_explicit(fresh, 1, memory_order_relaxed);
    if (index >= recorder->region->slot_count) {
        return 0;
    }
    /* The first generation differs between recorders: a handle that is left of an
     * earlier one, in the same place, must not fit. */
    atomic_store_explicit(&hae_slot_at(recorder, (uint32_t)index)->state,
                          recorder->seed.a & ~(uint64_t)UINT32_MAX, memory_order_relaxed);
    return (uint32_t)index;
}

uint32_t hae_slot_take_shared(struct hae_recorder *recorder)
{
    uint32_t index = pop_free(recorder);

    return index != 0 ? index : take_fresh(recorder);
}

void hae_slot_give_shared(struct hae_recorder *recorder, uint32_t index)
{
    if (!push_free(recorder, index)) {
        hae_count_shared(&recorder->slots_lost);
    }
}

void hae_slot_give_all(struct hae_recorder *recorder, struct hae_lane *lane)
{
    while (lane->free_slots != 0) {
        hae_slot_give_shared(recorder, hae_slot_take(recorder, lane));
    }
}

uint32_t hae_slot_chain_length(const struct hae_recorder *recorder, uint32_t index)
{
    uint32_t count = 0;

    while (index != 0 && index < recorder->slot_count && count < recorder->slot_count) {
        index = hae_slot_at(recorder, index)->chain;
        count++;
    }
    return count;
}

bool hae_slot_hand_over(struct hae_recorder *recorder, uint32_t index)
{
    struct hae_region *region = recorder->region;
    struct hae_slot *slot = hae_slot_at(recorder, index);
    uint32_t count = hae_slot_chain_length(recorder, index);
    uint32_t seen = atomic_load_explicit(&region->handed_over, memory_order_relaxed);

    /* Recovery of a dead process reads this state, not the lists, which may be half changed. An
     * open record is no longer open. */
    hae_slot_next_use(slot, HAE_SLOT_RECORD);
    /* Relaxed: only a hint of how much waits. Before the exchange, for the consumer may
     * count down right after it, and the count must not run below 0. */
    atomic_fetch_add_explicit(&region->handed_over_count, count, memory_order_relaxed);
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        atomic_store_explicit(&slot->next, seen, memory_order_relaxed);
        /* Release pairs with the acquire in hae_slot_take_handed_over(): the consumer
         * sees all bytes of the chain. */
        if (atomic_compare_exchange_weak_explicit(&region->handed_over, &seen, index,
                                                  memory_order_release, memory_order_relaxed)) {
            return true;
        }
    }
    atomic_fetch_sub_explicit(&region->handed_over_count, count, memory_order_relaxed);
    hae_slot_next_use(slot, 0);
    return false;
}

uint32_t hae_slot_take_handed_over(struct hae_recorder *recorder)
{
    struct hae_region *region = recorder->region;
    uint32_t left = recorder->slot_count;
    uint32_t newest;
    uint32_t oldest = 0;

    if (atomic_load_explicit(&region->handed_over, memory_order_relaxed) == 0) {
        return 0;
    }
    /* Acquire pairs with the release in hae_slot_hand_over(). */
    newest = atomic_exchange_explicit(&region->handed_over, 0, memory_order_acquire);
    /* Bounded, as in drain_pending() of drain.c. */
    while (newest != 0 && newest < recorder->slot_count && left-- != 0) {
        struct hae_slot *slot = hae_slot_at(recorder, newest);
        uint32_t next = atomic_load_explicit(&slot->next, memory_order_relaxed);

        atomic_store_explicit(&slot->next, oldest, memory_order_relaxed);
        oldest = newest;
        newest = next;
    }
    recorder->damage_count += newest != 0;
    return oldest;
}
