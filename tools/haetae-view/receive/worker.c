/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/worker.h"

#include <microhttpd.h>
#include <string.h>

#include "base/lock.h"
#include "base/thread.h"

#define WAITING_MAX 64

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
    bool started = hae_condition_init(&worker->wake) &&
                   hae_thread_start(&worker->thread, run, worker) == HAETAE_OK;
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
