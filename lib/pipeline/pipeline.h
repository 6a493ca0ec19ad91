/* SPDX-License-Identifier: Apache-2.0 */
/* From the recorder to the exporters: drain, batch, queue, retry, flush. Driven in
 * turns, by the worker thread or by the host (worker.h). */
#ifndef HAE_PIPELINE_PIPELINE_H
#define HAE_PIPELINE_PIPELINE_H

#include "metrics/meter.h"
#include "pipeline/batch.h"
#include "pipeline/delivery.h"
#include "pipeline/flush.h"

enum { HAE_OUTLETS_MAX = 8 };

/* How one signal is batched and sent. */
struct hae_batch_options {
    uint64_t delay_ms;             /* from the first item to the request  */
    uint64_t item_count_max;       /* of one request                      */
    size_t request_size_max_bytes; /* of one request                      */
    uint64_t queue_item_max;       /* held at once, or UINT64_MAX         */
    uint64_t queue_byte_max;       /* taken at once by batch and requests */
    uint64_t export_timeout_ms;    /* of one try; 0: none                 */
};

struct hae_pipeline;

/* What else makes requests, by hae_intake_hand_out(): told of each turn. */
struct hae_pipeline_source {
    /* Does a bounded piece of work; true when there is more to do at once. */
    bool (*turn)(void *user, struct hae_pipeline *pipeline);
    void *user;
};

struct hae_pipeline_options {
    struct hae_batch_options signals[HAETAE_SIGNAL_COUNT];
    uint64_t metric_interval_ms;
    struct hae_retry retry;
    const uint8_t *resource; /* the Resource message; lives as long as the pipeline */
    size_t resource_size_bytes;
    struct hae_meter_provider *metrics; /* NULL: none */
    struct hae_diagnostics *diagnostics;
    struct hae_pipeline_source source; /* turn NULL: none */
};

/* Who is in a turn, for fork(): between two turns all that belongs to the driver is whole,
 * and no exporter is at work. */
struct hae_turns {
    pthread_mutex_t lock;   /* held during a turn                          */
    pthread_mutex_t gate;   /* passed before each: fork() gets in by it    */
    _Atomic uint64_t count; /* of turns begun                              */
    _Atomic bool under_way;
    _Atomic(pthread_t) driver; /* of the turn under way                     */
    uint64_t stuck_count;      /* fork() did not get in while it was this; fork()'s own */
};

struct hae_pipeline {
    struct hae_pipeline_options options;
    struct hae_recorder *recorder;
    struct hae_account account;

    /* The driver's own. */
    struct hae_batch batches[HAETAE_SIGNAL_COUNT];
    struct hae_outlet outlets[HAE_OUTLETS_MAX];
    uint32_t outlet_count;
    uint32_t outlets_of[HAETAE_SIGNAL_COUNT]; /* bit set */
    uint64_t next_metric_ms;
    uint64_t next_anchor_ms;
    uint64_t now_ms;
    uint64_t collect_again_ms;
    uint64_t not_taken[HAETAE_SIGNAL_COUNT];  /* for want of room, or too large */
    uint64_t told_lost[HAETAE_SIGNAL_COUNT];  /* of those, in diagnostics */
    uint64_t journal_at[HAETAE_SIGNAL_COUNT]; /* where the batch's items begin */
    bool starved;                             /* for want of memory something stays where it is */
    bool abandoned;                           /* what comes in is dropped                       */
    bool hurried;
    bool no_file_untold; /* in a forked child: that it has no file of its own */
    bool collected_last; /* the metrics, with nothing recorded any more */

    /* Guarded by account.lock. */
    struct hae_flush *flushes;
    bool flush_asked;       /* since the last turn                  */
    bool closing;           /* the last chance to send anything     */
    bool stop;              /* the driver is to abandon all and end */
    bool ended;             /* it has                               */
    bool kept;              /* and has left a file with what is held */
    pthread_cond_t changed; /* a flush is done, or the above        */

    struct hae_turns turns;
};

haetae_status hae_pipeline_init(struct hae_pipeline *pipeline, struct hae_recorder *recorder,
                                const struct hae_pipeline_options *options);

/* Frees all; what is still held is dropped without a count. The exporters go too. */
void hae_pipeline_done(struct hae_pipeline *pipeline);

/* Adds an exporter for the signals of a bit set; the pipeline owns it from then on. */
void hae_pipeline_add(struct hae_pipeline *pipeline, haetae_exporter *exporter, uint32_t signals);

/* The last turn: drops all that is left, as shut down, and tells those who wait. */
void hae_pipeline_abandon(struct hae_pipeline *pipeline);

/* ---- What the driver does: turn.c ------------------------------------------------------ */

/* Does what is due; returns true when there is more to do at once. */
bool hae_pipeline_turn(struct hae_pipeline *pipeline);

/* Waits until there is something to do, at most `timeout_ms`. */
void hae_pipeline_wait(struct hae_pipeline *pipeline, uint64_t timeout_ms);

/* ---- fork(): fork.c -------------------------------------------------------------------- */

/* Bracket what the driver does: a turn, and whatever else it asks exporters. */
void hae_pipeline_begin_turn(struct hae_pipeline *pipeline);
void hae_pipeline_end_turn(struct hae_pipeline *pipeline);

/* Before fork(): keeps the driver between two turns, if it comes to the end of one soon.
 * Afterwards, when it did: lets it go on. */
bool hae_pipeline_hold(struct hae_pipeline *pipeline);
void hae_pipeline_release(struct hae_pipeline *pipeline);

/* In the child, from within fork(): frees the locks, and tells the exporters, `idle` as the
 * driver was held. Async-signal-safe. */
void hae_pipeline_in_child(struct hae_pipeline *pipeline, bool idle);

/* Sets up what a pipeline starts with, in memory that is zero. */
void hae_pipeline_begin(struct hae_pipeline *pipeline);

/* In the child, later: forgets what was the parent's to deliver, without counting it. Frees
 * the memory of it if the driver was held, else nobody knows what of it is whole. The
 * pipeline is as it was made, with its exporters, and with another resource. */
void hae_pipeline_reinit(struct hae_pipeline *pipeline, bool idle, const uint8_t *resource,
                         size_t resource_size_bytes);

/* Tells why the child's recorder is in no file, though its parent's is in one. */
void hae_pipeline_tell_no_file(struct hae_pipeline *pipeline);

#endif
