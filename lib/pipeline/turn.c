/* SPDX-License-Identifier: Apache-2.0 */
/* A turn of the pipeline's driver: what it does, and what it waits for until the next. */
#include <errno.h>
#include <poll.h>

#include "base/minmax.h"
#include "pipeline/intake.h"
#include "pipeline/pipeline.h"
#include "recorder/drain.h"

enum {
    ANCHOR_MS = 1000,
    IDLE_WAIT_MAX_MS = 60000,
    LOOK_MIN_MS = 10, /* between two looks at the rings, however short the delay */
    STARVED_WAIT_MS = 10,
    COLLECT_AGAIN_MS = 1000
};

/* ---- Turns ------------------------------------------------------------------------------ */

/* Looks at what other threads ask of the driver. */
static void hear(struct hae_pipeline *pipeline)
{
    bool closing;

    pthread_mutex_lock(&pipeline->account.lock);
    closing = pipeline->closing;
    pthread_mutex_unlock(&pipeline->account.lock);
    if (closing && !pipeline->hurried) {
        pipeline->hurried = true;
        for (uint32_t i = 0; i < pipeline->outlet_count; i++) {
            hae_outlet_hurry(&pipeline->outlets[i]);
        }
    }
}

/* Collects the metrics when it is time, or a flush asks for it. False: it has to be
 * done again, but not at once: what was taken before memory ran out would be sent
 * again each time. */
static bool collect(struct hae_pipeline *pipeline, bool flushing)
{
    const struct hae_pipeline_options *options = &pipeline->options;

    if (!flushing && pipeline->now_ms < pipeline->next_metric_ms) {
        return true;
    }
    if (pipeline->now_ms < pipeline->collect_again_ms) {
        return false;
    }
    pipeline->next_metric_ms = pipeline->now_ms + options->metric_interval_ms;
    if (hae_intake_collect(pipeline)) {
        pipeline->collected_last = pipeline->hurried;
        return true;
    }
    pipeline->collect_again_ms = pipeline->now_ms + COLLECT_AGAIN_MS;
    hae_diagnose(options->diagnostics, HAETAE_DIAGNOSTIC_WARN, "collect",
                 "metrics were collected only in part: out of memory");
    return false;
}

static bool finish_due(struct hae_pipeline *pipeline, bool flushing)
{
    bool finished = true;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        uint64_t due =
            pipeline->batches[signal].since_ms + pipeline->options.signals[signal].delay_ms;

        if (flushing || pipeline->now_ms >= due) {
            finished &= hae_intake_finish(pipeline, (haetae_signal)signal);
        }
    }
    return finished;
}

/* Tells of items that could not be taken in. */
static void tell_lost(struct hae_pipeline *pipeline)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        uint64_t lost = pipeline->not_taken[signal];

        if (lost != pipeline->told_lost[signal]) {
            pipeline->told_lost[signal] = lost;
            hae_diagnose(pipeline->options.diagnostics, HAETAE_DIAGNOSTIC_ERROR,
                         haetae_signal_name((haetae_signal)signal),
                         "%s: %llu items dropped so far, as the export queue was full or they "
                         "are too large for a request",
                         haetae_signal_name((haetae_signal)signal), (unsigned long long)lost);
        }
    }
}

static bool turn(struct hae_pipeline *pipeline)
{
    bool more = false;
    bool flushing;
    bool all;

    pipeline->now_ms = hae_now_ms();
    hae_recorder_note_time(pipeline->recorder);
    if (pipeline->now_ms >= pipeline->next_anchor_ms) {
        hae_clock_anchor(&pipeline->recorder->region->clock);
        pipeline->next_anchor_ms = pipeline->now_ms + ANCHOR_MS;
    }
    if (HAE_UNLIKELY(pipeline->no_file_untold)) {
        hae_pipeline_tell_no_file(pipeline);
    }
    hear(pipeline);
    flushing = hae_flushes_begin(pipeline);
    all = hae_intake_drain(pipeline);
    all &= collect(pipeline, flushing);
    all &= finish_due(pipeline, flushing);
    pipeline->starved = !all;
    if (flushing) {
        hae_flushes_began(pipeline, all);
    }
    for (uint32_t i = 0; i < pipeline->outlet_count; i++) {
        more |= hae_outlet_turn(&pipeline->outlets[i], pipeline->now_ms);
    }
    if (pipeline->options.source.turn != NULL && !pipeline->hurried) {
        more |= pipeline->options.source.turn(pipeline->options.source.user, pipeline);
    }
    hae_flushes_end(pipeline);
    tell_lost(pipeline);
    return more;
}

bool hae_pipeline_turn(struct hae_pipeline *pipeline)
{
    bool more;

    hae_pipeline_begin_turn(pipeline);
    more = turn(pipeline);
    hae_pipeline_end_turn(pipeline);
    return more;
}

/* ---- Waiting ---------------------------------------------------------------------------- */

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
            wait = hae_min(wait, delay > LOOK_MIN_MS ? delay : LOOK_MIN_MS);
        }
        if (batch->item_count != 0) {
            wait = hae_min(wait, until(now_ms, batch->since_ms + delay));
        }
    }
    if (pipeline->options.metrics != NULL) {
        wait = hae_min(wait, until(now_ms, pipeline->next_metric_ms));
    }
    for (uint32_t i = 0; i < pipeline->outlet_count; i++) {
        int64_t outlet = hae_outlet_wait_ms(&pipeline->outlets[i], now_ms);

        if (outlet >= 0) {
            wait = hae_min(wait, (uint64_t)outlet);
        }
    }
    return wait;
}

/* Whether another thread has asked for something since the last turn. */
static bool called(struct hae_pipeline *pipeline)
{
    bool called;

    pthread_mutex_lock(&pipeline->account.lock);
    called = pipeline->stop || pipeline->flush_asked || (pipeline->closing && !pipeline->hurried);
    pthread_mutex_unlock(&pipeline->account.lock);
    return called;
}

/* Whether nothing has happened but that descriptors are not open, as when the host has
 * closed all that it found. */
static bool only_closed(const struct pollfd *polled, nfds_t count)
{
    for (nfds_t i = 0; i < count; i++) {
        if ((polled[i].revents & ~POLLNVAL) != 0) {
            return false;
        }
    }
    return true;
}

/* A poll that fails, such as for want of kernel memory or with more descriptors than the
 * process may have, or that tells of closed descriptors, would do so again at once. */
static void wait_for(struct pollfd *polled, nfds_t count, uint64_t wait_ms)
{
    int ready = poll(polled, count, (int)wait_ms);
    bool in_vain = ready < 0 ? errno != EINTR : ready > 0 && only_closed(polled, count);

    if (in_vain && wait_ms != 0) {
        (void)poll(NULL, 0, STARVED_WAIT_MS);
    }
}

void hae_pipeline_wait(struct hae_pipeline *pipeline, uint64_t timeout_ms)
{
    struct pollfd polled[HAE_OUTLETS_MAX + 1] = {
        {.fd = pipeline->recorder->wake_descriptor, .events = POLLIN}};
    nfds_t count = 1;
    uint64_t wait;

    hae_pipeline_begin_turn(pipeline);
    wait = hae_min(next_due_ms(pipeline, hae_now_ms()), timeout_ms);
    for (uint32_t i = 0; i < pipeline->outlet_count; i++) {
        int descriptor = hae_outlet_descriptor(&pipeline->outlets[i]);

        if (descriptor >= 0) {
            polled[count++] = (struct pollfd){.fd = descriptor, .events = POLLIN};
        }
    }
    hae_pipeline_end_turn(pipeline);
    if (pipeline->starved) {
        /* Something could not be taken or finished: memory must become free first.
         * Full rings and flushes are no reason to look at once. */
        wait_for(polled, count, hae_min(wait, STARVED_WAIT_MS));
    } else if (!hae_recorder_about_to_wait(pipeline->recorder) && !called(pipeline)) {
        /* Called after the recorder was told: whoever asks later sees that we wait. */
        wait_for(polled, count, hae_min(wait, IDLE_WAIT_MAX_MS));
    }
    hae_recorder_awake(pipeline->recorder);
}
