/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/intake_driver.h"

void hae_intake_begin(struct hae_intake *intake, struct hae_recorder *recorder,
                      struct hae_resource_view resource)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        hae_batch_init(&intake->batches[signal], recorder->heap, (haetae_signal)signal, resource);
        intake->batches[signal].spares = &intake->store->spares[signal];
        intake->keepers[signal] = NULL;
        intake->batch_from[signal] = 0;
        intake->groups[signal] = HAE_GROUP_ALL;
        intake->replaces_up_to[signal] = 0;
        intake->not_taken[signal] = 0;
        intake->reported_lost[signal] = 0;
    }
    intake->abandoned = false;
}

static bool is_given_by(const struct hae_source *source, int signal)
{
    return (source->signals >> signal & 1) != 0;
}

void hae_intake_connect(struct hae_intake *intake, const struct hae_source *source)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (source->position != NULL && is_given_by(source, signal)) {
            intake->keepers[signal] = source;
        }
    }
}

/* Batches that are full need not wait. */
static bool finish_full(struct hae_intake *intake, const struct hae_source *source)
{
    bool finished = true;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (is_given_by(source, signal) &&
            intake->batches[signal].item_count >= intake->options[signal].item_count_max) {
            finished &= hae_intake_finish(intake, (haetae_signal)signal);
        }
    }
    return finished;
}

enum hae_source_result hae_intake_run(struct hae_intake *intake, const struct hae_source *source,
                                      const struct hae_run *run)
{
    enum hae_source_result result;

    intake->now_ms = run->now_ms;
    memset(intake->no_room_to_make, 0, sizeof intake->no_room_to_make);
    memset(intake->no_oldest_to_drop, 0, sizeof intake->no_oldest_to_drop);
    result = source->run(source->self, intake, run);
    if (!finish_full(intake, source)) {
        result = HAE_SOURCE_STARVED;
    }
    hae_accounting_publish(intake->accounting);
    return result;
}

bool hae_intake_finish_due(struct hae_intake *intake, const struct hae_run *run)
{
    bool finished = true;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct hae_spares *spares = &intake->store->spares[signal];
        uint64_t due = intake->batches[signal].since_ms + intake->options[signal].delay_ms;

        if (run->flushing || run->now_ms >= due) {
            finished &= hae_intake_finish(intake, (haetae_signal)signal);
        }
        /* Memory that a burst took goes back when there is no other one. */
        if (run->now_ms - spares->used_ms >= HAE_SPARES_IDLE_MS) {
            hae_spares_trim(spares, 0);
        }
    }
    return finished;
}

uint64_t hae_intake_due_ms(const struct hae_intake *intake)
{
    uint64_t first = UINT64_MAX;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        const struct hae_batch *batch = &intake->batches[signal];
        uint64_t due = batch->since_ms + intake->options[signal].delay_ms;

        if (batch->item_count != 0 && due < first) {
            first = due;
        }
    }
    return first;
}

uint64_t hae_intake_not_taken(const struct hae_intake *intake)
{
    uint64_t count = 0;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        count += intake->not_taken[signal];
    }
    return count;
}

void hae_intake_report_lost(struct hae_intake *intake)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        const char *name = haetae_signal_name((haetae_signal)signal);
        uint64_t lost = intake->not_taken[signal] + intake->route->evicted_count[signal];

        if (lost != intake->reported_lost[signal]) {
            intake->reported_lost[signal] = lost;
            hae_diagnose(intake->diagnostics, HAETAE_DIAGNOSTIC_ERROR, name,
                         "%s: %llu items dropped so far, as the export queue was full or they "
                         "are too large for a request",
                         name, (unsigned long long)lost);
        }
    }
}

void hae_intake_abandon(struct hae_intake *intake)
{
    intake->abandoned = true;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct hae_item_counts *counts = &intake->accounting->signals[signal];

        if (!intake->store->keeps) {
            counts->held -= intake->batches[signal].item_count;
            counts->dropped[HAETAE_DROP_SHUTDOWN] += intake->batches[signal].item_count;
            counts->refused[HAETAE_DROP_SHUTDOWN] += intake->batches[signal].item_count;
        }
    }
    hae_intake_done(intake);
}

void hae_intake_done(struct hae_intake *intake)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        hae_batch_done(&intake->batches[signal]);
        hae_store_set_batch(intake->store, (haetae_signal)signal,
                            intake->batches[signal].memory_bytes);
    }
}
