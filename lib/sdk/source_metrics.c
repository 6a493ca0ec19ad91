/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/source_metrics.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "pipeline/intake.h"
#include "pipeline/split.h"

/* After a collection that memory did not suffice for. Not at once: what was taken before
 * memory ran out would be sent again each time. */
enum { AGAIN_MS = 1000 };

static bool take_or_split(struct hae_intake *intake, const struct hae_item *item);

/* Takes some of the points of a metric. */
static bool take_points(struct hae_intake *intake, const struct hae_item *item, uint64_t first,
                        uint64_t end)
{
    size_t size = hae_metric_cut(item->data, item->size_bytes, first, end, NULL);
    uint8_t *points = hae_malloc(size);
    bool taken = false;

    if (points != NULL) {
        (void)hae_metric_cut(item->data, item->size_bytes, first, end, points);
        taken = take_or_split(
            intake, &(struct hae_item){item->scope, points, size, (uint32_t)(end - first)});
    }
    hae_free(points);
    return taken;
}

/* Takes a metric as it is, in as many pieces as it needs. */
static bool take_or_split(struct hae_intake *intake, const struct hae_item *item)
{
    if (item->count > 1 && hae_intake_too_large(intake, HAETAE_SIGNAL_METRICS, item)) {
        return take_points(intake, item, 0, item->count / 2) &&
               take_points(intake, item, item->count / 2, item->count);
    }
    return hae_intake_take_as_is(intake, HAETAE_SIGNAL_METRICS, item) != HAE_TAKE_NO_MEMORY;
}

/* As hae_metric_callback. Redaction comes first: it changes the size. */
static bool take_metric(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                        uint32_t point_count)
{
    struct hae_intake *intake = user;
    struct hae_item item = {scope, metric, size_bytes, point_count};

    switch (hae_intake_redact(intake, HAETAE_SIGNAL_METRICS, &item)) {
    case HAE_REDACTED_DONE:
        return take_or_split(intake, &item);
    case HAE_REDACTED_MALFORMED:
        hae_intake_drop(intake, HAETAE_SIGNAL_METRICS, point_count, HAETAE_DROP_INVALID);
        return true;
    default:
        return false;
    }
}

static bool collect(struct hae_metrics_source *self, struct hae_intake *intake)
{
    struct hae_metric_reader *reader = self->reader;
    uint64_t now;
    bool all;

    if (!hae_intake_is_wanted(intake, HAETAE_SIGNAL_METRICS)) {
        return true;
    }
    self->dropped_count = hae_intake_dropped(intake, HAETAE_SIGNAL_METRICS);
    /* Before any point leaves: those that are recovered later have no earlier time. */
    hae_recorder_note_time(reader->provider->recorder);
    now = hae_clock_now_unix_ns(&reader->provider->recorder->region->clock);
    hae_intake_begin_collection(intake);
    all = hae_metric_reader_collect(reader, now, take_metric, intake) == HAETAE_OK &&
          hae_intake_finish(intake, HAETAE_SIGNAL_METRICS);
    if (all) {
        hae_intake_end_collection(intake, HAETAE_SIGNAL_METRICS);
    }
    return all;
}

/* The same, with what the SDK measures of itself: the duration is in the next collection. */
static bool collect_measured(struct hae_metrics_source *self, struct hae_intake *intake)
{
    uint64_t began_ns;
    bool all;

    if (self->self_metrics == NULL) {
        return collect(self, intake);
    }
    hae_self_metrics_update(self->self_metrics);
    began_ns = hae_time_ns(CLOCK_MONOTONIC);
    all = collect(self, intake);
    hae_self_metrics_collected(self->self_metrics, hae_time_ns(CLOCK_MONOTONIC) - began_ns);
    return all;
}

bool hae_metrics_source_is_delivered(struct hae_metrics_source *self,
                                     const struct hae_intake *intake)
{
    return hae_intake_held(intake, HAETAE_SIGNAL_METRICS) == 0 &&
           hae_intake_dropped(intake, HAETAE_SIGNAL_METRICS) == self->dropped_count &&
           hae_metric_reader_unchanged(self->reader);
}

/* Reports that series were refused since the last time. */
static void report_refused(struct hae_metrics_source *self)
{
    /* Relaxed: any moment will do. */
    uint64_t count = atomic_load_explicit(&self->reader->provider->streams.budget.refused_count,
                                          memory_order_relaxed);

    if (count != self->refused_count) {
        self->refused_count = count;
        hae_diagnose(self->diagnostics, HAETAE_DIAGNOSTIC_WARN, "series",
                     "the memory for metrics is used up: new series go to otel.metric.overflow; "
                     "raise HAETAE_RECORDER_BYTES, or lower HAETAE_METRICS_CARDINALITY_LIMIT");
    }
}

static enum hae_source_result run(void *user, struct hae_intake *intake, const struct hae_run *run)
{
    struct hae_metrics_source *self = user;

    if (!run->flushing && run->now_ms < self->next_ms) {
        return HAE_SOURCE_DONE;
    }
    if (run->closing && hae_metrics_source_is_delivered(self, intake)) {
        self->has_ended = true;
        return HAE_SOURCE_DONE;
    }
    if (run->now_ms < self->again_ms) {
        return HAE_SOURCE_STARVED;
    }
    self->next_ms = run->now_ms + self->interval_ms;
    report_refused(self);
    if (collect_measured(self, intake)) {
        self->has_ended = run->closing;
        return HAE_SOURCE_DONE;
    }
    self->again_ms = run->now_ms + AGAIN_MS;
    hae_diagnose(self->diagnostics, HAETAE_DIAGNOSTIC_WARN, "collect",
                 "metrics were collected only in part: out of memory");
    return HAE_SOURCE_STARVED;
}

static uint64_t wait_ms(void *user, uint64_t now_ms)
{
    const struct hae_metrics_source *self = user;

    return self->next_ms > now_ms ? self->next_ms - now_ms : 0;
}

static void reinit(void *user, uint64_t now_ms)
{
    struct hae_metrics_source *self = user;

    self->next_ms = now_ms + self->interval_ms;
    self->again_ms = 0;
    self->has_ended = false;
    if (self->self_metrics != NULL) {
        hae_self_metrics_reinit(self->self_metrics);
    }
}

bool hae_metrics_source_has_ended(const struct hae_metrics_source *self)
{
    return self->has_ended;
}

void hae_metrics_source_init(struct hae_metrics_source *self, struct hae_metric_reader *reader,
                             struct hae_diagnostics *diagnostics, uint64_t interval_ms)
{
    *self = (struct hae_metrics_source){
        .reader = reader, .diagnostics = diagnostics, .interval_ms = interval_ms};
    reinit(self, hae_now_ms());
}

struct hae_source hae_metrics_source(struct hae_metrics_source *self)
{
    return (struct hae_source){.name = "metrics",
                               .self = self,
                               .signals = 1U << HAETAE_SIGNAL_METRICS,
                               .run = run,
                               .wait_ms = wait_ms,
                               .reinit = reinit};
}
