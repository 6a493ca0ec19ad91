/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from an exporter's verdict. */
#ifndef HAETAE_PIPELINE_VERDICT_H
#define HAETAE_PIPELINE_VERDICT_H

#include "pipeline/destination.h"

/* What haetae_delivery_complete() does with a delivery of the pipeline's. */
void hae_delivery_complete(struct haetae_delivery *view, const haetae_result *result);

/* A delivery that was taken back failed without an answer. */
void hae_delivery_failed(struct hae_delivery *delivery, const char *why);

#endif
