/* SPDX-License-Identifier: Apache-2.0 */
/* A pipeline from its making to its end. */
#include "pipeline/pipeline.h"

#include "base/alloc.h"
#include "base/lock.h"
#include "pipeline/intake.h"
#include "pipeline/split.h"
#include "recorder/drain.h"
#include "recorder/journal.h"

/* Splitting may take a signal's memory beyond its limit by this: the parts of a
 * request are a little larger than the whole. */
enum { SPLIT_EXTRA_BYTES = 64 * 1024 };

/* ---- Splitting ---------------------------------------------------------------------- */

/* What the parts of a request may take. When nobody else reads it, it makes room for
 * them itself. */
static size_t memory_for_parts(const struct hae_pipeline *pipeline,
                               const struct hae_request *request)
{
    uint64_t max = pipeline->options.signals[request->signal].queue_byte_max + SPLIT_EXTRA_BYTES +
                   (request->reader_count == 1 ? request->size_bytes : 0);
    uint64_t used = pipeline->account.queued_bytes[request->signal] +
                    pipeline->batches[request->signal].memory_bytes;

    return used < max ? (size_t)(max - used) : 0;
}

static hae_split_outcome split(void *user, struct hae_outlet *out, struct hae_request *request)
{
    struct hae_pipeline *pipeline = user;
    struct hae_split *whole = hae_calloc(1, sizeof *whole);
    struct hae_request *parts[2];
    enum hae_cut cut = HAE_CUT_NO_MEMORY;

    if (whole != NULL) {
        cut = hae_request_split(request, memory_for_parts(pipeline, request), parts);
    }
    if (cut != HAE_CUT_DONE) {
        hae_free(whole);
        return cut == HAE_CUT_ONE_ITEM ? HAE_SPLIT_ONE_ITEM : HAE_SPLIT_NO_MEMORY;
    }
    whole->whole = request;
    whole->parts_left = 2;
    for (int i = 0; i < 2; i++) {
        parts[i]->split = whole;
        hae_request_track(parts[i], &pipeline->account);
    }
    /* The last first, as each goes before its equals. */
    for (int i = 1; i >= 0; i--) {
        if (!hae_outlet_queue(out, parts[i])) {
            hae_request_ref(parts[i]);
            hae_request_unref(parts[i], parts[i]->item_count, HAETAE_DROP_QUEUE_FULL);
        }
    }
    return HAE_SPLIT_DONE;
}

/* ---- Life --------------------------------------------------------------------------------- */

static void tell_abandoned(struct hae_pipeline *pipeline)
{
    const struct hae_ledger *ledgers = pipeline->account.signals;
    unsigned long long lost[HAETAE_SIGNAL_COUNT];

    pthread_mutex_lock(&pipeline->account.lock);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        lost[signal] = ledgers[signal].dropped[HAETAE_DROP_SHUTDOWN];
    }
    pthread_mutex_unlock(&pipeline->account.lock);
    if (lost[0] + lost[1] + lost[2] != 0) {
        hae_diagnose(pipeline->options.diagnostics, HAETAE_DIAGNOSTIC_ERROR, "shutdown",
                     "not delivered before the shutdown: %llu spans, %llu data points, "
                     "%llu log records",
                     lost[HAETAE_SIGNAL_TRACES], lost[HAETAE_SIGNAL_METRICS],
                     lost[HAETAE_SIGNAL_LOGS]);
    }
}

/* Whether anything is in the region's file that was not delivered. */
static bool left_in_file(struct hae_pipeline *pipeline)
{
    const struct hae_ledger *metrics = &pipeline->account.signals[HAETAE_SIGNAL_METRICS];
    bool metrics_settled = pipeline->outlets_of[HAETAE_SIGNAL_METRICS] == 0 ||
                           (pipeline->collected_last && metrics->held == 0);

    if (metrics_settled) {
        atomic_store_explicit(&pipeline->recorder->file->stored->metrics_settled, 1,
                              memory_order_relaxed);
    }
    return (!metrics_settled && hae_recorder_has_instruments(pipeline->recorder)) ||
           !hae_journal_is_empty(pipeline->recorder, HAETAE_SIGNAL_TRACES) ||
           !hae_journal_is_empty(pipeline->recorder, HAETAE_SIGNAL_LOGS) ||
           !hae_recorder_is_empty(pipeline->recorder);
}

/* Removes the region's file, or leaves it for the next start. */
static bool keep_file(struct hae_pipeline *pipeline)
{
    const struct hae_ledger *ledgers = pipeline->account.signals;

    if (!left_in_file(pipeline)) {
        hae_region_file_remove(pipeline->recorder->file);
        return false;
    }
    hae_diagnose(pipeline->options.diagnostics, HAETAE_DIAGNOSTIC_WARN, "shutdown",
                 "not delivered before the shutdown, kept in %s for the next start: %llu spans, "
                 "%llu data points, %llu log records, and what came last",
                 pipeline->recorder->file->name,
                 (unsigned long long)ledgers[HAETAE_SIGNAL_TRACES].held,
                 (unsigned long long)ledgers[HAETAE_SIGNAL_METRICS].held,
                 (unsigned long long)ledgers[HAETAE_SIGNAL_LOGS].held);
    return true;
}

void hae_pipeline_abandon(struct hae_pipeline *pipeline)
{
    bool kept;

    hae_pipeline_begin_turn(pipeline);
    hae_intake_abandon(pipeline);
    for (uint32_t i = 0; i < pipeline->outlet_count; i++) {
        hae_outlet_abandon(&pipeline->outlets[i], HAETAE_DROP_SHUTDOWN);
    }
    hae_pipeline_end_turn(pipeline);
    kept = pipeline->account.keep && keep_file(pipeline);
    tell_abandoned(pipeline);
    pthread_mutex_lock(&pipeline->account.lock);
    pipeline->kept = kept;
    pipeline->ended = true;
    pthread_cond_broadcast(&pipeline->changed);
    pthread_mutex_unlock(&pipeline->account.lock);
}

static haetae_status make_locks(struct hae_pipeline *pipeline)
{
    pthread_mutex_t *const locks[] = {&pipeline->account.lock, &pipeline->turns.lock,
                                      &pipeline->turns.gate};
    int made = 0;

    while (made < 3 && pthread_mutex_init(locks[made], NULL) == 0) {
        made++;
    }
    if (made == 3 && hae_condition_init(&pipeline->changed)) {
        return HAETAE_OK;
    }
    while (made-- > 0) {
        pthread_mutex_destroy(locks[made]);
    }
    return HAETAE_ENOMEM;
}

/* What has nothing in it yet, and when it is to be looked at first. */
void hae_pipeline_begin(struct hae_pipeline *pipeline)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        hae_batch_init(&pipeline->batches[signal], pipeline->recorder, (haetae_signal)signal,
                       pipeline->options.resource, pipeline->options.resource_size_bytes);
    }
    pipeline->account.journaled = hae_journal_on(pipeline->recorder) ? pipeline->recorder : NULL;
    pipeline->now_ms = hae_now_ms();
    pipeline->next_metric_ms = pipeline->now_ms + pipeline->options.metric_interval_ms;
    pipeline->next_anchor_ms = pipeline->now_ms + 20; /* soon: the first rate is rough */
}

haetae_status hae_pipeline_init(struct hae_pipeline *pipeline, struct hae_recorder *recorder,
                                const struct hae_pipeline_options *options)
{
    haetae_status status;

    memset(pipeline, 0, sizeof *pipeline);
    pipeline->options = *options;
    pipeline->recorder = recorder;
    status = make_locks(pipeline);
    if (status == HAETAE_OK) {
        hae_pipeline_begin(pipeline);
    }
    return status;
}

void hae_pipeline_done(struct hae_pipeline *pipeline)
{
    for (uint32_t i = 0; i < pipeline->outlet_count; i++) {
        hae_outlet_done(&pipeline->outlets[i]);
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        hae_batch_done(&pipeline->batches[signal]);
    }
    pthread_cond_destroy(&pipeline->changed);
    pthread_mutex_destroy(&pipeline->turns.gate);
    pthread_mutex_destroy(&pipeline->turns.lock);
    pthread_mutex_destroy(&pipeline->account.lock);
}

void hae_pipeline_add(struct hae_pipeline *pipeline, haetae_exporter *exporter, uint32_t signals)
{
    uint32_t index = pipeline->outlet_count++;
    struct hae_outlet_options options = {.retry = pipeline->options.retry,
                                         .diagnostics = pipeline->options.diagnostics,
                                         .split = split,
                                         .split_user = pipeline,
                                         .random = pipeline->recorder->seed};

    options.random.a += index;
    if (exporter->ops.signals != 0) {
        signals &= exporter->ops.signals;
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        options.timeout_ms[signal] = pipeline->options.signals[signal].export_timeout_ms;
        if ((signals >> signal & 1) != 0) {
            pipeline->outlets_of[signal] |= UINT32_C(1) << index;
        }
    }
    hae_outlet_init(&pipeline->outlets[index], exporter, &options);
}
