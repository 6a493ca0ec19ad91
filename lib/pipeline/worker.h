/* SPDX-License-Identifier: Apache-2.0 */
/* The driver of a pipeline: a thread of its own, or the host's calls. */
#ifndef HAETAE_PIPELINE_WORKER_H
#define HAETAE_PIPELINE_WORKER_H

#include "pipeline/pipeline.h"

struct hae_worker {
    struct hae_pipeline *pipeline;
    bool manual;
    void (*start_hook)(void *user);
    void *start_hook_user;
    pthread_t thread;
    bool has_thread;
};

/* Says how the worker will run: `manual` without a thread; `start_hook`, or NULL, is the first that
 * its thread calls. */
void hae_worker_init(struct hae_worker *worker, bool manual, void (*start_hook)(void *user),
                     void *start_hook_user);

/* Whether there is no thread, and the host drives. The second makes it so, where no thread could be
 * started. */
bool hae_worker_is_manual(const struct hae_worker *worker);
void hae_worker_set_manual(struct hae_worker *worker);

/* Starts the thread, unless manual. Errors: HAETAE_ETHREAD. */
haetae_status hae_worker_start(struct hae_worker *worker, struct hae_pipeline *pipeline);

/* In a forked child: there is no thread, and nobody drives. */
void hae_worker_in_child(struct hae_worker *worker);

/* One step of a manual worker. Errors: HAETAE_EINVAL when there is a thread. */
haetae_status hae_worker_step(struct hae_worker *worker, uint32_t timeout_ms);

/* Exports everything recorded before the call. Errors: HAETAE_ELOST, HAETAE_ETIMEOUT,
 * HAETAE_ESHUTDOWN (the worker ended meanwhile). */
haetae_status hae_worker_flush(struct hae_worker *worker, uint64_t deadline_ms);

/* Exports what is left until the deadline, drops the rest and ends. False: the worker has not
 * ended, as an exporter blocks it; it may end later. *ret_status is the flush's. */
bool hae_worker_stop(struct hae_worker *worker, uint64_t deadline_ms, haetae_status *ret_status);

/* After hae_worker_stop(): true when the worker uses the pipeline no longer. False: the pipeline
 * can never be freed. */
bool hae_worker_done(struct hae_worker *worker);

/* For tests, before a worker starts or while none stops: how long to wait beyond the deadline
 * for a worker that has been asked to stop. A busy machine may take any time to schedule it. */
void hae_worker_set_grace_ms(uint32_t grace_ms);

#endif
