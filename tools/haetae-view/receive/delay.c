/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/delay.h"

#include <microhttpd.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/thread.h"
#include "util/wait.h"

/* Takes the first one off the list if it is due, or if the delay stops. The caller holds
 * the lock. */
static struct hae_view_delayed *take_due(struct hae_view_delay *delay)
{
    struct hae_view_delayed *first = delay->first;
    if (first == NULL || (!delay->stopping && first->due_ns > hae_time_ns(CLOCK_MONOTONIC))) {
        return NULL;
    }
    delay->first = first->next;
    if (delay->first == NULL) {
        delay->last = NULL;
    }
    return first;
}

static void *run(void *user)
{
    struct hae_view_delay *delay = user;
    pthread_mutex_lock(&delay->lock);
    while (!delay->stopping || delay->first != NULL) {
        struct hae_view_delayed *due = take_due(delay);
        if (due != NULL) {
            /* The entry is no longer ours once its connection is resumed. The lock may be
             * held: the library calls nothing of ours from here. */
            MHD_resume_connection(due->connection);
        } else if (delay->first == NULL) {
            pthread_cond_wait(&delay->wake, &delay->lock);
        } else {
            (void)hae_view_wait_until(&delay->wake, &delay->lock, delay->first->due_ns);
        }
    }
    pthread_mutex_unlock(&delay->lock);
    return NULL;
}

bool hae_view_delay_start(struct hae_view_delay *delay, unsigned delay_ms)
{
    memset(delay, 0, sizeof *delay);
    delay->delay_ns = (uint64_t)delay_ms * 1000000U;
    pthread_mutex_init(&delay->lock, NULL);
    if (!hae_condition_init(&delay->wake) ||
        hae_thread_start(&delay->thread, run, delay) != HAETAE_OK) {
        hae_view_delay_done(delay);
        return false;
    }
    return true;
}

void hae_view_delay_add(struct hae_view_delay *delay, struct hae_view_delayed *delayed)
{
    delayed->due_ns = hae_time_ns(CLOCK_MONOTONIC) + delay->delay_ns;
    delayed->next = NULL;
    pthread_mutex_lock(&delay->lock);
    MHD_suspend_connection(delayed->connection);
    if (delay->stopping) {
        MHD_resume_connection(delayed->connection);
    } else {
        if (delay->last != NULL) {
            delay->last->next = delayed;
        } else {
            delay->first = delayed;
        }
        delay->last = delayed;
        pthread_cond_signal(&delay->wake);
    }
    pthread_mutex_unlock(&delay->lock);
}

void hae_view_delay_stop(struct hae_view_delay *delay)
{
    pthread_mutex_lock(&delay->lock);
    delay->stopping = true;
    pthread_cond_signal(&delay->wake);
    pthread_mutex_unlock(&delay->lock);
    pthread_join(delay->thread, NULL);
}

void hae_view_delay_done(struct hae_view_delay *delay)
{
    pthread_mutex_destroy(&delay->lock);
    pthread_cond_destroy(&delay->wake);
}
