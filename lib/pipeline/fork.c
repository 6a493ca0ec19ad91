/* SPDX-License-Identifier: Apache-2.0 */
/* A pipeline and fork(). */
#include "base/lock.h"
#include "pipeline/pipeline.h"
#include "recorder/region_file.h"

/* ---- In the parent ------------------------------------------------------------------------ */

void hae_pipeline_begin_turn(struct hae_pipeline *pipeline)
{
    struct hae_turns *turns = &pipeline->turns;

    pthread_mutex_lock(&turns->gate);
    pthread_mutex_lock(&turns->lock);
    pthread_mutex_unlock(&turns->gate);
    /* Relaxed, here and below: hints, which spare fork() some waiting. */
    atomic_store_explicit(&turns->driver, pthread_self(), memory_order_relaxed);
    atomic_fetch_add_explicit(&turns->count, 1, memory_order_relaxed);
    atomic_store_explicit(&turns->under_way, true, memory_order_relaxed);
}

void hae_pipeline_end_turn(struct hae_pipeline *pipeline)
{
    atomic_store_explicit(&pipeline->turns.under_way, false, memory_order_relaxed);
    pthread_mutex_unlock(&pipeline->turns.lock);
}

/* Whether the calling thread is in a turn: an exporter forks, or a diagnostics callback.
 * Another thread may be wrong about who is, but not about whether it is itself. */
static bool is_driver(struct hae_turns *turns)
{
    return atomic_load_explicit(&turns->under_way, memory_order_relaxed) &&
           pthread_equal(atomic_load_explicit(&turns->driver, memory_order_relaxed),
                         pthread_self());
}

bool hae_pipeline_hold(struct hae_pipeline *pipeline)
{
    struct hae_turns *turns = &pipeline->turns;
    uint64_t count = atomic_load_explicit(&turns->count, memory_order_relaxed);

    if (pthread_mutex_trylock(&turns->lock) == 0) {
        return true;
    }
    /* Not again for a turn that was waited for already: its exporter blocks. */
    if (count == turns->stuck_count || is_driver(turns) || !hae_lock_soon(&turns->gate)) {
        return false;
    }
    if (!hae_lock_soon(&turns->lock)) {
        turns->stuck_count = count;
        pthread_mutex_unlock(&turns->gate);
        return false;
    }
    pthread_mutex_unlock(&turns->gate);
    return true;
}

void hae_pipeline_release(struct hae_pipeline *pipeline)
{
    pthread_mutex_unlock(&pipeline->turns.lock);
}

/* ---- In the child ------------------------------------------------------------------------- */

void hae_pipeline_in_child(struct hae_pipeline *pipeline, bool idle)
{
    hae_lock_in_child(&pipeline->turns.lock, idle);
    hae_lock_in_child(&pipeline->turns.gate, false);
    hae_lock_in_child(&pipeline->account.lock, false);
    (void)hae_condition_init(&pipeline->changed);
    atomic_store_explicit(&pipeline->turns.under_way, false, memory_order_relaxed);
    /* The parent's files are the parent's. */
    pipeline->account.journaled = NULL;
    pipeline->account.keep = false;
    pipeline->kept = false;
    pipeline->options.source.turn = NULL;
    for (uint32_t i = 0; i < pipeline->outlet_count; i++) {
        const haetae_exporter *exporter = pipeline->outlets[i].exporter;

        if (exporter->ops.after_fork != NULL) {
            exporter->ops.after_fork(exporter->self, idle);
        }
    }
}

/* Nothing is counted: the ledgers are emptied afterwards. */
static void reinit_account(struct hae_account *account)
{
    memset(account->signals, 0, sizeof account->signals);
    memset(account->queued_bytes, 0, sizeof account->queued_bytes);
    account->oldest = NULL;
    account->newest = NULL;
    account->last_sequence = 0;
}

void hae_pipeline_reinit(struct hae_pipeline *pipeline, bool idle, const uint8_t *resource,
                         size_t resource_size_bytes)
{
    for (uint32_t i = 0; i < pipeline->outlet_count; i++) {
        struct hae_random random = pipeline->recorder->seed;

        random.a += i;
        hae_outlet_reinit(&pipeline->outlets[i], idle, random);
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (idle) {
            hae_batch_done(&pipeline->batches[signal]);
        }
        pipeline->not_taken[signal] = 0;
        pipeline->journal_at[signal] = 0;
        pipeline->told_lost[signal] = 0;
    }
    reinit_account(&pipeline->account);
    pipeline->options.resource = resource;
    pipeline->options.resource_size_bytes = resource_size_bytes;
    pipeline->flushes = NULL;
    pipeline->collect_again_ms = 0;
    pipeline->flush_asked = pipeline->closing = pipeline->stop = pipeline->ended = false;
    pipeline->starved = pipeline->abandoned = pipeline->hurried = false;
    pipeline->collected_last = false;
    pipeline->no_file_untold = pipeline->recorder->inherited_file != NULL;
    hae_pipeline_begin(pipeline);
}

void hae_pipeline_tell_no_file(struct hae_pipeline *pipeline)
{
    const struct hae_region_file *file = pipeline->recorder->inherited_file;

    pipeline->no_file_untold = false;
    hae_diagnose(pipeline->options.diagnostics, HAETAE_DIAGNOSTIC_WARN, "fork file",
                 "what this forked child records does not outlive it: HAETAE_RECORDER_DIR: %s%s%s: "
                 "%s",
                 file->fault.what, file->fault.error != 0 ? ": " : "",
                 file->fault.error != 0 ? strerror(file->fault.error) : "", file->path);
}
