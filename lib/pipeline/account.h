/* SPDX-License-Identifier: Apache-2.0 */
/* What became of every item after it left the recorder, and what memory the pipeline
 * holds for those that are still here. */
#ifndef HAE_PIPELINE_ACCOUNT_H
#define HAE_PIPELINE_ACCOUNT_H

#include <pthread.h>
#include <stdbool.h>

#include "haetae/stats.h"

struct hae_recorder;
struct hae_request;

struct hae_ledger {
    uint64_t taken;     /* came in: drained records, collected data points, what was recovered */
    uint64_t recovered; /* of those, what dead processes had left and is settled now */
    uint64_t held;
    uint64_t delivered;
    uint64_t dropped[HAETAE_DROP_COUNT];
    uint64_t retries;
    uint64_t sent_bytes;
};

struct hae_account {
    /* Held while items move, so that whoever takes it sees a state in which
     * taken = held + delivered + dropped. */
    pthread_mutex_t lock;
    struct hae_ledger signals[HAETAE_SIGNAL_COUNT];

    /* The driver's own, without the lock. */
    uint64_t queued_bytes[HAETAE_SIGNAL_COUNT]; /* of requests and deliveries */
    struct hae_request *oldest;                 /* of the requests outstanding */
    struct hae_request *newest;
    uint64_t last_sequence;
    struct hae_recorder *journaled; /* its journals are settled with the requests; NULL: none */
    bool keep;                      /* what is not delivered by now stays held, in the journals */
};

#endif
