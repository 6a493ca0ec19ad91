/* SPDX-License-Identifier: Apache-2.0 */
/* From the sources to the exporters: intake, store, queues, flushes. Driven in runs, by the
 * worker thread or by the host (worker.h). It knows neither traces nor metrics nor logs:
 * lib/sdk gives it the sources. */
#ifndef HAETAE_PIPELINE_PIPELINE_H
#define HAETAE_PIPELINE_PIPELINE_H

#include "base/atfork.h"
#include "pipeline/control.h"
#include "pipeline/gate.h"
#include "pipeline/intake.h"

/* The recorder, readers of metrics, recovery, spools. */
enum { HAE_SOURCES_MAX = 13 };

struct hae_pipeline_options {
    struct hae_batch_options signals[HAETAE_SIGNAL_COUNT];
    uint64_t metric_interval_ms; /* for the source of metrics */
    struct hae_retry retry;
    struct hae_resource_view resource; /* lives as long as the pipeline */
    struct hae_diagnostics *diagnostics;
    struct hae_redactor *redactor;              /* NULL: items go on as they are; the caller's */
    struct hae_source sources[HAE_SOURCES_MAX]; /* in the order in which they are asked */
    uint32_t source_count;
    /* Of all destinations: see destination.h. */
    void (*operation_ended)(void *user, const struct hae_operation *operation);
    void *operation_user;
};

struct hae_pipeline {
    struct hae_pipeline_options options;
    struct hae_recorder *recorder; /* has the scopes, and wakes the driver */
    struct hae_accounting accounting;
    struct hae_control control;
    struct hae_gate gate;

    /* The driver's own. */
    struct hae_intake intake;
    struct hae_store store;
    struct hae_route route;
    bool is_flushing; /* a flush waits for what exporters keep           */
    bool is_starved;  /* something stays where it is, for want of memory */
    bool is_closing;  /* as far as the driver knows                      */

    /* In a forked child: all is as the parent left it; and the parent's driver was between two
     * runs. */
    struct hae_atfork atfork;
    _Atomic bool is_inherited;
    bool was_idle;
};

/* Errors: HAETAE_ENOMEM. */
haetae_status hae_pipeline_init(struct hae_pipeline *pipeline, struct hae_recorder *recorder,
                                const struct hae_pipeline_options *options);

/* Frees all; what is still held is dropped without a count. The exporters go too. */
void hae_pipeline_done(struct hae_pipeline *pipeline);

/* Adds an exporter for the signals of a bit set, and with a group for metrics (request.h); the
 * pipeline owns it from then on. */
void hae_pipeline_add(struct hae_pipeline *pipeline, haetae_exporter *exporter, uint32_t signals,
                      uint8_t group);

/* The same with a spool (spooling.h), which the pipeline owns; NULL: none. */
void hae_pipeline_add_with_spool(struct hae_pipeline *pipeline, haetae_exporter *exporter,
                                 uint32_t signals, uint8_t group, haetae_exporter *spool);

/* Before the first run: the exporters belong to the caller again, but for spools, which go. */
void hae_pipeline_remove_exporters(struct hae_pipeline *pipeline);

/* The last run: writes what is left into the spools, until then, and drops the rest, as shut down.
 * Wakes the threads that wait. */
void hae_pipeline_abandon(struct hae_pipeline *pipeline, uint64_t until_ms);

/* Any thread: whether it has ended, and what became of the items so far. Of a forked child
 * before hae_pipeline_reinit(), all counts are 0. *ret_kept: a source keeps what was held at
 * the end. */
bool hae_pipeline_has_ended(struct hae_pipeline *pipeline, bool *ret_kept);
void hae_pipeline_counts(struct hae_pipeline *pipeline,
                         struct hae_item_counts ret_counts[HAETAE_SIGNAL_COUNT]);

/* Ends it without a last run: there is nothing to drop. */
void hae_pipeline_end(struct hae_pipeline *pipeline);

/* ---- fork() ------------------------------------------------------------------------------ */

/* In a forked child, from within fork(): the parent was about to end it. */
void hae_pipeline_end_in_child(struct hae_pipeline *pipeline);

/* In a forked child: whether the pipeline is as the parent left it. */
bool hae_pipeline_is_inherited(struct hae_pipeline *pipeline);

/* Then: forgets what was the parent's to deliver, without counting it. Frees the memory of it
 * if the parent's driver was held, else nobody knows what of it is whole. The pipeline is as
 * it was made, with its exporters, and with another resource. */
void hae_pipeline_reinit(struct hae_pipeline *pipeline, struct hae_resource_view resource);

#endif
