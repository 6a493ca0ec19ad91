/* SPDX-License-Identifier: Apache-2.0 */
/* What became of every item after it left the recorder. */
#ifndef HAE_PIPELINE_ACCOUNT_H
#define HAE_PIPELINE_ACCOUNT_H

#include <pthread.h>

#include "haetae/sdk.h"

struct hae_ledger {
    uint64_t taken; /* came in: drained records, collected data points */
    uint64_t held;
    uint64_t delivered;
    uint64_t dropped[HAETAE_DROP_COUNT];
    uint64_t retries;
    uint64_t sent_bytes;
};

/* The lock is held while items move, so that whoever takes it sees a state in which
 * taken = held + delivered + dropped. */
struct hae_account {
    pthread_mutex_t lock;
    struct hae_ledger signals[HAETAE_SIGNAL_COUNT];
};

#endif
