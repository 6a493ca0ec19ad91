/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/fork.h"

#include "base/alloc.h"
#include "base/lock.h"
#include "context/current.h"
#include "recorder/fork.h"
#include "recorder/region_file.h"

/* Every SDK that runs. fork() holds the lock from before to after; `forking` is what the
 * thread that forks remembers meanwhile. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static haetae_sdk *sdks;
static _Thread_local bool forking HAE_NEAR_THREAD;

/* ---- Around fork() ------------------------------------------------------------------------ */

static void hold(haetae_sdk *sdk)
{
    struct hae_sdk_atfork *atfork = &sdk->atfork;

    atfork->turn_held = hae_pipeline_hold(&sdk->pipeline);
    atfork->traces_held = hae_lock_soon(&sdk->traces.lock);
    atfork->metrics_held = hae_lock_soon(&sdk->metrics.lock);
    atfork->logs_held = hae_lock_soon(&sdk->logs.lock);
}

static void release(pthread_mutex_t *held_lock, bool held)
{
    if (held) {
        pthread_mutex_unlock(held_lock);
    }
}

static void before_fork(void)
{
    /* Without the lock the child finds everything as if in the middle of a change. */
    forking = hae_lock_soon(&lock);
    if (!forking) {
        return;
    }
    for (haetae_sdk *sdk = sdks; sdk != NULL; sdk = sdk->atfork.next) {
        hold(sdk);
    }
    hae_recorders_before_fork();
}

static void in_parent(void)
{
    if (!forking) {
        return;
    }
    hae_recorders_in_parent();
    for (haetae_sdk *sdk = sdks; sdk != NULL; sdk = sdk->atfork.next) {
        struct hae_sdk_atfork *atfork = &sdk->atfork;

        release(&sdk->logs.lock, atfork->logs_held);
        release(&sdk->metrics.lock, atfork->metrics_held);
        release(&sdk->traces.lock, atfork->traces_held);
        if (atfork->turn_held) {
            hae_pipeline_release(&sdk->pipeline);
        }
    }
    forking = false;
    pthread_mutex_unlock(&lock);
}

static void close_in_child(haetae_sdk *sdk)
{
    struct hae_sdk_atfork *atfork = &sdk->atfork;
    bool idle = forking && atfork->turn_held;

    hae_lock_in_child(&sdk->traces.lock, forking && atfork->traces_held);
    hae_lock_in_child(&sdk->metrics.lock, forking && atfork->metrics_held);
    hae_lock_in_child(&sdk->logs.lock, forking && atfork->logs_held);
    hae_lock_in_child(&sdk->lock, false);
    hae_lock_in_child(&atfork->lock, false);
    (void)hae_condition_init(&sdk->changed);
    hae_diagnostics_in_child(&sdk->diagnostics);
    hae_pipeline_in_child(&sdk->pipeline, idle);
    hae_worker_in_child(&sdk->worker);
    hae_recovery_in_child(sdk->recovery, idle);
    /* What an earlier fork left is still there, if the child did not need it. */
    if (!atomic_load_explicit(&atfork->inherited, memory_order_relaxed) || !idle) {
        atfork->idle = idle;
    }
    atomic_store_explicit(&atfork->inherited, true, memory_order_relaxed);
    if (sdk->state != HAE_SDK_RUNNING) {
        /* Nobody is here to end a shutdown that was under way. */
        sdk->state = HAE_SDK_STOPPED;
        sdk->pipeline.ended = true;
    }
}

static void in_child(void)
{
    hae_recorders_in_child();
    hae_context_in_child();
    for (haetae_sdk *sdk = sdks; sdk != NULL; sdk = sdk->atfork.next) {
        close_in_child(sdk);
    }
    hae_lock_in_child(&lock, forking);
    forking = false;
}

static bool watched;

static void watch(void)
{
    watched = pthread_atfork(before_fork, in_parent, in_child) == 0;
}

haetae_status hae_fork_watch(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, watch);
    return watched ? HAETAE_OK : HAETAE_ENOMEM;
}

/* ---- In the child, later ------------------------------------------------------------------ */

static void reinit_pipeline(haetae_sdk *sdk)
{
    /* As a turn: this process may fork meanwhile. */
    hae_pipeline_begin_turn(&sdk->pipeline);
    hae_pipeline_reinit(&sdk->pipeline, sdk->atfork.idle, sdk->resource, sdk->resource_size_bytes);
    hae_pipeline_end_turn(&sdk->pipeline);
    /* Release pairs with the acquire in stats.c: it sees the ledgers empty. */
    atomic_store_explicit(&sdk->atfork.inherited, false, memory_order_release);
}

/* Under atfork.lock. */
static haetae_status resume(haetae_sdk *sdk, bool must)
{
    struct hae_recorder *recorder = sdk->recorder;
    haetae_status status = HAETAE_OK;

    if (atomic_load_explicit(&sdk->atfork.inherited, memory_order_relaxed)) {
        reinit_pipeline(sdk);
    }
    if (recorder->wake_descriptor < 0) {
        status = hae_recorder_open_wake(recorder);
    }
    if (status == HAETAE_OK) {
        status = hae_worker_start(&sdk->worker, &sdk->pipeline);
    }
    if (status != HAETAE_OK && must) {
        sdk->worker.manual = true;
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
    pthread_mutex_lock(&sdk->atfork.lock);
    if (atomic_load_explicit(&sdk->recorder->start_pending, memory_order_relaxed)) {
        status = resume(sdk, must);
    }
    pthread_mutex_unlock(&sdk->atfork.lock);
    return status;
}

/* From a recording call, which does not wait for another one that is at it. */
static void start_from_recording(void *user)
{
    haetae_sdk *sdk = user;

    if (pthread_mutex_trylock(&sdk->atfork.lock) == 0) {
        if (atomic_load_explicit(&sdk->recorder->start_pending, memory_order_relaxed)) {
            (void)resume(sdk, false);
        }
        pthread_mutex_unlock(&sdk->atfork.lock);
    }
}

/* Describes this process in the place of its parent: what it records has its resource from the
 * first record on. */
static void describe_child(haetae_sdk *sdk)
{
    struct hae_resource_process child;

    hae_resource_look_at_process(&child);
    sdk->resource_size_bytes =
        hae_resource_rewrite(&sdk->attributes, &sdk->process, &child, sdk->resource);
    if (sdk->recorder->file != NULL) {
        hae_region_file_describe(sdk->recorder->file, sdk->resource, sdk->resource_size_bytes);
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
    if (atomic_load_explicit(&sdk->atfork.inherited, memory_order_relaxed)) {
        reinit_pipeline(sdk);
    }
}

/* ---- The list ------------------------------------------------------------------------------- */

void hae_fork_join(haetae_sdk *sdk)
{
    sdk->recorder->atfork = (struct hae_atfork){reinit_region, start_from_recording, sdk};
    pthread_mutex_lock(&lock);
    sdk->atfork.next = sdks;
    sdks = sdk;
    pthread_mutex_unlock(&lock);
}

void hae_fork_leave(haetae_sdk *sdk)
{
    pthread_mutex_lock(&lock);
    for (haetae_sdk **link = &sdks; *link != NULL; link = &(*link)->atfork.next) {
        if (*link == sdk) {
            *link = sdk->atfork.next;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}
