/* SPDX-License-Identifier: Apache-2.0 */
/* Drives a pipeline: a thread of its own, or the host's calls. */
#ifndef HAE_PIPELINE_WORKER_H
#define HAE_PIPELINE_WORKER_H

#include "pipeline/pipeline.h"

struct hae_worker {
    struct hae_pipeline *pipeline;
    bool manual;
    void (*start_hook)(void *user);
    void *start_hook_user;
    pthread_t thread;

    /* Guarded by the account's lock. */
    bool running; /* the thread has not ended yet */
    bool stop;
};

/* Starts the thread, unless manual. Errors: HAETAE_ETHREAD. */
haetae_status hae_worker_start(struct hae_worker *worker, struct hae_pipeline *pipeline);

/* One step of a manual worker. Errors: HAETAE_EINVAL when there is a thread. */
haetae_status hae_worker_step(struct hae_worker *worker, uint32_t timeout_ms);

/* Exports everything recorded before the call. Errors: HAETAE_ETIMEOUT. */
haetae_status hae_worker_flush(struct hae_worker *worker, uint64_t deadline_ms);

/* Drops what is left and ends the thread. False: it did not end by the deadline (an
 * exporter blocks); then the pipeline must never be freed. */
bool hae_worker_stop(struct hae_worker *worker, uint64_t deadline_ms);

#endif
