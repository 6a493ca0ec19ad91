/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/self_metrics.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "pipeline/health.h"
#include "recorder/counts.h"
#include "recorder/state.h"
#include "sdk/self_metrics_instruments.h"
#include "sdk/self_metrics_names.h"
#include "sdk/self_metrics_spans.h"

haetae_status hae_self_metrics_init(struct hae_self_metrics *self,
                                    struct hae_meter_provider *provider,
                                    const struct hae_pipeline *pipeline)
{
    haetae_scope_options scope =
        HAETAE_OPTIONS(haetae_scope_options, .name = haetae_string_of("haetae"),
                       .version = haetae_string_of(HAETAE_VERSION));
    haetae_meter *meter;
    haetae_status status;

    *self = (struct hae_self_metrics){.recorder = provider->recorder, .pipeline = pipeline};
    status = hae_meter_get(provider, &scope, &meter);
    if (status == HAETAE_OK) {
        hae_self_metrics_make(self, meter);
        hae_self_metrics_bind_spans(self, meter);
        hae_series_metrics_init(&self->series, provider, meter);
        self->enabled = true;
    }
    return status;
}

void hae_self_metrics_reinit(struct hae_self_metrics *self)
{
    self->created = (struct hae_self_reported){false, 0};
    memset(self->exporters, 0, sizeof self->exporters);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct hae_self_processor *processor = &self->processors[signal];

        processor->size = processor->capacity = processor->passed =
            (struct hae_self_reported){false, 0};
        memset(processor->failed, 0, sizeof processor->failed);
    }
}

/* ---- Values ------------------------------------------------------------------------------- */

/* How far a value has moved since it was reported. False: it has not, and was reported before. */
static bool moved(struct hae_self_reported *reported, uint64_t value, int64_t *ret_by)
{
    bool is_new = !reported->any || value != reported->value;

    *ret_by = (int64_t)(value - reported->value);
    *reported = (struct hae_self_reported){true, value};
    return is_new;
}

static void report(haetae_counter *instrument, struct hae_self_reported *reported, uint64_t value,
                   const struct hae_self_component *component, const char *error)
{
    struct hae_self_attributes list = hae_self_attributes_of(component, error);
    int64_t by;

    if (moved(reported, value, &by)) {
        haetae_counter_add(instrument, by, list.items, list.count);
    }
}

static void report_level(haetae_up_down_counter *instrument, struct hae_self_reported *reported,
                         uint64_t value, const struct hae_self_component *component)
{
    struct hae_self_attributes list = hae_self_attributes_of(component, NULL);
    int64_t by;

    if (moved(reported, value, &by)) {
        haetae_up_down_counter_add(instrument, by, list.items, list.count);
    }
}

/* An error that never happened has no series. Several reasons may be one error: then they are
 * measurements of the same one. */
static void report_failed(haetae_counter *instrument, struct hae_self_reported *reported,
                          const uint64_t *failed, const struct hae_self_component *component)
{
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        if (failed[reason] != 0) {
            report(instrument, &reported[reason], failed[reason], component,
                   hae_self_error_of(reason));
        }
    }
}

/* ---- Processors --------------------------------------------------------------------------- */

/* What is in the rings or waits for its first export. The pipeline's counts are the driver's own,
 * and the recorder's were summed just now. */
static uint64_t queue_size(const struct hae_recorder_sums *sums,
                           const struct hae_item_counts *counts, int signal)
{
    uint64_t drained = counts->taken - counts->recovered;
    uint64_t in_rings = sums->published[signal] > drained ? sums->published[signal] - drained : 0;

    return in_rings + counts->held - counts->exporting;
}

/* The limit that is set, or how many items of the mean size the queue's memory holds. */
static uint64_t queue_capacity(const struct hae_self_metrics *self,
                               const struct hae_item_counts *counts, int signal)
{
    enum { USUAL_BYTES = 256 }; /* of an item, before any was sent */
    const struct hae_batch_options *options = &self->pipeline->options.signals[signal];
    uint64_t rings = self->recorder->ring_size_bytes * self->recorder->lane_count;
    uint64_t mean = counts->sent_bytes / (counts->processed != 0 ? counts->processed : 1);

    if (options->queue_item_max != UINT64_MAX) {
        return options->queue_item_max;
    }
    return (rings + options->queue_byte_max) / (mean != 0 ? mean : USUAL_BYTES);
}

static void update_processor(struct hae_self_metrics *self, const struct hae_recorder_sums *sums,
                             int signal)
{
    const struct hae_item_counts *counts = &self->pipeline->accounting.signals[signal];
    struct hae_self_processor *processor = &self->processors[signal];
    uint64_t failed[HAETAE_DROP_COUNT];
    struct hae_self_component component;

    hae_self_name_processor(&component, signal);
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        failed[reason] = sums->dropped[signal][reason] + counts->refused[reason];
    }
    report_level(processor->queue_size, &processor->size, queue_size(sums, counts, signal),
                 &component);
    report_level(processor->queue_capacity, &processor->capacity,
                 queue_capacity(self, counts, signal), &component);
    report(processor->processed, &processor->passed, counts->processed, &component, NULL);
    report_failed(processor->processed, processor->failed, failed, &component);
}

/* ---- Exporters ---------------------------------------------------------------------------- */

static const haetae_destination_stat level_stats[HAE_SELF_LEVELS] = {
    [HAE_SELF_WAITING] = HAETAE_DESTINATION_WAITING,
    [HAE_SELF_AWAY] = HAETAE_DESTINATION_AWAY,
    [HAE_SELF_SPOOLED_ITEMS] = HAETAE_DESTINATION_SPOOLED_ITEMS,
    [HAE_SELF_SPOOLED_BYTES] = HAETAE_DESTINATION_SPOOLED_BYTES,
};

static void update_levels(struct hae_self_metrics *self, uint32_t index, int signal,
                          const struct hae_self_component *component)
{
    const struct hae_destination *destination = &self->pipeline->route.destinations[index];
    int count = destination->spool != NULL ? HAE_SELF_LEVELS : HAE_SELF_SPOOLED_ITEMS;
    uint64_t now_ms = hae_now_ms();

    for (int level = 0; level < count; level++) {
        report_level(self->levels[signal][level], &self->exporters[index][signal].levels[level],
                     hae_health_now(destination, (haetae_signal)signal, level_stats[level], now_ms),
                     component);
    }
}

static void update_exporter(struct hae_self_metrics *self, uint32_t index, int signal)
{
    const struct hae_destination *destination = &self->pipeline->route.destinations[index];
    const struct hae_export_counts *counts = &destination->queues[signal].counts;
    struct hae_self_exporter *exporter = &self->exporters[index][signal];
    struct hae_self_component component;

    hae_self_name_exporter(&component, self->pipeline, destination->exporter, signal);
    report_level(self->in_flight[signal], &exporter->in_flight, counts->in_flight, &component);
    report(self->exported[signal], &exporter->exported, counts->exported, &component, NULL);
    report_failed(self->exported[signal], exporter->failed, counts->failed, &component);
    update_levels(self, index, signal, &component);
}

static void update_exporters(struct hae_self_metrics *self)
{
    const struct hae_route *route = &self->pipeline->route;

    for (uint32_t i = 0; i < route->destination_count; i++) {
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            if (hae_destination_takes(&route->destinations[i], (haetae_signal)signal) &&
                !hae_destination_is_spool(&route->destinations[i])) {
                update_exporter(self, i, signal);
            }
        }
    }
}

static void update_logs(struct hae_self_metrics *self, const struct hae_recorder_sums *sums)
{
    uint64_t created = sums->published[HAETAE_SIGNAL_LOGS];
    int64_t by;

    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        created += sums->dropped[HAETAE_SIGNAL_LOGS][reason];
    }
    if (moved(&self->created, created, &by)) {
        haetae_counter_add(self->log_created, by, NULL, 0);
    }
}

void hae_self_metrics_update(struct hae_self_metrics *self)
{
    struct hae_recorder_sums sums;

    /* After the shutdown nothing is measured any more. */
    if (!self->enabled || !hae_accepting(self->recorder)) {
        return;
    }
    hae_recorder_sum(self->recorder, &sums);
    update_processor(self, &sums, HAETAE_SIGNAL_TRACES);
    update_processor(self, &sums, HAETAE_SIGNAL_LOGS);
    update_exporters(self);
    update_logs(self, &sums);
    hae_series_metrics_update(&self->series);
}

/* ---- Durations ---------------------------------------------------------------------------- */

static double seconds_of(uint64_t duration_ns)
{
    return (double)duration_ns * 1e-9;
}

void hae_self_metrics_collected(struct hae_self_metrics *self, uint64_t duration_ns)
{
    struct hae_self_component component = {"periodic_metric_reader", "periodic_metric_reader/0"};
    struct hae_self_attributes list = hae_self_attributes_of(&component, NULL);

    if (self->enabled && hae_accepting(self->recorder)) {
        haetae_histogram_record_double(self->collection_duration, seconds_of(duration_ns),
                                       list.items, list.count);
    }
}

/* Why a try failed; NULL: it did not. */
static const char *error_of_operation(const haetae_result *result, char status[16])
{
    if (result == NULL) {
        return "timeout";
    }
    if (result->verdict == HAETAE_VERDICT_OK) {
        return result->rejected_count != 0 ? "rejected" : NULL;
    }
    if (result->http_status == 0) {
        return "_OTHER";
    }
    snprintf(status, 16, "%d", result->http_status);
    return status;
}

void hae_self_metrics_operation(void *user, const struct hae_operation *operation)
{
    struct hae_self_metrics *self = user;
    const struct hae_export_queue *queue = operation->queue;
    struct hae_self_component component;
    struct hae_self_attributes list;
    char status[16];

    if (!hae_accepting(self->recorder)) {
        return;
    }
    hae_self_name_exporter(&component, self->pipeline, queue->destination->exporter,
                           (int)queue->signal);
    list = hae_self_attributes_of(&component, error_of_operation(operation->result, status));
    if (operation->result != NULL && operation->result->http_status != 0) {
        list.items[list.count++] =
            (haetae_attribute){haetae_string_of("http.response.status_code"),
                               haetae_value_int64(operation->result->http_status)};
    }
    haetae_histogram_record_double(self->operation_duration, seconds_of(operation->duration_ns),
                                   list.items, list.count);
}
