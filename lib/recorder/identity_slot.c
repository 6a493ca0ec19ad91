/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/identity_slot.h"

#include "recorder/open_record.h"

HAE_COLD uint32_t hae_identity_slot_new(struct hae_recorder *recorder, struct hae_lane *lane)
{
    for (int i = 0; i < HAE_IDENTITY_SLOTS; i++) {
        if (lane->identity_slots[i] == 0) {
            lane->identity_slots[i] = hae_slot_take(recorder, lane);
            return lane->identity_slots[i];
        }
    }
    return 0;
}

HAE_COLD bool hae_identity_close_other(struct hae_recorder *recorder, struct hae_lane *lane,
                                       uint64_t handle)
{
    _Atomic uint64_t *state = &hae_slot_at(recorder, hae_handle_slot(handle))->state;
    uint64_t seen = atomic_load_explicit(state, memory_order_relaxed);

    /* Release pairs with the acquire in hae_identity_slot(). */
    if (seen >> 32 != hae_handle_generation(handle) || (seen & HAE_SLOT_OPEN) == 0 ||
        (seen & HAE_SLOT_IDENTITY) == 0 ||
        !atomic_compare_exchange_strong_explicit(state, &seen, ((handle >> 32) + 1) << 32,
                                                 memory_order_release, memory_order_relaxed)) {
        return false;
    }
    hae_open_count_closed(recorder, lane);
    return true;
}
