/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a request of what a batch has gathered. */
#ifndef HAETAE_PIPELINE_BATCH_FINISH_H
#define HAETAE_PIPELINE_BATCH_FINISH_H

#include "pipeline/batch.h"

/* Makes a request of the items and empties the batch, which keeps at most `memory_kept` bytes
 * of memory. The request takes the block of the first section: most items are not copied again.
 * NULL: out of memory, the items stay. */
struct hae_request *hae_batch_finish(struct hae_batch *batch, size_t memory_kept);

#endif
