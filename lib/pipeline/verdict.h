/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from an exporter's verdict (haetae_delivery_complete() of exporter.h). */
#ifndef HAETAE_PIPELINE_VERDICT_H
#define HAETAE_PIPELINE_VERDICT_H

#include "pipeline/destination.h"

/* A delivery that was taken back failed without an answer. */
void hae_delivery_failed(struct haetae_delivery *delivery, const char *why);

#endif
