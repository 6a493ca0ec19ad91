/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/worker.h"

#include <microhttpd.h>
#include <string.h>

#define WAITING_MAX 64

/* Of questions: histograms and their blobs lie on it. */
#define STACK_BYTES ((size_t)1024 * 1024)

static void *run(void *user)
{
    struct hae_view_worker *worker = user;
    pthread_mutex_lock(&worker->lock);
    while (!worker->stopping || worker->first != NULL) {
        struct hae_view_job *job = worker->first;
        if (job == NULL) {
            pthread_cond_wait(&worker->wake, &worker->lock);
            continue;
        }
        worker->first = job->next;
        worker->last = worker->first != NULL ? worker->last : NULL;
        pthread_mutex_unlock(&worker->lock);
        job->run(job->user);
        pthread_mutex_lock(&worker->lock);
        worker->waiting--;
        /* The job is no longer ours once its connection is resumed. */
        MHD_resume_connection(job->connection);
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

bool hae_view_worker_start(struct hae_view_worker *worker)
{
    memset(worker, 0, sizeof *worker);
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->wake, NULL);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    bool started = pthread_create(&worker->thread, &attributes, run, worker) == 0;
    pthread_attr_destroy(&attributes);
    if (!started) {
        hae_view_worker_done(worker);
    }
    return started;
}

bool hae_view_worker_add(struct hae_view_worker *worker, struct hae_view_job *job)
{
    pthread_mutex_lock(&worker->lock);
    bool room = worker->waiting < WAITING_MAX && !worker->stopping;
    if (room) {
        MHD_suspend_connection(job->connection);
        job->next = NULL;
        if (worker->last != NULL) {
            worker->last->next = job;
        } else {
            worker->first = job;
        }
        worker->last = job;
        worker->waiting++;
        pthread_cond_signal(&worker->wake);
    }
    pthread_mutex_unlock(&worker->lock);
    return room;
}

void hae_view_worker_stop(struct hae_view_worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    worker->stopping = true;
    pthread_cond_signal(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
    pthread_join(worker->thread, NULL);
}

void hae_view_worker_done(struct hae_view_worker *worker)
{
    pthread_mutex_destroy(&worker->lock);
    pthread_cond_destroy(&worker->wake);
}
