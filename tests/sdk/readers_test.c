/* SPDX-License-Identifier: Apache-2.0 */
/* Several readers of metrics in one SDK: those of exporters, and those that are pulled. */
#include "haetae/reader.h"

#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "otlp.pb-c.h"
#include "recorder/consumer.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

enum {
    DELTA = HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_DELTA,
    CUMULATIVE = HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_CUMULATIVE
};

/* ---- What was collected --------------------------------------------------------------------- */

/* Of the metric "c", over all pieces or deliveries; of all others only their number. */
struct seen {
    int64_t sum;
    uint64_t points;
    uint64_t overflows;
    int temporality;
    unsigned pieces;
    uint64_t points_of_piece_max;
    unsigned others;
    unsigned attributes;
    unsigned pieces_max; /* 0: all */
};

static void add_metric(const HaeOtlp__Metric *metric, struct seen *seen)
{
    if (strcmp(metric->name, "c") != 0 || metric->data_case != HAE_OTLP__METRIC__DATA_SUM) {
        seen->others++;
        return;
    }
    seen->temporality = (int)metric->sum->aggregation_temporality;
    for (size_t i = 0; i < metric->sum->n_data_points; i++) {
        const HaeOtlp__NumberDataPoint *point = metric->sum->data_points[i];

        seen->sum += point->as_int;
        seen->points++;
        seen->attributes += (unsigned)point->n_attributes;
        seen->overflows += point->n_attributes == 1 &&
                           strcmp(point->attributes[0]->key, "otel.metric.overflow") == 0;
    }
}

static void add_request(const uint8_t *data, size_t size, struct seen *seen)
{
    HaeOtlp__ExportMetricsServiceRequest *request =
        hae_otlp__export_metrics_service_request__unpack(NULL, size, data);
    uint64_t before = seen->points;

    assert_non_null(request);
    assert_int_equal(request->n_resource_metrics, 1);
    for (size_t i = 0; i < request->resource_metrics[0]->n_scope_metrics; i++) {
        const HaeOtlp__ScopeMetrics *scope = request->resource_metrics[0]->scope_metrics[i];

        for (size_t k = 0; k < scope->n_metrics; k++) {
            add_metric(scope->metrics[k], seen);
        }
    }
    seen->pieces++;
    if (seen->points - before > seen->points_of_piece_max) {
        seen->points_of_piece_max = seen->points - before;
    }
    hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
}

static bool keep(void *user, const uint8_t *request, size_t size_bytes)
{
    struct seen *seen = user;

    add_request(request, size_bytes, seen);
    return seen->pieces_max == 0 || seen->pieces < seen->pieces_max;
}

static void accept_and_keep(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (haetae_delivery_signal(delivery) == HAETAE_SIGNAL_METRICS) {
        add_request(haetae_delivery_data(delivery), haetae_delivery_size(delivery), fake->user);
    }
    fake_accept(fake, delivery);
}

static struct seen pull(haetae_metric_reader *reader)
{
    struct seen seen = {0};

    assert_int_equal(haetae_metric_reader_collect(reader, 10000, keep, &seen), HAETAE_OK);
    return seen;
}

static haetae_metric_reader *reader_of(const haetae_metric_reader_options *options)
{
    haetae_metric_reader *reader = NULL;

    assert_int_equal(haetae_metric_reader_new(options, &reader), HAETAE_OK);
    return reader;
}

static haetae_metric_reader *pulled(haetae_temporality_preference preference)
{
    haetae_metric_reader_options options = HAETAE_OPTIONS(
        haetae_metric_reader_options, .pull = 1, .temporality_preference = (int32_t)preference);

    return reader_of(&options);
}

/* ---- An SDK ---------------------------------------------------------------------------------- */

struct fixture {
    struct fake_exporter fake;
    struct seen seen; /* by its exporter */
    haetae_config *config;
    haetae_sdk *sdk;
    haetae_counter *counter; /* "c" */
};

static void begin(struct fixture *f, const char *worker)
{
    memset(f, 0, sizeof *f);
    fake_init(&f->fake, "fake", accept_and_keep);
    f->fake.user = &f->seen;
    f->config =
        sdk_config(SDK_SETTINGS(SDK_ONLY_FLUSHES, {"HAETAE_WORKER", worker}), SDK_FAKES(&f->fake));
}

static void start(struct fixture *f)
{
    assert_int_equal(haetae_sdk_start(f->config, &f->sdk), HAETAE_OK);
    haetae_config_free(f->config);
    f->counter = haetae_counter_named(haetae_meter_named(f->sdk, "m"), "c", "1");
    assert_non_null(f->counter);
}

/* With one pulled reader. */
static haetae_metric_reader *start_pulled(struct fixture *f, haetae_temporality_preference wanted)
{
    haetae_metric_reader *reader = pulled(wanted);

    begin(f, "manual");
    assert_int_equal(haetae_config_add_metric_reader(f->config, reader, NULL), HAETAE_OK);
    start(f);
    return reader;
}

static void add_series(struct fixture *f, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        haetae_counter_add(f->counter, 1, &HAETAE_ATTR("i", i), 1);
    }
}

static void flush(struct fixture *f)
{
    assert_int_equal(haetae_sdk_force_flush(f->sdk, 10000), HAETAE_OK);
}

static void end(struct fixture *f, haetae_metric_reader *reader)
{
    sdk_finish(f->sdk, &f->fake);
    haetae_metric_reader_free(reader);
}

/* ---- Pulled readers -------------------------------------------------------------------------- */

static void pulled_reader_and_exporter_see_the_same(void **state)
{
    struct fixture f;
    haetae_metric_reader *reader = start_pulled(&f, HAETAE_PREFERENCE_CUMULATIVE);

    (void)state;
    haetae_counter_add(f.counter, 5, NULL, 0);
    assert_int_equal(pull(reader).sum, 5);
    flush(&f);
    assert_int_equal(f.seen.sum, 5);
    haetae_counter_add(f.counter, 2, NULL, 0);
    assert_int_equal(pull(reader).sum, 7);
    assert_int_equal(pull(reader).temporality, CUMULATIVE);
    end(&f, reader);
}

static void deltas_of_a_pulled_reader_are_its_own(void **state)
{
    struct fixture f;
    haetae_metric_reader *reader = start_pulled(&f, HAETAE_PREFERENCE_DELTA);
    struct seen seen;

    (void)state;
    haetae_counter_add(f.counter, 5, NULL, 0);
    assert_int_equal(pull(reader).sum, 5);
    haetae_counter_add(f.counter, 2, NULL, 0);
    flush(&f);
    assert_int_equal(f.seen.sum, 7);
    assert_int_equal(f.seen.temporality, CUMULATIVE);
    seen = pull(reader);
    assert_int_equal(seen.sum, 2);
    assert_int_equal(seen.temporality, DELTA);
    assert_int_equal(pull(reader).points, 0);
    end(&f, reader);
}

static void a_large_collection_comes_in_pieces(void **state)
{
    enum { SERIES = 40000 };
    haetae_metric_reader_options options =
        HAETAE_OPTIONS(haetae_metric_reader_options, .pull = 1, .cardinality_limit = SERIES);
    haetae_metric_reader *reader = reader_of(&options);
    struct seen seen = {.pieces_max = 1};
    struct fixture f;

    (void)state;
    begin(&f, "manual");
    assert_int_equal(haetae_config_set(f.config, "HAETAE_RECORDER_BYTES", "256m"), HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, NULL), HAETAE_OK);
    start(&f);
    add_series(&f, SERIES);
    assert_int_equal(haetae_metric_reader_collect(reader, 10000, keep, &seen), HAETAE_OK);
    assert_int_equal(seen.pieces, 1);
    seen = pull(reader);
    assert_true(seen.pieces > 1);
    assert_int_equal(seen.points, SERIES);
    assert_int_equal(seen.sum, SERIES);
    end(&f, reader);
}

static void a_reader_of_no_running_sdk_collects_nothing(void **state)
{
    haetae_metric_reader *reader = pulled(HAETAE_PREFERENCE_CUMULATIVE);
    struct seen seen = {0};
    struct fixture f;

    (void)state;
    assert_int_equal(haetae_metric_reader_collect(reader, 0, keep, &seen), HAETAE_ESHUTDOWN);
    begin(&f, "manual");
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, NULL), HAETAE_OK);
    assert_int_equal(haetae_metric_reader_collect(reader, 0, keep, &seen), HAETAE_ESHUTDOWN);
    start(&f);
    haetae_counter_add(f.counter, 1, NULL, 0);
    assert_int_equal(haetae_sdk_shutdown(f.sdk, 10000), HAETAE_OK);
    assert_int_equal(haetae_metric_reader_collect(reader, 0, keep, &seen), HAETAE_ESHUTDOWN);
    sdk_finish(f.sdk, &f.fake);
    assert_int_equal(haetae_metric_reader_collect(reader, 0, keep, &seen), HAETAE_ESHUTDOWN);
    assert_int_equal(seen.pieces, 0);
    haetae_metric_reader_free(reader);
}

static void pulled_metrics_need_no_exporter(void **state)
{
    haetae_metric_reader *reader = pulled(HAETAE_PREFERENCE_CUMULATIVE);
    struct fixture f;

    (void)state;
    begin(&f, "manual");
    assert_int_equal(haetae_config_set(f.config, "OTEL_METRICS_EXPORTER", "none"), HAETAE_OK);
    assert_int_equal(haetae_config_set(f.config, "HAETAE_SDK_METRICS", "true"), HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, NULL), HAETAE_OK);
    start(&f);
    haetae_counter_add(f.counter, 3, NULL, 0);
    sdk_spans(f.sdk, 2);
    flush(&f);
    assert_int_equal(f.seen.pieces, 0);
    assert_int_equal(pull(reader).sum, 3);
    assert_true(pull(reader).others > 3); /* the SDK's own metrics */
    end(&f, reader);
}

static void redaction_holds_for_pulled_metrics(void **state)
{
    haetae_metric_reader *reader = pulled(HAETAE_PREFERENCE_CUMULATIVE);
    struct seen seen;
    struct fixture f;

    (void)state;
    begin(&f, "manual");
    assert_int_equal(
        haetae_config_add_redaction(f.config, "i", HAETAE_REDACTION_DELETE, NULL, 0, 0), HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, NULL), HAETAE_OK);
    start(&f);
    haetae_counter_add(f.counter, 1, &HAETAE_ATTR("i", (int64_t)1), 1);
    seen = pull(reader);
    assert_int_equal(seen.points, 1);
    assert_int_equal(seen.attributes, 0);
    end(&f, reader);
}

/* ---- Readers of exporters -------------------------------------------------------------------- */

static void each_exporter_has_the_temporality_of_its_reader(void **state)
{
    haetae_metric_reader_options options = HAETAE_OPTIONS(
        haetae_metric_reader_options, .temporality_preference = HAETAE_PREFERENCE_DELTA);
    haetae_metric_reader *reader = reader_of(&options);
    struct fake_exporter other;
    struct seen seen = {0};
    struct fixture f;

    (void)state;
    begin(&f, "manual");
    fake_init(&other, "other", accept_and_keep);
    other.user = &seen;
    fake_make(&other);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, other.exporter), HAETAE_OK);
    start(&f);
    for (int round = 1; round <= 3; round++) {
        f.seen = seen = (struct seen){0};
        haetae_counter_add(f.counter, round, NULL, 0);
        flush(&f);
        assert_int_equal(f.seen.sum, round * (round + 1) / 2);
        assert_int_equal(f.seen.temporality, CUMULATIVE);
        assert_int_equal(seen.sum, round);
        assert_int_equal(seen.temporality, DELTA);
    }
    sdk_spans(f.sdk, 1); /* traces go to both */
    flush(&f);
    assert_int_equal(fake_count(&other, &other.taken_count[HAETAE_SIGNAL_TRACES]), 1);
    end(&f, reader);
    fake_done(&other);
}

static void an_exporter_that_fails_keeps_no_delta_from_the_others(void **state)
{
    haetae_metric_reader_options options = HAETAE_OPTIONS(
        haetae_metric_reader_options, .temporality_preference = HAETAE_PREFERENCE_DELTA);
    haetae_metric_reader *reader = reader_of(&options);
    struct fake_exporter other;
    struct fixture f;

    (void)state;
    begin(&f, "manual");
    fake_init(&other, "other", fake_hold);
    fake_make(&other);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, other.exporter), HAETAE_OK);
    start(&f);
    for (int round = 1; round <= 3; round++) {
        f.seen = (struct seen){0};
        haetae_counter_add(f.counter, 1, NULL, 0);
        assert_int_equal(haetae_sdk_force_flush(f.sdk, 50), HAETAE_ETIMEOUT);
        assert_int_equal(f.seen.sum, round);
    }
    fake_release(&other, HAETAE_VERDICT_OK);
    flush(&f);
    /* No delta replaces another one: all three have arrived. */
    assert_int_equal(fake_count(&other, &other.taken_count[HAETAE_SIGNAL_METRICS]), 3);
    end(&f, reader);
    fake_done(&other);
}

static void an_exporter_brings_a_reader_of_its_own(void **state)
{
    haetae_metric_reader *reader = pulled(HAETAE_PREFERENCE_CUMULATIVE);
    struct fixture f;

    (void)state;
    memset(&f, 0, sizeof f);
    fake_init(&f.fake, "fake", accept_and_keep);
    f.fake.user = &f.seen;
    f.fake.ops.reader = reader;
    f.config =
        sdk_config(SDK_SETTINGS(SDK_ONLY_FLUSHES, {"HAETAE_WORKER", "manual"}), SDK_FAKES(&f.fake));
    start(&f);
    haetae_counter_add(f.counter, 4, NULL, 0);
    sdk_spans(f.sdk, 1);
    flush(&f);
    assert_int_equal(fake_count(&f.fake, &f.fake.taken_count[HAETAE_SIGNAL_TRACES]), 1);
    assert_int_equal(f.seen.pieces, 0);
    assert_int_equal(pull(reader).sum, 4);
    end(&f, reader);
}

static void a_reader_collects_at_its_own_interval(void **state)
{
    haetae_metric_reader_options options =
        HAETAE_OPTIONS(haetae_metric_reader_options, .interval_ms = 5);
    haetae_metric_reader *reader = reader_of(&options);
    struct fake_exporter other;
    struct seen seen = {0};
    struct fixture f;

    (void)state;
    begin(&f, "thread");
    fake_init(&other, "other", accept_and_keep);
    other.user = &seen;
    fake_make(&other);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, other.exporter), HAETAE_OK);
    start(&f);
    haetae_counter_add(f.counter, 1, NULL, 0);
    fake_await(&other, &other.taken_count[HAETAE_SIGNAL_METRICS], 3);
    assert_int_equal(fake_count(&f.fake, &f.fake.taken_count[HAETAE_SIGNAL_METRICS]), 0);
    end(&f, reader);
    fake_done(&other);
}

static void requests_have_no_more_points_than_wanted(void **state)
{
    haetae_metric_reader_options options =
        HAETAE_OPTIONS(haetae_metric_reader_options, .batch_points_max = 7);
    haetae_metric_reader *reader = reader_of(&options);
    struct fixture f;

    (void)state;
    begin(&f, "manual");
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, f.fake.exporter), HAETAE_OK);
    start(&f);
    haetae_counter_add(haetae_counter_named(haetae_meter_named(f.sdk, "m"), "other", NULL), 1, NULL,
                       0);
    add_series(&f, 32);
    flush(&f);
    assert_int_equal(f.seen.points, 32);
    assert_int_equal(f.seen.sum, 32);
    /* 33 points, in an order that is not specified. */
    assert_true(f.seen.pieces == 5 || f.seen.pieces == 6);
    assert_true(f.seen.points_of_piece_max <= 7);
    end(&f, reader);
}

/* Steps until the worker is in the middle of a collection. */
static const struct hae_metrics_source *step_into_a_collection(struct fixture *f)
{
    const struct hae_metrics_source *source = &f->sdk->readers.of[0].source;

    for (int i = 0; !source->is_collecting && i < 1000; i++) {
        assert_int_equal(haetae_sdk_step(f->sdk, 1), HAETAE_OK);
    }
    assert_true(source->is_collecting);
    return source;
}

static void records_are_drained_between_slices(void **state)
{
    enum { SERIES = 60000 };
    haetae_metric_reader_options options =
        HAETAE_OPTIONS(haetae_metric_reader_options, .interval_ms = 1, .cardinality_limit = SERIES);
    haetae_metric_reader *reader = reader_of(&options);
    const struct hae_metrics_source *source;
    struct fixture f;

    (void)state;
    begin(&f, "manual");
    assert_int_equal(haetae_config_set(f.config, "HAETAE_RECORDER_BYTES", "256m"), HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, f.fake.exporter), HAETAE_OK);
    start(&f);
    add_series(&f, SERIES);
    source = step_into_a_collection(&f);
    sdk_spans(f.sdk, 3);
    assert_false(hae_recorder_is_empty(f.sdk->recorder));
    assert_int_equal(haetae_sdk_step(f.sdk, 0), HAETAE_OK);
    assert_true(source->is_collecting);
    assert_true(hae_recorder_is_empty(f.sdk->recorder));
    while (source->is_collecting) {
        assert_int_equal(haetae_sdk_step(f.sdk, 0), HAETAE_OK);
    }
    /* Of this collection, and of one that may have begun since. */
    assert_true(f.seen.points >= SERIES && f.seen.points % SERIES == 0);
    assert_int_equal(f.seen.sum, f.seen.points);
    end(&f, reader);
}

/* Takes metrics, and keeps traces in flight. */
static void hold_traces(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (haetae_delivery_signal(delivery) == HAETAE_SIGNAL_TRACES) {
        fake_hold(fake, delivery);
    } else {
        fake_accept(fake, delivery);
    }
}

static void a_collection_replaces_nothing_but_metrics(void **state)
{
    enum { SERIES = 60000, SPANS = 30000 };
    haetae_metric_reader_options options =
        HAETAE_OPTIONS(haetae_metric_reader_options, .interval_ms = 1, .cardinality_limit = SERIES);
    haetae_metric_reader *reader = reader_of(&options);
    struct sdk_numbers numbers;
    struct fixture f;

    (void)state;
    begin(&f, "manual");
    f.fake.behave = hold_traces;
    assert_int_equal(haetae_config_set(f.config, "HAETAE_RECORDER_BYTES", "256m"), HAETAE_OK);
    assert_int_equal(haetae_config_set(f.config, "HAETAE_QUEUE_BYTES", "2m"), HAETAE_OK);
    assert_int_equal(haetae_config_set(f.config, "OTEL_BSP_SCHEDULE_DELAY", "1"), HAETAE_OK);
    assert_int_equal(haetae_config_set(f.config, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100"),
                     HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, f.fake.exporter), HAETAE_OK);
    start(&f);
    for (int i = 0; i < SPANS / 1000; i++) {
        sdk_spans(f.sdk, 1000);
        assert_int_equal(haetae_sdk_step(f.sdk, 0), HAETAE_OK);
    }
    numbers = sdk_numbers(f.sdk, HAETAE_SIGNAL_TRACES);
    assert_true(numbers.dropped[HAETAE_DROP_QUEUE_FULL] != 0);
    add_series(&f, SERIES);
    (void)step_into_a_collection(&f);
    sdk_spans(f.sdk, 1000);
    assert_int_equal(haetae_sdk_step(f.sdk, 0), HAETAE_OK);
    numbers = sdk_numbers(f.sdk, HAETAE_SIGNAL_TRACES);
    assert_int_equal(numbers.dropped[HAETAE_DROP_REPLACED], 0);
    fake_release(&f.fake, HAETAE_VERDICT_OK);
    end(&f, reader);
}

static void a_flush_within_a_collection_sees_what_came_since(void **state)
{
    enum { SERIES = 60000 };
    haetae_metric_reader_options options =
        HAETAE_OPTIONS(haetae_metric_reader_options, .interval_ms = 1, .cardinality_limit = SERIES,
                       .temporality_preference = HAETAE_PREFERENCE_DELTA);
    haetae_metric_reader *reader = reader_of(&options);
    struct fixture f;

    (void)state;
    begin(&f, "manual");
    assert_int_equal(haetae_config_set(f.config, "HAETAE_RECORDER_BYTES", "256m"), HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, f.fake.exporter), HAETAE_OK);
    start(&f);
    add_series(&f, SERIES);
    (void)step_into_a_collection(&f);
    add_series(&f, SERIES);
    flush(&f);
    assert_int_equal(f.seen.sum, 2 * SERIES);
    end(&f, reader);
}

/* ---- What readers want of streams ------------------------------------------------------------ */

static void each_reader_has_the_streams_that_it_wants(void **state)
{
    haetae_metric_reader_options small =
        HAETAE_OPTIONS(haetae_metric_reader_options, .pull = 1,
                       .cardinality_limit_of[HAETAE_INSTRUMENT_COUNTER] = 3);
    haetae_metric_reader_options none =
        HAETAE_OPTIONS(haetae_metric_reader_options, .pull = 1,
                       .aggregation_of[HAETAE_INSTRUMENT_COUNTER] = HAETAE_AGGREGATION_DROP);
    haetae_metric_reader_options buckets = HAETAE_OPTIONS(
        haetae_metric_reader_options, .pull = 1,
        .aggregation_of[HAETAE_INSTRUMENT_COUNTER] = HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM);
    haetae_metric_reader *readers[] = {reader_of(&small), reader_of(&none), reader_of(&buckets)};
    struct seen seen;
    struct fixture f;

    (void)state;
    begin(&f, "manual");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(haetae_config_add_metric_reader(f.config, readers[i], NULL), HAETAE_OK);
    }
    start(&f);
    add_series(&f, 10);
    seen = pull(readers[0]);
    assert_int_equal(seen.points, 4);
    assert_int_equal(seen.overflows, 1);
    assert_int_equal(seen.sum, 10);
    seen = pull(readers[1]);
    assert_int_equal(seen.points + seen.others, 0);
    seen = pull(readers[2]);
    assert_int_equal(seen.points, 0);
    assert_int_equal(seen.others, 1);
    flush(&f);
    assert_int_equal(f.seen.points, 10);
    end(&f, NULL);
    for (int i = 0; i < 3; i++) {
        haetae_metric_reader_free(readers[i]);
    }
}

static void low_memory_makes_deltas_of_counters(void **state)
{
    struct fixture f;
    haetae_metric_reader *reader = start_pulled(&f, HAETAE_PREFERENCE_LOW_MEMORY);

    (void)state;
    haetae_counter_add(f.counter, 5, NULL, 0);
    assert_int_equal(pull(reader).temporality, DELTA);
    end(&f, reader);
}

static void temporality_is_set_by_kind(void **state)
{
    haetae_metric_reader_options options = HAETAE_OPTIONS(
        haetae_metric_reader_options, .pull = 1, .temporality_preference = HAETAE_PREFERENCE_DELTA,
        .temporality_of[HAETAE_INSTRUMENT_COUNTER] = HAETAE_TEMPORALITY_CUMULATIVE);
    haetae_metric_reader *reader = reader_of(&options);
    struct fixture f;

    (void)state;
    begin(&f, "manual");
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, NULL), HAETAE_OK);
    start(&f);
    haetae_counter_add(f.counter, 5, NULL, 0);
    assert_int_equal(pull(reader).temporality, CUMULATIVE);
    end(&f, reader);
}

/* ---- What is refused ------------------------------------------------------------------------- */

static void bad_options_are_refused(void **state)
{
    static const haetae_metric_reader_options bad[] = {
        {.struct_size = 8},
        HAETAE_OPTIONS(haetae_metric_reader_options, .pull = 2),
        HAETAE_OPTIONS(haetae_metric_reader_options, .reserved = 1),
        HAETAE_OPTIONS(haetae_metric_reader_options, .temporality_preference = 3),
        HAETAE_OPTIONS(haetae_metric_reader_options, .temporality_preference = -1),
        HAETAE_OPTIONS(haetae_metric_reader_options, .temporality_of[1] = 3),
        HAETAE_OPTIONS(haetae_metric_reader_options, .aggregation_of[7] = 6),
        HAETAE_OPTIONS(haetae_metric_reader_options, .aggregation_of[1] = -1),
        HAETAE_OPTIONS(haetae_metric_reader_options, .cardinality_limit = (1u << 24) + 1),
        HAETAE_OPTIONS(haetae_metric_reader_options, .cardinality_limit_of[2] = UINT32_MAX),
    };
    haetae_metric_reader *reader = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(haetae_metric_reader_new(&bad[i], &reader), HAETAE_EINVAL);
        assert_null(reader);
    }
    assert_int_equal(haetae_metric_reader_new(NULL, NULL), HAETAE_EINVAL);
}

static void readers_that_do_not_fit_are_refused(void **state)
{
    haetae_metric_reader *periodic = reader_of(NULL);
    haetae_metric_reader *reader = pulled(HAETAE_PREFERENCE_CUMULATIVE);
    haetae_metric_reader *many[9];
    struct fake_exporter puller;
    struct seen seen = {0};
    struct fixture f;

    (void)state;
    begin(&f, "manual");
    assert_int_equal(haetae_config_add_metric_reader(f.config, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_metric_reader(f.config, periodic, NULL), HAETAE_EINVAL);
    assert_non_null(strstr(haetae_config_error(f.config), "needs an exporter"));
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, f.fake.exporter),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_metric_reader(f.config, periodic, f.fake.exporter),
                     HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(f.config, periodic, f.fake.exporter),
                     HAETAE_ECONFLICT);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, NULL), HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, NULL), HAETAE_ECONFLICT);
    fake_init(&puller, "puller", fake_accept);
    puller.ops.reader = reader;
    fake_make(&puller);
    assert_int_equal(haetae_config_add_metric_reader(f.config, periodic, puller.exporter),
                     HAETAE_ECONFLICT);
    assert_non_null(strstr(haetae_config_error(f.config), "collects by itself"));
    haetae_exporter_free(puller.exporter);
    fake_done(&puller);
    for (int i = 0; i < 9; i++) {
        many[i] = pulled(HAETAE_PREFERENCE_DELTA);
        assert_int_equal(haetae_config_add_metric_reader(f.config, many[i], NULL),
                         i < 6 ? HAETAE_OK : HAETAE_ELIMIT);
        haetae_metric_reader_free(many[i]);
    }
    start(&f);
    haetae_counter_add(f.counter, 1, NULL, 0);
    assert_int_equal(haetae_metric_reader_collect(periodic, 0, keep, &seen), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_reader_collect(reader, 0, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_reader_collect(NULL, 0, keep, &seen), HAETAE_EINVAL);
    assert_int_equal(pull(reader).sum, 1);
    end(&f, reader);
    haetae_metric_reader_free(periodic);
}

static void a_reader_belongs_to_one_sdk(void **state)
{
    struct fixture f;
    haetae_metric_reader *reader = start_pulled(&f, HAETAE_PREFERENCE_CUMULATIVE);
    haetae_config *config = sdk_config(NULL, SDK_FAKES(NULL));
    haetae_sdk *other = NULL;

    (void)state;
    assert_int_equal(haetae_config_add_metric_reader(config, reader, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &other), HAETAE_ECONFLICT);
    assert_non_null(strstr(haetae_config_error(config), "another SDK has it"));
    assert_null(other);
    haetae_config_free(config);
    haetae_counter_add(f.counter, 1, NULL, 0);
    assert_int_equal(pull(reader).sum, 1);
    end(&f, reader);
}

/* ---- Threads, fork, memory --------------------------------------------------------------------
 */

struct race {
    struct fixture f;
    haetae_metric_reader *reader;
    _Atomic int64_t sum; /* of all deltas */
    _Atomic int recording;
    _Atomic int next;
};

static void record_or_collect(void *argument)
{
    enum { ADDITIONS = 20000, RECORDERS = 2 };
    struct race *race = argument;

    if (atomic_fetch_add(&race->next, 1) < RECORDERS) {
        for (int i = 0; i < ADDITIONS; i++) {
            haetae_counter_add(race->f.counter, 1, &HAETAE_ATTR("i", (int64_t)(i % 10)), 1);
        }
        atomic_fetch_sub(&race->recording, 1);
        return;
    }
    while (atomic_load(&race->recording) != 0) {
        atomic_fetch_add(&race->sum, pull(race->reader).sum);
    }
}

static void deltas_of_racing_collections_add_up(void **state)
{
    struct race race = {.recording = 2};

    (void)state;
    race.reader = pulled(HAETAE_PREFERENCE_DELTA);
    begin(&race.f, "thread");
    assert_int_equal(haetae_config_set(race.f.config, "OTEL_METRIC_EXPORT_INTERVAL", "1"),
                     HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(race.f.config, race.reader, NULL), HAETAE_OK);
    start(&race.f);
    sdk_run_threads(4, record_or_collect, &race);
    assert_int_equal(race.sum + pull(race.reader).sum, 40000);
    end(&race.f, race.reader);
}

static int collect_in_child(struct fixture *f, haetae_metric_reader *reader)
{
    struct seen before = {0};
    struct seen after = {0};

    if (haetae_metric_reader_collect(reader, 1000, keep, &before) != HAETAE_OK) {
        return 1;
    }
    haetae_counter_add(f->counter, 2, NULL, 0);
    if (haetae_metric_reader_collect(reader, 1000, keep, &after) != HAETAE_OK) {
        return 2;
    }
    return before.sum == 0 && after.sum == 2 ? 0 : 3;
}

static void a_forked_child_collects_its_own(void **state)
{
    struct fixture f;
    haetae_metric_reader *reader = start_pulled(&f, HAETAE_PREFERENCE_DELTA);
    int status;
    pid_t child;

    (void)state;
    haetae_counter_add(f.counter, 5, NULL, 0);
    assert_int_equal(pull(reader).sum, 5);
    haetae_counter_add(f.counter, 1, NULL, 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(collect_in_child(&f, reader));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(pull(reader).sum, 1);
    end(&f, reader);
}

static void without_memory_nothing_is_lost(void **state)
{
    struct fixture f;
    haetae_metric_reader *reader = start_pulled(&f, HAETAE_PREFERENCE_DELTA);
    haetae_counter *other = haetae_counter_named(haetae_meter_named(f.sdk, "n"), "c", "1");
    haetae_status status = HAETAE_ENOMEM;
    struct seen seen = {0};
    long failures = 0;

    (void)state;
    /* What the reader remembers has its memory already: only the collection itself is left. */
    add_series(&f, 100);
    haetae_counter_add(other, 1, NULL, 0);
    assert_int_equal(pull(reader).sum, 101);
    add_series(&f, 100);
    haetae_counter_add(other, 10, NULL, 0);
    for (long i = 0; status == HAETAE_ENOMEM; i++) {
        hae_alloc_fail_once_after(i);
        status = haetae_metric_reader_collect(reader, 1000, keep, &seen);
        hae_alloc_fail_once_after(-1);
        failures += status == HAETAE_ENOMEM;
        assert_true(i < 100);
    }
    assert_int_equal(status, HAETAE_OK);
    assert_true(failures >= 3);
    assert_int_equal(seen.sum, 110);
    end(&f, reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pulled_reader_and_exporter_see_the_same),
        cmocka_unit_test(deltas_of_a_pulled_reader_are_its_own),
        cmocka_unit_test(a_large_collection_comes_in_pieces),
        cmocka_unit_test(a_reader_of_no_running_sdk_collects_nothing),
        cmocka_unit_test(pulled_metrics_need_no_exporter),
        cmocka_unit_test(redaction_holds_for_pulled_metrics),
        cmocka_unit_test(each_exporter_has_the_temporality_of_its_reader),
        cmocka_unit_test(an_exporter_that_fails_keeps_no_delta_from_the_others),
        cmocka_unit_test(an_exporter_brings_a_reader_of_its_own),
        cmocka_unit_test(a_reader_collects_at_its_own_interval),
        cmocka_unit_test(requests_have_no_more_points_than_wanted),
        cmocka_unit_test(records_are_drained_between_slices),
        cmocka_unit_test(a_collection_replaces_nothing_but_metrics),
        cmocka_unit_test(a_flush_within_a_collection_sees_what_came_since),
        cmocka_unit_test(each_reader_has_the_streams_that_it_wants),
        cmocka_unit_test(low_memory_makes_deltas_of_counters),
        cmocka_unit_test(temporality_is_set_by_kind),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(readers_that_do_not_fit_are_refused),
        cmocka_unit_test(a_reader_belongs_to_one_sdk),
        cmocka_unit_test(deltas_of_racing_collections_add_up),
        cmocka_unit_test(a_forked_child_collects_its_own),
        cmocka_unit_test(without_memory_nothing_is_lost),
    };

    return cmocka_run_group_tests_name("sdk/readers", tests, NULL, NULL);
}
