/* SPDX-License-Identifier: Apache-2.0 */
/* Holds answers back for a fixed time while other requests go on: connections are
 * suspended, and a thread resumes each when it is due. */
#ifndef HAETAE_VIEW_RECEIVE_DELAY_H
#define HAETAE_VIEW_RECEIVE_DELAY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct MHD_Connection;

/* A suspended connection; its owner embeds it. */
struct hae_view_delayed {
    struct MHD_Connection *connection;
    uint64_t due_ns; /* monotonic */
    struct hae_view_delayed *next;
};

struct hae_view_delay {
    uint64_t delay_ns;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    struct hae_view_delayed *first; /* due first: all wait for the same time */
    struct hae_view_delayed *last;
    bool stopping;
};

bool hae_view_delay_start(struct hae_view_delay *delay, unsigned delay_ms);

/* Suspends a connection; called from its own handler. It is resumed when the delay is over,
 * or at once after hae_view_delay_stop(). */
void hae_view_delay_add(struct hae_view_delay *delay, struct hae_view_delayed *delayed);

/* Resumes all that waits, and from now on resumes at once. */
void hae_view_delay_stop(struct hae_view_delay *delay);

/* Called after the HTTP library has stopped. */
void hae_view_delay_done(struct hae_view_delay *delay);

#endif
