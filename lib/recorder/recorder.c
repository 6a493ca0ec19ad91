/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/recorder.h"

#include "base/alloc.h"
#include "recorder/consumer.h"
#include "recorder/region.h"
#include "recorder/registry.h"
#include "recorder/thread.h"

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
    recorder->wakes_always = options->wakes_always;
    hae_recorder_find_parts(recorder);
    recorder->scratch = hae_malloc(recorder->record_size_max);
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
    status = hae_threads_init();
    return status == HAETAE_OK ? hae_registry_add(recorder) : status;
}

haetae_status hae_recorder_new(const struct hae_recorder_options *options,
                               struct hae_recorder **ret_recorder)
{
    struct hae_recorder *recorder = hae_calloc(1, sizeof *recorder);
    haetae_status status;

    if (recorder == NULL) {
        return HAETAE_ENOMEM;
    }
    recorder->wake = HAE_NO_DESCRIPTOR;
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
    hae_descriptor_close(&recorder->wake);
    if (recorder->file == NULL && recorder->inherited_file == NULL) {
        hae_region_unmap(recorder->region);
    }
    hae_region_file_free(recorder->file);
    hae_region_file_free(recorder->inherited_file);
    hae_free(recorder->scratch);
    hae_free(recorder);
}

bool hae_recorder_has_instruments(const struct hae_recorder *recorder)
{
    return atomic_load_explicit(&recorder->region->streams_first, memory_order_relaxed) != 0;
}
