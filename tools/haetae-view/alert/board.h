/* SPDX-License-Identifier: Apache-2.0 */
/* What the thread that evaluates and those that notify share. */
#ifndef HAETAE_VIEW_ALERT_BOARD_H
#define HAETAE_VIEW_ALERT_BOARD_H

#include <pthread.h>
#include <stdatomic.h>

#include "alert/silences.h"
#include "alert/states.h"

struct hae_view_board {
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;  /* something has changed; on the monotonic clock */
    struct hae_view_states states;
    struct hae_view_silences silences;
    /* Set under the lock; read without by what must end early. */
    atomic_bool stopping;
};

/* False: out of memory. */
bool hae_view_board_init(struct hae_view_board *board);
void hae_view_board_done(struct hae_view_board *board);

/* Wakes all. */
void hae_view_board_stop(struct hae_view_board *board);
bool hae_view_board_is_stopping(const struct hae_view_board *board);

/* Waits for `ns`, or until it is woken or stopping. The caller has the lock. False: the time is
 * over. */
bool hae_view_board_wait(struct hae_view_board *board, int64_t ns);

/* Waits for `ns`, or until it is stopping, even when it is woken. The caller has the lock. */
void hae_view_board_rest(struct hae_view_board *board, int64_t ns);

#endif
