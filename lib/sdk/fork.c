/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/fork.h"

#include "base/lock.h"
#include "context/current.h"
#include "recorder/consumer.h"
#include "recorder/fork.h"
#include "recorder/region_file.h"
#include "sdk/default.h"
#include "sdk/process_context.h"

/* ---- In fork() -------------------------------------------------------------------------- */

haetae_status hae_sdk_watch_fork(void)
{
    haetae_status status = hae_atfork_watch();

    if (status == HAETAE_OK) {
        hae_recorders_watch_fork();
        hae_context_watch_fork();
    }
    return status;
}

/* What belongs to the SDK itself. Its parts have hooks of their own, which came first. */
static void in_child(void *self, bool held)
{
    haetae_sdk *sdk = self;

    (void)held;
    hae_lock_in_child(&sdk->lock, false);
    hae_lock_in_child(&sdk->fork_lock, false);
    (void)hae_condition_init(&sdk->changed);
    hae_diagnostics_in_child(&sdk->diagnostics);
    hae_worker_in_child(&sdk->worker);
    hae_process_context_in_child(sdk);
    hae_default_in_child();
    if (sdk->state != HAE_SDK_RUNNING) {
        /* The thread that was shutting down is not in this process. */
        sdk->state = HAE_SDK_STOPPED;
        hae_pipeline_end_in_child(&sdk->pipeline);
    }
}

/* ---- In the child, later ------------------------------------------------------------------ */

static void reinit_pipeline(haetae_sdk *sdk)
{
    if (hae_pipeline_is_inherited(&sdk->pipeline)) {
        hae_pipeline_reinit(&sdk->pipeline, sdk->resource);
    }
}

/* Under fork_lock. */
static haetae_status resume(haetae_sdk *sdk, bool must)
{
    struct hae_recorder *recorder = sdk->recorder;
    haetae_status status = HAETAE_OK;

    reinit_pipeline(sdk);
    if (recorder->wake.number < 0) {
        status = hae_recorder_open_wake(recorder);
    }
    if (status == HAETAE_OK) {
        status = hae_worker_start(&sdk->worker, &sdk->pipeline);
    }
    if (status != HAETAE_OK && must) {
        hae_worker_set_manual(&sdk->worker);
        status = hae_worker_start(&sdk->worker, &sdk->pipeline);
    }
    if (status == HAETAE_OK) {
        /* Release pairs with the acquire in hae_recorder_start_consumer(). */
        atomic_store_explicit(&recorder->start_pending, false, memory_order_release);
    }
    return status;
}

haetae_status hae_sdk_resume(haetae_sdk *sdk, bool must)
{
    haetae_status status = HAETAE_OK;

    hae_recorder_settle(sdk->recorder);
    pthread_mutex_lock(&sdk->fork_lock);
    if (atomic_load_explicit(&sdk->recorder->start_pending, memory_order_relaxed)) {
        status = resume(sdk, must);
    }
    pthread_mutex_unlock(&sdk->fork_lock);
    return status;
}

/* From a recording call, which does not wait for another one that is at it. */
static void start_from_recording(void *user)
{
    haetae_sdk *sdk = user;

    if (pthread_mutex_trylock(&sdk->fork_lock) == 0) {
        if (atomic_load_explicit(&sdk->recorder->start_pending, memory_order_relaxed)) {
            (void)resume(sdk, false);
        }
        pthread_mutex_unlock(&sdk->fork_lock);
    }
}

/* Describes this process in the place of its parent: what it records has its resource from the
 * first record on. */
static void describe_child(haetae_sdk *sdk)
{
    struct hae_resource_process child;

    hae_resource_read_process(&child);
    sdk->resource.size_bytes =
        hae_resource_rewrite(&sdk->attributes, &sdk->process, &child, sdk->resource_bytes);
    sdk->traces.resource_size_bytes = sdk->resource.size_bytes;
    sdk->logs.resource_size_bytes = sdk->resource.size_bytes;
    if (sdk->recorder->file != NULL) {
        hae_region_file_describe(sdk->recorder->file, sdk->resource);
    }
    if (sdk->publishes_context) {
        sdk->publishes_context =
            hae_process_context_publish(sdk, sdk->resource.bytes, sdk->resource.size_bytes);
    }
}

static void reinit_region(void *user)
{
    haetae_sdk *sdk = user;

    hae_meter_provider_reinit(&sdk->metrics);
    describe_child(sdk);
}

void hae_sdk_forget_inherited(haetae_sdk *sdk)
{
    reinit_pipeline(sdk);
}

/* ---- The table ---------------------------------------------------------------------------- */

void hae_sdk_add_to_fork(haetae_sdk *sdk)
{
    static const struct hae_atfork_hooks hooks = {
        .name = "sdk", .order = HAE_ATFORK_SDK, .child = in_child};

    sdk->recorder->atfork = (struct hae_recorder_atfork){reinit_region, start_from_recording, sdk};
    hae_atfork_add(&sdk->atfork, &hooks, sdk);
}
