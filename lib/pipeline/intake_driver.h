/* SPDX-License-Identifier: Apache-2.0 */
/* What the driver of the pipeline does with the intake: asks sources, makes requests of what is
 * due, begins and ends. */
#ifndef HAETAE_PIPELINE_INTAKE_DRIVER_H
#define HAETAE_PIPELINE_INTAKE_DRIVER_H

#include "pipeline/intake.h"

/* Begins with empty batches, of items with scopes of this recorder. */
void hae_intake_begin(struct hae_intake *intake, struct hae_recorder *recorder,
                      struct hae_resource_view resource);

/* Registers a source, if it is one that keeps its items. */
void hae_intake_connect(struct hae_intake *intake, const struct hae_source *source);

/* Has one source run, and publishes what it gave. */
enum hae_source_result hae_intake_run(struct hae_intake *intake, const struct hae_source *source,
                                      const struct hae_run *run);

/* Makes requests of the batches that are due. False: out of memory. */
bool hae_intake_finish_due(struct hae_intake *intake, const struct hae_run *run);

/* When the first batch is due; UINT64_MAX: all are empty. */
uint64_t hae_intake_due_ms(const struct hae_intake *intake);

/* Items that were not taken so far, for want of room or as they are too large. */
uint64_t hae_intake_not_taken(const struct hae_intake *intake);

/* Reports items that could not be taken in. */
void hae_intake_report_lost(struct hae_intake *intake);

/* Empties the batches. Their items are dropped as shut down, unless their source keeps
 * them; and so is what comes in from here on. */
void hae_intake_abandon(struct hae_intake *intake);

/* Frees the batches. */
void hae_intake_done(struct hae_intake *intake);

#endif
