/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/recorder.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "recorder/chain.h"
#include "recorder/fork.h"
#include "recorder/region_file.h"
#include "recorder/registry.h"

static void find_parts(struct hae_recorder *recorder)
{
    struct hae_region *region = recorder->region;
    uint64_t per_lane = region->slot_count / (4 * (uint64_t)region->lane_count);

    recorder->lanes = hae_region_at(region, region->lanes_offset);
    recorder->slots = hae_region_at(region, region->slots_offset);
    recorder->lane_stride_bytes = region->lane_stride_bytes;
    recorder->ring_size_bytes = region->ring_size_bytes;
    recorder->slot_count = (uint32_t)region->slot_count;
    recorder->lane_count = region->lane_count;
    recorder->slots_kept_max =
        per_lane < HAE_SLOT_KEPT_MAX ? (uint32_t)per_lane : HAE_SLOT_KEPT_MAX;
    /* Half a ring, so that a filler before it never takes the room it needs. */
    recorder->record_size_max = recorder->ring_size_bytes / 2 < UINT32_C(1) << 20
                                    ? (uint32_t)(recorder->ring_size_bytes / 2) - 64
                                    : (UINT32_C(1) << 20) - 64;
}

void hae_recorder_seed(struct hae_recorder *recorder)
{
    hae_random_seed(&recorder->seed);
    atomic_store_explicit(&recorder->shared_random, hae_splitmix(&recorder->seed.b),
                          memory_order_relaxed);
}

haetae_status hae_recorder_open_wake(struct hae_recorder *recorder)
{
    recorder->wake_descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return recorder->wake_descriptor >= 0 ? HAETAE_OK : HAETAE_EIO;
}

static haetae_status map_region(struct hae_recorder *recorder,
                                const struct hae_recorder_options *options,
                                const struct hae_region_plan *plan)
{
    haetae_status status;

    if (options->file == NULL) {
        return hae_region_map(plan, &recorder->region);
    }
    status = hae_region_file_new(plan, options->file, &recorder->file, options->file_fault);
    if (status == HAETAE_OK) {
        recorder->region = recorder->file->region;
    }
    return status;
}

static haetae_status set_up(struct hae_recorder *recorder,
                            const struct hae_recorder_options *options)
{
    struct hae_region_plan plan;
    haetae_status status = hae_region_plan(options->size_bytes, options->lane_count, &plan);

    if (status != HAETAE_OK) {
        return status;
    }
    status = hae_recorder_open_wake(recorder);
    if (status != HAETAE_OK) {
        return status;
    }
    status = map_region(recorder, options, &plan);
    if (status != HAETAE_OK) {
        return status;
    }
    find_parts(recorder);
    recorder->scratch = hae_malloc(recorder->record_size_max + HAE_GATHER_SLACK);
    if (recorder->scratch == NULL) {
        return HAETAE_ENOMEM;
    }
    hae_recorder_seed(recorder);
    hae_clock_init(&recorder->region->clock, options->allow_counter);
    if (recorder->file != NULL) {
        hae_recorder_note_time(recorder);
        hae_region_set_ready(recorder->region);
    }
    atomic_store_explicit(&recorder->accepting, true, memory_order_relaxed);
    return hae_registry_add(recorder);
}

haetae_status hae_recorder_new(const struct hae_recorder_options *options,
                               struct hae_recorder **ret_recorder)
{
    struct hae_recorder *recorder = hae_calloc(1, sizeof *recorder);
    haetae_status status;

    if (recorder == NULL) {
        return HAETAE_ENOMEM;
    }
    recorder->wake_descriptor = -1;
    recorder->index = HAE_RECORDERS_MAX;
    status = set_up(recorder, options);
    if (status != HAETAE_OK) {
        if (recorder->file != NULL) {
            hae_region_file_remove(recorder->file);
        }
        hae_recorder_free(recorder);
        return status;
    }
    *ret_recorder = recorder;
    return HAETAE_OK;
}

void hae_recorder_free(struct hae_recorder *recorder)
{
    if (recorder == NULL) {
        return;
    }
    hae_registry_remove(recorder);
    if (recorder->wake_descriptor >= 0) {
        close(recorder->wake_descriptor);
    }
    if (recorder->file == NULL && recorder->inherited_file == NULL) {
        hae_region_unmap(recorder->region);
    }
    hae_region_file_free(recorder->file);
    hae_region_file_free(recorder->inherited_file);
    hae_free(recorder->scratch);
    hae_free(recorder);
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

/* ---- Sums ---------------------------------------------------------------------- */

static void add_counts(const struct hae_counts *counts, struct hae_recorder_sums *sums)
{
    /* Relaxed: the sum of counters that others still write is a moment's view; the
     * counts of a thread that has returned from its calls and synchronised with us
     * are in it. */
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        sums->published[signal] +=
            atomic_load_explicit(&counts->published[signal], memory_order_relaxed);
        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            sums->dropped[signal][reason] +=
                atomic_load_explicit(&counts->dropped[signal][reason], memory_order_relaxed);
        }
    }
}

/* Ended ones first, of all producers: a span that ends meanwhile shows as open, not as
 * minus one, also when another thread ends it than started it. */
static uint64_t open_span_count(struct hae_recorder *recorder, uint32_t lanes)
{
    const struct hae_counts *shared = &recorder->region->shared;
    uint64_t ended = atomic_load_explicit(&shared->spans_ended, memory_order_relaxed);
    uint64_t started;

    for (uint32_t i = 0; i < lanes; i++) {
        ended += atomic_load_explicit(&hae_lane_at(recorder, i)->counts.spans_ended,
                                      memory_order_relaxed);
    }
    started = atomic_load_explicit(&shared->spans_started, memory_order_relaxed);
    for (uint32_t i = 0; i < lanes; i++) {
        started += atomic_load_explicit(&hae_lane_at(recorder, i)->counts.spans_started,
                                        memory_order_relaxed);
    }
    /* Relaxed loads may still be seen in another order, on some CPUs. */
    return started > ended ? started - ended : 0;
}

void hae_recorder_sum(struct hae_recorder *recorder, struct hae_recorder_sums *ret_sums)
{
    uint32_t lanes;

    memset(ret_sums, 0, sizeof *ret_sums);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            ret_sums->dropped[signal][reason] =
                atomic_load_explicit(&recorder->rejected[signal][reason], memory_order_relaxed);
        }
    }
    if (hae_recorder_untouched(recorder)) {
        return; /* the rest is the parent's */
    }
    /* Acquire pairs with the release in note_touched() of lane.c. */
    lanes = atomic_load_explicit(&recorder->region->lanes_touched, memory_order_acquire);
    add_counts(&recorder->region->shared, ret_sums);
    for (uint32_t i = 0; i < lanes; i++) {
        add_counts(&hae_lane_at(recorder, i)->counts, ret_sums);
    }
    ret_sums->spans_open = open_span_count(recorder, lanes);
}

bool hae_recorder_has_instruments(const struct hae_recorder *recorder)
{
    return atomic_load_explicit(&recorder->region->instruments_first, memory_order_relaxed) != 0;
}
