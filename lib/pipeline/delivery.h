/* SPDX-License-Identifier: Apache-2.0 */
/* An exporter with its queue: what waits for it, what is under way, when to try
 * again. Only the worker touches it. */
#ifndef HAE_PIPELINE_DELIVERY_H
#define HAE_PIPELINE_DELIVERY_H

#include "base/diagnostics.h"
#include "base/random.h"
#include "haetae/exporter.h"
#include "pipeline/request.h"

struct haetae_exporter {
    haetae_exporter_ops ops;
    void *self;
    char name[64];
};

struct haetae_delivery {
    struct hae_outlet *out;
    struct hae_request *request;
    struct haetae_delivery *next;
    void *user;
    unsigned attempt;
    bool under_way;
    uint64_t first_try_ms;
};

struct hae_retry {
    uint64_t initial_ms;
    uint64_t max_ms;
    uint64_t elapsed_ms; /* give a request up so long after its first try; 0: never */
};

/* Called when a delivery came back as too large: queues its parts, which take over
 * the outlet's reference to the whole, and returns true; or returns false when it
 * can't be split. */
struct hae_outlet;
typedef bool (*hae_splitter)(void *user, struct hae_outlet *out, struct hae_request *request);

/* An exporter and what goes out through it. */
struct hae_outlet {
    haetae_exporter *exporter;
    struct hae_diagnostics *diagnostics;
    struct hae_retry retry;
    hae_splitter split;
    void *split_user;
    struct hae_random random; /* for jitter */

    uint32_t signals; /* bit set */
    struct haetae_delivery *first;
    struct haetae_delivery *last;
    uint32_t under_way_count;
    uint32_t under_way_max;
    uint32_t failures; /* in a row */
    uint64_t not_before_ms;
};

/* Queues a request. False: out of memory; the request has not been referenced. */
bool hae_outlet_queue(struct hae_outlet *out, struct hae_request *request);

/* Lets the exporter work, and sends what may be sent. Returns true when it did
 * something. */
bool hae_outlet_turn(struct hae_outlet *out, uint64_t now_ms);

/* Milliseconds until hae_outlet_turn() has something to do though no descriptor
 * is ready; negative: not known. */
int64_t hae_outlet_wait_ms(const struct hae_outlet *out, uint64_t now_ms);

/* The exporter's descriptor, or -1. */
int hae_outlet_descriptor(const struct hae_outlet *out);

/* Drops all that is left, as `reason`. */
void hae_outlet_abandon(struct hae_outlet *out, haetae_drop_reason reason);

/* Milliseconds of CLOCK_MONOTONIC. */
uint64_t hae_now_ms(void);

#endif
