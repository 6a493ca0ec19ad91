/* SPDX-License-Identifier: Apache-2.0 */
/* Drives an exporter without the pipeline. A delivery keeps the result with which it was
 * completed. This file is linked before the core, so its definitions of the haetae_delivery_
 * functions replace the core's. */
#ifndef HAETAE_TESTS_SUPPORT_FAKE_DELIVERY_H
#define HAETAE_TESTS_SUPPORT_FAKE_DELIVERY_H

#include <stdbool.h>

#include "pipeline/exporter.h"

struct haetae_delivery {
    haetae_signal signal;
    const void *data;
    size_t size;
    uint64_t item_count;
    unsigned attempt;
    void *user;

    unsigned completed_count;
    haetae_result result; /* its message is `message`, or NULL */
    char message[1024];
    /* Called when the delivery is completed, if not NULL. */
    void (*on_complete)(struct haetae_delivery *delivery);
};

/* Sends and waits for the end like the worker: sleeps until the descriptor is ready or the
 * exporter's wait has passed. Fails the test when the exporter waits for ever or never lets
 * the caller sleep. */
void fake_deliver(haetae_exporter *exporter, haetae_delivery *delivery);

void fake_send(haetae_exporter *exporter, haetae_delivery *delivery);

/* One run of the worker: waits for the descriptor or the timer, then steps. */
void fake_run_once(haetae_exporter *exporter);

/* Runs until another thread's release store or a callback sets `*flag`. */
void fake_run_until(haetae_exporter *exporter, const _Atomic bool *flag);

/* Waits until all have been completed. */
void fake_wait(haetae_exporter *exporter, haetae_delivery *deliveries, size_t count);

void fake_cancel(haetae_exporter *exporter, haetae_delivery *delivery);

#endif
