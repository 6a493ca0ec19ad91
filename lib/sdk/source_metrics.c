/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/source_metrics.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "metrics/observable.h"
#include "pipeline/intake.h"
#include "pipeline/split.h"

/* After a collection that memory did not suffice for. Not at once: what was taken before
 * memory ran out would be sent again each time. */
enum { AGAIN_MS = 1000 };

static bool take_halves(struct hae_metrics_source *self, const struct hae_item *item);

/* Takes a metric that has no more points than a request may have. */
static bool take_fitting(struct hae_metrics_source *self, const struct hae_item *item)
{
    struct hae_intake *intake = self->intake;

    if (item->count > 1 && hae_intake_too_large(intake, HAETAE_SIGNAL_METRICS, item)) {
        return take_halves(self, item);
    }
    if (hae_intake_batched(intake, HAETAE_SIGNAL_METRICS) + item->count > self->batch_points_max &&
        !hae_intake_finish(intake, HAETAE_SIGNAL_METRICS)) {
        return false;
    }
    return hae_intake_take_as_is(intake, HAETAE_SIGNAL_METRICS, item) != HAE_TAKE_NO_MEMORY;
}

/* Takes some of the points of a metric. */
static bool take_points(struct hae_metrics_source *self, const struct hae_item *item,
                        uint64_t first, uint64_t end)
{
    size_t size = hae_metric_cut(item->data, item->size_bytes, first, end, NULL);
    uint8_t *points = hae_malloc(size);
    bool taken = false;

    if (points != NULL) {
        (void)hae_metric_cut(item->data, item->size_bytes, first, end, points);
        taken = take_fitting(
            self, &(struct hae_item){item->scope, points, size, (uint32_t)(end - first)});
    }
    hae_free(points);
    return taken;
}

static bool take_halves(struct hae_metrics_source *self, const struct hae_item *item)
{
    return take_points(self, item, 0, item->count / 2) &&
           take_points(self, item, item->count / 2, item->count);
}

/* Takes a metric in as many pieces as it needs. */
static bool take_or_split(struct hae_metrics_source *self, const struct hae_item *item)
{
    uint64_t most = self->batch_points_max;

    if (item->count <= most) {
        return take_fitting(self, item);
    }
    for (uint64_t first = 0; first < item->count; first += most) {
        uint64_t left = item->count - first;

        if (!take_points(self, item, first, first + (left < most ? left : most))) {
            return false;
        }
    }
    return true;
}

/* As hae_metric_callback. Redaction comes first: it changes the size. */
static bool take_metric(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                        uint32_t point_count)
{
    struct hae_metrics_source *self = user;
    struct hae_item item = {scope, metric, size_bytes, point_count};

    switch (hae_intake_redact(self->intake, HAETAE_SIGNAL_METRICS, &item)) {
    case HAE_REDACTED_DONE:
        return take_or_split(self, &item);
    case HAE_REDACTED_MALFORMED:
        hae_intake_drop(self->intake, HAETAE_SIGNAL_METRICS, point_count, HAETAE_DROP_INVALID);
        return true;
    default:
        return false;
    }
}

/* So many series between two looks at what else there is to do, and the room that they mostly
 * need. */
enum { SLICE_SERIES = 2000, SLICE_BYTES = 512 * 1024 };

/* Before another try when somebody else collects. */
enum { BUSY_MS = 5 };

/* Others collect meanwhile when there was no room for so long. */
enum { STUCK_MS = 1000 };

static struct hae_try_lock *lock_of(const struct hae_metrics_source *self)
{
    return &self->reader->provider->collecting;
}

static void update_self_metrics(struct hae_metrics_source *self)
{
    if (self->self_metrics != NULL) {
        hae_self_metrics_update(self->self_metrics);
    }
}

/* False: it cannot begin now. */
static bool begin(struct hae_metrics_source *self, struct hae_intake *intake)
{
    struct hae_metric_reader *reader = self->reader;
    struct hae_recorder *recorder = reader->provider->recorder;

    if (!hae_try_lock_take(lock_of(self))) {
        return false;
    }
    if (!hae_intake_begin_collection(intake, HAETAE_SIGNAL_METRICS, (uint8_t)reader->index,
                                     !hae_metric_reader_has_deltas(reader))) {
        hae_try_lock_release(lock_of(self));
        return false;
    }
    update_self_metrics(self);
    self->is_collecting = true;
    self->is_asked_again = false;
    self->slice_count = 0;
    self->stuck_since_ms = 0;
    self->began_ns = hae_time_ns(CLOCK_MONOTONIC);
    self->dropped_count = hae_intake_dropped(intake, HAETAE_SIGNAL_METRICS);
    /* Before any point leaves: those that are recovered later have no earlier time. */
    hae_recorder_note_time(recorder);
    self->intake = intake;
    reader->rounds.undelivered = !self->is_delivered;
    self->is_delivered = false;
    hae_metric_reader_begin(reader, hae_clock_now_unix_ns(&recorder->region->clock), take_metric,
                            self);
    return true;
}

static void end(struct hae_metrics_source *self, bool all)
{
    hae_intake_end_collection(self->intake, HAETAE_SIGNAL_METRICS, all);
    self->is_collecting = false;
    hae_try_lock_release(lock_of(self));
    if (self->self_metrics != NULL) { /* the duration is in the next collection */
        hae_self_metrics_collected(self->self_metrics,
                                   hae_time_ns(CLOCK_MONOTONIC) - self->began_ns);
    }
}

enum progress { ALL, MORE, NO_ROOM, NO_MEMORY };

/* Whether a slice fits into the queue: beside what is left of earlier collections, but for points
 * that these replace. Without room deltas stay in their cells, where they take none. What is not
 * more than a slice is dropped by the queue's own rules. */
static bool has_room(struct hae_metrics_source *self)
{
    return (self->slice_count == 0 && !hae_metric_reader_has_deltas(self->reader)) ||
           hae_intake_make_room(self->intake, HAETAE_SIGNAL_METRICS, SLICE_BYTES);
}

/* Collects the next slice. What came together goes out together. */
static enum progress collect(struct hae_metrics_source *self)
{
    enum hae_collected collected;

    if (!has_room(self)) {
        return NO_ROOM;
    }
    collected = hae_metric_reader_go_on(self->reader, SLICE_SERIES);
    self->slice_count++;
    if (collected == HAE_COLLECTED_SOME) {
        return MORE;
    }
    if (!hae_intake_finish(self->intake, HAETAE_SIGNAL_METRICS)) {
        collected = HAE_COLLECTED_NO_MEMORY;
    }
    end(self, collected == HAE_COLLECTED_ALL);
    return collected == HAE_COLLECTED_ALL ? ALL : NO_MEMORY;
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

/* Whether callbacks have not observed yet what there is at the end. */
static bool must_observe(const struct hae_metrics_source *self)
{
    return !self->has_observed_end && hae_observes(self->reader->provider);
}

/* Waits for room, and not for ever. */
static void stay(struct hae_metrics_source *self, const struct hae_run *run)
{
    self->stuck_since_ms = self->stuck_since_ms != 0 ? self->stuck_since_ms : run->now_ms;
    if (run->now_ms - self->stuck_since_ms >= STUCK_MS) {
        self->again_ms = run->now_ms + AGAIN_MS;
        hae_metric_reader_give_up(self->reader);
        end(self, false);
    }
}

static enum hae_source_result go_on(struct hae_metrics_source *self, const struct hae_run *run)
{
    enum progress progress;

    do {
        progress = collect(self);
        if (progress != NO_ROOM) {
            self->stuck_since_ms = 0;
        }
    } while (progress == MORE && (run->flushing || run->closing));
    switch (progress) {
    case ALL:
        self->has_ended = run->closing;
        return HAE_SOURCE_DONE;
    case MORE:
        return HAE_SOURCE_MORE;
    case NO_ROOM:
        stay(self, run);
        return HAE_SOURCE_STARVED;
    default:
        break;
    }
    self->again_ms = run->now_ms + AGAIN_MS;
    hae_diagnose(self->diagnostics, HAETAE_DIAGNOSTIC_WARN, "collect",
                 "metrics were collected only in part: out of memory");
    return HAE_SOURCE_STARVED;
}

static bool is_due(const struct hae_metrics_source *self, const struct hae_run *run)
{
    return run->flushing || run->now_ms >= self->next_ms;
}

/* Without a reader that is wanted: only the SDK's own metrics are brought up to date. */
static enum hae_source_result idle(struct hae_metrics_source *self, const struct hae_run *run)
{
    if (is_due(self, run)) {
        self->next_ms = run->now_ms + self->interval_ms;
        update_self_metrics(self);
    }
    self->has_ended = run->closing;
    return HAE_SOURCE_DONE;
}

/* Goes on with the collection under way. True: none is, and the next may begin; a flush that came
 * meanwhile asks for a later one. */
static bool end_earlier(struct hae_metrics_source *self, const struct hae_run *run,
                        enum hae_source_result *ret_result)
{
    if (!self->is_collecting) {
        return true;
    }
    self->is_asked_again |= run->flush_is_new;
    *ret_result = go_on(self, run);
    return *ret_result == HAE_SOURCE_DONE && self->is_asked_again;
}

static enum hae_source_result run(void *user, struct hae_intake *intake, const struct hae_run *run)
{
    struct hae_metrics_source *self = user;
    enum hae_source_result result = HAE_SOURCE_DONE;

    if (self->reader == NULL ||
        !hae_intake_is_wanted_by(intake, HAETAE_SIGNAL_METRICS, (uint8_t)self->reader->index)) {
        return idle(self, run);
    }
    if (!self->is_collecting && hae_intake_held(intake, HAETAE_SIGNAL_METRICS) == 0) {
        self->is_delivered = true;
    }
    if (!end_earlier(self, run, &result) || !is_due(self, run)) {
        return result;
    }
    if (run->closing && !must_observe(self) && hae_metrics_source_is_delivered(self, intake)) {
        self->has_ended = true;
        return HAE_SOURCE_DONE;
    }
    if (run->now_ms < self->again_ms) {
        return HAE_SOURCE_STARVED;
    }
    if (!begin(self, intake)) {
        self->again_ms = run->now_ms + BUSY_MS;
        return HAE_SOURCE_STARVED;
    }
    self->has_observed_end = run->closing;
    self->next_ms = run->now_ms + self->interval_ms;
    report_refused(self);
    return go_on(self, run);
}

static uint64_t wait_ms(void *user, uint64_t now_ms)
{
    const struct hae_metrics_source *self = user;
    uint64_t due_ms;

    if (self->reader == NULL && self->self_metrics == NULL) {
        return UINT64_MAX;
    }
    due_ms = self->next_ms > self->again_ms ? self->next_ms : self->again_ms;
    return due_ms > now_ms ? due_ms - now_ms : 0;
}

/* Lets others collect. */
static void abandon(void *user, struct hae_intake *intake)
{
    struct hae_metrics_source *self = user;

    if (self->is_collecting) {
        hae_metric_reader_give_up(self->reader);
        hae_intake_end_collection(intake, HAETAE_SIGNAL_METRICS, false);
        self->is_collecting = false;
        hae_try_lock_release(lock_of(self));
    }
}

static void reinit(void *user, uint64_t now_ms)
{
    struct hae_metrics_source *self = user;

    self->next_ms = now_ms + self->interval_ms;
    self->again_ms = 0;
    self->has_ended = false;
    self->is_collecting = false;
    self->has_observed_end = false;
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
    *self = (struct hae_metrics_source){.reader = reader,
                                        .diagnostics = diagnostics,
                                        .interval_ms = interval_ms,
                                        .batch_points_max = UINT64_MAX};
    reinit(self, hae_now_ms());
}

struct hae_source hae_metrics_source(struct hae_metrics_source *self)
{
    return (struct hae_source){.name = "metrics",
                               .self = self,
                               .signals = 1U << HAETAE_SIGNAL_METRICS,
                               .run = run,
                               .wait_ms = wait_ms,
                               .abandon = abandon,
                               .reinit = reinit};
}
