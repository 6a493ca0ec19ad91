/* SPDX-License-Identifier: Apache-2.0 */
#include "exact/measure.h"

#include <stdlib.h>
#include <time.h>

#include "support/core_cmocka.h"

uint64_t exact_seed(void)
{
    const char *given = getenv("EXACT_SEED");
    uint64_t number = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);

    printf("EXACT_SEED=%llu\n", (unsigned long long)number);
    return number;
}

/* ---- Views ---------------------------------------------------------------------------------- */

static int32_t aggregation_of(const struct exact_stream *stream)
{
    static const int32_t aggregations[] = {
        [EXACT_SUM] = HAETAE_AGGREGATION_SUM,
        [EXACT_LEVEL] = HAETAE_AGGREGATION_LAST_VALUE,
        [EXACT_BUCKETS] = HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM,
        [EXACT_BASE2] = HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM,
        [EXACT_NOTHING] = HAETAE_AGGREGATION_DROP,
    };

    return aggregations[stream->kind];
}

static void add_view(haetae_config *config, const struct exact_stream *stream)
{
    static const char *const names[EXACT_KEYS] = {"a", "b", "c"};
    const char *instrument = exact_instruments[stream->instrument].name;
    haetae_view_options view =
        HAETAE_OPTIONS(haetae_view_options, .instrument_name = haetae_string_of(instrument),
                       .name = haetae_string_of(stream->name));
    haetae_string keys[EXACT_KEYS];
    size_t count = 0;

    for (unsigned key = 0; key < EXACT_KEYS; key++) {
        if ((stream->keys >> key & 1) != stream->excludes) {
            keys[count++] = haetae_string_of(names[key]);
        }
    }
    if (stream->excludes) {
        view.excluded_keys = keys;
        view.excluded_key_count = count;
    } else if (stream->keys != EXACT_ALL) {
        view.included_keys = keys;
        view.included_key_count = count;
    }
    view.aggregation = aggregation_of(stream);
    if (stream->kind == EXACT_BUCKETS) {
        view.boundaries = exact_bounds;
        view.boundary_count = EXACT_BOUNDS;
    }
    view.max_size = stream->room.max_size;
    view.max_scale = stream->room.max_scale;
    view.max_scale_given = stream->kind == EXACT_BASE2;
    assert_int_equal(haetae_config_add_view(config, &view), HAETAE_OK);
}

void exact_add_views(haetae_config *config)
{
    for (unsigned i = 0; i < EXACT_STREAMS; i++) {
        if (exact_streams[i].is_view) {
            add_view(config, &exact_streams[i]);
        }
    }
}

/* ---- Instruments ---------------------------------------------------------------------------- */

static haetae_status create(haetae_meter *meter, enum exact_sort sort,
                            haetae_instrument_options *options, void **made)
{
    switch (sort) {
    case EXACT_COUNTER:
        return haetae_counter_create(meter, options, (haetae_counter **)made);
    case EXACT_UP_DOWN_COUNTER:
        return haetae_up_down_counter_create(meter, options, (haetae_up_down_counter **)made);
    case EXACT_GAUGE:
        return haetae_gauge_create(meter, options, (haetae_gauge **)made);
    case EXACT_HISTOGRAM:
        options->boundaries = exact_bounds;
        options->boundary_count = EXACT_BOUNDS;
        return haetae_histogram_create(meter, options, (haetae_histogram **)made);
    case EXACT_OBSERVABLE_COUNTER:
        return haetae_observable_counter_create(meter, options, (haetae_observable **)made);
    case EXACT_OBSERVABLE_UP_DOWN_COUNTER:
        return haetae_observable_up_down_counter_create(meter, options, (haetae_observable **)made);
    case EXACT_OBSERVABLE_GAUGE:
        return haetae_observable_gauge_create(meter, options, (haetae_observable **)made);
    }
    return HAETAE_EINVAL;
}

static haetae_status bind(enum exact_sort sort, void *instrument,
                          const haetae_attribute *attributes, size_t count, void **bound)
{
    switch (sort) {
    case EXACT_COUNTER:
        return haetae_counter_bind(instrument, attributes, count, (haetae_bound_counter **)bound);
    case EXACT_UP_DOWN_COUNTER:
        return haetae_up_down_counter_bind(instrument, attributes, count,
                                           (haetae_bound_up_down_counter **)bound);
    case EXACT_GAUGE:
        return haetae_gauge_bind(instrument, attributes, count, (haetae_bound_gauge **)bound);
    case EXACT_HISTOGRAM:
        return haetae_histogram_bind(instrument, attributes, count,
                                     (haetae_bound_histogram **)bound);
    default:
        return HAETAE_OK; /* observables are not bound */
    }
}

static void make_one(haetae_meter *meter, unsigned index, struct exact_handle *handle)
{
    const struct exact_instrument *wanted = &exact_instruments[index];
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of(wanted->name),
                       .number_type = (int32_t)wanted->type);
    uint64_t random = index;

    assert_int_equal(create(meter, wanted->sort, &options, &handle->instrument), HAETAE_OK);
    for (unsigned set = 0; set < EXACT_SETS; set++) {
        haetae_attribute attributes[EXACT_KEYS];
        size_t count = exact_attributes(set, &random, attributes);

        assert_int_equal(
            bind(wanted->sort, handle->instrument, attributes, count, &handle->bound[set]),
            HAETAE_OK);
    }
}

static void observe_set(haetae_observer *observer, struct exact_instruments_made *made,
                        unsigned index, unsigned set)
{
    struct exact_handle *handle = &made->all[index];
    haetae_attribute attributes[EXACT_KEYS];
    size_t count = exact_attributes(set, &made->random, attributes);
    int64_t quarters = atomic_load(&handle->quarters[set]);

    if (made->observed != NULL) {
        unsigned round = atomic_load(&made->observed->rounds);

        made->observed->quarters[round % 2][index][set] = quarters;
    }
    if (exact_instruments[index].type == HAETAE_NUMBER_INT64) {
        haetae_observe_int64(observer, handle->instrument, quarters / 4, attributes, count);
    } else {
        haetae_observe_double(observer, handle->instrument, (double)quarters / 4, attributes,
                              count);
    }
}

static void observe(void *user, haetae_observer *observer)
{
    struct exact_instruments_made *made = user;

    if (made->observed != NULL) {
        atomic_fetch_add(&made->observed->rounds, 1);
    }
    for (unsigned i = 0; i < EXACT_INSTRUMENTS; i++) {
        for (unsigned set = 0; exact_is_observed(i) && set < EXACT_SETS; set++) {
            if (atomic_load(&made->all[i].is_known[set])) {
                observe_set(observer, made, i, set);
            }
        }
    }
}

void exact_make(haetae_sdk *sdk, struct exact_instruments_made *made)
{
    haetae_meter *meter = haetae_meter_named(sdk, "exact");
    haetae_observable *observables[EXACT_INSTRUMENTS];
    size_t count = 0;

    for (unsigned i = 0; i < EXACT_INSTRUMENTS; i++) {
        make_one(meter, i, &made->all[i]);
        if (exact_is_observed(i)) {
            observables[count++] = made->all[i].instrument;
        }
    }
    assert_int_equal(haetae_callback_register(observables, count, observe, made, NULL), HAETAE_OK);
}

void exact_forget_observed(struct exact_instruments_made *made)
{
    for (unsigned i = 0; i < EXACT_INSTRUMENTS; i++) {
        for (unsigned set = 0; set < EXACT_SETS; set++) {
            atomic_store(&made->all[i].quarters[set], 0);
            atomic_store(&made->all[i].is_known[set], false);
        }
    }
}

/* ---- Measuring ------------------------------------------------------------------------------ */

/* What the callback is to observe. */
static void change_observed(struct exact_handle *handle, unsigned index, double value, unsigned set)
{
    int64_t quarters = (int64_t)(value * 4);

    if (exact_is_level(index)) {
        atomic_store(&handle->quarters[set], quarters);
    } else {
        atomic_fetch_add(&handle->quarters[set], quarters);
    }
    atomic_store(&handle->is_known[set], true);
}

static void measure_set(struct exact_handle *handle, unsigned index, double value, unsigned set,
                        const haetae_attribute *attributes, size_t count)
{
    bool whole = exact_instruments[index].type == HAETAE_NUMBER_INT64;

    switch (exact_instruments[index].sort) {
    case EXACT_COUNTER:
        if (whole) {
            haetae_counter_add(handle->instrument, (int64_t)value, attributes, count);
        } else {
            haetae_counter_add_double(handle->instrument, value, attributes, count);
        }
        break;
    case EXACT_UP_DOWN_COUNTER:
        if (whole) {
            haetae_up_down_counter_add(handle->instrument, (int64_t)value, attributes, count);
        } else {
            haetae_up_down_counter_add_double(handle->instrument, value, attributes, count);
        }
        break;
    case EXACT_GAUGE:
        if (whole) {
            haetae_gauge_record(handle->instrument, (int64_t)value, attributes, count);
        } else {
            haetae_gauge_record_double(handle->instrument, value, attributes, count);
        }
        break;
    case EXACT_HISTOGRAM:
        if (whole) {
            haetae_histogram_record(handle->instrument, (int64_t)value, attributes, count);
        } else {
            haetae_histogram_record_double(handle->instrument, value, attributes, count);
        }
        break;
    default:
        change_observed(handle, index, value, set);
    }
}

static void measure_bound(struct exact_handle *handle, unsigned index, double value, unsigned set)
{
    bool whole = exact_instruments[index].type == HAETAE_NUMBER_INT64;

    switch (exact_instruments[index].sort) {
    case EXACT_COUNTER:
        if (whole) {
            haetae_bound_counter_add(handle->bound[set], (int64_t)value);
        } else {
            haetae_bound_counter_add_double(handle->bound[set], value);
        }
        break;
    case EXACT_UP_DOWN_COUNTER:
        if (whole) {
            haetae_bound_up_down_counter_add(handle->bound[set], (int64_t)value);
        } else {
            haetae_bound_up_down_counter_add_double(handle->bound[set], value);
        }
        break;
    case EXACT_GAUGE:
        if (whole) {
            haetae_bound_gauge_record(handle->bound[set], (int64_t)value);
        } else {
            haetae_bound_gauge_record_double(handle->bound[set], value);
        }
        break;
    case EXACT_HISTOGRAM:
        if (whole) {
            haetae_bound_histogram_record(handle->bound[set], (int64_t)value);
        } else {
            haetae_bound_histogram_record_double(handle->bound[set], value);
        }
        break;
    default:
        change_observed(handle, index, value, set);
    }
}

/* A number of one of several magnitudes, that the instrument takes. */
static double random_value(unsigned index, uint64_t *random)
{
    static const uint64_t below[] = {4, 400, 40000, 4000000};
    uint64_t quarters = exact_random(random) % below[exact_random(random) % 4];
    bool negative = (exact_random(random) & 1) != 0 && exact_may_be_negative(index);

    if (exact_instruments[index].type == HAETAE_NUMBER_INT64) {
        quarters &= ~UINT64_C(3);
    }
    return (negative ? -1 : 1) * (double)quarters / 4;
}

/* Notes the measurement, and makes it one of its own span: mostly a sampled one. */
static void begin_span(struct exact_measurer *self, const struct exact_measured *measured,
                       haetae_context_token *token)
{
    haetae_span_context context = exact_span_of(self->id, self->index, measured->sampled);

    if (self->log != NULL) {
        *exact_log_at(self->log, self->id, self->index) = *measured;
    }
    haetae_context_attach_remote(&context, token);
}

void exact_measure_once(struct exact_measurer *self)
{
    unsigned index = (unsigned)(exact_random(&self->random) % EXACT_INSTRUMENTS);
    unsigned set = (unsigned)(exact_random(&self->random) % EXACT_SETS);
    double value = random_value(index, &self->random);
    haetae_attribute attributes[EXACT_KEYS];
    size_t count;
    bool bound;
    bool sampled;
    haetae_context_token token;

    if (exact_is_level(index)) {
        set = self->number % EXACT_THREADS * EXACT_LEVEL_SETS + set % EXACT_LEVEL_SETS;
    }
    bound = exact_random(&self->random) % 3 == 0;
    count = exact_attributes(set, &self->random, attributes);
    sampled = exact_random(&self->random) % 4 != 0;
    exact_note(&self->table, index, set, value);
    if (self->made == NULL) {
        return;
    }
    begin_span(self, &(struct exact_measured){index, set, value, bound, sampled}, &token);
    if (bound) {
        measure_bound(&self->made->all[index], index, value, set);
    } else {
        measure_set(&self->made->all[index], index, value, set, attributes, count);
    }
    haetae_context_detach(&token);
    self->index++;
}

void *exact_measure(void *argument)
{
    struct exact_measurer *self = argument;

    for (unsigned i = 0; i < self->measurements; i++) {
        exact_measure_once(self);
        if (self->done != NULL) {
            atomic_store_explicit(self->done, i + 1, memory_order_release);
        }
    }
    return NULL;
}
