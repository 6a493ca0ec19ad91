/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/exit.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* How long the exit handler waits for threads inside. They never wait themselves: it takes so long
 * only when a thread is not scheduled, or called exit() from inside. */
enum { WAIT_MS = 2000 };

static _Atomic bool closed;           /* written by close_tls() */
static _Atomic unsigned inside_count; /* threads between enter and leave */

static void close_tls(void)
{
    static const struct timespec pause = {0, 1000000};

    /* Sequentially consistent, like the increment and the load in hae_http_enter(): either this
     * thread sees the one that enters, or that one sees `closed`. */
    atomic_store_explicit(&closed, true, memory_order_seq_cst);
    for (int i = 0; i < WAIT_MS && atomic_load_explicit(&inside_count, memory_order_seq_cst) != 0;
         i++) {
        (void)nanosleep(&pause, NULL);
    }
}

void hae_http_exit_watch(void)
{
    (void)atexit(close_tls);
}

bool hae_http_enter(bool tls)
{
    if (!tls) {
        return true;
    }
    /* Sequentially consistent: see close_tls(). */
    atomic_fetch_add_explicit(&inside_count, 1, memory_order_seq_cst);
    if (!atomic_load_explicit(&closed, memory_order_seq_cst)) {
        return true;
    }
    hae_http_leave(tls);
    return false;
}

void hae_http_leave(bool tls)
{
    if (tls) {
        /* Release pairs with the load in close_tls(): the exit handler sees everything done inside
         * as over. */
        atomic_fetch_sub_explicit(&inside_count, 1, memory_order_release);
    }
}

bool hae_http_closed(bool tls)
{
    /* Relaxed: a hint; hae_http_enter() gives the answer that counts. */
    return tls && atomic_load_explicit(&closed, memory_order_relaxed);
}

void hae_http_exit_in_child(void)
{
    /* Relaxed: the child has one thread. */
    atomic_store_explicit(&inside_count, 0, memory_order_relaxed);
}
