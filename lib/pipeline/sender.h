/* SPDX-License-Identifier: Apache-2.0 */
/* Sends what waits for a destination: what may be sent now, what took too long, and when to
 * look again. What follows from an answer is verdict.c. */
#ifndef HAETAE_PIPELINE_SENDER_H
#define HAETAE_PIPELINE_SENDER_H

#include "pipeline/destination.h"

/* Lets the exporter work, takes back what took too long, sends what may be sent.
 * Returns true when something came back or was sent. */
bool hae_sender_run(struct hae_destination *destination, uint64_t now_ms);

/* Milliseconds until hae_sender_run() has something to do though no descriptor is ready;
 * negative: not known. */
int64_t hae_sender_wait_ms(const struct hae_destination *destination, uint64_t now_ms);

/* The exporter's descriptor, or -1. */
int hae_sender_descriptor(const struct hae_destination *destination);

#endif
