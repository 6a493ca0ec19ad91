/* SPDX-License-Identifier: Apache-2.0 */
/* A running SDK: flush, step, shutdown, free. */
#include "sdk/sdk_internal.h"
#include "sdk/start.h"

#include <errno.h>

#include "base/cancel.h"
#include "haetae/stats.h"
#include "metrics/observable.h"
#include "recorder/call.h"
#include "recorder/fork.h"
#include "sdk/components.h"
#include "sdk/default.h"
#include "sdk/fork.h"
#include "sdk/process_context.h"
#include "trace/span_end.h"

enum { CALLBACK_GRACE_MS = 100 };

haetae_status haetae_sdk_force_flush(haetae_sdk *sdk, uint32_t timeout_ms)
{
    HAE_HOLD_CANCELLATION();
    haetae_status processed;
    haetae_status status;
    uint64_t deadline_ms;

    if (sdk == NULL) {
        return HAETAE_OK;
    }
    if (hae_sdk_state_of(sdk) != HAE_SDK_RUNNING) {
        return HAETAE_ESHUTDOWN;
    }
    if (hae_recorder_untouched(sdk->recorder)) {
        return HAETAE_OK; /* a forked child that has recorded nothing */
    }
    (void)hae_sdk_resume(sdk, true);
    deadline_ms = hae_now_ms() + timeout_ms;
    processed = hae_components_flush(sdk, deadline_ms);
    status = hae_worker_flush(&sdk->worker, deadline_ms);
    return status != HAETAE_OK ? status : processed;
}

haetae_status haetae_sdk_step(haetae_sdk *sdk, uint32_t timeout_ms)
{
    HAE_HOLD_CANCELLATION();
    if (sdk == NULL) {
        return HAETAE_OK;
    }
    if (hae_sdk_state_of(sdk) != HAE_SDK_RUNNING) {
        return HAETAE_ESHUTDOWN;
    }
    if (!hae_worker_is_manual(&sdk->worker)) {
        return HAETAE_EINVAL;
    }
    (void)hae_recorder_resume(sdk->recorder);
    if (hae_recorder_untouched(sdk->recorder)) {
        return HAETAE_OK; /* a forked child without memory of its own */
    }
    (void)hae_sdk_resume(sdk, true);
    return hae_worker_step(&sdk->worker, timeout_ms);
}

/* Whether the caller is the one to shut down. */
static bool begin_shutdown(haetae_sdk *sdk)
{
    bool first;

    pthread_mutex_lock(&sdk->lock);
    first = sdk->state == HAE_SDK_RUNNING;
    if (first) {
        sdk->state = HAE_SDK_STOPPING;
    }
    pthread_mutex_unlock(&sdk->lock);
    return first;
}

/* What is still open would be lost. Its records are among the last that the worker takes. */
static void end_open_spans(haetae_sdk *sdk)
{
    if (sdk->traces.exports_open) {
        atomic_fetch_add_explicit(&sdk->traces.left_open_count, hae_span_end_open(sdk->recorder),
                                  memory_order_relaxed);
    }
}

static void end_shutdown(haetae_sdk *sdk, enum hae_sdk_state state)
{
    pthread_mutex_lock(&sdk->lock);
    sdk->state = state;
    pthread_cond_broadcast(&sdk->changed);
    pthread_mutex_unlock(&sdk->lock);
}

/* Waits for the shutdown that another thread has begun. */
static haetae_status await_shutdown(haetae_sdk *sdk, uint64_t deadline_ms)
{
    struct timespec deadline = {(time_t)(deadline_ms / 1000), (long)(deadline_ms % 1000) * 1000000};
    int error = 0;

    pthread_mutex_lock(&sdk->lock);
    while (sdk->state == HAE_SDK_STOPPING && error != ETIMEDOUT) {
        error = pthread_cond_timedwait(&sdk->changed, &sdk->lock, &deadline);
    }
    pthread_mutex_unlock(&sdk->lock);
    return error != ETIMEDOUT ? HAETAE_ESHUTDOWN : HAETAE_ETIMEOUT;
}

/* A forked child that has recorded nothing: there is nothing to stop. */
static void end_inherited(haetae_sdk *sdk)
{
    hae_pipeline_end(&sdk->pipeline);
    end_shutdown(sdk, HAE_SDK_STOPPED);
}

/* Whether all was delivered before the worker ended, though it may have had no time to say so. */
static bool has_left_nothing(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;
    bool nothing = !sdk->pipeline.is_flushing && !hae_route_keeps_something(&sdk->pipeline.route) &&
                   (hae_readers_have_ended(&sdk->readers) ||
                    hae_readers_are_delivered(&sdk->readers, &sdk->pipeline.intake));

    if (!nothing || haetae_stats_take(sdk, &stats) != HAETAE_OK) {
        return false;
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        nothing = nothing && haetae_stats_held(stats, (haetae_signal)signal) == 0 &&
                  haetae_stats_dropped(stats, (haetae_signal)signal, HAETAE_DROP_SHUTDOWN) == 0;
    }
    haetae_stats_free(stats);
    return nothing;
}

haetae_status haetae_sdk_shutdown(haetae_sdk *sdk, uint32_t timeout_ms)
{
    HAE_HOLD_CANCELLATION();
    uint64_t deadline = hae_now_ms() + timeout_ms;
    haetae_status processed;
    haetae_status status;
    bool ended;

    if (sdk == NULL) {
        return HAETAE_OK;
    }
    if (!begin_shutdown(sdk)) {
        return await_shutdown(sdk, deadline);
    }
    if (hae_recorder_give_up(sdk->recorder)) {
        end_inherited(sdk);
        return HAETAE_OK;
    }
    (void)hae_sdk_resume(sdk, true);
    /* Relaxed: a recording call beside this one may fall on either side of it. */
    atomic_store_explicit(&sdk->recorder->accepting, false, memory_order_relaxed);
    /* A little longer, so that the callbacks of a shutdown that does not wait are called as well.
     */
    hae_observe_until(&sdk->metrics,
                      hae_time_ns(CLOCK_MONOTONIC) +
                          ((uint64_t)timeout_ms + CALLBACK_GRACE_MS) * UINT64_C(1000000));
    end_open_spans(sdk);
    hae_views_report_unmatched(&sdk->metrics.views, &sdk->diagnostics);
    processed = hae_components_shut_down(sdk, deadline);
    ended = hae_worker_stop(&sdk->worker, deadline, &status);
    if (ended && status == HAETAE_ETIMEOUT && has_left_nothing(sdk)) {
        status = HAETAE_OK;
    }
    end_shutdown(sdk, ended ? HAE_SDK_STOPPED : HAE_SDK_STUCK);
    status = ended ? status : HAETAE_ETIMEOUT;
    return status != HAETAE_OK ? status : processed;
}

void haetae_sdk_free(haetae_sdk *sdk)
{
    HAE_HOLD_CANCELLATION();
    if (sdk == NULL) {
        return;
    }
    hae_default_forget(sdk);
    (void)haetae_sdk_shutdown(sdk, 0);
    hae_process_context_withdraw(sdk);
    if (!hae_worker_done(&sdk->worker)) {
        return; /* an exporter still runs in the worker: leaking is the lesser evil */
    }
    hae_atfork_remove(&sdk->atfork);
    hae_sdk_forget_inherited(sdk);
    hae_sdk_free_parts(sdk);
}
