/* SPDX-License-Identifier: Apache-2.0 */
/* From the recorder to the exporters: drain, batch, queue, retry, flush. Driven in
 * turns, by the worker thread or by the host (worker.h). */
#ifndef HAE_PIPELINE_PIPELINE_H
#define HAE_PIPELINE_PIPELINE_H

#include "metrics/meter.h"
#include "pipeline/batch.h"
#include "pipeline/delivery.h"

enum { HAE_OUTLETS_MAX = 8 };

/* How one signal is batched. */
struct hae_batch_options {
    uint64_t delay_ms;       /* from the first item to the request           */
    uint64_t item_count_max; /* of one request                               */
    uint64_t queue_item_max; /* held at once, or UINT64_MAX                  */
    uint64_t queue_byte_max; /* held at once                                 */
};

struct hae_pipeline_options {
    struct hae_batch_options signals[HAETAE_SIGNAL_COUNT];
    size_t request_size_max_bytes;
    uint64_t metric_interval_ms;
    struct hae_retry retry;
    const uint8_t *resource; /* the Resource message; lives as long as the pipeline */
    size_t resource_size_bytes;
    struct hae_meter_provider *metrics; /* NULL: none */
    struct hae_diagnostics *diagnostics;
};

/* A wait for everything that was recorded before it. */
enum hae_flush_state { HAE_FLUSH_ASKED, HAE_FLUSH_SENDING, HAE_FLUSH_DONE };
struct hae_flush {
    struct hae_flush *next;
    enum hae_flush_state state;
    uint64_t sequence; /* requests up to this one are waited for */
};

struct hae_pipeline {
    struct hae_pipeline_options options;
    struct hae_recorder *recorder;
    struct hae_account account;

    /* The driver's own. */
    struct hae_batch batches[HAETAE_SIGNAL_COUNT];
    uint64_t queued_bytes[HAETAE_SIGNAL_COUNT]; /* of the requests outstanding */
    bool batch_full[HAETAE_SIGNAL_COUNT];
    struct hae_outlet outlets[HAE_OUTLETS_MAX];
    uint32_t outlet_count;
    uint32_t outlets_of[HAETAE_SIGNAL_COUNT]; /* bit set */
    struct hae_request *outstanding;
    uint64_t last_sequence;
    uint64_t next_metric_ms;
    uint64_t next_anchor_ms;
    uint64_t now_ms;
    bool starved; /* the last drain stopped for want of memory */

    /* Guarded by account.lock. */
    struct hae_flush *flushes;
    pthread_cond_t changed; /* a flush ended, or the worker's state changed */
};

haetae_status hae_pipeline_init(struct hae_pipeline *pipeline, struct hae_recorder *recorder,
                                const struct hae_pipeline_options *options);

/* Frees all; what is still held is dropped without a count. The exporters go too. */
void hae_pipeline_done(struct hae_pipeline *pipeline);

/* Adds an exporter for the signals of a bit set; the pipeline owns it from then on. */
void hae_pipeline_add(struct hae_pipeline *pipeline, haetae_exporter *exporter, uint32_t signals);

/* Does what is due; returns true when there is more to do at once. */
bool hae_pipeline_turn(struct hae_pipeline *pipeline);

/* Waits until there is something to do, at most `timeout_ms`. */
void hae_pipeline_wait(struct hae_pipeline *pipeline, uint64_t timeout_ms);

/* Asks for a flush; the driver has to be woken then. hae_flush_done() tells whether
 * it is over, hae_flush_cancel() forgets it. `flush` is the caller's. */
void hae_pipeline_flush(struct hae_pipeline *pipeline, struct hae_flush *flush);
bool hae_flush_done(struct hae_pipeline *pipeline, const struct hae_flush *flush);
void hae_flush_cancel(struct hae_pipeline *pipeline, struct hae_flush *flush);

/* The last turn: drains, then drops all that is left, as shut down. */
void hae_pipeline_abandon(struct hae_pipeline *pipeline);

/* Reads a chain that was handed over, as hae_chain_reader. */
uint32_t hae_read_chain(struct hae_recorder *recorder, uint32_t index, uint8_t *ret_body);

#endif
