/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/accounting.h"

#include <string.h>

#include "base/lock.h"

bool hae_accounting_init(struct hae_accounting *accounting)
{
    return pthread_mutex_init(&accounting->lock, NULL) == 0;
}

void hae_accounting_done(struct hae_accounting *accounting)
{
    pthread_mutex_destroy(&accounting->lock);
}

/* Relaxed: it is read when the process has died. */
static void keep_dropped(struct hae_accounting *accounting)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            atomic_store_explicit(&accounting->kept_dropped[signal][reason],
                                  accounting->signals[signal].dropped[reason],
                                  memory_order_relaxed);
        }
    }
}

void hae_accounting_publish(struct hae_accounting *accounting)
{
    if (accounting->kept_dropped != NULL) {
        keep_dropped(accounting);
    }
    pthread_mutex_lock(&accounting->lock);
    memcpy(accounting->published, accounting->signals, sizeof accounting->published);
    pthread_mutex_unlock(&accounting->lock);
}

void hae_accounting_read(struct hae_accounting *accounting,
                         struct hae_item_counts ret_counts[HAETAE_SIGNAL_COUNT])
{
    pthread_mutex_lock(&accounting->lock);
    memcpy(ret_counts, accounting->published, sizeof accounting->published);
    pthread_mutex_unlock(&accounting->lock);
}

void hae_accounting_in_child(struct hae_accounting *accounting)
{
    hae_lock_in_child(&accounting->lock, false);
    accounting->kept_dropped = NULL;
}

void hae_accounting_reinit(struct hae_accounting *accounting)
{
    memset(accounting->signals, 0, sizeof accounting->signals);
    hae_accounting_publish(accounting);
}
