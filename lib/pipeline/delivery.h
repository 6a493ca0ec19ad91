/* SPDX-License-Identifier: Apache-2.0 */
/* An exporter with its queue: what waits for it, what is under way, when to try
 * again. Only the driver of the pipeline touches it. */
#ifndef HAE_PIPELINE_DELIVERY_H
#define HAE_PIPELINE_DELIVERY_H

#include "base/diagnostics.h"
#include "base/random.h"
#include "pipeline/exporter.h"
#include "pipeline/request.h"

struct hae_outlet;

struct haetae_delivery {
    struct hae_outlet *out;
    struct hae_request *request;
    struct haetae_delivery *previous;
    struct haetae_delivery *next;
    void *user;
    unsigned attempt;
    bool under_way;
    uint32_t round; /* of the outlet, when it was sent */
    uint64_t first_try_ms;
    uint64_t sent_ms;
};

struct hae_deliveries {
    struct haetae_delivery *first;
    struct haetae_delivery *last;
};

struct hae_retry {
    uint64_t initial_ms;
    uint64_t max_ms;
    uint64_t elapsed_ms; /* drop what fails so long after its first try; 0: never */
};

/* Makes the parts of a request that came back as too large. */
typedef enum hae_split_outcome {
    HAE_SPLIT_DONE,     /* the parts are queued, and hold the outlet's reference */
    HAE_SPLIT_ONE_ITEM, /* it can't be split                                     */
    HAE_SPLIT_NO_MEMORY
} hae_split_outcome;
typedef hae_split_outcome (*hae_splitter)(void *user, struct hae_outlet *out,
                                          struct hae_request *request);

struct hae_outlet_options {
    struct hae_retry retry;
    uint64_t timeout_ms[HAETAE_SIGNAL_COUNT]; /* of one try; 0: none */
    struct hae_diagnostics *diagnostics;
    hae_splitter split;
    void *split_user;
    struct hae_random random; /* for jitter */
};

/* An exporter and what goes out through it. */
struct hae_outlet {
    haetae_exporter *exporter;
    struct hae_outlet_options options;
    struct hae_random random;
    uint32_t under_way_max;

    struct hae_deliveries waiting; /* in the order of their requests */
    struct hae_deliveries under_way;
    uint32_t under_way_count;

    /* A failure begins a new round; what was sent before it says nothing of how the
     * receiver is afterwards. */
    uint32_t round;
    uint32_t failures; /* in a row, one a round */
    uint64_t not_before_ms;
    uint64_t asked_not_before_ms; /* by the receiver */
    uint64_t ended_count;         /* deliveries that came back */
};

/* The outlet owns the exporter from then on. */
void hae_outlet_init(struct hae_outlet *out, haetae_exporter *exporter,
                     const struct hae_outlet_options *options);

/* Drops what is left, without a diagnostic, and frees the exporter. */
void hae_outlet_done(struct hae_outlet *out);

/* In a forked child: forgets what the parent delivers, without a word to the exporter.
 * `idle`: nobody was changing it, and it can be freed; but for what an exporter that knows
 * nothing of the fork still has, and may complete: that has no effect. */
void hae_outlet_reinit(struct hae_outlet *out, bool idle, struct hae_random random);

/* Queues a request, as a reader of it. False: out of memory. */
bool hae_outlet_queue(struct hae_outlet *out, struct hae_request *request);

/* Lets the exporter work, takes back what took too long, sends what may be sent.
 * Returns true when something came back or was sent. */
bool hae_outlet_turn(struct hae_outlet *out, uint64_t now_ms);

/* Milliseconds until hae_outlet_turn() has something to do though no descriptor
 * is ready; negative: not known. */
int64_t hae_outlet_wait_ms(const struct hae_outlet *out, uint64_t now_ms);

/* The exporter's descriptor, or -1. */
int hae_outlet_descriptor(const struct hae_outlet *out);

/* Tries what failed once more at once, unless the receiver asked for a pause. */
void hae_outlet_hurry(struct hae_outlet *out);

/* Drops all that is left, as `reason`. */
void hae_outlet_abandon(struct hae_outlet *out, haetae_drop_reason reason);

/* Milliseconds of CLOCK_MONOTONIC. */
uint64_t hae_now_ms(void);

/* For tests: another clock for hae_now_ms(), in a process without a worker thread;
 * NULL: the system's. */
void hae_set_clock_ms(uint64_t (*clock_ms)(void));

/* ---- Between delivery.c and verdict.c ------------------------------------------------ */

/* The exporter has the delivery no longer; it is in neither list. */
void hae_delivery_take_back(struct haetae_delivery *delivery);

/* What was taken back ends: it waits again; or it is over, with `lost_count` items
 * lost; or its request was split, and its reference is the split's. */
void hae_delivery_put_back(struct haetae_delivery *delivery);
void hae_delivery_settle(struct haetae_delivery *delivery, uint64_t lost_count,
                         haetae_drop_reason reason);
void hae_delivery_forget(struct haetae_delivery *delivery);

/* A delivery that was taken back failed without an answer. */
void hae_delivery_failed(struct haetae_delivery *delivery, const char *why);

#endif
