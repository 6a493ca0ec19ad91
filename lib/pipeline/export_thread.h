/* SPDX-License-Identifier: Apache-2.0 */
/* The thread of an exporter that blocks: calls send() for the jobs that the driver of the
 * pipeline fills, and wakes the driver by an eventfd when one is done. */
#ifndef HAETAE_PIPELINE_EXPORT_THREAD_H
#define HAETAE_PIPELINE_EXPORT_THREAD_H

#include <pthread.h>

#include "base/descriptor.h"
#include "pipeline/delivery_view.h"

enum { HAE_EXPORT_JOBS_MAX = 8, HAE_EXPORT_MESSAGE_BYTES = 512 };

enum hae_job_state {
    HAE_JOB_FREE,
    HAE_JOB_QUEUED,  /* waits for the thread                                        */
    HAE_JOB_SENDING, /* the thread is in send()                                     */
    HAE_JOB_DONE     /* waits for the driver, with its result                       */
};

/* A result that hae_delivery_complete() reads as it would have read the exporter's: with a
 * size of 0 when that was rejected, and with `unknown` when it had fields that are not known
 * here. */
struct hae_kept_result {
    haetae_result known;
    uint64_t unknown;
};

/* A delivery that was handed over. */
struct hae_export_job {
    struct haetae_delivery copy; /* what send() gets; its data is this job's own */
    struct hae_export_thread *thread;
    uint8_t *data;
    enum hae_job_state state;
    haetae_delivery *delivery; /* the pipeline's; NULL when it was cancelled */
    bool cancelled;
    uint64_t order; /* of handing over                          */
    struct hae_kept_result result;
    char message[HAE_EXPORT_MESSAGE_BYTES];
};

/* The state of a flush that the driver asks for. */
enum hae_thread_flush { HAE_THREAD_FLUSH_NONE, HAE_THREAD_FLUSH_ASKED, HAE_THREAD_FLUSH_DONE };

struct hae_export_thread {
    haetae_exporter_ops ops; /* the exporter's, and what they work on */
    void *self;
    /* An eventfd; none until the first delivery. Used by the driver alone, but for writing. */
    struct hae_descriptor done;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct hae_export_job jobs[HAE_EXPORT_JOBS_MAX];
    size_t job_count;
    uint64_t last_order;
    enum hae_thread_flush flush;
    haetae_status flushed;
    pthread_t id;
    bool has_thread;
    bool stop;
    bool ended;        /* the thread touches nothing any more */
    bool left;         /* the thread frees all of this        */
    uint64_t leave_ns; /* when the driver stops waiting for its end */

    /* In a forked child: the jobs are the parent's, and whether they are whole. */
    bool inherited;
    bool inherited_whole;
};

/* Makes one for an exporter's operations and what they work on; NULL: no memory.
 * Ownership: the operations' free() is called by hae_export_thread_free(), or later. */
struct hae_export_thread *hae_export_thread_new(const haetae_exporter_ops *ops, void *self);

/* Until when threads that are stopped now are waited for. */
uint64_t hae_export_thread_leave_ns(void);

/* Asks the thread to stop, which hae_export_thread_free() then waits for until `leave_ns`. Several
 * that are to be freed are asked first, so that all share the time. */
void hae_export_thread_stop(struct hae_export_thread *thread, uint64_t leave_ns);

/* Stops the thread and frees everything. When send() does not end soon, the thread is left to
 * itself, and frees everything should it ever end. No job is queued or done. */
void hae_export_thread_free(struct hae_export_thread *thread);

/* In a forked child, which has no such thread. `held`: the child got the lock.
 * Async-signal-safe. */
void hae_export_thread_in_child(struct hae_export_thread *thread, bool held);

/* ---- The caller of these holds the lock ---- */

/* Starts the thread if it does not run yet; false: it cannot be started. */
bool hae_export_thread_ensure(struct hae_export_thread *thread);

/* The oldest job of a state; NULL: none. */
struct hae_export_job *hae_export_thread_oldest(struct hae_export_thread *thread,
                                                enum hae_job_state state);

void hae_export_job_free(struct hae_export_job *job);

/* Forgets the job's delivery. A job that is being sent is freed when send() ends. */
void hae_export_job_cancel(struct hae_export_job *job);

/* ---- For any thread ---- */

/* Completes the copy of a job, from within send(). */
void hae_export_job_complete(haetae_delivery *copy, const haetae_result *result);

/* How many calls of send() go on in this process though their deliveries were cancelled. */
uint64_t hae_export_thread_hanging_count(void);

/* How long hae_export_thread_free() waits for send(). Changed by tests alone. */
void hae_export_thread_set_grace_ms(uint32_t grace_ms);

#endif
