/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/self_metrics_instruments.h"

#include <stdio.h>

#include "sdk/self_metrics_names.h"

/* Of durations, in seconds. */
static const double seconds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                 0.25,  0.5,    1,     2.5,  5,     10,   30};

/* Makes options for "otel.sdk.<part>.<item>.<what>", whose text lies in `name`. */
static haetae_instrument_options options_of(char name[HAE_SELF_NAME_BYTES], const char *part,
                                            int signal, const char *what)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);

    snprintf(name, HAE_SELF_NAME_BYTES, "otel.sdk.%s.%s.%s", part, hae_self_item_names[signal].item,
             what);
    options.name = haetae_string_of(name);
    options.unit = haetae_string_of(hae_self_item_names[signal].unit);
    return options;
}

static haetae_counter *counter(haetae_meter *meter, const char *part, int signal, const char *what)
{
    char name[HAE_SELF_NAME_BYTES];
    haetae_instrument_options options = options_of(name, part, signal, what);
    haetae_counter *made = NULL;

    (void)haetae_counter_create(meter, &options, &made);
    return made;
}

static haetae_up_down_counter *up_down(haetae_meter *meter, const char *part, int signal,
                                       const char *what)
{
    char name[HAE_SELF_NAME_BYTES];
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
} levels[HAE_SELF_LEVELS] = {
    [HAE_SELF_WAITING] = {"waiting", "{request}"},
    [HAE_SELF_AWAY] = {"away", "{exporter}"},
    [HAE_SELF_SPOOLED_ITEMS] = {"spooled", NULL},
    [HAE_SELF_SPOOLED_BYTES] = {"spool.size", "By"},
};

static haetae_up_down_counter *make_level(haetae_meter *meter, int signal, int level)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_up_down_counter *made = NULL;
    char name[HAE_SELF_NAME_BYTES];

    snprintf(name, sizeof name, "haetae.exporter.%s.%s", hae_self_item_names[signal].item,
             levels[level].what);
    options.name = haetae_string_of(name);
    options.unit = haetae_string_of(levels[level].unit != NULL ? levels[level].unit
                                                               : hae_self_item_names[signal].unit);
    (void)haetae_up_down_counter_create(meter, &options, &made);
    return made;
}

void hae_self_metrics_make(struct hae_self_metrics *self, haetae_meter *meter)
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
