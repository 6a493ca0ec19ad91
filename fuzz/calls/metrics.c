/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics: a series is found by the note of its attributes. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "calls/calls.h"

enum {
    COUNTER,
    UP_DOWN_COUNTER,
    GAUGE,
    HISTOGRAM,
    SYNCHRONOUS_KINDS,
    OBSERVABLE_COUNTER = SYNCHRONOUS_KINDS,
    OBSERVABLE_UP_DOWN_COUNTER,
    OBSERVABLE_GAUGE,
    KINDS
};

static const double bounds[] = {10, 1000};

static uint64_t bits_of(double real)
{
    uint64_t bits;

    memcpy(&bits, &real, sizeof bits);
    return bits;
}

/* ---- What a point shows ---------------------------------------------------------------------- */

static void note_value(const struct calls_instrument *instrument, struct calls_series *series)
{
    struct note *note = note_list_add(&series->values);

    if (instrument->kind != HISTOGRAM && instrument->real) {
        note_add(note, " double=%" PRIx64, bits_of(series->real));
    } else if (instrument->kind != HISTOGRAM) {
        note_add(note, " int=%" PRId64, series->integer);
    } else {
        note_add(note, " count=%" PRIu64 " sum=%" PRIx64 " min=%" PRIx64 " max=%" PRIx64,
                 series->count, bits_of(series->real), bits_of(series->least),
                 bits_of(series->most));
        note_add(note,
                 " buckets=[%" PRIx64 ",%" PRIx64 ",%" PRIx64 "] bounds=[%" PRIx64 ",%" PRIx64 "]",
                 series->buckets[0], series->buckets[1], series->buckets[2], bits_of(bounds[0]),
                 bits_of(bounds[1]));
    }
}

static void observe(struct calls_series *series, double value)
{
    series->least = series->count == 0 || value < series->least ? value : series->least;
    series->most = series->count == 0 || value > series->most ? value : series->most;
    series->real += value;
    series->count++;
    series->buckets[value <= bounds[0] ? 0 : value <= bounds[1] ? 1 : 2]++;
}

/* Adds a measurement that is valid. */
static void expect_measurement(const struct calls_instrument *instrument,
                               struct calls_series *series, int64_t integer, double real)
{
    switch (instrument->kind) {
    case HISTOGRAM:
        observe(series, instrument->real ? real : (double)integer);
        break;
    case GAUGE:
    case OBSERVABLE_COUNTER:
    case OBSERVABLE_UP_DOWN_COUNTER:
    case OBSERVABLE_GAUGE:
        series->integer = integer;
        series->real = real;
        break;
    default:
        series->integer = (int64_t)((uint64_t)series->integer + (uint64_t)integer);
        series->real += real;
        break;
    }
    note_value(instrument, series);
}

static struct calls_series *find_series(struct calls_instrument *instrument, const char *attributes)
{
    for (size_t i = 0; i < instrument->series_count; i++) {
        if (strcmp(instrument->series[i].attributes, attributes) == 0) {
            return &instrument->series[i];
        }
    }
    return NULL;
}

static struct calls_series *series_of(struct calls_instrument *instrument,
                                      const haetae_attribute *list, size_t count)
{
    const struct calls_limits limits = {SIZE_MAX, SIZE_MAX};
    struct note note = {NULL, 0, 0};
    struct calls_series *series;

    expect_attributes(&note, list, count, limits);
    series = find_series(instrument, note_text(&note));
    if (series == NULL) {
        series = &instrument->series[instrument->series_count++];
        *series = (struct calls_series){.attributes = strdup(note_text(&note))};
        FUZZ_CHECK(series->attributes != NULL, "out of memory");
    }
    note_done(&note);
    return series;
}

/* ---- Observables ----------------------------------------------------------------------------- */

static bool is_observable(const struct calls_instrument *instrument)
{
    return instrument->kind >= SYNCHRONOUS_KINDS;
}

/* What one with a callback observes: what it last had. */
static void observe_last(void *user, haetae_observer *observer)
{
    const struct calls_instrument *instrument = user;

    for (size_t i = 0; i < instrument->series_count; i++) {
        if (instrument->real) {
            haetae_observe_double(observer, instrument->handle, instrument->series[i].real, NULL,
                                  0);
        } else {
            haetae_observe_int64(observer, instrument->handle, instrument->series[i].integer, NULL,
                                 0);
        }
    }
}

static haetae_status create_observable(struct calls_instrument *instrument, haetae_meter *meter,
                                       const haetae_instrument_options *options)
{
    haetae_observable *observable = NULL;
    haetae_status status;

    switch (instrument->kind) {
    case OBSERVABLE_COUNTER:
        status = haetae_observable_counter_create(meter, options, &observable);
        break;
    case OBSERVABLE_UP_DOWN_COUNTER:
        status = haetae_observable_up_down_counter_create(meter, options, &observable);
        break;
    default:
        status = haetae_observable_gauge_create(meter, options, &observable);
        break;
    }
    instrument->handle = observable;
    return status;
}

static void set(const struct calls_instrument *instrument, int64_t integer, double real,
                const haetae_attribute *list, size_t count)
{
    if (instrument->real) {
        haetae_observable_set_double(instrument->handle, real, list, count);
    } else {
        haetae_observable_set_int64(instrument->handle, integer, list, count);
    }
}

/* One without attributes if a callback observes it; else the set is set, or removed. */
static void on_observable(struct calls_instrument *instrument, unsigned way, uint64_t number,
                          const haetae_attribute *list, size_t count)
{
    int64_t integer = (int64_t)number;
    double real = (double)number / 4;
    struct calls_series *series = series_of(instrument, list, instrument->observed ? 0 : count);

    series->removed = !instrument->observed && way == 1 && series->values.count != 0;
    if (series->removed) {
        haetae_observable_remove(instrument->handle, list, count);
        return;
    }
    expect_measurement(instrument, series, integer, real);
    if (!instrument->observed) {
        set(instrument, integer, real, list, count);
    }
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static haetae_status create(struct calls_instrument *instrument, haetae_meter *meter)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_counter *counter = NULL;
    haetae_up_down_counter *up_down = NULL;
    haetae_gauge *gauge = NULL;
    haetae_histogram *histogram = NULL;
    haetae_status status;

    options.name = haetae_string_of(instrument->name);
    options.number_type = instrument->real ? HAETAE_NUMBER_DOUBLE : HAETAE_NUMBER_INT64;
    if (is_observable(instrument)) {
        return create_observable(instrument, meter, &options);
    }
    switch (instrument->kind) {
    case COUNTER:
        status = haetae_counter_create(meter, &options, &counter);
        instrument->handle = counter;
        return status;
    case UP_DOWN_COUNTER:
        status = haetae_up_down_counter_create(meter, &options, &up_down);
        instrument->handle = up_down;
        return status;
    case GAUGE:
        status = haetae_gauge_create(meter, &options, &gauge);
        instrument->handle = gauge;
        return status;
    default:
        options.boundaries = bounds;
        options.boundary_count = 2;
        status = haetae_histogram_create(meter, &options, &histogram);
        instrument->handle = histogram;
        return status;
    }
}

/* Each kind and type has a name of its own, so that no two instruments are in conflict. */
static struct calls_instrument *instrument_of(struct calls *calls, struct calls_sdk *sdk)
{
    struct calls_scope *scope = calls_scope(calls, sdk);
    struct calls_instrument wanted = {.scope = scope};
    struct calls_instrument *made;
    unsigned which = fuzz_byte(&calls->input);

    wanted.kind = which < 128 ? (int)(which % SYNCHRONOUS_KINDS)
                              : SYNCHRONOUS_KINDS + (int)(which % (KINDS - SYNCHRONOUS_KINDS));
    wanted.real = which & 4;
    wanted.observed = which >= 128 && (which & 8) != 0;
    snprintf(wanted.name, sizeof wanted.name, "name.%d.%d%s", wanted.kind, wanted.real,
             wanted.observed ? ".seen" : "");
    for (size_t i = 0; i < sdk->instrument_count; i++) {
        struct calls_instrument *known = &sdk->instruments[i];

        if (known->scope->meter == scope->meter && strcmp(known->name, wanted.name) == 0) {
            return known;
        }
    }
    if (sdk->instrument_count == CALLS_INSTRUMENTS) {
        return NULL;
    }
    FUZZ_CHECK(create(&wanted, scope->meter) == HAETAE_OK, "%s is not created", wanted.name);
    made = &sdk->instruments[sdk->instrument_count++];
    *made = wanted;
    if (made->observed) {
        haetae_observable *observable = made->handle;

        FUZZ_CHECK(haetae_callback_register(&observable, 1, observe_last, made, NULL) == HAETAE_OK,
                   "the callback of %s is not registered", made->name);
    }
    return made;
}

/* Records through the handle, or through a bound one. */
static void record(struct calls_instrument *instrument, bool bound, int64_t integer, double real,
                   const haetae_attribute *list, size_t count)
{
    void *handle = instrument->handle;

    if (is_observable(instrument)) {
        set(instrument, integer, real, list, count);
        return;
    }
#define RECORD(name, verb)                                                                         \
    do {                                                                                           \
        haetae_bound_##name *it = NULL;                                                            \
        if (!bound && instrument->real) {                                                          \
            haetae_##name##_##verb##_double(handle, real, list, count);                            \
        } else if (!bound) {                                                                       \
            haetae_##name##_##verb(handle, integer, list, count);                                  \
        } else {                                                                                   \
            FUZZ_CHECK(haetae_##name##_bind(handle, list, count, &it) == HAETAE_OK, "bind");       \
            if (instrument->real) {                                                                \
                haetae_bound_##name##_##verb##_double(it, real);                                   \
            } else {                                                                               \
                haetae_bound_##name##_##verb(it, integer);                                         \
            }                                                                                      \
        }                                                                                          \
    } while (0)
    switch (instrument->kind) {
    case COUNTER:
        RECORD(counter, add);
        break;
    case UP_DOWN_COUNTER:
        RECORD(up_down_counter, add);
        break;
    case GAUGE:
        RECORD(gauge, record);
        break;
    default:
        RECORD(histogram, record);
        break;
    }
#undef RECORD
}

/* Measurements of the wrong type, NaN and infinity, and negative ones of a counter or histogram. */
static void record_invalid(struct calls_instrument *instrument, unsigned how)
{
    struct calls_instrument other = *instrument;
    bool never_negative = instrument->kind == COUNTER || instrument->kind == HISTOGRAM ||
                          instrument->kind == OBSERVABLE_COUNTER;

    other.real = !instrument->real;
    switch (how % 4) {
    case 0:
        record(&other, false, 1, 1, NULL, 0);
        break;
    case 1:
        if (instrument->real) {
            record(instrument, false, 0, (double)NAN, NULL, 0);
        }
        break;
    case 2:
        if (instrument->real) {
            record(instrument, how > 127, 0, (double)INFINITY, NULL, 0);
        }
        break;
    default:
        if (never_negative) {
            record(instrument, how > 127, -1, -1, NULL, 0);
        }
        break;
    }
}

/* Records with a list of keys and with values, twice where the instrument only keeps the last one:
 * the second time the list is known. */
static void record_keyed(struct calls_instrument *instrument, int64_t integer, double real,
                         const haetae_attribute *list, size_t count)
{
    void *handle = instrument->handle;
    haetae_string names[CALLS_ATTRIBUTES];
    haetae_value values[CALLS_ATTRIBUTES];
    uint64_t room[HAETAE_KEYS_ROOM_BYTES / 8] = {0};
    haetae_keys keys = {names, count, room, sizeof room};
    int times = instrument->kind == GAUGE ? 2 : 1;

    for (size_t i = 0; i < count; i++) {
        names[i] = list[i].key;
        values[i] = list[i].value;
    }
#define RECORD(name, verb)                                                                         \
    do {                                                                                           \
        if (instrument->real) {                                                                    \
            haetae_##name##_##verb##_double_keyed(handle, real, &keys, values, count);             \
        } else {                                                                                   \
            haetae_##name##_##verb##_keyed(handle, integer, &keys, values, count);                 \
        }                                                                                          \
    } while (0)
    for (int i = 0; i < times; i++) {
        switch (instrument->kind) {
        case COUNTER:
            RECORD(counter, add);
            break;
        case UP_DOWN_COUNTER:
            RECORD(up_down_counter, add);
            break;
        case GAUGE:
            RECORD(gauge, record);
            break;
        default:
            RECORD(histogram, record);
            break;
        }
    }
#undef RECORD
}

void calls_on_metrics(struct calls *calls, struct calls_sdk *sdk)
{
    struct calls_instrument *instrument;
    uint64_t number;
    size_t count;
    const haetae_attribute *list;
    unsigned way;

    if (sdk->sdk == NULL || sdk->shut_down || (instrument = instrument_of(calls, sdk)) == NULL ||
        instrument->series_count == CALLS_SERIES) {
        return;
    }
    if (fuzz_below(&calls->input, 16) == 15) {
        record_invalid(instrument, fuzz_byte(&calls->input));
        return;
    }
    number = fuzz_number(&calls->input) >> 12;
    way = fuzz_below(&calls->input, 4);
    list = calls_attributes(calls, false, &count);
    number = instrument->kind == HISTOGRAM ? number % 5000 : number;
    if (is_observable(instrument)) {
        on_observable(instrument, way, number, list, count);
        return;
    }
    if (way == 2) {
        record_keyed(instrument, (int64_t)number, (double)number / 4, list, count);
    } else {
        record(instrument, way == 3, (int64_t)number, (double)number / 4, list, count);
    }
    expect_measurement(instrument, series_of(instrument, list, count), (int64_t)number,
                       (double)number / 4);
}

/* ---- Checks ---------------------------------------------------------------------------------- */

static void metric_head(const struct calls_instrument *instrument, struct note *note)
{
    static const char *const data[KINDS] = {"sum={ temporality=2 monotonic=1}",
                                            "sum={ temporality=2}",
                                            "gauge={}",
                                            "histogram={ temporality=2}",
                                            "sum={ temporality=2 monotonic=1}",
                                            "sum={ temporality=2}",
                                            "gauge={}"};

    note_add(note, " name=%s %s", instrument->name, data[instrument->kind]);
}

static struct calls_instrument *find_instrument(struct calls_sdk *sdk, const char *scope,
                                                const char *metric)
{
    for (size_t i = 0; i < sdk->instrument_count; i++) {
        struct note head = {NULL, 0, 0};
        bool same;

        metric_head(&sdk->instruments[i], &head);
        same = strcmp(note_text(&head), metric) == 0 &&
               strcmp(sdk->instruments[i].scope->note, scope) == 0;
        note_done(&head);
        if (same) {
            return &sdk->instruments[i];
        }
    }
    FUZZ_CHECK(false, "no instrument is%s in%s", metric, scope);
    return NULL;
}

void calls_check_point(struct calls_sdk *sdk, const char *scope, const char *metric,
                       const char *point)
{
    struct calls_instrument *instrument = find_instrument(sdk, scope, metric);
    const char *start = strstr(point, " start=");
    const char *value = start != NULL ? strchr(start + 1, ' ') : NULL;
    char attributes[2000];
    struct calls_series *series;
    size_t i;

    value = instrument->kind == GAUGE || instrument->kind == OBSERVABLE_GAUGE
                ? strstr(point, " time=")
                : value;
    value = value != NULL ? strchr(value + 1, ' ') : NULL;
    FUZZ_CHECK(value != NULL, "a point without a value:%s", point);
    start = start != NULL ? start : strstr(point, " time=");
    snprintf(attributes, sizeof attributes, "%.*s", (int)(start - point), point);
    series = find_series(instrument, attributes);
    FUZZ_CHECK(series != NULL, "no series of %s has%s", instrument->name, attributes);
    for (i = series->sent; i < series->values.count; i++) {
        if (strcmp(note_text(&series->values.notes[i]), value) == 0) {
            break;
        }
    }
    FUZZ_CHECK(i < series->values.count, "%s was sent with%s, it was%s", instrument->name, value,
               note_text(&series->values.notes[series->values.count - 1]));
    series->sent = i;
    series->was_sent = true;
}

void calls_check_series(struct calls_sdk *sdk)
{
    for (size_t i = 0; sdk->is_on[HAETAE_SIGNAL_METRICS] && i < sdk->instrument_count; i++) {
        for (size_t k = 0; k < sdk->instruments[i].series_count; k++) {
            const struct calls_series *series = &sdk->instruments[i].series[k];
            const struct note *last = &series->values.notes[series->values.count - 1];

            if (series->removed) {
                continue;
            }
            FUZZ_CHECK(
                series->was_sent &&
                    strcmp(note_text(last), note_text(&series->values.notes[series->sent])) == 0,
                "the last value of %s was not sent", sdk->instruments[i].name);
        }
    }
}

void calls_forget_metrics(struct calls_sdk *sdk)
{
    for (size_t i = 0; i < sdk->instrument_count; i++) {
        for (size_t k = 0; k < sdk->instruments[i].series_count; k++) {
            free(sdk->instruments[i].series[k].attributes);
            note_list_done(&sdk->instruments[i].series[k].values);
        }
    }
    sdk->instrument_count = 0;
}
