/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/self_metrics.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "pipeline/health.h"
#include "recorder/counts.h"
#include "recorder/state.h"

/* ---- Names -------------------------------------------------------------------------------- */

enum { NAME_BYTES = 96 };

/* Of items, in the names of metrics and of types of components, and as a unit. */
static const struct {
    const char *item;
    const char *component;
    const char *unit;
} names[HAETAE_SIGNAL_COUNT] = {
    [HAETAE_SIGNAL_TRACES] = {"span", "span", "{span}"},
    [HAETAE_SIGNAL_METRICS] = {"metric_data_point", "metric", "{data_point}"},
    [HAETAE_SIGNAL_LOGS] = {"log", "log", "{log_record}"},
};

/* The name of a component and its type. Attributes point into it. */
struct component {
    char type[NAME_BYTES];
    char name[NAME_BYTES + HAE_LABEL_BYTES];
};

static void name_component(struct component *component, const char *type, const char *item,
                           const char *kind, uint32_t instance)
{
    snprintf(component->type, sizeof component->type, "%.50s_%s_%s", type, item, kind);
    snprintf(component->name, sizeof component->name, "%.80s/%u", component->type, instance);
}

static void name_processor(struct component *component, int signal)
{
    name_component(component, "batching", names[signal].component, "processor", 0);
}

/* How many exporters of the same type come before this one. */
static uint32_t number_of(const struct hae_pipeline *pipeline, const haetae_exporter *exporter)
{
    uint32_t number = 0;

    for (uint32_t i = 0; pipeline->route.destinations[i].exporter != exporter; i++) {
        number +=
            strcmp(pipeline->route.destinations[i].exporter->component, exporter->component) == 0;
    }
    return number;
}

static void name_exporter(struct component *component, const struct hae_pipeline *pipeline,
                          const haetae_exporter *exporter, int signal)
{
    name_component(component, exporter->component, names[signal].component, "exporter",
                   number_of(pipeline, exporter));
    if (exporter->label[0] != '\0') {
        snprintf(component->name, sizeof component->name, "%.80s/%s", component->type,
                 exporter->label);
    }
}

/* By the specification's words where it has any. */
static const char *error_of(int reason)
{
    switch (reason) {
    case HAETAE_DROP_RING_FULL:
    case HAETAE_DROP_QUEUE_FULL:
        return "queue_full";
    case HAETAE_DROP_SHUTDOWN:
        return "already_shutdown";
    default:
        return haetae_drop_reason_name((haetae_drop_reason)reason);
    }
}

/* ---- Attributes --------------------------------------------------------------------------- */

enum { ATTRIBUTES_MAX = 4 };

struct attributes {
    haetae_attribute items[ATTRIBUTES_MAX];
    size_t count;
};

static void add_text(struct attributes *list, const char *key, const char *value)
{
    list->items[list->count++] =
        (haetae_attribute){haetae_string_of(key), haetae_value_of(haetae_string_of(value))};
}

/* `error` NULL: none. */
static struct attributes attributes_of(const struct component *component, const char *error)
{
    struct attributes list = {.count = 0};

    add_text(&list, "otel.component.type", component->type);
    add_text(&list, "otel.component.name", component->name);
    if (error != NULL) {
        add_text(&list, "error.type", error);
    }
    return list;
}

/* ---- Instruments -------------------------------------------------------------------------- */

/* Of durations, in seconds. */
static const double seconds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                 0.25,  0.5,    1,     2.5,  5,     10,   30};

/* Makes options for "otel.sdk.<part>.<item>.<what>", whose text lies in `name`. */
static haetae_instrument_options options_of(char name[NAME_BYTES], const char *part, int signal,
                                            const char *what)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);

    snprintf(name, NAME_BYTES, "otel.sdk.%s.%s.%s", part, names[signal].item, what);
    options.name = haetae_string_of(name);
    options.unit = haetae_string_of(names[signal].unit);
    return options;
}

static haetae_counter *counter(haetae_meter *meter, const char *part, int signal, const char *what)
{
    char name[NAME_BYTES];
    haetae_instrument_options options = options_of(name, part, signal, what);
    haetae_counter *made = NULL;

    (void)haetae_counter_create(meter, &options, &made);
    return made;
}

static haetae_up_down_counter *up_down(haetae_meter *meter, const char *part, int signal,
                                       const char *what)
{
    char name[NAME_BYTES];
    haetae_instrument_options options = options_of(name, part, signal, what);
    haetae_up_down_counter *made = NULL;

    (void)haetae_up_down_counter_create(meter, &options, &made);
    return made;
}

static haetae_histogram *durations(haetae_meter *meter, const char *name)
{
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of(name),
                       .unit = haetae_string_of("s"), .number_type = HAETAE_NUMBER_DOUBLE,
                       .boundaries = seconds, .boundary_count = sizeof seconds / sizeof seconds[0]);
    haetae_histogram *made = NULL;

    (void)haetae_histogram_create(meter, &options, &made);
    return made;
}

static void make_processor(struct hae_self_processor *processor, haetae_meter *meter, int signal)
{
    processor->queue_size = up_down(meter, "processor", signal, "queue.size");
    processor->queue_capacity = up_down(meter, "processor", signal, "queue.capacity");
    processor->processed = counter(meter, "processor", signal, "processed");
}

/* By hae_self_level. Without a unit it is the items' own. */
static const struct {
    const char *what;
    const char *unit;
    haetae_destination_stat stat;
} levels[HAE_SELF_LEVELS] = {
    [HAE_SELF_WAITING] = {"waiting", "{request}", HAETAE_DESTINATION_WAITING},
    [HAE_SELF_AWAY] = {"away", "{exporter}", HAETAE_DESTINATION_AWAY},
    [HAE_SELF_SPOOLED_ITEMS] = {"spooled", NULL, HAETAE_DESTINATION_SPOOLED_ITEMS},
    [HAE_SELF_SPOOLED_BYTES] = {"spool.size", "By", HAETAE_DESTINATION_SPOOLED_BYTES},
};

static haetae_up_down_counter *make_level(haetae_meter *meter, int signal, int level)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_up_down_counter *made = NULL;
    char name[NAME_BYTES];

    snprintf(name, sizeof name, "haetae.exporter.%s.%s", names[signal].item, levels[level].what);
    options.name = haetae_string_of(name);
    options.unit =
        haetae_string_of(levels[level].unit != NULL ? levels[level].unit : names[signal].unit);
    (void)haetae_up_down_counter_create(meter, &options, &made);
    return made;
}

static void make_instruments(struct hae_self_metrics *self, haetae_meter *meter)
{
    haetae_instrument_options created =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("otel.sdk.log.created"),
                       .unit = haetae_string_of("{log_record}"));

    make_processor(&self->processors[HAETAE_SIGNAL_TRACES], meter, HAETAE_SIGNAL_TRACES);
    make_processor(&self->processors[HAETAE_SIGNAL_LOGS], meter, HAETAE_SIGNAL_LOGS);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        self->in_flight[signal] = up_down(meter, "exporter", signal, "inflight");
        self->exported[signal] = counter(meter, "exporter", signal, "exported");
        for (int level = 0; level < HAE_SELF_LEVELS; level++) {
            self->levels[signal][level] = make_level(meter, signal, level);
        }
    }
    (void)haetae_counter_create(meter, &created, &self->log_created);
    self->collection_duration = durations(meter, "otel.sdk.metric_reader.collection.duration");
    self->operation_duration = durations(meter, "otel.sdk.exporter.operation.duration");
}

/* ---- Spans -------------------------------------------------------------------------------- */

static const char *const origins[HAE_SELF_ORIGINS] = {"none", "local", "remote"};

static const char *const decisions[HAE_SELF_DECISIONS] = {
    [HAETAE_SAMPLING_DROP - HAETAE_SAMPLING_DROP] = "DROP",
    [HAETAE_SAMPLING_RECORD_ONLY - HAETAE_SAMPLING_DROP] = "RECORD_ONLY",
    [HAETAE_SAMPLING_RECORD_AND_SAMPLE - HAETAE_SAMPLING_DROP] = "RECORD_AND_SAMPLE",
};

static int index_of(int32_t decision)
{
    int index = decision - HAETAE_SAMPLING_DROP;

    return index >= 0 && index < HAE_SELF_DECISIONS ? index : 0; /* what is no decision drops */
}

static void span_started(void *user, const struct hae_current *parent, int32_t decision)
{
    const struct hae_self_metrics *self = user;
    int origin = parent == NULL ? 0 : parent->is_remote ? 2 : 1;
    int index = index_of(decision);

    haetae_bound_counter_add(self->started[origin][index], 1);
    haetae_bound_up_down_counter_add(self->live[index], 1);
}

static void span_ended(void *user, int32_t decision)
{
    const struct hae_self_metrics *self = user;

    haetae_bound_up_down_counter_add(self->live[index_of(decision)], -1);
}

static void bind_spans(struct hae_self_metrics *self, haetae_meter *meter)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_up_down_counter *live = NULL;
    haetae_counter *started = NULL;

    options.unit = haetae_string_of(names[HAETAE_SIGNAL_TRACES].unit);
    options.name = haetae_string_of("otel.sdk.span.started");
    (void)haetae_counter_create(meter, &options, &started);
    options.name = haetae_string_of("otel.sdk.span.live");
    (void)haetae_up_down_counter_create(meter, &options, &live);
    for (int decision = 0; decision < HAE_SELF_DECISIONS; decision++) {
        struct attributes list = {.count = 0};

        add_text(&list, "otel.span.sampling_result", decisions[decision]);
        if (decision != index_of(HAETAE_SAMPLING_DROP)) {
            (void)haetae_up_down_counter_bind(live, list.items, list.count, &self->live[decision]);
        }
        add_text(&list, "otel.span.parent.origin", "");
        for (int origin = 0; origin < HAE_SELF_ORIGINS; origin++) {
            list.items[1].value = haetae_value_string(origins[origin]);
            (void)haetae_counter_bind(started, list.items, list.count,
                                      &self->started[origin][decision]);
        }
    }
}

void hae_self_metrics_count_spans(struct hae_self_metrics *self,
                                  struct hae_tracer_provider *provider)
{
    struct hae_span_counter counter = {span_started, span_ended, self};

    hae_tracer_provider_count(provider, &counter);
}

/* ---- The beginning ------------------------------------------------------------------------ */

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
        make_instruments(self, meter);
        bind_spans(self, meter);
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
                   const struct component *component, const char *error)
{
    struct attributes list = attributes_of(component, error);
    int64_t by;

    if (moved(reported, value, &by)) {
        haetae_counter_add(instrument, by, list.items, list.count);
    }
}

static void report_level(haetae_up_down_counter *instrument, struct hae_self_reported *reported,
                         uint64_t value, const struct component *component)
{
    struct attributes list = attributes_of(component, NULL);
    int64_t by;

    if (moved(reported, value, &by)) {
        haetae_up_down_counter_add(instrument, by, list.items, list.count);
    }
}

/* An error that never happened has no series. Several reasons may be one error: then they are
 * measurements of the same one. */
static void report_failed(haetae_counter *instrument, struct hae_self_reported *reported,
                          const uint64_t *failed, const struct component *component)
{
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        if (failed[reason] != 0) {
            report(instrument, &reported[reason], failed[reason], component, error_of(reason));
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
    struct component component;

    name_processor(&component, signal);
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

static void update_levels(struct hae_self_metrics *self, uint32_t index, int signal,
                          const struct component *component)
{
    const struct hae_destination *destination = &self->pipeline->route.destinations[index];
    int count = destination->spool != NULL ? HAE_SELF_LEVELS : HAE_SELF_SPOOLED_ITEMS;
    uint64_t now_ms = hae_now_ms();

    for (int level = 0; level < count; level++) {
        report_level(self->levels[signal][level], &self->exporters[index][signal].levels[level],
                     hae_health_now(destination, (haetae_signal)signal, levels[level].stat, now_ms),
                     component);
    }
}

static void update_exporter(struct hae_self_metrics *self, uint32_t index, int signal)
{
    const struct hae_destination *destination = &self->pipeline->route.destinations[index];
    const struct hae_export_counts *counts = &destination->queues[signal].counts;
    struct hae_self_exporter *exporter = &self->exporters[index][signal];
    struct component component;

    name_exporter(&component, self->pipeline, destination->exporter, signal);
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
    struct component component = {"periodic_metric_reader", "periodic_metric_reader/0"};
    struct attributes list = attributes_of(&component, NULL);

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
    struct component component;
    struct attributes list;
    char status[16];

    if (!hae_accepting(self->recorder)) {
        return;
    }
    name_exporter(&component, self->pipeline, queue->destination->exporter, (int)queue->signal);
    list = attributes_of(&component, error_of_operation(operation->result, status));
    if (operation->result != NULL && operation->result->http_status != 0) {
        list.items[list.count++] =
            (haetae_attribute){haetae_string_of("http.response.status_code"),
                               haetae_value_int64(operation->result->http_status)};
    }
    haetae_histogram_record_double(self->operation_duration, seconds_of(operation->duration_ns),
                                   list.items, list.count);
}
