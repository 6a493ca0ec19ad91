/* SPDX-License-Identifier: Apache-2.0 */
/* The rounds of collections by which series fall out of use: see unused.h. */
#ifndef HAETAE_METRICS_ROUNDS_H
#define HAETAE_METRICS_ROUNDS_H

#include "metrics/meter.h"

/* What a reader keeps of its last collection. */
struct hae_reader_round {
    uint32_t round; /* in which it began; 0: series are never given back */
    bool whole;     /* it was taken as a whole */
    /* Set by the caller before the next one begins: what was taken may not have arrived yet. */
    bool undelivered;
};

/* Before a reader begins a collection, with the lock: ends the round if it can, and notes in which
 * one the collection is. */
void hae_rounds_before(struct hae_meter_provider *provider, struct hae_reader_round *mine,
                       uint32_t index);

#endif
