/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that answers what takes long, beside the thread that receives: the connection is
 * suspended meanwhile. */
#ifndef HAETAE_VIEW_RECEIVE_WORKER_H
#define HAETAE_VIEW_RECEIVE_WORKER_H

#include <pthread.h>
#include <stdbool.h>

struct MHD_Connection;

/* Something to do; its owner embeds it. */
struct hae_view_job {
    struct MHD_Connection *connection;
    void (*run)(void *user);
    void *user;
    struct hae_view_job *next;
};

struct hae_view_worker {
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    struct hae_view_job *first;
    struct hae_view_job *last;
    unsigned waiting;
    bool stopping;
};

bool hae_view_worker_start(struct hae_view_worker *worker);

/* Suspends the job's connection, called from its own handler, and resumes it when the job has run.
 * False: there are too many, or the worker stops; then nothing was done. */
bool hae_view_worker_add(struct hae_view_worker *worker, struct hae_view_job *job);

/* Runs what waits, and ends the thread. */
void hae_view_worker_stop(struct hae_view_worker *worker);

/* Called after the HTTP library has stopped. */
void hae_view_worker_done(struct hae_view_worker *worker);

#endif
