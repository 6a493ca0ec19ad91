/* SPDX-License-Identifier: Apache-2.0 */
/* What became of every item after it left the recorder. The driver of the pipeline counts;
 * other threads read what it has published. */
#ifndef HAETAE_PIPELINE_ACCOUNTING_H
#define HAETAE_PIPELINE_ACCOUNTING_H

#include <pthread.h>
#include <stdbool.h>

#include "haetae/stats.h"
#include "recorder/format.h"

/* At each hae_accounting_publish(): taken = held + spooled + delivered + dropped. */
struct hae_item_counts {
    uint64_t taken;     /* came in: drained records, collected data points, what was recovered */
    uint64_t recovered; /* of those, what dead processes had left and is settled now */
    uint64_t held;
    uint64_t spooled; /* in files of this process, as long as it lives */
    uint64_t delivered;
    uint64_t dropped[HAETAE_DROP_COUNT];
    uint64_t retries;
    uint64_t sent_bytes;

    /* For the SDK's own metrics (sdk/self_metrics.h). */
    uint64_t
        processed; /* of those taken, without the recovered: given to an exporter at least once */
    uint64_t exporting; /* of those, not settled yet */
    uint64_t
        refused[HAETAE_DROP_COUNT]; /* of those dropped, without the recovered: by the intake */
};

struct hae_accounting {
    struct hae_item_counts signals[HAETAE_SIGNAL_COUNT]; /* the driver's own */

    /* A copy for other threads. The lock is held for the time of the copy only, so that
     * nobody waits for a drain. */
    pthread_mutex_t lock;
    struct hae_item_counts published[HAETAE_SIGNAL_COUNT];

    /* In the recorder's file: what was dropped, for those who recover it. NULL: there is none. In a
     * child it is NULL until the child has a file of its own. */
    _Atomic uint64_t (*kept_dropped)[HAE_DROP_ROOM];
};

/* Begins in memory that is zero. False: out of memory. */
bool hae_accounting_init(struct hae_accounting *accounting);
void hae_accounting_done(struct hae_accounting *accounting);

/* The driver: shows other threads the counts as they are now. */
void hae_accounting_publish(struct hae_accounting *accounting);

/* Any thread: what was published last. */
void hae_accounting_read(struct hae_accounting *accounting,
                         struct hae_item_counts ret_counts[HAETAE_SIGNAL_COUNT]);

/* In a forked child, from within fork(): frees the lock. Async-signal-safe. */
void hae_accounting_in_child(struct hae_accounting *accounting);

/* In a forked child, later: forgets what the parent had counted. */
void hae_accounting_reinit(struct hae_accounting *accounting);

#endif
