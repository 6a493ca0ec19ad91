/* SPDX-License-Identifier: Apache-2.0 */
/* From the recorder and the meters into batches, and from batches to requests. For
 * the driver of the pipeline. */
#ifndef HAE_PIPELINE_INTAKE_H
#define HAE_PIPELINE_INTAKE_H

#include <stdbool.h>

#include "haetae/stats.h"

struct hae_pipeline;
struct hae_recorder;
struct hae_request;

/* Reads a chain that was handed over, as hae_chain_reader. */
uint32_t hae_read_chain(struct hae_recorder *recorder, uint32_t index, uint8_t *ret_body);

/* Gives a request to every exporter of its signal. */
void hae_intake_hand_out(struct hae_pipeline *pipeline, struct hae_request *request);

/* Counts items that a dead process had left, and that are lost. */
void hae_intake_drop_recovered(struct hae_pipeline *pipeline, haetae_signal signal, uint64_t count,
                               haetae_drop_reason reason);

/* Takes everything that is in the rings when it begins. False: out of memory, some of
 * it is still there. */
bool hae_intake_drain(struct hae_pipeline *pipeline);

/* Collects the metrics and makes a request of them. False: out of memory. */
bool hae_intake_collect(struct hae_pipeline *pipeline);

/* Makes a request of a batch, if there is anything in it. False: out of memory, the
 * batch stays as it is. */
bool hae_intake_finish(struct hae_pipeline *pipeline, haetae_signal signal);

/* Drops what is in rings and batches, as shut down; or leaves it in the region's file. */
void hae_intake_abandon(struct hae_pipeline *pipeline);

#endif
