/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/state.h"

#include "recorder/layout.h"
#include "recorder/region_file.h"

/* Free slots that a lane keeps to itself, at most. */
enum { SLOTS_KEPT_MAX = 64 };

void hae_recorder_find_parts(struct hae_recorder *recorder)
{
    struct hae_region *region = recorder->region;
    uint64_t per_lane = region->slot_count / (4 * (uint64_t)region->lane_count);

    recorder->lanes = hae_region_at(region, region->lanes_offset);
    recorder->slots = hae_region_at(region, region->slots_offset);
    recorder->lane_stride_bytes = region->lane_stride_bytes;
    recorder->ring_size_bytes = region->ring_size_bytes;
    recorder->heap = hae_heap_of(region);
    recorder->slot_count = (uint32_t)region->slot_count;
    recorder->lane_count = region->lane_count;
    recorder->slots_kept_max = per_lane < SLOTS_KEPT_MAX ? (uint32_t)per_lane : SLOTS_KEPT_MAX;
    recorder->record_size_max = hae_record_size_max(region->ring_size_bytes);
}

void hae_recorder_seed(struct hae_recorder *recorder)
{
    hae_random_seed(&recorder->seed);
    atomic_store_explicit(&recorder->shared_random, hae_splitmix(&recorder->seed.b),
                          memory_order_relaxed);
}

void hae_recorder_note_time(struct hae_recorder *recorder)
{
    /* Relaxed: read after the process has ended. */
    if (recorder->file != NULL) {
        atomic_store_explicit(&recorder->file->stored->last_known_unix_ns,
                              hae_clock_now_unix_ns(&recorder->region->clock),
                              memory_order_relaxed);
    }
}

void hae_recorder_set_kind(struct hae_recorder *recorder, haetae_signal signal,
                           struct hae_record_kind kind)
{
    recorder->kinds[signal] = kind;
}
