/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/worker.h"

#include "base/clock.h"
#include "base/minmax.h"
#include "base/thread.h"
#include "pipeline/flush.h"
#include "pipeline/run_once.h"
#include "recorder/consumer.h"

/* Time that a stopping worker gets beyond the deadline: it has been asked, and
 * needs it only to be scheduled. Changed by tests alone. */
static uint32_t stop_grace_ms = 200;

void hae_worker_set_grace_ms(uint32_t grace_ms)
{
    stop_grace_ms = grace_ms;
}

static struct hae_control *control_of(struct hae_worker *worker)
{
    return &worker->pipeline->control;
}

/* ---- The thread --------------------------------------------------------------------------- */

static void *run(void *argument)
{
    struct hae_worker *worker = argument;

    pthread_setname_np(pthread_self(), "haetae");
    if (worker->start_hook != NULL) {
        worker->start_hook(worker->start_hook_user);
    }
    while (!hae_control_is_stopped(control_of(worker))) {
        if (!hae_pipeline_run_once(worker->pipeline)) {
            hae_pipeline_wait(worker->pipeline, UINT64_MAX);
        }
    }
    /* Nobody changes it any more. */
    hae_pipeline_abandon(worker->pipeline, control_of(worker)->until_ms);
    return NULL;
}

void hae_worker_init(struct hae_worker *worker, bool manual, void (*start_hook)(void *user),
                     void *start_hook_user)
{
    *worker = (struct hae_worker){
        .manual = manual, .start_hook = start_hook, .start_hook_user = start_hook_user};
}

bool hae_worker_is_manual(const struct hae_worker *worker)
{
    return worker->manual;
}

void hae_worker_set_manual(struct hae_worker *worker)
{
    worker->manual = true;
}

haetae_status hae_worker_start(struct hae_worker *worker, struct hae_pipeline *pipeline)
{
    haetae_status status;

    worker->pipeline = pipeline;
    worker->has_thread = false;
    if (worker->manual) {
        return HAETAE_OK;
    }
    status = hae_thread_start(&worker->thread, run, worker);
    worker->has_thread = status == HAETAE_OK;
    return status;
}

void hae_worker_in_child(struct hae_worker *worker)
{
    worker->has_thread = false;
}

/* ---- Driving by hand ------------------------------------------------------------------------ */

/* Waits for another thread that drives, until the deadline at most. */
static bool begin_drive(struct hae_worker *worker, uint64_t deadline_ms)
{
    struct hae_control *control = control_of(worker);
    bool begun;

    hae_control_lock(control);
    while (control->driven && hae_control_wait(control, deadline_ms)) {
    }
    begun = !control->driven && !control->ended;
    control->driven |= begun;
    hae_control_unlock(control);
    return begun;
}

static void end_drive(struct hae_worker *worker)
{
    struct hae_control *control = control_of(worker);

    hae_control_lock(control);
    control->driven = false;
    pthread_cond_broadcast(&control->changed);
    hae_control_unlock(control);
}

/* One run, and a wait until `deadline_ms` at most. */
static void drive(struct hae_worker *worker, uint64_t deadline_ms)
{
    uint64_t now;

    if (!hae_pipeline_run_once(worker->pipeline)) {
        now = hae_now_ms();
        hae_pipeline_wait(worker->pipeline, deadline_ms > now ? deadline_ms - now : 0);
    }
}

haetae_status hae_worker_step(struct hae_worker *worker, uint32_t timeout_ms)
{
    uint64_t deadline = hae_now_ms() + timeout_ms;

    if (!worker->manual) {
        return HAETAE_EINVAL;
    }
    if (!begin_drive(worker, deadline)) {
        return HAETAE_OK; /* what is due is done by another thread */
    }
    drive(worker, deadline);
    while (hae_pipeline_run_once(worker->pipeline) && hae_now_ms() < deadline) {
    }
    end_drive(worker);
    return HAETAE_OK;
}

/* ---- Flushing ------------------------------------------------------------------------------- */

/* Waits for the thread to carry out a flush. */
static void await_flush(struct hae_worker *worker, const struct hae_flush *flush,
                        uint64_t deadline_ms)
{
    struct hae_control *control = control_of(worker);

    hae_recorder_wake(worker->pipeline->recorder);
    hae_control_lock(control);
    while (flush->state != HAE_FLUSH_DONE && !control->ended &&
           hae_control_wait(control, deadline_ms)) {
    }
    hae_control_unlock(control);
}

static void drive_flush(struct hae_worker *worker, const struct hae_flush *flush,
                        uint64_t deadline_ms)
{
    if (!begin_drive(worker, deadline_ms)) {
        return;
    }
    drive(worker, 0);
    while (!hae_flush_is_done(control_of(worker), flush) && hae_now_ms() < deadline_ms) {
        drive(worker, deadline_ms);
    }
    end_drive(worker);
}

haetae_status hae_worker_flush(struct hae_worker *worker, uint64_t deadline_ms)
{
    struct hae_control *control = control_of(worker);
    haetae_status status = HAETAE_ETIMEOUT;
    struct hae_flush flush;

    hae_flush_request(control, &flush);
    if (worker->manual) {
        drive_flush(worker, &flush, deadline_ms);
    } else {
        await_flush(worker, &flush, deadline_ms);
    }
    hae_flush_cancel(control, &flush);
    hae_control_lock(control);
    if (flush.state == HAE_FLUSH_DONE) {
        status = flush.lost ? HAETAE_ELOST : HAETAE_OK;
    } else if (control->ended) {
        status = HAETAE_ESHUTDOWN;
    }
    hae_control_unlock(control);
    return status;
}

/* ---- Stopping ------------------------------------------------------------------------------- */

/* Waits for the end, until the deadline and a little longer. */
static bool await_end(struct hae_worker *worker, uint64_t deadline_ms)
{
    struct hae_control *control = control_of(worker);
    bool ended;

    hae_control_lock(control);
    while (!control->ended && hae_control_wait(control, deadline_ms + stop_grace_ms)) {
    }
    ended = control->ended;
    hae_control_unlock(control);
    return ended;
}

/* Waits for a thread that has nothing left to do but to return. */
static void join(struct hae_worker *worker)
{
    if (worker->has_thread) {
        pthread_join(worker->thread, NULL);
        worker->has_thread = false;
    }
}

static bool stop_thread(struct hae_worker *worker, uint64_t deadline_ms)
{
    hae_control_stop(control_of(worker), deadline_ms);
    hae_recorder_wake(worker->pipeline->recorder);
    if (!await_end(worker, deadline_ms)) {
        return false;
    }
    join(worker);
    return true;
}

/* A part of the time is for the spools: to write what could not be sent until then. */
static uint64_t flush_deadline_ms(const struct hae_worker *worker, uint64_t deadline_ms)
{
    enum { SPOOLING_MS = 500 };
    uint64_t now_ms = hae_now_ms();

    if (deadline_ms <= now_ms || !hae_route_has_spool(&worker->pipeline->route)) {
        return deadline_ms;
    }
    return deadline_ms - hae_min(SPOOLING_MS, (deadline_ms - now_ms) / 4);
}

bool hae_worker_stop(struct hae_worker *worker, uint64_t deadline_ms, haetae_status *ret_status)
{
    hae_control_close(control_of(worker));
    *ret_status = hae_worker_flush(worker, flush_deadline_ms(worker, deadline_ms));
    if (!worker->manual) {
        return stop_thread(worker, deadline_ms);
    }
    if (!begin_drive(worker, deadline_ms + stop_grace_ms)) {
        return false;
    }
    hae_pipeline_abandon(worker->pipeline, deadline_ms);
    end_drive(worker);
    return true;
}

bool hae_worker_done(struct hae_worker *worker)
{
    bool ended = await_end(worker, hae_now_ms());

    if (ended) {
        join(worker);
    } else if (worker->has_thread) {
        pthread_detach(worker->thread);
    }
    return ended;
}
