/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/worker.h"

#include <errno.h>
#include <signal.h>

/* Time that a stopping worker gets beyond the deadline: it has been told, and needs
 * it only to be scheduled. */
enum { STOP_GRACE_MS = 200 };

static pthread_mutex_t *lock_of(struct hae_worker *worker)
{
    return &worker->pipeline->account.lock;
}

static bool told_to_stop(struct hae_worker *worker)
{
    bool stop;

    pthread_mutex_lock(lock_of(worker));
    stop = worker->stop;
    pthread_mutex_unlock(lock_of(worker));
    return stop;
}

static void *run(void *argument)
{
    struct hae_worker *worker = argument;

    pthread_setname_np(pthread_self(), "haetae");
    if (worker->start_hook != NULL) {
        worker->start_hook(worker->start_hook_user);
    }
    while (!told_to_stop(worker)) {
        if (!hae_pipeline_turn(worker->pipeline)) {
            hae_pipeline_wait(worker->pipeline, UINT64_MAX);
        }
    }
    hae_pipeline_abandon(worker->pipeline);
    pthread_mutex_lock(lock_of(worker));
    worker->running = false;
    pthread_cond_broadcast(&worker->pipeline->changed);
    pthread_mutex_unlock(lock_of(worker));
    return NULL;
}

haetae_status hae_worker_start(struct hae_worker *worker, struct hae_pipeline *pipeline)
{
    sigset_t all;
    sigset_t before;
    int error;

    worker->pipeline = pipeline;
    worker->stop = false;
    worker->running = false;
    if (worker->manual) {
        return HAETAE_OK;
    }
    /* The thread inherits the mask: no signal of the host is handled in it. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    worker->running = true;
    error = pthread_create(&worker->thread, NULL, run, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        worker->running = false;
        return HAETAE_ETHREAD;
    }
    return HAETAE_OK;
}

static struct timespec timespec_of(uint64_t ms)
{
    struct timespec time = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

    return time;
}

/* One turn, and a wait until `deadline_ms` at most. */
static void drive(struct hae_worker *worker, uint64_t deadline_ms)
{
    uint64_t now;

    if (!hae_pipeline_turn(worker->pipeline)) {
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
    drive(worker, deadline);
    while (hae_pipeline_turn(worker->pipeline) && hae_now_ms() < deadline) {
    }
    return HAETAE_OK;
}

/* Waits for the worker to end a flush. */
static bool await_flush(struct hae_worker *worker, struct hae_flush *flush, uint64_t deadline_ms)
{
    struct timespec deadline = timespec_of(deadline_ms);
    int error = 0;
    bool done;

    hae_recorder_wake(worker->pipeline->recorder);
    pthread_mutex_lock(lock_of(worker));
    while (flush->state != HAE_FLUSH_DONE && error != ETIMEDOUT) {
        error = pthread_cond_timedwait(&worker->pipeline->changed, lock_of(worker), &deadline);
    }
    done = flush->state == HAE_FLUSH_DONE;
    pthread_mutex_unlock(lock_of(worker));
    return done;
}

static bool drive_flush(struct hae_worker *worker, const struct hae_flush *flush,
                        uint64_t deadline_ms)
{
    drive(worker, 0);
    while (!hae_flush_done(worker->pipeline, flush)) {
        if (hae_now_ms() >= deadline_ms) {
            return false;
        }
        drive(worker, deadline_ms);
    }
    return true;
}

haetae_status hae_worker_flush(struct hae_worker *worker, uint64_t deadline_ms)
{
    struct hae_flush flush;
    bool done;

    hae_pipeline_flush(worker->pipeline, &flush);
    done = worker->manual ? drive_flush(worker, &flush, deadline_ms)
                          : await_flush(worker, &flush, deadline_ms);
    hae_flush_cancel(worker->pipeline, &flush);
    return done ? HAETAE_OK : HAETAE_ETIMEOUT;
}

bool hae_worker_stop(struct hae_worker *worker, uint64_t deadline_ms)
{
    struct timespec deadline = timespec_of(deadline_ms + STOP_GRACE_MS);
    int error = 0;
    bool running;

    if (worker->manual) {
        hae_pipeline_abandon(worker->pipeline);
        return true;
    }
    pthread_mutex_lock(lock_of(worker));
    worker->stop = true;
    pthread_mutex_unlock(lock_of(worker));
    hae_recorder_wake(worker->pipeline->recorder);
    pthread_mutex_lock(lock_of(worker));
    while (worker->running && error != ETIMEDOUT) {
        error = pthread_cond_timedwait(&worker->pipeline->changed, lock_of(worker), &deadline);
    }
    running = worker->running;
    pthread_mutex_unlock(lock_of(worker));
    if (running) {
        pthread_detach(worker->thread);
        return false;
    }
    pthread_join(worker->thread, NULL);
    return true;
}
