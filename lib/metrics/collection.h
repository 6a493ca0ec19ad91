/* SPDX-License-Identifier: Apache-2.0 */
/* A reader's collection: its way through the instruments, streams and series of a provider, and the
 * points that it offers. */
#ifndef HAETAE_METRICS_COLLECTION_H
#define HAETAE_METRICS_COLLECTION_H

#include "metrics/reader_state.h"

/* Begins one, of which the reader sets the time and who takes what is offered. `only_looks`:
 * nothing is offered, and the digest alone matters. */
void hae_collection_begin(struct hae_metric_reader *reader, bool only_looks);

/* Goes on with so many series. NO_MEMORY: `take` refused, or there is no memory to remember what
 * was reported. */
enum hae_collected hae_collection_go_on(struct hae_collection *collection, uint32_t series_max);

#endif
