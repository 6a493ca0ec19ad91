/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/source_recorder.h"

#include "base/clock.h"
#include "base/random.h"
#include "haetae/version.h"
#include "pipeline/intake.h"
#include "recorder/counts.h"
#include "recorder/drain.h"
#include "recorder/journal.h"
#include "recorder/region_file.h"
#include "sdk/readers.h"
#include "trace/sampler.h"

enum {
    ANCHOR_MS = 1000,
    FIRST_ANCHOR_MS = 20 /* soon: the first rate of the clock is rough */
};

/* ---- Draining --------------------------------------------------------------------------- */

struct drain {
    struct hae_recorder_source *source;
    struct hae_intake *intake;
};

/* Whether the record's journal has room for it. A destination that is away must not hold up
 * those that are not, so its oldest records make room. */
static bool has_room(const struct drain *drain, const struct hae_record *record)
{
    while (!hae_journal_has_room(drain->source->recorder, record->signal, record->size_bytes)) {
        if (!hae_intake_drop_oldest(drain->intake, record->signal)) {
            return false;
        }
    }
    return true;
}

/* As hae_record_callback. A record that is taken goes into the journal before the place that it
 * was drained from is given up. */
static bool take_record(void *user, const struct hae_record *record)
{
    const struct drain *drain = user;
    struct hae_recorder_source *self = drain->source;
    struct hae_item item = {record->scope, record->data, record->size_bytes, 1};

    if (HAE_UNLIKELY(self->has_journals) && hae_intake_is_wanted(drain->intake, record->signal) &&
        !has_room(drain, record)) {
        hae_intake_drop(drain->intake, record->signal, 1, HAETAE_DROP_QUEUE_FULL);
        return true;
    }
    switch (hae_intake_take(drain->intake, record->signal, &item)) {
    case HAE_TAKE_TAKEN:
        if (HAE_UNLIKELY(self->has_journals)) {
            hae_journal_append(self->recorder, record);
        }
        return true;
    case HAE_TAKE_DROPPED:
        return true;
    case HAE_TAKE_NO_MEMORY:
        break;
    }
    return false;
}

static bool drain(struct hae_recorder_source *self, struct hae_intake *intake)
{
    struct drain drain = {self, intake};

    return hae_recorder_drain(self->recorder, take_record, &drain);
}

static void report_fault(struct hae_recorder_source *self, const struct hae_region_file *file,
                         const struct hae_file_fault *fault)
{
    hae_diagnose(self->diagnostics, HAETAE_DIAGNOSTIC_WARN, "fork file",
                 "what this forked child records does not outlive it: HAETAE_RECORDER_DIR: %s%s%s: "
                 "%s",
                 fault->what, fault->error != 0 ? ": " : "",
                 fault->error != 0 ? strerror(fault->error) : "", file->path);
}

/* Why the child's recorder is in no file, though its parent's is in one. */
static void report_no_file(struct hae_recorder_source *self)
{
    const struct hae_region_file *file = self->recorder->inherited_file;

    self->must_report_no_file = false;
    report_fault(self, file, &file->fault);
}

/* Why its file has no name, once. */
static void report_no_name(struct hae_recorder_source *self)
{
    const struct hae_region_file *file = self->recorder->file;
    struct hae_file_fault fault = {"its file there cannot be named", 0};

    /* Relaxed: any moment will do. */
    fault.error = atomic_load_explicit(&file->unnamed_error, memory_order_relaxed);
    if (HAE_UNLIKELY(fault.error != 0 && !self->no_name_reported)) {
        self->no_name_reported = true;
        report_fault(self, file, &fault);
    }
}

/* Reports, once, that a caller knows more than this library. */
static void report_newer_caller(struct hae_recorder_source *self)
{
    const char *type = hae_newer_options(self->recorder);

    if (HAE_UNLIKELY(type != NULL && !self->newer_caller_reported)) {
        self->newer_caller_reported = true;
        hae_diagnose(self->diagnostics, HAETAE_DIAGNOSTIC_WARN, "newer caller",
                     "%s: the caller sets fields that haetae " HAETAE_VERSION
                     " does not know; they have no effect",
                     type);
    }
}

/* Reports, once each, what samplers have noticed. Specification: "Compatibility warnings". */
static void report_remarks(struct hae_recorder_source *self)
{
    uint32_t seen = atomic_load_explicit(&hae_sampling_remarks, memory_order_relaxed);
    uint32_t fresh = seen & ~self->reported_remarks;

    self->reported_remarks |= seen;
    if (HAE_UNLIKELY((fresh & HAE_REMARK_RATIO_OF_CHILD) != 0)) {
        hae_diagnose(self->diagnostics, HAETAE_DIAGNOSTIC_WARN, "ratio of child",
                     "the sampler traceidratio decides about spans that have a parent, which other "
                     "SDKs may do differently: use parentbased_traceidratio, or "
                     "haetae_sampler_probability()");
    }
    if (HAE_UNLIKELY((fresh & HAE_REMARK_PRESUMED_RANDOM) != 0)) {
        hae_diagnose(self->diagnostics, HAETAE_DIAGNOSTIC_WARN, "presumed random",
                     "the probability sampler assumes random trace ids, but a caller does not set "
                     "their random flag: have callers use W3C Trace Context Level 2");
    }
}

static void report_damage(struct hae_recorder_source *self)
{
    uint64_t count = self->recorder->damage_count;

    if (HAE_UNLIKELY(count != self->reported_damage_count)) {
        self->reported_damage_count = count;
        hae_diagnose(self->diagnostics, HAETAE_DIAGNOSTIC_ERROR, "damage",
                     "something has written over the recorder's memory: what was recorded there is "
                     "lost; found so far: %llu times",
                     (unsigned long long)count);
    }
}

static enum hae_source_result run(void *user, struct hae_intake *intake, const struct hae_run *run)
{
    struct hae_recorder_source *self = user;
    bool drained;

    hae_recorder_note_time(self->recorder);
    if (run->now_ms >= self->next_anchor_ms) {
        hae_clock_anchor(&self->recorder->region->clock);
        hae_random_refresh();
        self->next_anchor_ms = run->now_ms + ANCHOR_MS;
    }
    if (HAE_UNLIKELY(self->must_report_no_file)) {
        report_no_file(self);
    }
    if (HAE_UNLIKELY(self->has_journals)) {
        report_no_name(self);
    }
    report_newer_caller(self);
    report_remarks(self);
    drained = drain(self, intake);
    report_damage(self);
    return drained ? HAE_SOURCE_DONE : HAE_SOURCE_STARVED;
}

/* ---- Journals --------------------------------------------------------------------------- */

static uint64_t position(void *user, haetae_signal signal)
{
    const struct hae_recorder_source *self = user;

    return self->has_journals ? hae_journal_end(self->recorder, signal) : 0;
}

static void settle(void *user, haetae_signal signal, uint64_t from, uint64_t to)
{
    struct hae_recorder_source *self = user;

    /* In a forked child the journals are the parent's. */
    if (self->has_journals) {
        hae_journal_settle(self->recorder, signal, from, to);
    }
}

static void settle_items(void *user, haetae_signal signal, uint64_t from, uint64_t to,
                         uint64_t first, uint64_t count)
{
    struct hae_recorder_source *self = user;

    if (self->has_journals) {
        hae_journal_settle_items(self->recorder, signal, from, to, first, count);
    }
}

/* ---- The end ---------------------------------------------------------------------------- */

/* A file that has no name goes with the process. */
static bool keeps(void *user)
{
    const struct hae_recorder_source *self = user;

    /* Relaxed: a name that is given beside the end may come too late. */
    return self->has_journals && atomic_load_explicit(&self->recorder->file->naming,
                                                      memory_order_relaxed) == HAE_FILE_NAMED;
}

static void abandon(void *user, struct hae_intake *intake)
{
    (void)drain(user, intake);
}

/* Whether anything is in the region's file that was not delivered. */
static bool is_anything_left(const struct hae_recorder_source *self,
                             const struct hae_intake *intake)
{
    struct hae_recorder *recorder = self->recorder;
    bool metrics_settled = !hae_intake_is_wanted(intake, HAETAE_SIGNAL_METRICS) ||
                           hae_readers_are_delivered(self->readers, intake) ||
                           (hae_readers_have_ended(self->readers) &&
                            hae_intake_held(intake, HAETAE_SIGNAL_METRICS) == 0);

    if (metrics_settled) {
        /* Relaxed: it is read only after this process has died, by recovery. */
        atomic_store_explicit(&recorder->file->stored->metrics_settled, 1, memory_order_relaxed);
    }
    return (!metrics_settled && hae_recorder_has_instruments(recorder)) ||
           !hae_journal_is_empty(recorder, HAETAE_SIGNAL_TRACES) ||
           !hae_journal_is_empty(recorder, HAETAE_SIGNAL_LOGS) || !hae_recorder_is_empty(recorder);
}

/* Removes the region's file, or leaves it for the next start. */
static bool end(void *user, struct hae_intake *intake)
{
    struct hae_recorder_source *self = user;

    if (!self->has_journals) {
        return false;
    }
    if (!keeps(self) || !is_anything_left(self, intake)) {
        hae_region_file_remove(self->recorder->file);
        return false;
    }
    hae_diagnose(self->diagnostics, HAETAE_DIAGNOSTIC_WARN, "shutdown",
                 "not delivered before the shutdown, kept in %s for the next start: %llu spans, "
                 "%llu data points, %llu log records, and what came last",
                 self->recorder->file->name,
                 (unsigned long long)hae_intake_held(intake, HAETAE_SIGNAL_TRACES),
                 (unsigned long long)hae_intake_held(intake, HAETAE_SIGNAL_METRICS),
                 (unsigned long long)hae_intake_held(intake, HAETAE_SIGNAL_LOGS));
    return true;
}

/* ---- Life ------------------------------------------------------------------------------- */

static void begin(struct hae_recorder_source *self, uint64_t now_ms)
{
    self->has_journals = hae_journal_on(self->recorder);
    self->next_anchor_ms = now_ms + FIRST_ANCHOR_MS;
}

static void in_child(void *user, bool idle)
{
    struct hae_recorder_source *self = user;

    (void)idle;
    self->has_journals = false;
}

static void reinit(void *user, uint64_t now_ms)
{
    struct hae_recorder_source *self = user;

    begin(self, now_ms);
    self->must_report_no_file = self->recorder->inherited_file != NULL;
    self->no_name_reported = false;
}

void hae_recorder_source_init(struct hae_recorder_source *self, struct hae_recorder *recorder,
                              struct hae_diagnostics *diagnostics, struct hae_sdk_readers *readers)
{
    *self = (struct hae_recorder_source){
        .recorder = recorder, .diagnostics = diagnostics, .readers = readers};
    /* What samplers of a former SDK noticed; those of this one, and of any other that runs, notice
     * it again. Relaxed: nothing depends on the order. */
    atomic_store_explicit(&hae_sampling_remarks, 0, memory_order_relaxed);
    begin(self, hae_now_ms());
}

struct hae_source hae_recorder_source(struct hae_recorder_source *self)
{
    return (struct hae_source){
        .name = "recorder",
        .self = self,
        .signals = 1U << HAETAE_SIGNAL_TRACES | 1U << HAETAE_SIGNAL_LOGS,
        .run = run,
        .position = position,
        .settle = settle,
        .settle_items = settle_items,
        .keeps = keeps,
        .abandon = abandon,
        .end = end,
        .in_child = in_child,
        .reinit = reinit,
    };
}
