/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics: every kind of instrument with both types of numbers. Each instrument gets
 * the same steps, in two phases with a collection after each. A simple model
 * computes the expected points. */
#include <math.h>

#include "everything.h"
#include "everything_metrics.h"

static const char scope_id[] = "metrics";

/* ---- Attribute sets ------------------------------------------------------------------ */

/* Sets with the same number are the same series, in any form. */
enum set { NONE, FULL, SHORT, BOUND, RICH, BAD, SET_COUNT };

struct form {
    enum set set;
    const haetae_attribute *attributes;
    size_t count;
};

enum {
    FORM_NONE,
    FORM_FULL,
    FORM_REVERSED,
    FORM_TWICE,
    FORM_SHORT,
    FORM_BOUND,
    FORM_RICH,
    FORM_BAD_FF,
    FORM_BAD_FE,
    FORM_COUNT
};

/* A step: a value, its form, and the first phase in which it is made. */
struct step {
    int phase;
    int form;
    bool bound;
    int64_t value; /* times 0.25 for doubles, so that sums are exact */
};

static const struct step steps[] = {
    {1, FORM_NONE, false, 1},      {1, FORM_NONE, false, 2},     {1, FORM_FULL, false, 10},
    {1, FORM_REVERSED, false, 20}, {1, FORM_FULL, true, 5},      {1, FORM_REVERSED, true, 0},
    {1, FORM_BOUND, true, 4},      {1, FORM_RICH, false, 10001}, {1, FORM_BAD_FF, false, 1},
    {1, FORM_BAD_FE, false, 2},    {2, FORM_FULL, false, 100},   {2, FORM_TWICE, false, 40000},
    {2, FORM_SHORT, false, 7},     {2, FORM_BOUND, true, 6},     {2, FORM_FULL, false, -3},
};

/* ---- Measuring ------------------------------------------------------------------------ */

static void measure(struct instrument *instrument, const struct form *form, int64_t value)
{
    double real = (double)value * 0.25;
    const haetae_attribute *a = form->attributes;
    size_t n = form->count;

    switch (instrument->def->kind) {
    case COUNTER:
        instrument->is_double ? haetae_counter_add_double(instrument->counter, real, a, n)
                              : haetae_counter_add(instrument->counter, value, a, n);
        break;
    case UP_DOWN_COUNTER:
        instrument->is_double
            ? haetae_up_down_counter_add_double(instrument->up_down_counter, real, a, n)
            : haetae_up_down_counter_add(instrument->up_down_counter, value, a, n);
        break;
    case GAUGE:
        instrument->is_double ? haetae_gauge_record_double(instrument->gauge, real, a, n)
                              : haetae_gauge_record(instrument->gauge, value, a, n);
        break;
    case HISTOGRAM:
        instrument->is_double ? haetae_histogram_record_double(instrument->histogram, real, a, n)
                              : haetae_histogram_record(instrument->histogram, value, a, n);
        break;
    }
}

/* The same with keys and values. */
static void measure_keyed(const struct run *run, struct instrument *instrument,
                          const struct form *form, int64_t value)
{
    double real = (double)value * 0.25;
    haetae_string names[16] = {{NULL, 0}};
    haetae_value values[16];
    haetae_keys *keys = NULL;
    size_t n = form->count;

    for (size_t i = 0; i < n; i++) {
        names[i] = form->attributes[i].key;
        values[i] = form->attributes[i].value;
    }
    EXPECT_OK(run, haetae_keys_new(names, n, &keys));
    switch (instrument->def->kind) {
    case COUNTER:
        instrument->is_double
            ? haetae_counter_add_double_keyed(instrument->counter, real, keys, values, n)
            : haetae_counter_add_keyed(instrument->counter, value, keys, values, n);
        break;
    case UP_DOWN_COUNTER:
        instrument->is_double
            ? haetae_up_down_counter_add_double_keyed(instrument->up_down_counter, real, keys,
                                                      values, n)
            : haetae_up_down_counter_add_keyed(instrument->up_down_counter, value, keys, values, n);
        break;
    case GAUGE:
        instrument->is_double
            ? haetae_gauge_record_double_keyed(instrument->gauge, real, keys, values, n)
            : haetae_gauge_record_keyed(instrument->gauge, value, keys, values, n);
        break;
    case HISTOGRAM:
        instrument->is_double
            ? haetae_histogram_record_double_keyed(instrument->histogram, real, keys, values, n)
            : haetae_histogram_record_keyed(instrument->histogram, value, keys, values, n);
        break;
    }
    haetae_keys_free(keys);
}

static void measure_bound(const struct run *run, struct instrument *instrument,
                          const struct form *form, int64_t value)
{
    double real = (double)value * 0.25;
    const haetae_attribute *a = form->attributes;
    size_t n = form->count;
    haetae_bound_counter *counter = NULL;
    haetae_bound_up_down_counter *up_down_counter = NULL;
    haetae_bound_gauge *gauge = NULL;
    haetae_bound_histogram *histogram = NULL;

    switch (instrument->def->kind) {
    case COUNTER:
        EXPECT_OK(run, haetae_counter_bind(instrument->counter, a, n, &counter));
        instrument->is_double ? haetae_bound_counter_add_double(counter, real)
                              : haetae_bound_counter_add(counter, value);
        break;
    case UP_DOWN_COUNTER:
        EXPECT_OK(run,
                  haetae_up_down_counter_bind(instrument->up_down_counter, a, n, &up_down_counter));
        instrument->is_double ? haetae_bound_up_down_counter_add_double(up_down_counter, real)
                              : haetae_bound_up_down_counter_add(up_down_counter, value);
        break;
    case GAUGE:
        EXPECT_OK(run, haetae_gauge_bind(instrument->gauge, a, n, &gauge));
        instrument->is_double ? haetae_bound_gauge_record_double(gauge, real)
                              : haetae_bound_gauge_record(gauge, value);
        break;
    case HISTOGRAM:
        EXPECT_OK(run, haetae_histogram_bind(instrument->histogram, a, n, &histogram));
        instrument->is_double ? haetae_bound_histogram_record_double(histogram, real)
                              : haetae_bound_histogram_record(histogram, value);
        break;
    }
}

/* Makes the steps of a phase on one instrument and on its model. */
static void make_steps(const struct run *run, struct instrument *instrument,
                       const struct form *forms, int phase)
{
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        const struct form *form = &forms[steps[i].form];

        if (steps[i].phase != phase) {
            continue;
        }
        if (steps[i].bound) {
            measure_bound(run, instrument, form, steps[i].value);
        } else if (steps[i].form == FORM_SHORT || steps[i].form == FORM_REVERSED) {
            measure_keyed(run, instrument, form, steps[i].value);
        } else {
            measure(instrument, form, steps[i].value);
        }
        if ((instrument->def->kind == COUNTER || instrument->def->kind == HISTOGRAM) &&
            steps[i].value < 0) {
            misuses_made.count[HAETAE_MISUSE_MEASUREMENT]++;
        } else {
            model_add(&instrument->series[form->set],
                      (double)steps[i].value * (instrument->is_double ? 0.25 : 1.0));
        }
    }
}

/* Measurements that must change nothing. */
static void make_wrong_steps(struct instrument *instrument)
{
    static const struct form none = {NONE, NULL, 0};
    struct instrument other = *instrument;

    other.is_double = !instrument->is_double;
    measure(&other, &none, 1000);
    misuses_made.count[HAETAE_MISUSE_MEASUREMENT]++;
    if (instrument->def->kind == GAUGE && instrument->is_double) {
        haetae_gauge_record_double(instrument->gauge, (double)NAN, NULL, 0);
        misuses_made.count[HAETAE_MISUSE_MEASUREMENT]++;
    }
}

/* ---- All instruments ------------------------------------------------------------------------ */

static haetae_meter *make_meter(const struct run *run)
{
    const haetae_attribute attributes[] = {HAETAE_ATTR("meter.bytes", haetae_value_bytes("m", 1))};
    haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);
    haetae_meter *meter = NULL;

    scope.name = STRING_OF("interop/metrics");
    scope.version = STRING_OF("2");
    scope.schema_url = STRING_OF("https://example.org/metrics");
    scope.attributes = attributes;
    scope.attribute_count = COUNT_OF(attributes);
    EXPECT_OK(run, haetae_meter_get(run->sdk, &scope, &meter));
    define_scope(run, scope_id, &scope);
    return meter;
}

/* The same options give the same instrument; another unit or kind gives one of its own. */
static void check_identity(const struct run *run, haetae_meter *meter)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_counter *first = NULL, *second = NULL;
    haetae_gauge *gauge = NULL;

    options.name = STRING_OF("never.measured");
    EXPECT_OK(run, haetae_counter_create(meter, &options, &first));
    options.name = STRING_OF("Never.Measured");
    EXPECT_OK(run, haetae_counter_create(meter, &options, &second));
    EXPECT(run, first != NULL && first == second);
    options.unit = STRING_OF("s");
    EXPECT_OK(run, haetae_counter_create(meter, &options, &second));
    EXPECT(run, second != NULL && second != first);
    EXPECT_OK(run, haetae_gauge_create(meter, &options, &gauge));
    EXPECT(run, gauge != NULL);
    options.name = STRING_OF("7 is no letter");
    second = first;
    EXPECT(run, haetae_counter_create(meter, &options, &second) == HAETAE_EINVAL);
    EXPECT(run, second == first);
    EXPECT(run, haetae_counter_named(meter, "never.measured", NULL) == first);
    EXPECT(run, haetae_up_down_counter_named(meter, "never.measured", NULL) != NULL);
    EXPECT(run, haetae_gauge_named(meter, "never.measured", "s") != NULL);
    EXPECT(run, haetae_histogram_named(meter, "7 is no letter", "s") == NULL);
}

static void check_enabled(const struct run *run, const struct instrument *instruments)
{
    for (size_t i = 0; i < INSTRUMENT_COUNT; i++) {
        const struct instrument *instrument = &instruments[i];

        EXPECT(run, haetae_counter_enabled(instrument->counter) ||
                        haetae_up_down_counter_enabled(instrument->up_down_counter) ||
                        haetae_gauge_enabled(instrument->gauge) ||
                        haetae_histogram_enabled(instrument->histogram));
    }
}

static void observe_nothing(void *user, haetae_observer *observer)
{
    haetae_observe_int64(observer, NULL, 1, NULL, 0);
    haetae_observe_double(observer, NULL, 1.5, NULL, 0);
    (void)user;
}

/* What is set and removed before the first collection is not reported. */
static void check_observables(const struct run *run, haetae_meter *meter)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_observable *made[3] = {NULL, NULL, NULL};
    haetae_callback *callback = NULL;

    options.name = STRING_OF("observed.removed");
    options.number_type = HAETAE_NUMBER_DOUBLE;
    EXPECT_OK(run, haetae_observable_counter_create(meter, &options, &made[0]));
    EXPECT_OK(run, haetae_observable_up_down_counter_create(meter, &options, &made[1]));
    EXPECT_OK(run, haetae_observable_gauge_create(meter, &options, &made[2]));
    for (size_t i = 0; i < COUNT_OF(made); i++) {
        haetae_observable_set_double(made[i], 1.5, NULL, 0);
        haetae_observable_remove(made[i], NULL, 0);
    }
    EXPECT_OK(run, haetae_callback_register(made, COUNT_OF(made), observe_nothing, NULL, NULL));
    EXPECT_OK(run, haetae_callback_register(made, 1, observe_nothing, NULL, &callback));
    EXPECT(run, callback != NULL);
    haetae_callback_unregister(callback);
    haetae_observable_set_int64(haetae_observable_counter_named(meter, "unset", NULL), -1, NULL, 0);
    misuses_made.count[HAETAE_MISUSE_MEASUREMENT]++;
    EXPECT(run, haetae_observable_up_down_counter_named(meter, "unset", NULL) != NULL);
    EXPECT(run, haetae_observable_gauge_named(meter, "unset", NULL) != NULL);
}

static void run_phase(const struct run *run, struct instrument *instruments,
                      const struct form *forms, int phase)
{
    const struct form *shown[SET_COUNT];

    for (int i = FORM_COUNT - 1; i >= 0; i--) {
        shown[forms[i].set] = &forms[i];
    }
    for (size_t i = 0; i < INSTRUMENT_COUNT; i++) {
        make_steps(run, &instruments[i], forms, phase);
        make_wrong_steps(&instruments[i]);
        for (size_t set = 0; set < SET_COUNT; set++) {
            static const haetae_attribute repaired = {{"bad", 3}, {.type = 0}};
            haetae_attribute bad = repaired;

            bad.value = haetae_value_string("\xEF\xBF\xBD");
            expect_points(run, scope_id, &instruments[i], &instruments[i].series[set],
                          set == BAD ? &bad : shown[set]->attributes,
                          set == BAD ? 1 : shown[set]->count);
        }
    }
}

void record_metrics(const struct run *run)
{
    const haetae_attribute full[] = {HAETAE_ATTR("k", "v"), HAETAE_ATTR("n", 1)};
    const haetae_attribute reversed[] = {HAETAE_ATTR("n", 1), HAETAE_ATTR("k", "v")};
    const haetae_attribute twice[] = {HAETAE_ATTR("k", "old"), HAETAE_ATTR("n", 1),
                                      HAETAE_ATTR("k", "v")};
    const haetae_attribute shorter[] = {HAETAE_ATTR("k", "v")};
    const haetae_attribute bound[] = {HAETAE_ATTR("only.bound", (bool)true)};
    const haetae_value values[] = {HAETAE_VALUE(1), HAETAE_VALUE("x")};
    const haetae_attribute rich[] = {
        HAETAE_ATTR("array", haetae_value_array(values, COUNT_OF(values))),
        HAETAE_ATTR("bytes", haetae_value_bytes("\x00", 1)),
        HAETAE_ATTR("double", -2.5),
        HAETAE_ATTR("empty", haetae_value_empty()),
        HAETAE_ATTR("map", haetae_value_map(shorter, COUNT_OF(shorter))),
    };
    const haetae_attribute bad_ff[] = {HAETAE_ATTR("bad", "\xFF")};
    const haetae_attribute bad_fe[] = {HAETAE_ATTR("bad", "\xFE")};
    const struct form forms[FORM_COUNT] = {
        [FORM_NONE] = {NONE, NULL, 0},
        [FORM_FULL] = {FULL, full, COUNT_OF(full)},
        [FORM_REVERSED] = {FULL, reversed, COUNT_OF(reversed)},
        [FORM_TWICE] = {FULL, twice, COUNT_OF(twice)},
        [FORM_SHORT] = {SHORT, shorter, COUNT_OF(shorter)},
        [FORM_BOUND] = {BOUND, bound, COUNT_OF(bound)},
        [FORM_RICH] = {RICH, rich, COUNT_OF(rich)},
        [FORM_BAD_FF] = {BAD, bad_ff, COUNT_OF(bad_ff)},
        [FORM_BAD_FE] = {BAD, bad_fe, COUNT_OF(bad_fe)},
    };
    struct instrument instruments[INSTRUMENT_COUNT];
    haetae_meter *meter = make_meter(run);

    make_instruments(run, meter, instruments);
    check_identity(run, meter);
    check_observables(run, meter);
    check_enabled(run, instruments);
    run_phase(run, instruments, forms, 1);
    EXPECT_OK(run, haetae_sdk_force_flush(run->sdk, 30000));
    /* The shutdown makes the second collection. */
    run_phase(run, instruments, forms, 2);
}
