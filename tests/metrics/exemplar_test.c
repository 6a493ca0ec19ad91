/* SPDX-License-Identifier: Apache-2.0 */
/* Which measurements become exemplars, and what is reported of them. */
#include "metrics/views.h"

#include <pthread.h>
#include <string.h>

#include "haetae/context.h"
#include "haetae/keys.h"
#include "metrics/aggregations.h"
#include "metrics/exemplar_pool.h"
#include "metrics/reservoir.h"

enum { POOL_BYTES = 1 << 20 };

/* ---- The current span ----------------------------------------------------------------------- */

/* The ids of a span by its number. */
static haetae_span_context span_of(uint64_t number, uint8_t flags)
{
    haetae_span_context context = {.trace_flags = flags};

    memset(context.trace_id, 0xA0, sizeof context.trace_id);
    memcpy(context.trace_id, &number, sizeof number);
    memcpy(context.span_id, &number, sizeof number);
    return context;
}

static void enter_span(uint64_t number, uint8_t flags, haetae_context_token *token)
{
    haetae_span_context context = span_of(number, flags);

    haetae_context_attach_remote(&context, token);
}

static void enter_sampled(uint64_t number, haetae_context_token *token)
{
    enter_span(number, HAETAE_TRACE_FLAG_SAMPLED, token);
}

static void assert_span(const HaeOtlp__Exemplar *exemplar, uint64_t number)
{
    haetae_span_context context = span_of(number, 0);

    assert_int_equal(exemplar->trace_id.len, sizeof context.trace_id);
    assert_memory_equal(exemplar->trace_id.data, context.trace_id, sizeof context.trace_id);
    assert_int_equal(exemplar->span_id.len, sizeof context.span_id);
    assert_memory_equal(exemplar->span_id.data, context.span_id, sizeof context.span_id);
}

static void init_with(struct fixture *f, enum hae_exemplar_filter filter, uint64_t bytes)
{
    fixture_init(f, 0);
    assert_int_equal(hae_meter_provider_use_exemplars(&f->provider, filter, bytes), HAETAE_OK);
}

static void init(struct fixture *f)
{
    init_with(f, HAE_EXEMPLARS_TRACE_BASED, POOL_BYTES);
}

static void init_views(struct fixture *f, struct views *views)
{
    init(f);
    set_views(f, views);
}

static uint64_t now_of(const struct fixture *f)
{
    return hae_clock_now_unix_ns(&f->recorder->region->clock);
}

static void collect_now(struct fixture *f, struct collection *ret_all)
{
    assert_int_equal(collect_with(&f->reader, now_of(f), METRICS_MAX, ret_all), HAETAE_OK);
}

/* ---- The filters ----------------------------------------------------------------------------- */

/* One measurement of each call, whose value is the number of the span. */
struct all_calls {
    struct fixture f;
    haetae_bound_counter *bound;
    haetae_counter *counter;
    haetae_counter *reals;
    haetae_up_down_counter *up_down;
    haetae_gauge *gauge;
    haetae_histogram *histogram;
    haetae_counter *keyed;
    haetae_counter *bindable;
};

static void make_all(struct all_calls *all)
{
    all->counter = make_counter(&all->f, "counter", HAETAE_NUMBER_INT64);
    all->reals = make_counter(&all->f, "reals", HAETAE_NUMBER_DOUBLE);
    all->up_down = make_up_down_counter(&all->f, "up_down", HAETAE_NUMBER_INT64);
    all->gauge = make_gauge(&all->f, "gauge", HAETAE_NUMBER_INT64);
    all->histogram = make_histogram(&all->f, "histogram", HAETAE_NUMBER_INT64);
    all->keyed = make_counter(&all->f, "keyed", HAETAE_NUMBER_INT64);
    all->bindable = make_counter(&all->f, "bound", HAETAE_NUMBER_INT64);
    assert_int_equal(
        haetae_counter_bind(all->bindable, HAETAE_ATTRS(HAETAE_ATTR("k", "v")), &all->bound),
        HAETAE_OK);
}

static void call_all(struct all_calls *all, int64_t value)
{
    HAETAE_KEYS(keys, "k");
    haetae_attribute set[] = {HAETAE_ATTR("k", "v")};
    haetae_value values[] = {haetae_value_string("v")};

    haetae_counter_add(all->counter, value, set, 1);
    haetae_counter_add_double(all->reals, (double)value, set, 1);
    haetae_up_down_counter_add(all->up_down, value, set, 1);
    haetae_gauge_record(all->gauge, value, set, 1);
    haetae_histogram_record(all->histogram, value, set, 1);
    haetae_counter_add_keyed(all->keyed, value, &keys, values, 1);
    haetae_bound_counter_add(all->bound, value);
}

static const char *const all_names[] = {"counter", "reals", "up_down", "gauge", "keyed", "bound"};

/* How many exemplars all of them have. */
static size_t exemplar_count(const struct collection *all)
{
    const HaeOtlp__HistogramDataPoint *histogram = find_histogram(all, "histogram", "k=v");
    size_t count = histogram != NULL ? histogram->n_exemplars : 0;

    for (size_t i = 0; i < sizeof all_names / sizeof all_names[0]; i++) {
        const HaeOtlp__NumberDataPoint *point = find_point(all, all_names[i], "k=v");

        count += point != NULL ? point->n_exemplars : 0;
    }
    return count;
}

static void measurements_in_a_sampled_span_become_exemplars(void **state)
{
    struct all_calls calls;
    struct collection all;
    haetae_context_token token;
    uint64_t before;

    (void)state;
    init(&calls.f);
    make_all(&calls);
    /* The first ones find no series, the next ones find it known. */
    for (int round = 0; round < 3; round++) {
        call_all(&calls, 1);
        before = now_of(&calls.f);
        enter_sampled(7, &token);
        call_all(&calls, 7);
        haetae_context_detach(&token);
        call_all(&calls, 1);
        collect_now(&calls.f, &all);
        assert_int_equal(exemplar_count(&all), 7);
        for (size_t i = 0; i < sizeof all_names / sizeof all_names[0]; i++) {
            const HaeOtlp__NumberDataPoint *point = find_point(&all, all_names[i], "k=v");
            const HaeOtlp__Exemplar *exemplar = point->exemplars[0];

            assert_span(exemplar, 7);
            assert_true(exemplar->time_unix_nano >= before);
            assert_true(exemplar->time_unix_nano <= point->time_unix_nano);
            assert_int_equal(exemplar->n_filtered_attributes, 0);
            if (strcmp(all_names[i], "reals") == 0) {
                assert_int_equal(exemplar->value_case, HAE_OTLP__EXEMPLAR__VALUE_AS_DOUBLE);
                assert_true(exemplar->as_double == 7);
            } else {
                assert_int_equal(exemplar->value_case, HAE_OTLP__EXEMPLAR__VALUE_AS_INT);
                assert_int_equal(exemplar->as_int, 7);
            }
        }
        assert_span(find_histogram(&all, "histogram", "k=v")->exemplars[0], 7);
        collection_free(&all);
    }
    fixture_done(&calls.f);
}

/* What a filter makes of measurements within a span of these flags; UINT32_MAX: within none. */
static size_t filtered_count(enum hae_exemplar_filter filter, uint32_t flags)
{
    struct all_calls calls;
    struct collection all;
    haetae_context_token token;
    size_t count;

    init_with(&calls.f, filter, POOL_BYTES);
    make_all(&calls);
    for (int i = 0; i < 3; i++) {
        if (flags != UINT32_MAX) {
            enter_span(3, (uint8_t)flags, &token);
        }
        call_all(&calls, 3);
        if (flags != UINT32_MAX) {
            haetae_context_detach(&token);
        }
    }
    assert_true((calls.f.provider.streams.exemplars.memory != NULL) ==
                (filter != HAE_EXEMPLARS_ALWAYS_OFF));
    collect_now(&calls.f, &all);
    assert_int_equal(int_total(&all, "counter"), 9);
    count = exemplar_count(&all);
    collection_done(&all, &calls.f);
    return count;
}

static void the_filter_decides_which_measurements_may_become_some(void **state)
{
    (void)state;
    assert_int_equal(filtered_count(HAE_EXEMPLARS_TRACE_BASED, HAETAE_TRACE_FLAG_SAMPLED), 7);
    assert_int_equal(filtered_count(HAE_EXEMPLARS_TRACE_BASED, 0), 0);
    assert_int_equal(filtered_count(HAE_EXEMPLARS_TRACE_BASED, HAETAE_TRACE_FLAG_RANDOM), 0);
    assert_int_equal(filtered_count(HAE_EXEMPLARS_TRACE_BASED, UINT32_MAX), 0);
    assert_int_equal(filtered_count(HAE_EXEMPLARS_ALWAYS_ON, HAETAE_TRACE_FLAG_SAMPLED), 7);
    assert_int_equal(filtered_count(HAE_EXEMPLARS_ALWAYS_ON, 0), 7);
    assert_int_equal(filtered_count(HAE_EXEMPLARS_ALWAYS_ON, UINT32_MAX), 7);
    assert_int_equal(filtered_count(HAE_EXEMPLARS_ALWAYS_OFF, HAETAE_TRACE_FLAG_SAMPLED), 0);
    assert_int_equal(filtered_count(HAE_EXEMPLARS_ALWAYS_OFF, UINT32_MAX), 0);
}

static void without_a_span_an_exemplar_has_no_ids(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    init_with(&f, HAE_EXEMPLARS_ALWAYS_ON, POOL_BYTES);
    haetae_counter_add(make_counter(&f, "c", HAETAE_NUMBER_INT64), 5, NULL, 0);
    collect_now(&f, &all);
    assert_int_equal(find_point(&all, "c", "")->n_exemplars, 1);
    assert_int_equal(find_point(&all, "c", "")->exemplars[0]->as_int, 5);
    assert_int_equal(find_point(&all, "c", "")->exemplars[0]->trace_id.len, 0);
    assert_int_equal(find_point(&all, "c", "")->exemplars[0]->span_id.len, 0);
    collection_done(&all, &f);
}

/* ---- Reservoirs ------------------------------------------------------------------------------ */

static void histograms_keep_one_for_each_bucket(void **state)
{
    struct fixture f;
    struct collection all;
    haetae_context_token token;
    const HaeOtlp__HistogramDataPoint *point;
    haetae_histogram *histogram;

    (void)state;
    init(&f);
    histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    for (int i = 0; i < 4000; i++) { /* the default boundaries are 0 to 10000 */
        enter_sampled((uint64_t)i + 1, &token);
        haetae_histogram_record_double(histogram, i * 3.0, NULL, 0);
        haetae_context_detach(&token);
    }
    collect_now(&f, &all);
    point = find_histogram(&all, "h", "");
    assert_int_equal(point->n_exemplars, point->n_bucket_counts);
    for (size_t i = 0; i < point->n_exemplars; i++) {
        double value = point->exemplars[i]->as_double;

        assert_true(i == 0 || value > point->explicit_bounds[i - 1]);
        assert_true(i == point->n_explicit_bounds || value <= point->explicit_bounds[i]);
        assert_span(point->exemplars[i], (uint64_t)(value / 3) + 1);
    }
    collection_done(&all, &f);
}

/* How many exemplars 1,000 measurements of a view's stream leave. */
static size_t kept_count(const struct view *view)
{
    struct views views = {.count = 1, .view = {*view}};
    struct fixture f;
    struct collection all;
    haetae_context_token token;
    haetae_histogram *histogram;
    const HaeOtlp__Metric *metric;
    size_t count;

    init_views(&f, &views);
    histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    enter_sampled(1, &token);
    for (int i = 0; i < 1000; i++) {
        haetae_histogram_record_double(histogram, i, NULL, 0);
    }
    haetae_context_detach(&token);
    collect_now(&f, &all);
    metric = find_metric(&all, "h");
    count = metric->data_case == HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM
                ? metric->exponential_histogram->data_points[0]->n_exemplars
            : metric->data_case == HAE_OTLP__METRIC__DATA_SUM
                ? metric->sum->data_points[0]->n_exemplars
                : metric->histogram->data_points[0]->n_exemplars;
    collection_done(&all, &f);
    return count;
}

static struct view view_of(uint8_t aggregation, uint16_t max_size, uint8_t kind, uint16_t places)
{
    return (struct view){.aggregation = hae_aggregation_of(aggregation),
                         .max_size = max_size,
                         .max_scale = 20,
                         .reservoir = {.kind = kind, .place_count = places}};
}

static void each_aggregation_has_its_reservoir(void **state)
{
    struct view view;

    (void)state;
    view = view_of(HAE_AGGREGATION_HISTOGRAM, 0, 0, 0); /* boundaries 10 and 100 */
    assert_int_equal(kept_count(&view), 3);
    view = view_of(HAE_AGGREGATION_EXPONENTIAL, 160, 0, 0);
    assert_int_equal(kept_count(&view), 20);
    view = view_of(HAE_AGGREGATION_EXPONENTIAL, 7, 0, 0);
    assert_int_equal(kept_count(&view), 7);
    view = view_of(HAE_AGGREGATION_SUM, 0, 0, 0);
    assert_int_equal(kept_count(&view), 1);
}

static void every_way_into_an_exponential_histogram_offers(void **state)
{
    struct views views = {.count = 1, .view = {{0}}};
    struct fixture f;
    haetae_histogram *histogram;
    haetae_bound_histogram *bound = NULL;
    haetae_value value = haetae_value_string("v");

    (void)state;
    HAETAE_KEYS(keys, "k");
    views.view[0] = view_of(HAE_AGGREGATION_EXPONENTIAL, 160, 0, 0);
    init_views(&f, &views);
    histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    assert_int_equal(haetae_histogram_bind(histogram, HAETAE_ATTRS(HAETAE_ATTR("k", "v")), &bound),
                     HAETAE_OK);
    for (int way = 0; way < 3; way++) {
        for (uint64_t i = 1; i <= 3; i++) { /* the first ones find nothing known */
            const HaeOtlp__ExponentialHistogramDataPoint *point;
            struct collection all;
            haetae_context_token token;
            uint64_t number = 10 * (uint64_t)way + i;

            enter_sampled(number, &token);
            if (way == 0) {
                haetae_histogram_record_double(histogram, 1, HAETAE_ATTRS(HAETAE_ATTR("k", "v")));
            } else if (way == 1) {
                haetae_histogram_record_double_keyed(histogram, 1, &keys, &value, 1);
            } else {
                haetae_bound_histogram_record_double(bound, 1);
            }
            haetae_context_detach(&token);
            collect_now(&f, &all);
            point = find_metric(&all, "h")->exponential_histogram->data_points[0];
            assert_true(point->n_exemplars >= 1);
            assert_span(point->exemplars[0], number);
            collection_free(&all);
        }
    }
    fixture_done(&f);
}

static void a_view_has_another_reservoir(void **state)
{
    const uint8_t fixed = HAETAE_EXEMPLAR_RESERVOIR_FIXED_SIZE;
    const uint8_t aligned = HAETAE_EXEMPLAR_RESERVOIR_ALIGNED_HISTOGRAM_BUCKET;
    struct view view;

    (void)state;
    view = view_of(HAE_AGGREGATION_HISTOGRAM, 0, fixed, 5);
    assert_int_equal(kept_count(&view), 5);
    view = view_of(HAE_AGGREGATION_SUM, 0, fixed, 256);
    assert_int_equal(kept_count(&view), 256);
    view = view_of(HAE_AGGREGATION_HISTOGRAM, 0, aligned, 0);
    assert_int_equal(kept_count(&view), 3);
    /* What has no buckets has its default. */
    view = view_of(HAE_AGGREGATION_SUM, 0, aligned, 0);
    assert_int_equal(kept_count(&view), 1);
}

/* Of `count` values each is chosen with equal chances. */
static void assert_even(const unsigned *chosen, unsigned count, unsigned rounds)
{
    for (unsigned i = 0; i < count; i++) {
        assert_in_range(chosen[i], rounds / count * 7 / 10, rounds / count * 13 / 10);
    }
}

static void every_measurement_has_the_same_chance(void **state)
{
    enum { VALUES = 8, ROUNDS = 8000 };
    unsigned of_counter[VALUES] = {0};
    unsigned of_bucket[VALUES] = {0};
    struct fixture f;
    haetae_context_token token;
    haetae_counter *counter;
    haetae_histogram *histogram;

    (void)state;
    init(&f);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    histogram = make_histogram(&f, "h", HAETAE_NUMBER_INT64);
    enter_sampled(1, &token);
    for (int round = 0; round < ROUNDS; round++) {
        struct collection all;

        for (int i = 0; i < VALUES; i++) {
            haetae_counter_add(counter, i, NULL, 0);
            haetae_histogram_record(histogram, 11 + i, NULL, 0); /* all between 10 and 25 */
        }
        collect_now(&f, &all);
        of_counter[find_point(&all, "c", "")->exemplars[0]->as_int]++;
        of_bucket[find_histogram(&all, "h", "")->exemplars[0]->as_int - 11]++;
        collection_free(&all);
    }
    haetae_context_detach(&token);
    assert_even(of_counter, VALUES, ROUNDS);
    assert_even(of_bucket, VALUES, ROUNDS);
    fixture_done(&f);
}

/* ---- Readers -------------------------------------------------------------------------------- */

static size_t count_of(struct hae_metric_reader *reader, struct fixture *f, int64_t *ret_value)
{
    struct collection all;
    const HaeOtlp__NumberDataPoint *point;
    size_t count = 0;

    assert_int_equal(collect_with(reader, now_of(f), METRICS_MAX, &all), HAETAE_OK);
    point = find_point(&all, "c", "");
    if (point != NULL && point->n_exemplars != 0) {
        count = point->n_exemplars;
        *ret_value = point->exemplars[0]->as_int;
        assert_true(point->exemplars[0]->time_unix_nano >= point->start_time_unix_nano);
        assert_true(point->exemplars[0]->time_unix_nano <= point->time_unix_nano);
    }
    collection_free(&all);
    return count;
}

static void add_in_span(haetae_counter *counter, int64_t value)
{
    haetae_context_token token;

    enter_sampled(9, &token);
    haetae_counter_add(counter, value, NULL, 0);
    haetae_context_detach(&token);
}

static void deltas_have_those_since_the_last_one(void **state)
{
    struct fixture f;
    struct hae_metric_reader delta;
    haetae_counter *counter;
    int64_t value = 0;

    (void)state;
    init(&f);
    assert_int_equal(hae_metric_reader_init(&delta, &f.provider, &hae_temporality_delta),
                     HAETAE_OK);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_in_span(counter, 5);
    assert_int_equal(count_of(&delta, &f, &value), 1);
    assert_int_equal(value, 5);
    haetae_counter_add(counter, 1, NULL, 0); /* a point without an exemplar */
    assert_int_equal(count_of(&delta, &f, &value), 0);
    /* The cumulative reader has it as long as no other comes. */
    assert_int_equal(count_of(&f.reader, &f, &value), 1);
    assert_int_equal(count_of(&f.reader, &f, &value), 1);
    assert_int_equal(value, 5);
    add_in_span(counter, 6);
    assert_int_equal(count_of(&f.reader, &f, &value), 1);
    assert_int_equal(value, 6);
    /* What another reader collected is no less new to this one. */
    assert_int_equal(count_of(&delta, &f, &value), 1);
    assert_int_equal(value, 6);
    hae_metric_reader_done(&delta);
    fixture_done(&f);
}

static void a_refused_delta_is_offered_again_with_its_exemplar(void **state)
{
    struct fixture f;
    struct hae_metric_reader delta;
    struct collection all;
    int64_t value = 0;

    (void)state;
    init(&f);
    assert_int_equal(hae_metric_reader_init(&delta, &f.provider, &hae_temporality_delta),
                     HAETAE_OK);
    add_in_span(make_counter(&f, "c", HAETAE_NUMBER_INT64), 5);
    assert_int_equal(collect_with(&delta, now_of(&f), 0, &all), HAETAE_ENOMEM);
    collection_free(&all);
    assert_int_equal(count_of(&delta, &f, &value), 1);
    assert_int_equal(value, 5);
    hae_metric_reader_done(&delta);
    fixture_done(&f);
}

/* ---- Attributes ------------------------------------------------------------------------------ */

static void attributes_that_a_filter_leaves_out_are_kept(void **state)
{
    struct views views = {.count = 1, .view = {{.filter = &keeps_path}}};
    haetae_attribute set[] = {HAETAE_ATTR("user", "first"),
                              HAETAE_ATTR("path", "/a"),
                              HAETAE_ATTR("retries", 2),
                              HAETAE_ATTR("user", "u-1"),
                              {.key = {NULL, 3}}};
    struct fixture f;
    struct collection all;
    haetae_context_token token;
    haetae_counter *counter;
    const HaeOtlp__Exemplar *exemplar;

    (void)state;
    init_views(&f, &views);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    enter_sampled(4, &token);
    haetae_counter_add(counter, 1, set, 5);
    haetae_context_detach(&token);
    collect_now(&f, &all);
    assert_int_equal(find_point(&all, "c", "path=/a")->n_exemplars, 1);
    exemplar = find_point(&all, "c", "path=/a")->exemplars[0];
    assert_string_equal(
        attributes_text(exemplar->n_filtered_attributes, exemplar->filtered_attributes),
        "retries=2,user=u-1");
    collection_done(&all, &f);
}

static void attributes_that_do_not_fit_are_left_out_whole(void **state)
{
    static char text[HAE_EXEMPLAR_ATTRIBUTES_BYTES + 1];
    struct views views = {.count = 1, .view = {{.filter = &keeps_path}}};
    void *filled = memset(text, 'x', sizeof text - 1);
    haetae_attribute set[] = {HAETAE_ATTR("before", 1),
                              {haetae_string_of("text"), haetae_value_string(filled)},
                              HAETAE_ATTR("behind", 2)};
    struct fixture f;
    struct collection all;
    haetae_context_token token;
    const HaeOtlp__Exemplar *exemplar;

    (void)state;
    init_views(&f, &views);
    enter_sampled(4, &token);
    haetae_counter_add(make_counter(&f, "c", HAETAE_NUMBER_INT64), 1, set, 3);
    haetae_context_detach(&token);
    collect_now(&f, &all);
    exemplar = find_point(&all, "c", "")->exemplars[0];
    assert_string_equal(
        attributes_text(exemplar->n_filtered_attributes, exemplar->filtered_attributes),
        "before=1,behind=2");
    collection_done(&all, &f);
}

static void the_overflow_series_keeps_the_sets(void **state)
{
    struct views views = {.count = 1, .view = {{.series_limit = 1}}};
    struct fixture f;
    struct collection all;
    haetae_context_token token;
    haetae_counter *counter;
    const HaeOtlp__NumberDataPoint *point;

    (void)state;
    init_views(&f, &views);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    enter_sampled(4, &token);
    haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("user", "u-1")));
    haetae_counter_add(counter, 2, HAETAE_ATTRS(HAETAE_ATTR("user", "u-2")));
    haetae_context_detach(&token);
    collect_now(&f, &all);
    assert_int_equal(find_point(&all, "c", "user=u-1")->exemplars[0]->n_filtered_attributes, 0);
    point = find_point(&all, "c", "otel.metric.overflow=true");
    assert_int_equal(point->n_exemplars, 1);
    assert_string_equal(attributes_text(point->exemplars[0]->n_filtered_attributes,
                                        point->exemplars[0]->filtered_attributes),
                        "user=u-2");
    collection_done(&all, &f);
}

/* ---- A reservoir of one's own ---------------------------------------------------------------- */

struct largest {
    _Atomic uint64_t offered;
    _Atomic uint64_t collected;
    haetae_exemplar_measurement last;
    uint8_t trace_id[16];
    char key[8];
};

/* Keeps the largest value since the last collection in place 1. */
static int32_t offer_largest(void *self, void *state,
                             const haetae_exemplar_measurement *measurement)
{
    struct largest *largest = self;
    _Atomic int64_t *most = state;

    atomic_fetch_add(&largest->offered, 1);
    largest->last = *measurement;
    if (measurement->context != NULL) {
        memcpy(largest->trace_id, measurement->context->trace_id, sizeof largest->trace_id);
    }
    if (measurement->attribute_count != 0) {
        memcpy(largest->key, measurement->attributes[0].key.data, 4);
    }
    if (measurement->as_int64 == -1) {
        return 1000; /* no such place */
    }
    if (measurement->as_int64 <= atomic_load(most)) {
        return -1;
    }
    atomic_store(most, measurement->as_int64);
    return 1;
}

static void collect_largest(void *self, void *state)
{
    struct largest *largest = self;

    atomic_fetch_add(&largest->collected, 1);
    atomic_store((_Atomic int64_t *)state, 0);
}

static void a_program_may_choose_itself(void **state)
{
    static const int64_t values[] = {5, 9, 7, 9, -1};
    struct largest largest = {.offered = 0};
    const haetae_exemplar_reservoir_ops ops = {.struct_size = sizeof ops,
                                               .state_size_bytes = 8,
                                               .offer = offer_largest,
                                               .collect = collect_largest,
                                               .self = &largest};
    struct views views = {.count = 1,
                          .view = {{.filter = &keeps_path,
                                    .reservoir = {HAETAE_EXEMPLAR_RESERVOIR_CUSTOM, 2, &ops}}}};
    struct fixture f;
    struct collection all;
    haetae_context_token token;
    haetae_up_down_counter *counter;
    const HaeOtlp__NumberDataPoint *point;
    haetae_span_context second = span_of(2, 0);

    (void)state;
    init_views(&f, &views);
    counter = make_up_down_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (size_t i = 0; i < 5; i++) {
        enter_sampled(i + 1, &token);
        haetae_up_down_counter_add(counter, values[i], HAETAE_ATTRS(HAETAE_ATTR("user", 1)));
        haetae_context_detach(&token);
        if (i == 1) {
            assert_int_equal(largest.last.as_int64, 9);
            assert_true(largest.last.as_double == 9);
            assert_true(largest.last.time_unix_ns <= now_of(&f));
            assert_true(largest.last.time_unix_ns > now_of(&f) - UINT64_C(60000000000));
            assert_memory_equal(largest.trace_id, second.trace_id, sizeof largest.trace_id);
            assert_int_equal(largest.last.attribute_count, 1);
            assert_string_equal(largest.key, "user");
        }
    }
    assert_int_equal(largest.offered, 5);
    collect_now(&f, &all);
    point = find_point(&all, "c", "");
    assert_int_equal(point->n_exemplars, 1);
    assert_int_equal(point->exemplars[0]->as_int, 9);
    assert_span(point->exemplars[0], 2);
    assert_int_equal(largest.collected, 1);
    collection_free(&all);

    enter_sampled(8, &token); /* the choice begins again */
    haetae_up_down_counter_add(counter, 3, NULL, 0);
    haetae_context_detach(&token);
    collect_now(&f, &all);
    assert_int_equal(find_point(&all, "c", "")->exemplars[0]->as_int, 3);
    collection_done(&all, &f);
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static void series_without_memory_have_none(void **state)
{
    enum { SERIES = 100 };
    struct fixture f;
    struct collection all;
    haetae_context_token token;
    haetae_counter *counter;
    size_t with = 0;

    (void)state;
    init_with(&f, HAE_EXEMPLARS_TRACE_BASED, 4096);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    enter_sampled(4, &token);
    for (int i = 0; i < SERIES; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("n", i)));
    }
    haetae_context_detach(&token);
    collect_now(&f, &all);
    assert_int_equal(int_total(&all, "c"), SERIES);
    for (size_t i = 0; i < SERIES; i++) {
        with += find_metric(&all, "c")->sum->data_points[i]->n_exemplars;
    }
    /* 24 bytes and 64 each */
    assert_int_equal(with, (4096 - 8) / (24 + 64));
    assert_true(atomic_load(&f.provider.streams.exemplars.refused_count) >= SERIES - with);
    collection_done(&all, &f);
}

static void a_forked_child_begins_without_any(void **state)
{
    struct fixture f;
    struct collection all;
    haetae_counter *counter;

    (void)state;
    init(&f);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_in_span(counter, 5);
    hae_meter_provider_reinit(&f.provider);
    haetae_counter_add(counter, 1, NULL, 0);
    collect_now(&f, &all);
    assert_int_equal(find_point(&all, "c", "")->n_exemplars, 0);
    collection_free(&all);
    add_in_span(counter, 6);
    collect_now(&f, &all);
    assert_int_equal(find_point(&all, "c", "")->exemplars[0]->as_int, 6);
    collection_done(&all, &f);
}

static void a_reference_that_leads_nowhere_is_not_followed(void **state)
{
    static const uint32_t references[] = {UINT32_MAX, POOL_BYTES / 8, POOL_BYTES / 8 - 1, 1, 2, 3};
    struct fixture f;
    struct collection all;
    haetae_counter *counter;
    struct hae_series *series;
    const struct hae_stream *stream;

    (void)state;
    init(&f);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_in_span(counter, 5);
    stream = &counter->instrument.first;
    series = hae_ref_at(stream->region, hae_series_ref(atomic_load(&stream->data->series)));
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        atomic_store(&series->reservoir, references[i]);
        add_in_span(counter, 1);
        collect_now(&f, &all);
        assert_int_equal(find_point(&all, "c", "")->as_int, 6 + (int64_t)i);
        collection_free(&all);
    }
    fixture_done(&f);
}

/* ---- Observables ----------------------------------------------------------------------------- */

static void observables_have_some_when_all_measurements_do(void **state)
{
    struct views views = {.count = 1, .view = {{.filter = &keeps_path}}};
    haetae_attribute set[] = {HAETAE_ATTR("path", "/a"), HAETAE_ATTR("user", "u-1")};
    struct fixture f;
    struct collection all;
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_observable *observable = NULL;
    haetae_context_token token;
    const HaeOtlp__NumberDataPoint *point;

    (void)state;
    init_with(&f, HAE_EXEMPLARS_ALWAYS_ON, POOL_BYTES);
    set_views(&f, &views);
    options.name = haetae_string_of("c");
    options.number_type = HAETAE_NUMBER_INT64;
    assert_int_equal(haetae_observable_counter_create(f.meter, &options, &observable), HAETAE_OK);
    enter_sampled(4, &token);
    haetae_observable_set_int64(observable, 12, set, 2);
    haetae_context_detach(&token);
    collect_now(&f, &all);
    point = find_point(&all, "c", "path=/a");
    assert_int_equal(point->n_exemplars, 1);
    assert_int_equal(point->exemplars[0]->as_int, 12);
    assert_int_equal(point->exemplars[0]->trace_id.len, 0);
    assert_string_equal(attributes_text(point->exemplars[0]->n_filtered_attributes,
                                        point->exemplars[0]->filtered_attributes),
                        "user=u-1");
    collection_done(&all, &f);
}

static void observe(void *user, haetae_observer *observer)
{
    haetae_observe_int64(observer, user, 21, NULL, 0);
}

static void what_callbacks_observe_has_the_time_of_the_collection(void **state)
{
    struct fixture f;
    struct collection all;
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_observable *observable = NULL;
    haetae_callback *callback = NULL;
    const HaeOtlp__NumberDataPoint *point;

    (void)state;
    init_with(&f, HAE_EXEMPLARS_ALWAYS_ON, POOL_BYTES);
    options.name = haetae_string_of("c");
    options.number_type = HAETAE_NUMBER_INT64;
    assert_int_equal(haetae_observable_gauge_create(f.meter, &options, &observable), HAETAE_OK);
    assert_int_equal(haetae_callback_register(&observable, 1, observe, observable, &callback),
                     HAETAE_OK);
    collect_now(&f, &all);
    point = find_point(&all, "c", "");
    assert_int_equal(point->n_exemplars, 1);
    assert_int_equal(point->exemplars[0]->as_int, 21);
    assert_true(point->exemplars[0]->time_unix_nano <= point->time_unix_nano);
    haetae_callback_unregister(callback);
    collection_done(&all, &f);
}

/* ---- Threads --------------------------------------------------------------------------------- */

struct shared {
    struct fixture f;
    haetae_counter *counter;
    haetae_histogram *histogram;
    uint64_t first;
};

enum { THREADS = 4, MEASUREMENTS = 20000 };

struct worker {
    struct shared *shared;
    uint64_t first;
};

/* The value of a measurement is the number of its span, and so is its attribute. */
static void *measure(void *argument)
{
    struct worker *worker = argument;

    for (uint64_t i = 0; i < MEASUREMENTS; i++) {
        uint64_t number = worker->first + i;
        haetae_attribute set[] = {HAETAE_ATTR("number", (int64_t)number)};
        haetae_context_token token;

        enter_sampled(number, &token);
        haetae_counter_add(worker->shared->counter, (int64_t)number, set, 1);
        haetae_histogram_record(worker->shared->histogram, (int64_t)number % 10000, set, 1);
        haetae_context_detach(&token);
    }
    return NULL;
}

static void assert_whole(const HaeOtlp__Exemplar *exemplar)
{
    uint64_t number;

    assert_int_equal(exemplar->span_id.len, sizeof number);
    memcpy(&number, exemplar->span_id.data, sizeof number);
    assert_span(exemplar, number);
    assert_int_equal(exemplar->n_filtered_attributes, 1);
    assert_int_equal(exemplar->filtered_attributes[0]->value->int_value, number);
    assert_true((uint64_t)exemplar->as_int == number ||
                (uint64_t)exemplar->as_int == number % 10000);
}

static void threads_never_mix_two_measurements(void **state)
{
    struct views views = {.count = 1, .view = {{.filter = &keeps_path}}};
    struct shared shared;
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    size_t seen = 0;

    (void)state;
    init_views(&shared.f, &views);
    shared.counter = make_counter(&shared.f, "c", HAETAE_NUMBER_INT64);
    shared.histogram = make_histogram(&shared.f, "h", HAETAE_NUMBER_INT64);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){&shared, 1 + i * MEASUREMENTS};
        assert_int_equal(pthread_create(&threads[i], NULL, measure, &workers[i]), 0);
    }
    for (int round = 0; round < 300 || seen == 0; round++) {
        struct collection all;
        const HaeOtlp__NumberDataPoint *point;
        const HaeOtlp__HistogramDataPoint *histogram;

        collect_now(&shared.f, &all);
        point = find_point(&all, "c", "");
        histogram = find_histogram(&all, "h", "");
        for (size_t i = 0; point != NULL && i < point->n_exemplars; i++) {
            assert_whole(point->exemplars[i]);
            seen++;
        }
        for (size_t i = 0; histogram != NULL && i < histogram->n_exemplars; i++) {
            assert_whole(histogram->exemplars[i]);
        }
        collection_free(&all);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    fixture_done(&shared.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measurements_in_a_sampled_span_become_exemplars),
        cmocka_unit_test(the_filter_decides_which_measurements_may_become_some),
        cmocka_unit_test(without_a_span_an_exemplar_has_no_ids),
        cmocka_unit_test(histograms_keep_one_for_each_bucket),
        cmocka_unit_test(each_aggregation_has_its_reservoir),
        cmocka_unit_test(every_way_into_an_exponential_histogram_offers),
        cmocka_unit_test(a_view_has_another_reservoir),
        cmocka_unit_test(every_measurement_has_the_same_chance),
        cmocka_unit_test(deltas_have_those_since_the_last_one),
        cmocka_unit_test(a_refused_delta_is_offered_again_with_its_exemplar),
        cmocka_unit_test(attributes_that_a_filter_leaves_out_are_kept),
        cmocka_unit_test(attributes_that_do_not_fit_are_left_out_whole),
        cmocka_unit_test(the_overflow_series_keeps_the_sets),
        cmocka_unit_test(a_program_may_choose_itself),
        cmocka_unit_test(series_without_memory_have_none),
        cmocka_unit_test(a_forked_child_begins_without_any),
        cmocka_unit_test(a_reference_that_leads_nowhere_is_not_followed),
        cmocka_unit_test(observables_have_some_when_all_measurements_do),
        cmocka_unit_test(what_callbacks_observe_has_the_time_of_the_collection),
        cmocka_unit_test(threads_never_mix_two_measurements),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
