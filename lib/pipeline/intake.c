/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/intake.h"

#include "base/alloc.h"
#include "pipeline/pipeline.h"
#include "pipeline/split.h"
#include "recorder/drain.h"
#include "recorder/journal.h"
#include "recorder/span_slot.h"

/* Memory that an empty batch keeps for the next items. */
enum { MEMORY_KEPT = 256 * 1024 };

uint32_t hae_read_chain(struct hae_recorder *recorder, uint32_t index, uint8_t *ret_body)
{
    if (hae_slot_at(recorder, index)->signal == HAETAE_SIGNAL_TRACES) {
        return hae_span_encode(recorder, index, ret_body);
    }
    return (uint32_t)(hae_chain_gather(recorder, index, 0, ret_body) - ret_body);
}

/* ---- Requests --------------------------------------------------------------------- */

void hae_intake_hand_out(struct hae_pipeline *pipeline, struct hae_request *request)
{
    hae_request_track(request, &pipeline->account);
    /* Our own reference: it outlives an outlet that has no memory for it. */
    hae_request_open(request);
    for (uint32_t i = 0; i < pipeline->outlet_count; i++) {
        if ((pipeline->outlets_of[request->signal] >> i & 1) != 0 &&
            !hae_outlet_queue(&pipeline->outlets[i], request)) {
            hae_request_ref(request);
            hae_request_unref(request, request->item_count, HAETAE_DROP_QUEUE_FULL);
        }
    }
    hae_request_close(request);
    hae_request_unref(request, 0, HAETAE_DROP_QUEUE_FULL);
}

static size_t memory_left(const struct hae_pipeline *pipeline, haetae_signal signal)
{
    uint64_t max = pipeline->options.signals[signal].queue_byte_max;
    uint64_t used = pipeline->account.queued_bytes[signal];

    return used < max ? (size_t)(max - used) : 0;
}

bool hae_intake_finish(struct hae_pipeline *pipeline, haetae_signal signal)
{
    struct hae_batch *batch = &pipeline->batches[signal];
    size_t left = memory_left(pipeline, signal);
    struct hae_request *request;
    size_t kept;

    if (batch->item_count == 0) {
        return true;
    }
    left = left > batch->size_bytes ? left - batch->size_bytes : 0;
    kept = left < MEMORY_KEPT ? left : MEMORY_KEPT;
    request = hae_batch_finish(batch, kept);
    if (request == NULL) {
        return false;
    }
    if (pipeline->account.journaled != NULL && signal != HAETAE_SIGNAL_METRICS) {
        /* All that came into the journal since the last request came into this one. */
        request->journal_from = pipeline->journal_at[signal];
        request->journal_to = hae_journal_end(pipeline->recorder, signal);
        pipeline->journal_at[signal] = request->journal_to;
    }
    hae_intake_hand_out(pipeline, request);
    return true;
}

/* ---- Taking in ---------------------------------------------------------------------- */

static void drop(struct hae_pipeline *pipeline, haetae_signal signal, uint64_t count,
                 haetae_drop_reason reason)
{
    pipeline->account.signals[signal].taken += count;
    pipeline->account.signals[signal].dropped[reason] += count;
    if (reason == HAETAE_DROP_QUEUE_FULL || reason == HAETAE_DROP_TOO_LARGE) {
        pipeline->not_taken[signal] += count;
    }
}

void hae_intake_drop_recovered(struct hae_pipeline *pipeline, haetae_signal signal, uint64_t count,
                               haetae_drop_reason reason)
{
    pthread_mutex_lock(&pipeline->account.lock);
    drop(pipeline, signal, count, reason);
    pipeline->account.signals[signal].recovered += count;
    pthread_mutex_unlock(&pipeline->account.lock);
}

/* Makes a request of a full batch in the middle of taking in. What was taken is
 * counted by now, what was not is not, so the lock may be let go. */
static bool finish_unlocked(struct hae_pipeline *pipeline, haetae_signal signal)
{
    bool finished;

    pthread_mutex_unlock(&pipeline->account.lock);
    finished = hae_intake_finish(pipeline, signal);
    pthread_mutex_lock(&pipeline->account.lock);
    return finished;
}

static bool fits(const struct hae_batch *batch, const struct hae_batch_options *options,
                 const struct hae_item *item)
{
    return batch->size_bytes + hae_batch_growth(batch, item->scope, item->size_bytes) <=
               options->request_size_max_bytes &&
           batch->item_count + item->count <= options->item_count_max;
}

/* An item has come into its batch; `record` is where it came from, or NULL. */
static inline void took(struct hae_pipeline *pipeline, struct hae_ledger *ledger,
                        const struct hae_item *item, const struct hae_record *record)
{
    ledger->taken += item->count;
    ledger->held += item->count;
    if (HAE_UNLIKELY(pipeline->account.journaled != NULL) && record != NULL) {
        hae_journal_append(pipeline->recorder, record);
    }
}

static inline bool journal_is_full(const struct hae_pipeline *pipeline,
                                   const struct hae_record *record)
{
    return HAE_UNLIKELY(pipeline->account.journaled != NULL) && record != NULL &&
           !hae_journal_has_room(pipeline->recorder, record->signal, record->size_bytes);
}

/* Adds an item to its signal's batch, or drops it. The caller holds the account's
 * lock. False: out of memory, the item was not looked at. */
static bool take_item(struct hae_pipeline *pipeline, haetae_signal signal,
                      const struct hae_item *item, const struct hae_record *record)
{
    const struct hae_batch_options *options = &pipeline->options.signals[signal];
    struct hae_ledger *ledger = &pipeline->account.signals[signal];
    struct hae_batch *batch = &pipeline->batches[signal];

    if (HAE_UNLIKELY(pipeline->outlets_of[signal] == 0 || pipeline->abandoned)) {
        drop(pipeline, signal, item->count,
             pipeline->abandoned ? HAETAE_DROP_SHUTDOWN : HAETAE_DROP_NO_EXPORTER);
        return true;
    }
    if (journal_is_full(pipeline, record)) {
        drop(pipeline, signal, item->count, HAETAE_DROP_QUEUE_FULL);
        return true;
    }
    if (HAE_LIKELY(ledger->held < options->queue_item_max &&
                   hae_batch_append(batch, item, options->request_size_max_bytes,
                                    options->item_count_max))) {
        took(pipeline, ledger, item, record);
        return true;
    }
    if (HAE_UNLIKELY(!fits(batch, options, item))) {
        if (!finish_unlocked(pipeline, signal)) {
            return false;
        }
        if (!fits(batch, options, item)) {
            drop(pipeline, signal, item->count, HAETAE_DROP_TOO_LARGE);
            return true;
        }
    }
    if (HAE_UNLIKELY(ledger->held >= options->queue_item_max)) {
        drop(pipeline, signal, item->count, HAETAE_DROP_QUEUE_FULL);
        return true;
    }
    if (HAE_UNLIKELY(batch->item_count == 0)) {
        batch->since_ms = pipeline->now_ms;
    }
    switch (hae_batch_add(batch, item, memory_left(pipeline, signal))) {
    case HAE_BATCH_PUT:
        took(pipeline, ledger, item, record);
        return true;
    case HAE_BATCH_FULL:
        drop(pipeline, signal, item->count, HAETAE_DROP_QUEUE_FULL);
        return true;
    case HAE_BATCH_NO_MEMORY:
        break;
    }
    return false;
}

static bool take_record(void *user, const struct hae_record *record)
{
    struct hae_item item = {record->scope, record->data, record->size_bytes, 1};

    return take_item(user, record->signal, &item, record);
}

static bool finish_full(struct hae_pipeline *pipeline)
{
    bool finished = true;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (pipeline->batches[signal].item_count >=
            pipeline->options.signals[signal].item_count_max) {
            finished &= hae_intake_finish(pipeline, (haetae_signal)signal);
        }
    }
    return finished;
}

bool hae_intake_drain(struct hae_pipeline *pipeline)
{
    bool all;

    pthread_mutex_lock(&pipeline->account.lock);
    all = hae_recorder_drain(pipeline->recorder, hae_read_chain, take_record, pipeline);
    pthread_mutex_unlock(&pipeline->account.lock);
    return finish_full(pipeline) && all;
}

/* ---- Metrics ---------------------------------------------------------------------------- */

static bool too_large_alone(const struct hae_pipeline *pipeline, const struct hae_item *item)
{
    struct hae_batch empty = pipeline->batches[HAETAE_SIGNAL_METRICS];

    empty.section_count = 0;
    empty.item_count = 0;
    return hae_batch_growth(&empty, item->scope, item->size_bytes) >
           pipeline->options.signals[HAETAE_SIGNAL_METRICS].request_size_max_bytes;
}

static bool take_metric(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                        uint32_t point_count);

/* Takes some of the points of a metric. */
static bool take_points(struct hae_pipeline *pipeline, const struct hae_item *item, uint64_t first,
                        uint64_t end)
{
    size_t size = hae_metric_cut(item->data, item->size_bytes, first, end, NULL);
    uint8_t *points = hae_malloc(size);
    bool taken = false;

    if (points != NULL) {
        (void)hae_metric_cut(item->data, item->size_bytes, first, end, points);
        taken = take_metric(pipeline, item->scope, points, size, (uint32_t)(end - first));
    }
    hae_free(points);
    return taken;
}

static bool take_metric(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                        uint32_t point_count)
{
    struct hae_pipeline *pipeline = user;
    struct hae_item item = {scope, metric, size_bytes, point_count};
    bool taken;

    if (point_count > 1 && too_large_alone(pipeline, &item)) {
        return take_points(pipeline, &item, 0, item.count / 2) &&
               take_points(pipeline, &item, item.count / 2, item.count);
    }
    pthread_mutex_lock(&pipeline->account.lock);
    taken = take_item(pipeline, HAETAE_SIGNAL_METRICS, &item, NULL);
    pthread_mutex_unlock(&pipeline->account.lock);
    return taken;
}

bool hae_intake_collect(struct hae_pipeline *pipeline)
{
    struct hae_meter_provider *metrics = pipeline->options.metrics;
    uint64_t now = hae_clock_now_unix_ns(&pipeline->recorder->region->clock);

    if (metrics == NULL || pipeline->outlets_of[HAETAE_SIGNAL_METRICS] == 0) {
        return true;
    }
    return hae_meter_collect(metrics, now, take_metric, pipeline) == HAETAE_OK &&
           hae_intake_finish(pipeline, HAETAE_SIGNAL_METRICS);
}

/* ---- The end ------------------------------------------------------------------------------ */

void hae_intake_abandon(struct hae_pipeline *pipeline)
{
    bool keep = pipeline->account.journaled != NULL;

    pthread_mutex_lock(&pipeline->account.lock);
    pipeline->abandoned = true;
    pipeline->account.keep = keep;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct hae_ledger *ledger = &pipeline->account.signals[signal];

        if (!keep) {
            ledger->held -= pipeline->batches[signal].item_count;
            ledger->dropped[HAETAE_DROP_SHUTDOWN] += pipeline->batches[signal].item_count;
        }
        hae_batch_done(&pipeline->batches[signal]);
    }
    if (!keep) {
        (void)hae_recorder_drain(pipeline->recorder, hae_read_chain, take_record, pipeline);
    }
    pthread_mutex_unlock(&pipeline->account.lock);
}
