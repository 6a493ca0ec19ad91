/* SPDX-License-Identifier: Apache-2.0 */
/* When to try again what has failed. */
#ifndef HAETAE_PIPELINE_BACKOFF_H
#define HAETAE_PIPELINE_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"

struct hae_retry {
    uint64_t initial_ms;
    uint64_t max_ms;
    uint64_t elapsed_ms; /* drop what fails so long after its first try; 0: never */
};

/* Until when nothing is sent. */
struct hae_pause {
    uint64_t until_ms;
    uint64_t asked_until_ms; /* of that, as the receiver asked for it */
};

/* The pauses of one export queue. A failure begins a new round: what was sent before it says
 * nothing of how the receiver is afterwards. */
struct hae_backoff {
    uint32_t round;
    uint32_t failures;  /* in a row, one a round */
    bool one_suspected; /* since the last answer, a request failed that had failed before */
    uint64_t tried_ms;  /* when the queue sent last                                       */
    struct hae_pause pause;
};

/* How a try failed. */
struct hae_failure {
    uint32_t round;   /* in which it was sent           */
    unsigned attempt; /* tries of the request before it */
    bool urgent;      /* it was made for a flush, in spite of a pause */
    uint64_t now_ms;
    int64_t retry_after_ms; /* as the receiver asked; 0 or negative: it did not */
};

/* Takes note of a failure. Of tries that were in flight together and fail together only the
 * first lengthens the pause; any may carry what the receiver asks for. A request that has
 * failed before, while the receiver takes others, is to blame itself: then `own` is its
 * pause, and the queue goes on. */
void hae_backoff_failed(struct hae_backoff *backoff, const struct hae_retry *retry,
                        const struct hae_failure *failure, struct hae_random *random,
                        struct hae_pause *own);

/* The longest time between two tries of a queue whose signal has no room for more. */
enum { HAE_FULL_PAUSE_MS = 5000 };

/* Until when the queue pauses. While its signal has no room for more, it tries at least every five
 * seconds, unless the receiver asked for more: each second loses data then. They count from one try
 * to the next: a try that hung for ten seconds has been followed by another by the time it fails.
 */
uint64_t hae_backoff_until_ms(const struct hae_backoff *backoff, bool is_full);

/* The receiver has answered what was sent in `round`, so it is there. */
void hae_backoff_answered(struct hae_backoff *backoff, uint32_t round);

#endif
