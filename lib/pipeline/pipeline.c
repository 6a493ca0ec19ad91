/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/pipeline.h"

#include <errno.h>
#include <poll.h>

#include "base/alloc.h"
#include "pipeline/split.h"
#include "recorder/span_slot.h"

enum { ANCHOR_MS = 1000, IDLE_WAIT_MAX_MS = 60000, STARVED_WAIT_MS = 10 };

uint32_t hae_read_chain(struct hae_recorder *recorder, uint32_t index, uint8_t *ret_body)
{
    if (hae_slot_at(recorder, index)->signal == HAETAE_SIGNAL_TRACES) {
        return hae_span_encode(recorder, index, ret_body);
    }
    return (uint32_t)(hae_chain_gather(recorder, index, 0, ret_body) - ret_body);
}

/* ---- Requests --------------------------------------------------------------------- */

/* Puts a request into the list of those outstanding. */
static void track(struct hae_pipeline *pipeline, struct hae_request *request)
{
    request->account = &pipeline->account;
    request->sequence = ++pipeline->last_sequence;
    request->outstanding = &pipeline->outstanding;
    request->previous = NULL;
    request->next = pipeline->outstanding;
    if (request->next != NULL) {
        request->next->previous = request;
    }
    pipeline->outstanding = request;
    pipeline->queued_bytes[request->signal] += request->size_bytes;
}

/* Gives a request to every exporter of its signal. */
static void hand_out(struct hae_pipeline *pipeline, struct hae_request *request)
{
    track(pipeline, request);
    /* Our own reference: the request outlives an exporter that fails at once. */
    hae_request_ref(request);
    for (uint32_t i = 0; i < pipeline->outlet_count; i++) {
        if ((pipeline->outlets_of[request->signal] >> i & 1) != 0 &&
            !hae_outlet_queue(&pipeline->outlets[i], request)) {
            hae_request_ref(request);
            hae_request_unref(request, request->item_count, HAETAE_DROP_QUEUE_FULL);
        }
    }
    hae_request_unref(request, 0, HAETAE_DROP_QUEUE_FULL);
}

/* Makes a request of a batch. False: no memory, the batch stays as it is. */
static bool finish_batch(struct hae_pipeline *pipeline, haetae_signal signal)
{
    struct hae_request *request;

    if (pipeline->batches[signal].item_count == 0) {
        return true;
    }
    request = hae_batch_finish(&pipeline->batches[signal]);
    if (request == NULL) {
        return false;
    }
    hand_out(pipeline, request);
    return true;
}

static bool split(void *user, struct hae_outlet *out, struct hae_request *request)
{
    struct hae_pipeline *pipeline = user;
    struct hae_split *whole = hae_calloc(1, sizeof *whole);
    struct hae_request *parts[2];

    if (whole == NULL || !hae_request_split(request, parts)) {
        hae_free(whole);
        return false;
    }
    whole->whole = request;
    whole->parts_left = 2;
    for (int i = 0; i < 2; i++) {
        track(pipeline, parts[i]);
        parts[i]->split = whole;
    }
    for (int i = 0; i < 2; i++) {
        if (!hae_outlet_queue(out, parts[i])) {
            hae_request_unref(hae_request_ref(parts[i]), parts[i]->item_count,
                              HAETAE_DROP_QUEUE_FULL);
        }
    }
    return true;
}

/* ---- Taking in ---------------------------------------------------------------------- */

static void drop(struct hae_pipeline *pipeline, haetae_signal signal, uint64_t count,
                 haetae_drop_reason reason)
{
    pipeline->account.signals[signal].taken += count;
    pipeline->account.signals[signal].dropped[reason] += count;
}

static bool queue_full(const struct hae_pipeline *pipeline, haetae_signal signal,
                       size_t growth_bytes)
{
    const struct hae_batch_options *options = &pipeline->options.signals[signal];

    return pipeline->account.signals[signal].held >= options->queue_item_max ||
           pipeline->queued_bytes[signal] + pipeline->batches[signal].size_bytes + growth_bytes >
               options->queue_byte_max;
}

/* Adds an item to its signal's batch, and makes a request when that is full. The
 * caller holds the account's lock. False: out of memory. */
static bool take_item(struct hae_pipeline *pipeline, haetae_signal signal, uint16_t scope,
                      const uint8_t *item, size_t size_bytes, uint64_t count)
{
    struct hae_batch *batch = &pipeline->batches[signal];
    size_t growth = hae_batch_growth(batch, scope, size_bytes);

    if (HAE_UNLIKELY(pipeline->outlets_of[signal] == 0)) {
        drop(pipeline, signal, count, HAETAE_DROP_NO_EXPORTER);
        return true;
    }
    if (HAE_UNLIKELY(queue_full(pipeline, signal, growth))) {
        drop(pipeline, signal, count, HAETAE_DROP_QUEUE_FULL);
        return true;
    }
    if (HAE_UNLIKELY(
            batch->item_count != 0 &&
            (batch->size_bytes + growth > pipeline->options.request_size_max_bytes ||
             batch->item_count + count > pipeline->options.signals[signal].item_count_max))) {
        pipeline->batch_full[signal] = true;
        return false;
    }
    if (batch->item_count == 0) {
        batch->since_ms = pipeline->now_ms;
    }
    if (HAE_UNLIKELY(!hae_batch_add(batch, scope, item, size_bytes, count))) {
        return false;
    }
    pipeline->account.signals[signal].taken += count;
    pipeline->account.signals[signal].held += count;
    return true;
}

static bool take_record(void *user, const struct hae_record *record)
{
    return take_item(user, record->signal, record->scope, record->data, record->size_bytes, 1);
}

/* Empties the rings. Stops at a full batch, which has to become a request outside of
 * the lock; returns true when there is more to drain. */
static bool drain_once(struct hae_pipeline *pipeline)
{
    bool all;

    pthread_mutex_lock(&pipeline->account.lock);
    all = hae_recorder_drain(pipeline->recorder, hae_read_chain, take_record, pipeline);
    pthread_mutex_unlock(&pipeline->account.lock);
    return !all;
}

/* Makes requests of the batches that are full; false when none could be made. */
static bool finish_full(struct hae_pipeline *pipeline)
{
    bool any = false;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (pipeline->batch_full[signal]) {
            pipeline->batch_full[signal] = false;
            any |= finish_batch(pipeline, (haetae_signal)signal);
        }
    }
    return any;
}

/* At most so many requests in one go, so that sending gets its turn. */
enum { REQUESTS_PER_DRAIN = 8 };

static bool drain(struct hae_pipeline *pipeline)
{
    for (int i = 0; i < REQUESTS_PER_DRAIN; i++) {
        if (!drain_once(pipeline)) {
            return false;
        }
        if (!finish_full(pipeline)) {
            pipeline->starved = true;
            return false;
        }
    }
    return true;
}

static bool take_metric(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                        uint32_t point_count)
{
    struct hae_pipeline *pipeline = user;
    bool taken = false;

    for (int tries = 0; tries < 2 && !taken; tries++) {
        pthread_mutex_lock(&pipeline->account.lock);
        taken = take_item(pipeline, HAETAE_SIGNAL_METRICS, scope, metric, size_bytes, point_count);
        pthread_mutex_unlock(&pipeline->account.lock);
        if (!taken && !finish_full(pipeline)) {
            break;
        }
    }
    return taken;
}

static void collect_metrics(struct hae_pipeline *pipeline)
{
    const struct hae_pipeline_options *options = &pipeline->options;

    pipeline->next_metric_ms = pipeline->now_ms + options->metric_interval_ms;
    if (options->metrics != NULL && pipeline->outlets_of[HAETAE_SIGNAL_METRICS] != 0) {
        if (hae_meter_collect(options->metrics,
                              hae_clock_now_unix_ns(&pipeline->recorder->region->clock),
                              take_metric, pipeline) != HAETAE_OK) {
            hae_diagnose(options->diagnostics, HAETAE_DIAGNOSTIC_WARN, "collect",
                         "metrics were collected only in part: out of memory");
        }
        (void)finish_batch(pipeline, HAETAE_SIGNAL_METRICS);
    }
}

/* ---- Flushing ------------------------------------------------------------------------- */

static bool flush_asked(struct hae_pipeline *pipeline)
{
    bool asked = false;

    pthread_mutex_lock(&pipeline->account.lock);
    for (struct hae_flush *flush = pipeline->flushes; flush != NULL; flush = flush->next) {
        asked |= flush->state == HAE_FLUSH_ASKED;
    }
    pthread_mutex_unlock(&pipeline->account.lock);
    return asked;
}

/* Turns all that was recorded into requests, and notes up to which one the flushes
 * have to wait. */
static void begin_flushes(struct hae_pipeline *pipeline)
{
    if (!flush_asked(pipeline)) {
        return;
    }
    collect_metrics(pipeline);
    while (drain(pipeline)) {
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        (void)finish_batch(pipeline, (haetae_signal)signal);
    }
    pthread_mutex_lock(&pipeline->account.lock);
    for (struct hae_flush *flush = pipeline->flushes; flush != NULL; flush = flush->next) {
        if (flush->state == HAE_FLUSH_ASKED) {
            flush->state = HAE_FLUSH_SENDING;
            flush->sequence = pipeline->last_sequence;
        }
    }
    pthread_mutex_unlock(&pipeline->account.lock);
}

static uint64_t oldest_outstanding(const struct hae_pipeline *pipeline)
{
    uint64_t oldest = UINT64_MAX;

    for (const struct hae_request *r = pipeline->outstanding; r != NULL; r = r->next) {
        oldest = r->sequence < oldest ? r->sequence : oldest;
    }
    return oldest;
}

static void end_flushes(struct hae_pipeline *pipeline)
{
    uint64_t oldest = oldest_outstanding(pipeline);
    bool any = false;

    pthread_mutex_lock(&pipeline->account.lock);
    for (struct hae_flush *flush = pipeline->flushes; flush != NULL; flush = flush->next) {
        if (flush->state == HAE_FLUSH_SENDING && oldest > flush->sequence) {
            flush->state = HAE_FLUSH_DONE;
            any = true;
        }
    }
    if (any) {
        pthread_cond_broadcast(&pipeline->changed);
    }
    pthread_mutex_unlock(&pipeline->account.lock);
}

void hae_pipeline_flush(struct hae_pipeline *pipeline, struct hae_flush *flush)
{
    flush->state = HAE_FLUSH_ASKED;
    pthread_mutex_lock(&pipeline->account.lock);
    flush->next = pipeline->flushes;
    pipeline->flushes = flush;
    pthread_mutex_unlock(&pipeline->account.lock);
}

bool hae_flush_done(struct hae_pipeline *pipeline, const struct hae_flush *flush)
{
    bool done;

    pthread_mutex_lock(&pipeline->account.lock);
    done = flush->state == HAE_FLUSH_DONE;
    pthread_mutex_unlock(&pipeline->account.lock);
    return done;
}

void hae_flush_cancel(struct hae_pipeline *pipeline, struct hae_flush *flush)
{
    pthread_mutex_lock(&pipeline->account.lock);
    for (struct hae_flush **link = &pipeline->flushes; *link != NULL; link = &(*link)->next) {
        if (*link == flush) {
            *link = flush->next;
            break;
        }
    }
    pthread_mutex_unlock(&pipeline->account.lock);
}

/* ---- Turns ------------------------------------------------------------------------------ */

static void count_queued(struct hae_pipeline *pipeline)
{
    memset(pipeline->queued_bytes, 0, sizeof pipeline->queued_bytes);
    for (const struct hae_request *r = pipeline->outstanding; r != NULL; r = r->next) {
        pipeline->queued_bytes[r->signal] += r->size_bytes;
    }
}

static void finish_due(struct hae_pipeline *pipeline)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        const struct hae_batch *batch = &pipeline->batches[signal];

        if (batch->item_count != 0 &&
            pipeline->now_ms >= batch->since_ms + pipeline->options.signals[signal].delay_ms) {
            (void)finish_batch(pipeline, (haetae_signal)signal);
        }
    }
}

bool hae_pipeline_turn(struct hae_pipeline *pipeline)
{
    bool more;

    pipeline->now_ms = hae_now_ms();
    if (pipeline->now_ms >= pipeline->next_anchor_ms) {
        hae_clock_anchor(&pipeline->recorder->region->clock);
        pipeline->next_anchor_ms = pipeline->now_ms + ANCHOR_MS;
    }
    count_queued(pipeline);
    pipeline->starved = false;
    more = drain(pipeline);
    if (pipeline->now_ms >= pipeline->next_metric_ms) {
        collect_metrics(pipeline);
    }
    begin_flushes(pipeline);
    finish_due(pipeline);
    for (uint32_t i = 0; i < pipeline->outlet_count; i++) {
        more |= hae_outlet_turn(&pipeline->outlets[i], pipeline->now_ms);
    }
    end_flushes(pipeline);
    return more;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t until(uint64_t now_ms, uint64_t then_ms)
{
    return then_ms > now_ms ? then_ms - now_ms : 0;
}

/* The rings are looked at as often as the shortest delay asks for it: nobody tells
 * when the first record of a batch is written. */
static uint64_t next_due_ms(const struct hae_pipeline *pipeline, uint64_t now_ms)
{
    uint64_t wait = IDLE_WAIT_MAX_MS;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        const struct hae_batch *batch = &pipeline->batches[signal];
        uint64_t delay = pipeline->options.signals[signal].delay_ms;

        if (signal != HAETAE_SIGNAL_METRICS) {
            wait = lesser(wait, delay);
        }
        if (batch->item_count != 0) {
            wait = lesser(wait, until(now_ms, batch->since_ms + delay));
        }
    }
    if (pipeline->options.metrics != NULL) {
        wait = lesser(wait, until(now_ms, pipeline->next_metric_ms));
    }
    for (uint32_t i = 0; i < pipeline->outlet_count; i++) {
        int64_t outlet = hae_outlet_wait_ms(&pipeline->outlets[i], now_ms);

        if (outlet >= 0) {
            wait = lesser(wait, (uint64_t)outlet);
        }
    }
    return wait;
}

void hae_pipeline_wait(struct hae_pipeline *pipeline, uint64_t timeout_ms)
{
    struct pollfd polled[HAE_OUTLETS_MAX + 1] = {
        {.fd = pipeline->recorder->wake_descriptor, .events = POLLIN}};
    uint64_t wait = lesser(next_due_ms(pipeline, hae_now_ms()), timeout_ms);
    nfds_t count = 1;

    for (uint32_t i = 0; i < pipeline->outlet_count; i++) {
        int descriptor = hae_outlet_descriptor(&pipeline->outlets[i]);

        if (descriptor >= 0) {
            polled[count++] = (struct pollfd){.fd = descriptor, .events = POLLIN};
        }
    }
    if (pipeline->starved) {
        /* Nothing could be taken out of the rings: memory, or a request, must become
         * free first. Full rings are no reason to look at once. */
        (void)poll(polled, count, (int)lesser(wait, STARVED_WAIT_MS));
    } else if (!hae_recorder_about_to_wait(pipeline->recorder) && !flush_asked(pipeline)) {
        (void)poll(polled, count, (int)lesser(wait, IDLE_WAIT_MAX_MS));
    }
    hae_recorder_awake(pipeline->recorder);
}

void hae_pipeline_abandon(struct hae_pipeline *pipeline)
{
    pipeline->now_ms = hae_now_ms();
    while (drain(pipeline)) {
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct hae_batch *batch = &pipeline->batches[signal];
        struct hae_ledger *ledger = &pipeline->account.signals[signal];

        pthread_mutex_lock(&pipeline->account.lock);
        ledger->held -= batch->item_count;
        ledger->dropped[HAETAE_DROP_SHUTDOWN] += batch->item_count;
        batch->item_count = 0;
        pthread_mutex_unlock(&pipeline->account.lock);
        hae_batch_done(batch);
    }
    for (uint32_t i = 0; i < pipeline->outlet_count; i++) {
        hae_outlet_abandon(&pipeline->outlets[i], HAETAE_DROP_SHUTDOWN);
    }
    end_flushes(pipeline);
}

/* ---- Life --------------------------------------------------------------------------------- */

static bool make_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    bool made;

    if (pthread_condattr_init(&attributes) != 0) {
        return false;
    }
    made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
           pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return made;
}

haetae_status hae_pipeline_init(struct hae_pipeline *pipeline, struct hae_recorder *recorder,
                                const struct hae_pipeline_options *options)
{
    memset(pipeline, 0, sizeof *pipeline);
    pipeline->options = *options;
    pipeline->recorder = recorder;
    if (pthread_mutex_init(&pipeline->account.lock, NULL) != 0) {
        return HAETAE_ENOMEM;
    }
    if (!make_condition(&pipeline->changed)) {
        pthread_mutex_destroy(&pipeline->account.lock);
        return HAETAE_ENOMEM;
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        hae_batch_init(&pipeline->batches[signal], recorder, (haetae_signal)signal,
                       options->resource, options->resource_size_bytes);
    }
    pipeline->now_ms = hae_now_ms();
    pipeline->next_metric_ms = pipeline->now_ms + options->metric_interval_ms;
    pipeline->next_anchor_ms = pipeline->now_ms + 20; /* soon: the first rate is rough */
    return HAETAE_OK;
}

void hae_pipeline_done(struct hae_pipeline *pipeline)
{
    for (uint32_t i = 0; i < pipeline->outlet_count; i++) {
        hae_outlet_abandon(&pipeline->outlets[i], HAETAE_DROP_SHUTDOWN);
        haetae_exporter_free(pipeline->outlets[i].exporter);
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        hae_batch_done(&pipeline->batches[signal]);
    }
    pthread_cond_destroy(&pipeline->changed);
    pthread_mutex_destroy(&pipeline->account.lock);
}

void hae_pipeline_add(struct hae_pipeline *pipeline, haetae_exporter *exporter, uint32_t signals)
{
    uint32_t index = pipeline->outlet_count++;
    struct hae_outlet *out = &pipeline->outlets[index];

    out->exporter = exporter;
    out->diagnostics = pipeline->options.diagnostics;
    out->retry = pipeline->options.retry;
    out->split = split;
    out->split_user = pipeline;
    out->random = pipeline->recorder->seed;
    out->random.a += index;
    out->under_way_max = exporter->ops.max_in_flight != 0 ? exporter->ops.max_in_flight : 1;
    if (exporter->ops.signals != 0) {
        signals &= exporter->ops.signals;
    }
    out->signals = signals;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if ((signals >> signal & 1) != 0) {
            pipeline->outlets_of[signal] |= UINT32_C(1) << index;
        }
    }
}
