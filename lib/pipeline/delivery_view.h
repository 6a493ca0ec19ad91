/* SPDX-License-Identifier: Apache-2.0 */
/* A delivery as its exporter sees it. The pipeline makes deliveries, and so does the adapter of
 * an exporter that blocks (blocking.h): whatever they know besides stands behind this. */
#ifndef HAETAE_PIPELINE_DELIVERY_VIEW_H
#define HAETAE_PIPELINE_DELIVERY_VIEW_H

#include "haetae/exporter.h"
#include "spool/spool_state.h"

struct haetae_delivery {
    haetae_signal signal;
    unsigned attempt;
    const uint8_t *data;
    size_t size_bytes;
    uint64_t item_count;
    void *user;                       /* the exporter's own */
    struct hae_spool_receipt receipt; /* where a spool has put it */
    /* What haetae_delivery_complete() does with it. */
    void (*complete)(struct haetae_delivery *delivery, const haetae_result *result);
};

#endif
