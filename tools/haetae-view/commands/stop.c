/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/stop.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>

/* Lock-free, so a handler may set it; read by the thread that waits. */
static atomic_bool stop_wanted;

static void note(int number)
{
    (void)number;
    /* Relaxed: nothing else hangs on it. */
    atomic_store_explicit(&stop_wanted, true, memory_order_relaxed);
}

void hae_view_stop_watch(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool hae_view_stop_wanted(void)
{
    /* Relaxed: as above. */
    return atomic_load_explicit(&stop_wanted, memory_order_relaxed);
}
