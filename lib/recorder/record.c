/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/record.h"

/* Half of the slots are left for records that are still growing. */
static bool may_wait_in_slots(const struct hae_recorder *recorder)
{
    /* Relaxed: a limit, not a balance. */
    return atomic_load_explicit(&recorder->region->handed_over_count, memory_order_relaxed) <
           recorder->slot_count / 2;
}

HAE_COLD bool hae_record_overflow(struct hae_recorder *recorder, struct hae_lane *lane,
                                  haetae_signal signal)
{
    hae_recorder_wake(recorder);
    if (may_wait_in_slots(recorder)) {
        return true;
    }
    hae_count_dropped(recorder, lane, signal, HAETAE_DROP_RING_FULL);
    return false;
}

void hae_record_hand_over(struct hae_recorder *recorder, struct hae_lane *lane, uint32_t index)
{
    struct hae_region *region = recorder->region;
    haetae_signal signal = (haetae_signal)hae_slot_at(recorder, index)->signal;
    struct hae_counts *counts = lane != NULL ? &lane->counts : &region->shared;

    /* Counted first: once handed over it may be drained. */
    hae_count_shared(&counts->published[signal]);
    if (!hae_slot_hand_over(recorder, index)) {
        atomic_fetch_sub_explicit(&counts->published[signal], 1, memory_order_relaxed);
        hae_slot_give_chain(recorder, lane, index);
        hae_count_dropped(recorder, lane, signal, HAETAE_DROP_RING_FULL);
        return;
    }
    if (hae_many_handed_over(recorder)) {
        hae_recorder_wake(recorder);
    }
}
