/* SPDX-License-Identifier: Apache-2.0 */
/* The consumer of a recorder: takes records out. One thread at a time.
 *
 * The region may lie in a file that others can write to, and a host may write anywhere. So the
 * consumer trusts nothing that it reads there: what is no record is left out, and counted in
 * damage_count. */
#ifndef HAETAE_RECORDER_DRAIN_H
#define HAETAE_RECORDER_DRAIN_H

#include "recorder/state.h"

struct hae_record {
    haetae_signal signal;
    uint16_t scope;
    uint32_t size_bytes;
    const uint8_t *data;
    /* Where it lies: the lane and the position of its end in the lane's ring; or
     * HAE_SOURCE_SLOTS and hae_slot_place() of its first slot. */
    uint32_t source;
    uint64_t position;
};
#define HAE_SOURCE_SLOTS UINT32_MAX

/* Takes one record; false: not now, offer it again later. */
typedef bool (*hae_record_callback)(void *user, const struct hae_record *record);

/* Offers every record that is there now to `take`. Returns false when `take` refused
 * one. */
bool hae_recorder_drain(struct hae_recorder *recorder, hae_record_callback take, void *user);

/* Whether there is no record in rings and slots. */
bool hae_recorder_is_empty(struct hae_recorder *recorder);

#endif
