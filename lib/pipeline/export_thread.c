/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/export_thread.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/lock.h"
#include "base/option_struct.h"
#include "base/thread.h"

static _Atomic uint64_t hanging_count; /* changed by drivers and exporters' threads */
static uint32_t leave_grace_ms = 200;

uint64_t hae_export_thread_hanging_count(void)
{
    /* Relaxed: a number to be looked at. */
    return atomic_load_explicit(&hanging_count, memory_order_relaxed);
}

void hae_export_thread_set_grace_ms(uint32_t grace_ms)
{
    leave_grace_ms = grace_ms;
}

/* ---- Jobs ------------------------------------------------------------------------------- */

struct hae_export_job *hae_export_thread_oldest(struct hae_export_thread *thread,
                                                enum hae_job_state state)
{
    struct hae_export_job *found = NULL;

    for (size_t i = 0; i < thread->job_count; i++) {
        struct hae_export_job *job = &thread->jobs[i];

        if (job->state == state && (found == NULL || job->order < found->order)) {
            found = job;
        }
    }
    return found;
}

void hae_export_job_free(struct hae_export_job *job)
{
    hae_free(job->data);
    job->data = NULL;
    job->delivery = NULL;
    job->state = HAE_JOB_FREE;
}

void hae_export_job_cancel(struct hae_export_job *job)
{
    if (job->state != HAE_JOB_SENDING) {
        hae_export_job_free(job);
        return;
    }
    job->cancelled = true;
    job->delivery = NULL;
    /* Relaxed: a number to be looked at. */
    atomic_fetch_add_explicit(&hanging_count, 1, memory_order_relaxed);
}

/* ---- The thread ------------------------------------------------------------------------- */

static void wake_driver(const struct hae_descriptor *done)
{
    const uint64_t one = 1;

    /* The write cannot fail: the counter never comes near its end. */
    if (hae_descriptor_is_ours(done)) {
        (void)!write(done->number, &one, sizeof one);
    }
}

static void keep_result(struct hae_export_job *job, const haetae_result *result)
{
    haetae_result *known = &job->result.known;

    job->result = (struct hae_kept_result){
        HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_RETRY, .retry_after_ms = -1), 0};
    if (result != NULL) {
        switch (HAE_OPTION_STRUCT_READ(haetae_result, known, result)) {
        case HAE_OPTION_STRUCT_KNOWN:
            known->struct_size = sizeof *known;
            break;
        case HAE_OPTION_STRUCT_NEWER:
            known->struct_size = sizeof job->result;
            job->result.unknown = 1;
            break;
        case HAE_OPTION_STRUCT_REJECTED:
            known->struct_size = 0;
            break;
        }
    }
    snprintf(job->message, sizeof job->message, "%s", known->message != NULL ? known->message : "");
    known->message = job->message;
}

/* Ends a job that is being sent. The caller holds the lock. */
static void end_job(struct hae_export_job *job, const haetae_result *result)
{
    if (job->cancelled) {
        /* Relaxed: a number to be looked at. */
        atomic_fetch_sub_explicit(&hanging_count, 1, memory_order_relaxed);
        hae_export_job_free(job);
        return;
    }
    keep_result(job, result);
    job->state = HAE_JOB_DONE;
    wake_driver(&job->thread->done);
}

void hae_export_job_complete(haetae_delivery *copy, const haetae_result *result)
{
    struct hae_export_job *job = (struct hae_export_job *)copy;
    struct hae_export_thread *thread = job->thread;

    if (thread->inherited) {
        return; /* a child that was forked within send() */
    }
    pthread_mutex_lock(&thread->lock);
    if (job->state == HAE_JOB_SENDING) {
        end_job(job, result);
    }
    pthread_mutex_unlock(&thread->lock);
}

/* The caller holds the lock, which is free while the exporter sends. */
static void send_job(struct hae_export_thread *thread, struct hae_export_job *job)
{
    job->state = HAE_JOB_SENDING;
    pthread_mutex_unlock(&thread->lock);
    thread->ops.send(thread->self, &job->copy);
    pthread_mutex_lock(&thread->lock);
    if (job->state == HAE_JOB_SENDING) {
        const haetae_result result =
            HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_RETRY, .retry_after_ms = -1,
                           .message = "the exporter gave no result");

        end_job(job, &result);
    }
}

/* The caller holds the lock, which is free while the exporter flushes. */
static void flush(struct hae_export_thread *thread)
{
    haetae_status status;

    pthread_mutex_unlock(&thread->lock);
    status = thread->ops.force_flush(thread->self);
    pthread_mutex_lock(&thread->lock);
    if (thread->inherited) {
        return; /* a child that was forked within it */
    }
    thread->flush = HAE_THREAD_FLUSH_DONE;
    /* It may block, so it had all the time that it wanted. */
    thread->flushed = status != HAETAE_ETIMEOUT ? status : HAETAE_ELOST;
    wake_driver(&thread->done);
}

/* Likewise: the exporter shuts down. */
static void shut_down(struct hae_export_thread *thread)
{
    if (thread->ops.shutdown != NULL && !thread->inherited) {
        pthread_mutex_unlock(&thread->lock);
        (void)thread->ops.shutdown(thread->self);
        pthread_mutex_lock(&thread->lock);
    }
}

static void destroy(struct hae_export_thread *thread)
{
    if (thread->ops.free != NULL) {
        thread->ops.free(thread->self);
    }
    for (size_t i = 0; i < thread->job_count; i++) {
        hae_free(thread->jobs[i].data);
    }
    hae_descriptor_close(&thread->done);
    pthread_cond_destroy(&thread->changed);
    pthread_mutex_destroy(&thread->lock);
    hae_free(thread);
}

static void *run(void *argument)
{
    struct hae_export_thread *thread = argument;
    bool left;

    pthread_setname_np(pthread_self(), "haetae-export");
    pthread_mutex_lock(&thread->lock);
    while (!thread->stop) {
        struct hae_export_job *job = hae_export_thread_oldest(thread, HAE_JOB_QUEUED);

        if (job != NULL) {
            send_job(thread, job);
        } else if (thread->flush == HAE_THREAD_FLUSH_ASKED) {
            flush(thread);
        } else {
            pthread_cond_wait(&thread->changed, &thread->lock);
        }
    }
    if (thread->flush == HAE_THREAD_FLUSH_ASKED) {
        flush(thread);
    }
    shut_down(thread);
    thread->ended = true;
    left = thread->left;
    pthread_cond_broadcast(&thread->changed);
    pthread_mutex_unlock(&thread->lock);
    if (left) {
        destroy(thread);
    }
    return NULL;
}

bool hae_export_thread_ensure(struct hae_export_thread *thread)
{
    if (!thread->has_thread) {
        thread->has_thread = hae_thread_start(&thread->id, run, thread) == HAETAE_OK;
    }
    return thread->has_thread;
}

/* ---- The end ---------------------------------------------------------------------------- */

uint64_t hae_export_thread_leave_ns(void)
{
    return hae_time_ns(CLOCK_MONOTONIC) + leave_grace_ms * UINT64_C(1000000);
}

void hae_export_thread_stop(struct hae_export_thread *thread, uint64_t leave_ns)
{
    pthread_mutex_lock(&thread->lock);
    thread->stop = true;
    thread->leave_ns = leave_ns;
    pthread_cond_broadcast(&thread->changed);
    pthread_mutex_unlock(&thread->lock);
}

/* Waits until the thread has ended; false: it still sends. The caller holds the lock. */
static bool await_end(struct hae_export_thread *thread)
{
    struct timespec deadline = {(time_t)(thread->leave_ns / 1000000000),
                                (long)(thread->leave_ns % 1000000000)};

    while (!thread->ended &&
           pthread_cond_timedwait(&thread->changed, &thread->lock, &deadline) != ETIMEDOUT) {
    }
    return thread->ended;
}

void hae_export_thread_free(struct hae_export_thread *thread)
{
    pthread_t id = thread->id;
    bool ended;

    if (!thread->has_thread) {
        destroy(thread);
        return;
    }
    if (!thread->stop) { /* only this thread sets it */
        hae_export_thread_stop(thread, hae_export_thread_leave_ns());
    }
    pthread_mutex_lock(&thread->lock);
    ended = await_end(thread);
    thread->left = !ended;
    pthread_mutex_unlock(&thread->lock);
    /* A thread that is left may have freed everything by now. */
    if (ended) {
        pthread_join(id, NULL);
        destroy(thread);
    } else {
        pthread_detach(id);
    }
}

void hae_export_thread_in_child(struct hae_export_thread *thread, bool held)
{
    hae_lock_in_child(&thread->lock, held);
    (void)hae_condition_init(&thread->changed);
    thread->has_thread = thread->stop = thread->ended = false;
    thread->flush = HAE_THREAD_FLUSH_NONE;
    /* Relaxed: the child has one thread. */
    atomic_store_explicit(&hanging_count, 0, memory_order_relaxed);
}

/* ---- Making one ------------------------------------------------------------------------- */

struct hae_export_thread *hae_export_thread_new(const haetae_exporter_ops *ops, void *self)
{
    struct hae_export_thread *thread = hae_calloc(1, sizeof *thread);
    uint32_t wanted = ops->max_in_flight != 0 ? ops->max_in_flight : 1;

    if (thread == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&thread->lock, NULL) != 0) {
        goto free_thread;
    }
    if (!hae_condition_init(&thread->changed)) {
        pthread_mutex_destroy(&thread->lock);
        goto free_thread;
    }
    thread->job_count = wanted < HAE_EXPORT_JOBS_MAX ? wanted : HAE_EXPORT_JOBS_MAX;
    thread->done = HAE_NO_DESCRIPTOR;
    thread->ops = *ops;
    thread->self = self;
    for (size_t i = 0; i < thread->job_count; i++) {
        thread->jobs[i].thread = thread;
    }
    return thread;

free_thread:
    hae_free(thread);
    return NULL;
}
