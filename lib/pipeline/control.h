/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of other threads to the driver of a pipeline, and its answers. The lock is held for
 * moments only, so no thread waits for the driver's work. */
#ifndef HAETAE_PIPELINE_CONTROL_H
#define HAETAE_PIPELINE_CONTROL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct hae_flush;

struct hae_control {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a flush is done, or the pipeline has ended, or nobody drives it */

    /* Guarded by the lock. */
    struct hae_flush *flushes;
    uint64_t flush_count; /* that were begun                          */
    bool flush_requested; /* since the last run                       */
    bool closing;         /* the last chance to send anything         */
    bool stop;            /* the driver is to abandon all and end     */
    bool ended;           /* it has                                   */
    bool kept;            /* and a source has kept what was held      */
    bool driven;          /* by hand: a thread is in a run            */
    uint64_t until_ms;    /* when it has to have ended                */
};

/* Begins in memory that is zero. False: out of memory. */
bool hae_control_init(struct hae_control *control);
void hae_control_done(struct hae_control *control);

void hae_control_lock(struct hae_control *control);
void hae_control_unlock(struct hae_control *control);

/* Waits for a change, with the lock held; false: the deadline has passed. */
bool hae_control_wait(struct hae_control *control, uint64_t deadline_ms);

/* Set, or read, one of the above. */
void hae_control_close(struct hae_control *control);
bool hae_control_is_closing(struct hae_control *control);
void hae_control_stop(struct hae_control *control, uint64_t until_ms);
bool hae_control_is_stopped(struct hae_control *control);

/* The pipeline has ended. Wakes the threads that wait. */
void hae_control_end(struct hae_control *control, bool kept);
bool hae_control_has_ended(struct hae_control *control, bool *ret_kept);

/* Whether a thread has asked for something that the driver does not know of: it knows that the
 * pipeline is closing if it has seen that. */
bool hae_control_has_request(struct hae_control *control, bool knows_closing);

/* In a forked child, from within fork(): frees the lock; ends what the parent was about to end,
 * as nobody is here to do it. Async-signal-safe. */
void hae_control_in_child(struct hae_control *control);
void hae_control_end_in_child(struct hae_control *control);

/* In a forked child, later: nothing is asked for. */
void hae_control_reinit(struct hae_control *control);

#endif
