/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/blocking.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "pipeline/export_thread.h"

/* ---- Handing over ----------------------------------------------------------------------- */

/* In a forked child: forgets the parent's jobs. */
static void forget_jobs(struct hae_export_thread *thread)
{
    for (size_t i = 0; i < thread->job_count; i++) {
        struct hae_export_job *job = &thread->jobs[i];

        if (thread->inherited_whole) {
            hae_free(job->data);
        }
        *job = (struct hae_export_job){.thread = thread};
    }
    thread->inherited = false;
}

/* Makes everything this process's own, and the descriptor. False: there is none. */
static bool make_ready(struct hae_export_thread *thread)
{
    if (thread->inherited) {
        forget_jobs(thread);
    }
    if (thread->done.number < 0) {
        thread->done = hae_descriptor_of(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    }
    return thread->done.number >= 0;
}

/* Fills a free job with a copy of a delivery. Returns what is wrong, or NULL. */
static const char *copy_delivery(struct hae_export_job *job, haetae_delivery *delivery)
{
    size_t size_bytes = haetae_delivery_size(delivery);

    job->data = hae_malloc(size_bytes != 0 ? size_bytes : 1);
    if (job->data == NULL) {
        return "out of memory";
    }
    if (size_bytes != 0) {
        memcpy(job->data, haetae_delivery_data(delivery), size_bytes);
    }
    job->copy = (struct haetae_delivery){.signal = haetae_delivery_signal(delivery),
                                         .attempt = haetae_delivery_attempt(delivery),
                                         .data = job->data,
                                         .size_bytes = size_bytes,
                                         .item_count = haetae_delivery_item_count(delivery),
                                         .complete = hae_export_job_complete};
    job->delivery = delivery;
    job->cancelled = false;
    return NULL;
}

/* Hands a delivery over. Returns what is wrong, or NULL. The caller holds the lock. */
static const char *hand_over(struct hae_export_thread *thread, haetae_delivery *delivery)
{
    struct hae_export_job *job = hae_export_thread_oldest(thread, HAE_JOB_FREE);
    const char *why_not;

    if (job == NULL) {
        return "the exporter still works on a delivery that was cancelled";
    }
    why_not = copy_delivery(job, delivery);
    if (why_not == NULL && !hae_export_thread_ensure(thread)) {
        why_not = "no thread could be started";
    }
    if (why_not != NULL) {
        hae_export_job_free(job);
        return why_not;
    }
    job->order = ++thread->last_order;
    job->state = HAE_JOB_QUEUED;
    pthread_cond_broadcast(&thread->changed);
    return NULL;
}

/* Takes back a delivery that is done; false: none is. The job is free before the pipeline
 * learns of it, since that may send the next delivery at once. */
static bool take_done(struct hae_export_thread *thread, haetae_delivery **ret_delivery,
                      struct hae_kept_result *ret_result,
                      char ret_message[HAE_EXPORT_MESSAGE_BYTES])
{
    struct hae_export_job *job;

    pthread_mutex_lock(&thread->lock);
    job = hae_export_thread_oldest(thread, HAE_JOB_DONE);
    if (job != NULL) {
        *ret_delivery = job->delivery;
        job->delivery->receipt = job->copy.receipt;
        *ret_result = job->result;
        memcpy(ret_message, job->message, sizeof job->message);
        ret_result->known.message = ret_message;
        hae_export_job_free(job);
    }
    pthread_mutex_unlock(&thread->lock);
    return job != NULL;
}

/* The caller holds the lock. */
static struct hae_export_job *find(struct hae_export_thread *thread,
                                   const haetae_delivery *delivery)
{
    for (size_t i = 0; i < thread->job_count; i++) {
        if (thread->jobs[i].delivery == delivery) {
            return &thread->jobs[i];
        }
    }
    return NULL;
}

/* ---- The operations --------------------------------------------------------------------- */

static void blocking_send(void *self, haetae_delivery *delivery)
{
    struct hae_export_thread *thread = self;
    haetae_result result =
        HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_RETRY, .retry_after_ms = -1);

    if (make_ready(thread)) {
        pthread_mutex_lock(&thread->lock);
        result.message = hand_over(thread, delivery);
        pthread_mutex_unlock(&thread->lock);
    } else {
        result.message = errno == ENOMEM ? "out of memory" : "no descriptor is left";
    }
    if (result.message != NULL) {
        haetae_delivery_complete(delivery, &result);
    }
}

static int blocking_descriptor(void *self)
{
    const struct hae_export_thread *thread = self;

    return hae_descriptor_is_ours(&thread->done) ? thread->done.number : -1;
}

/* Without a descriptor to be woken by, as when the host has closed it, the driver looks from time
 * to time whether a job is done. */
static int64_t blocking_wait_ms(void *self)
{
    enum { UNWOKEN_WAIT_MS = 50 };
    struct hae_export_thread *thread = self;

    if (thread->inherited || thread->done.number < 0 || hae_descriptor_is_ours(&thread->done)) {
        return -1;
    }
    return UNWOKEN_WAIT_MS;
}

static void blocking_step(void *self)
{
    struct hae_export_thread *thread = self;
    char message[HAE_EXPORT_MESSAGE_BYTES];
    haetae_delivery *delivery;
    struct hae_kept_result result;
    uint64_t count;

    if (thread->inherited || thread->done.number < 0) {
        return;
    }
    /* First: a job that is done after this makes the descriptor readable again. */
    if (hae_descriptor_is_ours(&thread->done)) {
        (void)!read(thread->done.number, &count, sizeof count);
    }
    while (take_done(thread, &delivery, &result, message)) {
        haetae_delivery_complete(delivery, &result.known);
    }
}

static void blocking_cancel(void *self, haetae_delivery *delivery)
{
    struct hae_export_thread *thread = self;
    struct hae_export_job *job;
    bool sending;

    if (thread->inherited || delivery == NULL) {
        return;
    }
    pthread_mutex_lock(&thread->lock);
    job = find(thread, delivery);
    sending = job != NULL && job->state == HAE_JOB_SENDING;
    if (job != NULL) {
        hae_export_job_cancel(job);
    }
    pthread_mutex_unlock(&thread->lock);
    if (sending && thread->ops.cancel != NULL) {
        /* The job may be free by now, but only this thread could fill it again. */
        thread->ops.cancel(thread->self, &job->copy);
    }
}

/* Asks for a flush, and at later calls whether it is done. */
static haetae_status ask_for_flush(struct hae_export_thread *thread)
{
    if (thread->flush == HAE_THREAD_FLUSH_DONE) {
        thread->flush = HAE_THREAD_FLUSH_NONE;
        return thread->flushed;
    }
    if (thread->flush == HAE_THREAD_FLUSH_NONE) {
        thread->flush = HAE_THREAD_FLUSH_ASKED;
        pthread_cond_broadcast(&thread->changed);
    }
    return HAETAE_ETIMEOUT;
}

static haetae_status blocking_force_flush(void *self)
{
    struct hae_export_thread *thread = self;
    haetae_status status;

    if (thread->ops.force_flush == NULL || thread->inherited || thread->stop ||
        !thread->has_thread) {
        return HAETAE_OK; /* it has got nothing in this process, so it keeps nothing */
    }
    pthread_mutex_lock(&thread->lock);
    status = ask_for_flush(thread);
    pthread_mutex_unlock(&thread->lock);
    return status;
}

/* Ends the thread, which calls the exporter's shutdown() last. */
static haetae_status blocking_shutdown(void *self)
{
    struct hae_export_thread *thread = self;
    bool has_thread;

    if (thread->inherited || thread->ops.shutdown == NULL) {
        return HAETAE_OK;
    }
    pthread_mutex_lock(&thread->lock);
    has_thread = hae_export_thread_ensure(thread);
    pthread_mutex_unlock(&thread->lock);
    if (!has_thread) {
        return HAETAE_ENOMEM; /* it would block the driver */
    }
    hae_export_thread_stop(thread, hae_export_thread_leave_ns());
    return HAETAE_OK;
}

void hae_blocking_stop(const haetae_exporter_ops *ops, void *self, uint64_t leave_ns)
{
    struct hae_export_thread *thread = self;

    if (ops->send == blocking_send && !thread->inherited && thread->has_thread) {
        hae_export_thread_stop(thread, leave_ns);
    }
}

static void blocking_free(void *self)
{
    struct hae_export_thread *thread = self;

    if (thread->inherited) {
        forget_jobs(thread);
    }
    hae_export_thread_free(thread);
}

/* ---- Fork ------------------------------------------------------------------------------- */

static bool any_sending(const struct hae_export_thread *thread)
{
    for (size_t i = 0; i < thread->job_count; i++) {
        if (thread->jobs[i].state == HAE_JOB_SENDING) {
            return true;
        }
    }
    return false;
}

static void blocking_after_fork(void *self, bool idle)
{
    struct hae_export_thread *thread = self;
    /* A lock that cannot be taken is held by a thread of the parent, in a change. */
    bool whole = idle && pthread_mutex_trylock(&thread->lock) == 0;
    bool quiet = whole && !any_sending(thread) && thread->flush != HAE_THREAD_FLUSH_ASKED &&
                 (!thread->stop || thread->ended);

    hae_export_thread_in_child(thread, whole);
    if (idle) {
        hae_descriptor_close(&thread->done);
    }
    thread->done = HAE_NO_DESCRIPTOR;
    /* What an earlier fork left is still there, if the child had no use for it. */
    if (!thread->inherited || !whole) {
        thread->inherited_whole = whole;
    }
    thread->inherited = true;
    if (thread->ops.after_fork != NULL) {
        thread->ops.after_fork(thread->self, quiet);
    }
}

/* ---- Making one ------------------------------------------------------------------------- */

haetae_status hae_blocking_wrap(haetae_exporter_ops *ops, void **self)
{
    struct hae_export_thread *thread = hae_export_thread_new(ops, *self);

    if (thread == NULL) {
        return HAETAE_ENOMEM;
    }
    ops->send = blocking_send;
    ops->descriptor = blocking_descriptor;
    ops->wait_ms = blocking_wait_ms;
    ops->step = blocking_step;
    ops->cancel = blocking_cancel;
    ops->free = blocking_free;
    ops->max_in_flight = (uint32_t)thread->job_count;
    ops->after_fork = blocking_after_fork;
    ops->force_flush = blocking_force_flush;
    ops->shutdown = blocking_shutdown;
    *self = thread;
    return HAETAE_OK;
}
