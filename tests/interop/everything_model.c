/* SPDX-License-Identifier: Apache-2.0 */
#include "everything_metrics.h"

static const double own_boundaries[] = {-1.5, 0.0, 2.5, 100.0};

/* Specification: "Explicit Bucket Histogram Aggregation". */
static const double default_boundaries[] = {0,   5,   10,   25,   50,   75,   100,  250,
                                            500, 750, 1000, 2500, 5000, 7500, 10000};

static const struct instrument_def defs[] = {
    {COUNTER, STRING_INIT("counter"), STRING_INIT("{request}"), STRING_INIT("counts \xC3\xA9"),
     NULL, 0},
    {UP_DOWN_COUNTER, STRING_INIT("up/down-counter"), STRING_INIT("By"), STRING_INIT(""), NULL, 0},
    {GAUGE, STRING_INIT("gauge_1.x"), STRING_INIT("Cel"), STRING_INIT("the last one"), NULL, 0},
    {HISTOGRAM, STRING_INIT("histogram"), STRING_INIT("ms"), STRING_INIT("default bounds"), NULL,
     0},
    {HISTOGRAM, STRING_INIT("histogram.own"), STRING_INIT(""), STRING_INIT("own bounds"),
     own_boundaries, COUNT_OF(own_boundaries)},
};

_Static_assert(2 * COUNT_OF(defs) == INSTRUMENT_COUNT, "each with two types of numbers");

static void make_instrument(const struct run *run, haetae_meter *meter,
                            struct instrument *instrument)
{
    const struct instrument_def *def = instrument->def;
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    char name[64];

    snprintf(name, sizeof name, "%s.%s", def->name.data, instrument->is_double ? "double" : "int");
    options.name = haetae_string_of(name);
    options.unit = def->unit;
    options.description = def->description;
    options.number_type = instrument->is_double ? HAETAE_NUMBER_DOUBLE : HAETAE_NUMBER_INT64;
    options.boundaries = def->boundaries;
    options.boundary_count = def->boundary_count;
    switch (def->kind) {
    case COUNTER:
        EXPECT_OK(run, haetae_counter_create(meter, &options, &instrument->counter));
        break;
    case UP_DOWN_COUNTER:
        EXPECT_OK(run,
                  haetae_up_down_counter_create(meter, &options, &instrument->up_down_counter));
        break;
    case GAUGE:
        EXPECT_OK(run, haetae_gauge_create(meter, &options, &instrument->gauge));
        break;
    case HISTOGRAM:
        EXPECT_OK(run, haetae_histogram_create(meter, &options, &instrument->histogram));
        break;
    }
}

void make_instruments(const struct run *run, haetae_meter *meter,
                      struct instrument instruments[INSTRUMENT_COUNT])
{
    memset(instruments, 0, INSTRUMENT_COUNT * sizeof *instruments);
    for (size_t i = 0; i < INSTRUMENT_COUNT; i++) {
        instruments[i].def = &defs[i / 2];
        instruments[i].is_double = i % 2 != 0;
        make_instrument(run, meter, &instruments[i]);
    }
}

void model_add(struct series *series, double value)
{
    if (series->count < COUNT_OF(series->values)) {
        series->values[series->count++] = value;
    }
}

static double sum_of(const struct series *series)
{
    double sum = 0;

    for (size_t i = 0; i < series->count; i++) {
        sum += series->values[i];
    }
    return sum;
}

/* The number of values above `low` and not above `high`. */
static uint64_t count_between(const struct series *series, const double *low, const double *high)
{
    uint64_t count = 0;

    for (size_t i = 0; i < series->count; i++) {
        double value = series->values[i];

        count += (low == NULL || value > *low) && (high == NULL || value <= *high);
    }
    return count;
}

static void put_distribution(struct json_out *out, const struct instrument_def *def,
                             const struct series *series)
{
    bool own = def->boundaries != NULL;
    const double *bounds = own ? def->boundaries : default_boundaries;
    size_t count = own ? def->boundary_count : COUNT_OF(default_boundaries);
    double min = series->values[0], max = series->values[0];

    for (size_t i = 0; i < series->count; i++) {
        min = series->values[i] < min ? series->values[i] : min;
        max = series->values[i] > max ? series->values[i] : max;
    }
    json_uint64(out, "count", series->count);
    json_double(out, "sum", sum_of(series));
    json_double(out, "min", min);
    json_double(out, "max", max);
    json_array(out, "explicitBounds");
    for (size_t i = 0; i < count; i++) {
        json_double(out, NULL, bounds[i]);
    }
    json_array_end(out);
    json_array(out, "bucketCounts");
    for (size_t i = 0; i <= count; i++) {
        json_uint64(
            out, NULL,
            count_between(series, i > 0 ? &bounds[i - 1] : NULL, i < count ? &bounds[i] : NULL));
    }
    json_array_end(out);
}

static void put_point(struct json_out *out, const struct instrument *instrument,
                      const struct series *series)
{
    double value =
        instrument->def->kind == GAUGE ? series->values[series->count - 1] : sum_of(series);

    if (instrument->def->kind == HISTOGRAM) {
        put_distribution(out, instrument->def, series);
    } else if (instrument->is_double) {
        json_double(out, "asDouble", value);
    } else {
        json_int64(out, "asInt", (int64_t)value);
    }
}

void expect_points(const struct run *run, const char *scope, const struct instrument *instrument,
                   const struct series *series, const haetae_attribute *attributes, size_t count)
{
    static const char *const fields[] = {
        [COUNTER] = "sum", [UP_DOWN_COUNTER] = "sum", [GAUGE] = "gauge", [HISTOGRAM] = "histogram"};
    const struct instrument_def *def = instrument->def;
    struct json_out *out = run->out;
    char name[64];

    if (series->count == 0) {
        return;
    }
    snprintf(name, sizeof name, "%s.%s", def->name.data, instrument->is_double ? "double" : "int");
    item_begin(run, scope, "metric");
    json_string(out, "name", name);
    json_text(out, "unit", def->unit.data, def->unit.length);
    json_text(out, "description", def->description.data, def->description.length);
    json_object(out, fields[def->kind]);
    if (def->kind != GAUGE) {
        json_number(out, "aggregationTemporality", 2);
    }
    if (def->kind == COUNTER || def->kind == UP_DOWN_COUNTER) {
        json_bool(out, "isMonotonic", def->kind == COUNTER);
    }
    json_array(out, "dataPoints");
    json_object(out, NULL);
    json_attributes(out, "attributes", attributes, count);
    json_time(out, "startTimeUnixNano", 0);
    json_time(out, "timeUnixNano", 0);
    put_point(out, instrument, series);
    json_object_end(out);
    json_array_end(out);
    json_object_end(out);
    item_end(run);
}
