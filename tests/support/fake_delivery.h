/* SPDX-License-Identifier: Apache-2.0 */
/* Drives an exporter without the pipeline: deliveries keep the result they were completed
 * with. Linked before the core, its definitions of the haetae_delivery_ functions take the
 * place of the core's. */
#ifndef HAETAE_TESTS_SUPPORT_FAKE_DELIVERY_H
#define HAETAE_TESTS_SUPPORT_FAKE_DELIVERY_H

#include <stdbool.h>

#include "pipeline/exporter.h"

struct haetae_delivery {
    haetae_signal signal;
    const void *data;
    size_t size;
    uint64_t item_count;
    void *user;

    unsigned completed_count;
    haetae_result result; /* its message is `message`, or NULL */
    char message[1024];
    /* Called when completed, if not NULL. */
    void (*on_complete)(struct haetae_delivery *delivery);
};

/* Sends and waits for the end, as the worker would: sleeping until the descriptor
 * or the timer calls. Fails the test when the exporter falls asleep for good or is
 * called without end. */
void fake_deliver(haetae_exporter *exporter, haetae_delivery *delivery);

void fake_send(haetae_exporter *exporter, haetae_delivery *delivery);

/* One run of the worker: waits for the descriptor or the timer, then steps. */
void fake_run_once(haetae_exporter *exporter);

/* Runs until `*flag` is set by another thread's release store or by a callback. */
void fake_run_until(haetae_exporter *exporter, const _Atomic bool *flag);

/* Waits until all have been completed. */
void fake_wait(haetae_exporter *exporter, haetae_delivery *deliveries, size_t count);

void fake_cancel(haetae_exporter *exporter, haetae_delivery *delivery);

#endif
