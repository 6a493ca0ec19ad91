/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/state.h"

#include <unistd.h>

#include "recorder/layout.h"
#include "recorder/region_file.h"

/* Free slots that a lane keeps to itself, at most. */
enum { SLOTS_KEPT_MAX = 64 };

/* From so many lanes on a part of them is kept free for threads that record often, and each CPU
 * has one to borrow. With fewer than the least, each thread that comes keeps its own. */
enum { LANES_MANY = 16, LANES_LENT_MIN = 4 };

static void divide_lanes(struct hae_recorder *recorder)
{
    uint32_t count = recorder->lane_count;
    uint32_t lent = count / 8;
    long cpus;

    if (count < LANES_MANY) {
        lent = count < LANES_LENT_MIN ? 0 : 1;
        recorder->first_lent_lane = count - lent;
        recorder->lent_lane_count = lent;
        return;
    }
    cpus = sysconf(_SC_NPROCESSORS_CONF);
    if (cpus > (long)lent) {
        lent = cpus < (long)(count / 2) ? (uint32_t)cpus : count / 2;
    }
    recorder->first_lent_lane = count / 2;
    recorder->lent_lane_count = lent;
}

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
    recorder->wake_bytes = recorder->wakes_always ? 0 : recorder->ring_size_bytes / 2;
    recorder->wake_slots = recorder->wakes_always ? 0 : recorder->slot_count / 4;
    divide_lanes(recorder);
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
