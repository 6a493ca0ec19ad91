/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/board.h"

#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "util/wait.h"

bool hae_view_board_init(struct hae_view_board *board)
{
    memset(board, 0, sizeof *board);
    pthread_mutex_init(&board->lock, NULL);
    atomic_init(&board->stopping, false);
    bool made = hae_condition_init(&board->wake);
    return hae_view_states_init(&board->states) && made;
}

void hae_view_board_done(struct hae_view_board *board)
{
    hae_view_states_done(&board->states);
    hae_view_silences_done(&board->silences);
    pthread_mutex_destroy(&board->lock);
    pthread_cond_destroy(&board->wake);
}

void hae_view_board_stop(struct hae_view_board *board)
{
    pthread_mutex_lock(&board->lock);
    /* Relaxed: a thread that waits has the lock, and others only have to see it soon. */
    atomic_store_explicit(&board->stopping, true, memory_order_relaxed);
    pthread_cond_broadcast(&board->wake);
    pthread_mutex_unlock(&board->lock);
}

bool hae_view_board_is_stopping(const struct hae_view_board *board)
{
    /* Relaxed: as above. */
    return atomic_load_explicit(&board->stopping, memory_order_relaxed);
}

static bool wait_until(struct hae_view_board *board, uint64_t until_ns)
{
    return !hae_view_board_is_stopping(board) &&
           hae_view_wait_until(&board->wake, &board->lock, until_ns);
}

bool hae_view_board_wait(struct hae_view_board *board, int64_t ns)
{
    return wait_until(board, hae_time_ns(CLOCK_MONOTONIC) + (uint64_t)ns);
}

void hae_view_board_rest(struct hae_view_board *board, int64_t ns)
{
    uint64_t until_ns = hae_time_ns(CLOCK_MONOTONIC) + (uint64_t)ns;
    while (wait_until(board, until_ns)) {
    }
}
