/* SPDX-License-Identifier: Apache-2.0 */
/* A pipeline from its making to its end. */
#include "pipeline/pipeline.h"

#include "base/clock.h"
#include "pipeline/health.h"
#include "pipeline/intake_driver.h"
#include "recorder/recorder.h"
#include "recorder/region_file.h"

/* ---- The end ---------------------------------------------------------------------------- */

static void report_abandoned(struct hae_pipeline *pipeline)
{
    const struct hae_item_counts *counts = pipeline->accounting.signals;
    unsigned long long lost[HAETAE_SIGNAL_COUNT];

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        lost[signal] = counts[signal].dropped[HAETAE_DROP_SHUTDOWN];
    }
    if (lost[0] + lost[1] + lost[2] != 0) {
        hae_diagnose(pipeline->options.diagnostics, HAETAE_DIAGNOSTIC_ERROR, "shutdown",
                     "not delivered before the shutdown: %llu spans, %llu data points, "
                     "%llu log records",
                     lost[HAETAE_SIGNAL_TRACES], lost[HAETAE_SIGNAL_METRICS],
                     lost[HAETAE_SIGNAL_LOGS]);
    }
}

static bool keeps(const struct hae_pipeline *pipeline)
{
    for (uint32_t i = 0; i < pipeline->options.source_count; i++) {
        const struct hae_source *source = &pipeline->options.sources[i];

        if (source->keeps != NULL && source->keeps(source->self)) {
            return true;
        }
    }
    return false;
}

/* Gets what is still in the sources, to be dropped. */
static void abandon_sources(struct hae_pipeline *pipeline)
{
    for (uint32_t i = 0; i < pipeline->options.source_count; i++) {
        const struct hae_source *source = &pipeline->options.sources[i];

        if (source->abandon != NULL) {
            source->abandon(source->self, &pipeline->intake);
        }
    }
}

/* Returns whether a source keeps anything. */
static bool end_sources(struct hae_pipeline *pipeline)
{
    bool kept = false;

    for (uint32_t i = 0; i < pipeline->options.source_count; i++) {
        const struct hae_source *source = &pipeline->options.sources[i];

        kept |= source->end != NULL && source->end(source->self, &pipeline->intake);
    }
    return kept;
}

/* Has the spools write what is left. While it is written it counts as it did before. */
static void spool_rest(struct hae_pipeline *pipeline, uint64_t until_ms)
{
    enum { LEAST_MS = 100 }; /* the disk gets as long, however late it is */
    uint64_t now_ms = hae_now_ms();
    uint64_t left_ms = until_ms > now_ms + LEAST_MS ? until_ms - now_ms : LEAST_MS;

    if (!hae_route_has_spool(&pipeline->route)) {
        return;
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        (void)hae_intake_finish(&pipeline->intake, (haetae_signal)signal);
    }
    hae_route_spool_rest(&pipeline->route,
                         hae_time_ns(CLOCK_MONOTONIC) + left_ms * UINT64_C(1000000));
}

void hae_pipeline_abandon(struct hae_pipeline *pipeline, uint64_t until_ms)
{
    bool kept;

    hae_gate_enter(&pipeline->gate);
    spool_rest(pipeline, until_ms);
    pipeline->store.keeps = keeps(pipeline);
    hae_intake_abandon(&pipeline->intake);
    if (!pipeline->store.keeps) {
        abandon_sources(pipeline);
    }
    hae_route_abandon(&pipeline->route);
    hae_route_shut_down(&pipeline->route);
    hae_accounting_publish(&pipeline->accounting);
    hae_health_show(&pipeline->route);
    hae_gate_leave(&pipeline->gate);
    kept = end_sources(pipeline);
    report_abandoned(pipeline);
    hae_control_end(&pipeline->control, kept);
}

/* ---- Making ----------------------------------------------------------------------------- */

static haetae_status init_locks(struct hae_pipeline *pipeline)
{
    if (!hae_accounting_init(&pipeline->accounting)) {
        return HAETAE_ENOMEM;
    }
    if (!hae_control_init(&pipeline->control)) {
        goto done_accounting;
    }
    if (!hae_gate_init(&pipeline->gate)) {
        goto done_control;
    }
    return HAETAE_OK;
done_control:
    hae_control_done(&pipeline->control);
done_accounting:
    hae_accounting_done(&pipeline->accounting);
    return HAETAE_ENOMEM;
}

static void connect_parts(struct hae_pipeline *pipeline)
{
    const struct hae_pipeline_options *options = &pipeline->options;

    hae_store_init(&pipeline->store);
    pipeline->store.accounting = &pipeline->accounting;
    pipeline->route.store = &pipeline->store;
    pipeline->intake.accounting = &pipeline->accounting;
    pipeline->intake.store = &pipeline->store;
    pipeline->intake.route = &pipeline->route;
    pipeline->intake.options = options->signals;
    pipeline->intake.diagnostics = options->diagnostics;
    pipeline->intake.redactor = options->redactor;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        pipeline->route.drops_oldest[signal] = options->signals[signal].drops_oldest;
        pipeline->store.limit_bytes[signal] = options->signals[signal].queue_byte_max;
    }
}

/* Begins with nothing in it, but with sources and destinations. */
static void begin(struct hae_pipeline *pipeline)
{
    const struct hae_pipeline_options *options = &pipeline->options;

    hae_intake_begin(&pipeline->intake, pipeline->recorder, options->resource);
    for (uint32_t i = 0; i < options->source_count; i++) {
        hae_intake_connect(&pipeline->intake, &options->sources[i]);
    }
    pipeline->is_starved = pipeline->is_closing = pipeline->is_flushing = false;
}

/* What is dropped is noted in the recorder's file as well, if it has one. */
static void keep_dropped(struct hae_pipeline *pipeline)
{
    const struct hae_region_file *file = pipeline->recorder->file;

    pipeline->accounting.kept_dropped = file != NULL ? file->stored->dropped : NULL;
}

static const struct hae_atfork_hooks fork_hooks;

haetae_status hae_pipeline_init(struct hae_pipeline *pipeline, struct hae_recorder *recorder,
                                const struct hae_pipeline_options *options)
{
    haetae_status status;

    memset(pipeline, 0, sizeof *pipeline);
    pipeline->options = *options;
    pipeline->recorder = recorder;
    status = init_locks(pipeline);
    if (status == HAETAE_OK) {
        connect_parts(pipeline);
        keep_dropped(pipeline);
        begin(pipeline);
        hae_atfork_add(&pipeline->atfork, &fork_hooks, pipeline);
    }
    return status;
}

void hae_pipeline_done(struct hae_pipeline *pipeline)
{
    hae_atfork_remove(&pipeline->atfork);
    hae_route_done(&pipeline->route);
    hae_intake_done(&pipeline->intake);
    hae_store_free_spares(&pipeline->store);
    hae_gate_done(&pipeline->gate);
    hae_control_done(&pipeline->control);
    hae_accounting_done(&pipeline->accounting);
}

void hae_pipeline_add(struct hae_pipeline *pipeline, haetae_exporter *exporter, uint32_t signals,
                      uint8_t group)
{
    hae_pipeline_add_with_spool(pipeline, exporter, signals, group, NULL);
}

void hae_pipeline_add_with_spool(struct hae_pipeline *pipeline, haetae_exporter *exporter,
                                 uint32_t signals, uint8_t group, haetae_exporter *spool)
{
    struct hae_destination_options options = {.group = group,
                                              .spool = spool,
                                              .retry = pipeline->options.retry,
                                              .diagnostics = pipeline->options.diagnostics,
                                              .recorder = pipeline->recorder,
                                              .ended = pipeline->options.operation_ended,
                                              .ended_user = pipeline->options.operation_user,
                                              .random = pipeline->recorder->seed};

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        options.timeout_ms[signal] = pipeline->options.signals[signal].export_timeout_ms;
    }
    hae_route_add(&pipeline->route, exporter, signals, &options);
}

void hae_pipeline_remove_exporters(struct hae_pipeline *pipeline)
{
    for (uint32_t i = 0; i < pipeline->route.destination_count; i++) {
        haetae_exporter *exporter = pipeline->route.destinations[i].exporter;

        exporter->diagnostics = NULL;
        if (exporter->spooling != NULL) {
            haetae_exporter_free(exporter);
        }
    }
    pipeline->route.destination_count = 0;
}

/* ---- What others may ask ---------------------------------------------------------------- */

bool hae_pipeline_has_ended(struct hae_pipeline *pipeline, bool *ret_kept)
{
    return hae_control_has_ended(&pipeline->control, ret_kept);
}

void hae_pipeline_end(struct hae_pipeline *pipeline)
{
    hae_control_end(&pipeline->control, false);
}

bool hae_pipeline_is_inherited(struct hae_pipeline *pipeline)
{
    /* Acquire pairs with the release in hae_pipeline_reinit(): the counts are no longer the
     * parent's. */
    return atomic_load_explicit(&pipeline->is_inherited, memory_order_acquire);
}

void hae_pipeline_counts(struct hae_pipeline *pipeline,
                         struct hae_item_counts ret_counts[HAETAE_SIGNAL_COUNT])
{
    if (hae_pipeline_is_inherited(pipeline)) {
        memset(ret_counts, 0, sizeof pipeline->accounting.published);
    } else {
        hae_accounting_read(&pipeline->accounting, ret_counts);
    }
}

/* ---- fork() ------------------------------------------------------------------------------ */

static bool hold(void *self)
{
    struct hae_pipeline *pipeline = self;

    return hae_gate_hold(&pipeline->gate);
}

static void release(void *self, bool held)
{
    struct hae_pipeline *pipeline = self;

    if (held) {
        hae_gate_release(&pipeline->gate);
    }
}

/* Relaxed throughout: the child has one thread. */
static void in_child(void *self, bool held)
{
    struct hae_pipeline *pipeline = self;
    bool was_inherited = atomic_load_explicit(&pipeline->is_inherited, memory_order_relaxed);

    hae_gate_in_child(&pipeline->gate, held);
    hae_accounting_in_child(&pipeline->accounting);
    hae_control_in_child(&pipeline->control);
    for (uint32_t i = 0; i < pipeline->options.source_count; i++) {
        const struct hae_source *source = &pipeline->options.sources[i];

        if (source->in_child != NULL) {
            source->in_child(source->self, held);
        }
    }
    for (uint32_t i = 0; i < pipeline->route.destination_count; i++) {
        hae_destination_in_child(&pipeline->route.destinations[i], held);
    }
    /* What an earlier fork left is still there, if the child did not need it. */
    if (!was_inherited || !held) {
        pipeline->was_idle = held;
    }
    atomic_store_explicit(&pipeline->is_inherited, true, memory_order_relaxed);
}

static const struct hae_atfork_hooks fork_hooks = {.name = "pipeline",
                                                   .order = HAE_ATFORK_PIPELINE,
                                                   .prepare = hold,
                                                   .parent = release,
                                                   .child = in_child};

void hae_pipeline_end_in_child(struct hae_pipeline *pipeline)
{
    hae_control_end_in_child(&pipeline->control);
}

/* Removes the sources that a child does not have. */
static void reinit_sources(struct hae_pipeline *pipeline)
{
    struct hae_pipeline_options *options = &pipeline->options;
    uint64_t now = hae_now_ms();
    uint32_t count = 0;

    for (uint32_t i = 0; i < options->source_count; i++) {
        if (options->sources[i].reinit != NULL) {
            options->sources[i].reinit(options->sources[i].self, now);
            options->sources[count++] = options->sources[i];
        }
    }
    options->source_count = count;
}

static void reinit(struct hae_pipeline *pipeline)
{
    bool was_idle = pipeline->was_idle;

    for (uint32_t i = 0; i < pipeline->route.destination_count; i++) {
        struct hae_random random = pipeline->recorder->seed;

        random.a += i;
        hae_destination_reinit(&pipeline->route.destinations[i], was_idle, random);
    }
    if (was_idle) {
        hae_intake_done(&pipeline->intake);
        hae_store_free_spares(&pipeline->store);
    }
    /* After what was forgotten: nothing of it counts. */
    hae_store_reinit(&pipeline->store);
    keep_dropped(pipeline);
    hae_accounting_reinit(&pipeline->accounting);
    hae_control_reinit(&pipeline->control);
    reinit_sources(pipeline);
    begin(pipeline);
    hae_health_show(&pipeline->route); /* no longer the parent's */
}

void hae_pipeline_reinit(struct hae_pipeline *pipeline, struct hae_resource_view resource)
{
    pipeline->options.resource = resource;
    /* As a run: this process may fork meanwhile. */
    hae_gate_enter(&pipeline->gate);
    reinit(pipeline);
    hae_gate_leave(&pipeline->gate);
    /* Release pairs with the acquire in hae_pipeline_is_inherited(). */
    atomic_store_explicit(&pipeline->is_inherited, false, memory_order_release);
}
