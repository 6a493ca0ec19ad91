/* SPDX-License-Identifier: Apache-2.0 */
/* What the driver of a pipeline does: a run, and the wait until the next. */
#ifndef HAETAE_PIPELINE_RUN_ONCE_H
#define HAETAE_PIPELINE_RUN_ONCE_H

#include "pipeline/pipeline.h"

/* Does what is due; returns true when there is more to do at once. */
bool hae_pipeline_run_once(struct hae_pipeline *pipeline);

/* Milliseconds until something is due: sources, batches, tries. */
uint64_t hae_pipeline_due_in_ms(const struct hae_pipeline *pipeline, uint64_t now_ms);

/* Waits until there is something to do, at most `timeout_ms`. */
void hae_pipeline_wait(struct hae_pipeline *pipeline, uint64_t timeout_ms);

#endif
