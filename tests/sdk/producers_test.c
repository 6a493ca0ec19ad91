/* SPDX-License-Identifier: Apache-2.0 */
/* Metric producers and metric filters of readers, whole: from the API to what is exported. */
#include "haetae/producer.h"

#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "otlp.pb-c.h"
#include "sdk/config_internal.h"
#include "support/sdk_fixture.h"

enum { DELTA = HAETAE_TEMPORALITY_DELTA, CUMULATIVE = HAETAE_TEMPORALITY_CUMULATIVE };

/* ---- What was collected --------------------------------------------------------------------- */

enum { METRICS_MAX = 16 };

/* The last collection: its requests, and their metrics. */
struct seen {
    HaeOtlp__ExportMetricsServiceRequest *requests[METRICS_MAX];
    size_t request_count;
    const HaeOtlp__Metric *metrics[METRICS_MAX];
    const HaeOtlp__ScopeMetrics *scopes[METRICS_MAX]; /* of these */
    size_t count;
};

static void forget(struct seen *seen)
{
    for (size_t i = 0; i < seen->request_count; i++) {
        hae_otlp__export_metrics_service_request__free_unpacked(seen->requests[i], NULL);
    }
    memset(seen, 0, sizeof *seen);
}

static void see(struct seen *seen, const uint8_t *data, size_t size)
{
    HaeOtlp__ExportMetricsServiceRequest *request =
        hae_otlp__export_metrics_service_request__unpack(NULL, size, data);

    assert_non_null(request);
    assert_true(seen->request_count < METRICS_MAX);
    seen->requests[seen->request_count++] = request;
    for (size_t i = 0; i < request->resource_metrics[0]->n_scope_metrics; i++) {
        const HaeOtlp__ScopeMetrics *scope = request->resource_metrics[0]->scope_metrics[i];

        for (size_t k = 0; k < scope->n_metrics; k++) {
            assert_true(seen->count < METRICS_MAX);
            seen->scopes[seen->count] = scope;
            seen->metrics[seen->count++] = scope->metrics[k];
        }
    }
}

static bool keep(void *user, const uint8_t *request, size_t size_bytes)
{
    see(user, request, size_bytes);
    return true;
}

static void accept_and_see(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (haetae_delivery_signal(delivery) == HAETAE_SIGNAL_METRICS) {
        see(fake->user, haetae_delivery_data(delivery), haetae_delivery_size(delivery));
    }
    fake_accept(fake, delivery);
}

/* NULL: there is none of this name. */
static const HaeOtlp__Metric *find(const struct seen *seen, const char *name)
{
    for (size_t i = 0; i < seen->count; i++) {
        if (strcmp(seen->metrics[i]->name, name) == 0) {
            return seen->metrics[i];
        }
    }
    return NULL;
}

/* ---- An SDK ---------------------------------------------------------------------------------- */

struct fixture {
    struct fake_exporter fake;
    struct seen seen;
    haetae_config *config;
    haetae_metric_reader *reader;
    haetae_sdk *sdk;
    char diagnostics[4096];
    size_t length;
};

static void note(void *user, haetae_diagnostic_level level, const char *text)
{
    struct fixture *f = user;
    int written =
        snprintf(f->diagnostics + f->length, sizeof f->diagnostics - f->length, "%s\n", text);

    (void)level;
    f->length += written > 0 ? (size_t)written : 0;
    assert_true(f->length < sizeof f->diagnostics);
}

/* With a reader that is pulled, or the exporter's. */
static void begin(struct fixture *f, const char *worker, int32_t pull, int32_t preference)
{
    haetae_metric_reader_options options = HAETAE_OPTIONS(
        haetae_metric_reader_options, .pull = pull, .temporality_preference = preference);

    memset(f, 0, sizeof *f);
    fake_init(&f->fake, "fake", accept_and_see);
    f->fake.user = &f->seen;
    f->config = sdk_config(SDK_SETTINGS(SDK_ONLY_FLUSHES, {"HAETAE_WORKER", worker},
                                        {"HAETAE_METRICS_CALLBACK_TIMEOUT", "100"}),
                           SDK_FAKES(&f->fake));
    haetae_config_set_diagnostics(f->config, note, f);
    assert_int_equal(haetae_metric_reader_new(&options, &f->reader), HAETAE_OK);
}

static void start(struct fixture *f, int32_t pull)
{
    assert_int_equal(haetae_config_add_metric_reader(f->config, f->reader,
                                                     pull ? NULL : f->config->exporters[0]),
                     HAETAE_OK);
    assert_int_equal(haetae_sdk_start(f->config, &f->sdk), HAETAE_OK);
    haetae_config_free(f->config);
}

static void pull(struct fixture *f)
{
    forget(&f->seen);
    assert_int_equal(haetae_metric_reader_collect(f->reader, 10000, keep, &f->seen), HAETAE_OK);
}

static void end(struct fixture *f)
{
    assert_int_equal(haetae_sdk_shutdown(f->sdk, 10000), HAETAE_OK);
    haetae_sdk_free(f->sdk);
    haetae_metric_reader_free(f->reader);
    forget(&f->seen);
    fake_done(&f->fake);
}

/* ---- Producers ------------------------------------------------------------------------------- */

static haetae_metric_description describe(const char *name, int32_t kind, int32_t temporality)
{
    haetae_metric_description metric =
        HAETAE_OPTIONS(haetae_metric_description, .kind = kind, .temporality = temporality);

    metric.name = haetae_string_of(name);
    metric.unit = haetae_string_of("1");
    metric.description = haetae_string_of("what it is");
    return metric;
}

/* One that produces a sum of two points and counts its calls. */
struct bridge {
    _Atomic unsigned calls;
    _Atomic unsigned freed;
    _Atomic bool hangs;
    haetae_status returns;
    haetae_temporality temporality; /* that the reader asked for */
    bool wanted;                    /* its metric */
    const char *name;
};

static void free_bridge(void *self)
{
    struct bridge *bridge = self;

    atomic_fetch_add(&bridge->freed, 1);
}

static haetae_status produce(void *self, haetae_metric_batch *batch)
{
    struct bridge *bridge = self;
    haetae_metric_description metric;
    haetae_attribute attributes[] = {haetae_attribute_of("n", haetae_value_int64(0))};
    haetae_metric_point point = HAETAE_OPTIONS(haetae_metric_point, .start_time_unix_ns = 5,
                                               .attributes = attributes, .attribute_count = 1);

    atomic_fetch_add(&bridge->calls, 1);
    while (atomic_load(&bridge->hangs)) {
        usleep(1000);
    }
    bridge->temporality = haetae_metric_batch_temporality(batch, HAETAE_INSTRUMENT_COUNTER);
    metric = describe(bridge->name, HAETAE_POINT_SUM, (int32_t)bridge->temporality);
    metric.monotonic = 1;
    assert_int_equal(haetae_metric_batch_add_metric(batch, &metric, &bridge->wanted), HAETAE_OK);
    for (int i = 0; i < 2; i++) {
        attributes[0].value = haetae_value_int64(i);
        point.as_int64 = 40 + i;
        assert_int_equal(haetae_metric_batch_add_point(batch, &point), HAETAE_OK);
    }
    return bridge->returns;
}

static void add(struct fixture *f, struct bridge *bridge, const char *name)
{
    haetae_metric_producer producer = HAETAE_OPTIONS(haetae_metric_producer, .self = bridge,
                                                     .produce = produce, .free = free_bridge);
    char scope[] = "bridge";

    memset(bridge, 0, sizeof *bridge);
    bridge->name = name;
    producer.scope_name = haetae_string_of(scope);
    producer.scope_version = haetae_string_of("1.2");
    producer.scope_schema_url = haetae_string_of("https://schema");
    assert_int_equal(haetae_metric_reader_add_producer(f->reader, &producer), HAETAE_OK);
    memset(scope, 'x', sizeof scope - 1); /* it was copied */
}

static void check_bridged(const struct seen *seen, const char *name, int temporality)
{
    const HaeOtlp__Metric *metric = find(seen, name);

    assert_non_null(metric);
    assert_string_equal(metric->unit, "1");
    assert_string_equal(metric->description, "what it is");
    assert_int_equal(metric->data_case, HAE_OTLP__METRIC__DATA_SUM);
    assert_int_equal(metric->sum->aggregation_temporality, temporality);
    assert_true(metric->sum->is_monotonic);
    assert_int_equal(metric->sum->n_data_points, 2);
    for (size_t i = 0; i < 2; i++) {
        const HaeOtlp__NumberDataPoint *point = metric->sum->data_points[i];

        assert_int_equal(point->as_int, 40 + (int)i);
        assert_int_equal(point->start_time_unix_nano, 5);
        assert_true(point->time_unix_nano > UINT64_C(1600000000000000000));
        assert_int_equal(point->n_attributes, 1);
        assert_int_equal(point->attributes[0]->value->int_value, (int)i);
    }
}

static void metrics_of_a_producer_leave_with_those_of_instruments(void **state)
{
    struct bridge bridge;
    struct fixture f;

    (void)state;
    begin(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add(&f, &bridge, "bridged");
    start(&f, 1);
    haetae_counter_add(haetae_counter_named(haetae_meter_named(f.sdk, "m"), "own", "1"), 7, NULL,
                       0);
    pull(&f);
    assert_int_equal(f.seen.count, 2);
    assert_int_equal(find(&f.seen, "own")->sum->data_points[0]->as_int, 7);
    check_bridged(&f.seen, "bridged", CUMULATIVE);
    assert_string_equal(f.seen.scopes[1]->scope->name, "bridge");
    assert_string_equal(f.seen.scopes[1]->scope->version, "1.2");
    assert_string_equal(f.seen.scopes[1]->schema_url, "https://schema");
    assert_int_equal(bridge.freed, 0);
    end(&f);
    assert_int_equal(bridge.freed, 1);
}

static void a_periodic_reader_collects_from_producers(void **state)
{
    struct bridge bridge;
    struct fixture f;

    (void)state;
    begin(&f, "thread", 0, HAETAE_PREFERENCE_DELTA);
    add(&f, &bridge, "bridged");
    start(&f, 0);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK);
    check_bridged(&f.seen, "bridged", DELTA);
    assert_int_equal(bridge.calls, 1);
    end(&f);
    assert_int_equal(bridge.calls, 2); /* the shutdown collects for the last time */
}

static void a_producer_is_called_for_its_reader_only(void **state)
{
    struct bridge bridge;
    struct fixture f;

    (void)state;
    begin(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add(&f, &bridge, "bridged");
    start(&f, 1);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK); /* the exporter's reader */
    assert_int_equal(bridge.calls, 0);
    assert_int_equal(f.seen.count, 0);
    end(&f);
}

static void several_producers_are_collected_in_order(void **state)
{
    struct bridge one;
    struct bridge two;
    struct fixture f;

    (void)state;
    begin(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add(&f, &one, "one");
    add(&f, &two, "two");
    start(&f, 1);
    pull(&f);
    assert_int_equal(f.seen.count, 2);
    assert_string_equal(f.seen.metrics[0]->name, "one");
    assert_string_equal(f.seen.metrics[1]->name, "two");
    end(&f);
}

static void a_producer_that_fails_keeps_what_it_added(void **state)
{
    struct bridge bridge;
    struct fixture f;

    (void)state;
    begin(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add(&f, &bridge, "bridged");
    bridge.returns = HAETAE_ELIMIT;
    start(&f, 1);
    pull(&f);
    check_bridged(&f.seen, "bridged", CUMULATIVE);
    assert_non_null(strstr(f.diagnostics, "metric producer \"bridge\" could not add"));
    end(&f);
}

static unsigned reported_count(const struct fixture *f, const char *text)
{
    unsigned count = 0;

    for (const char *at = f->diagnostics; (at = strstr(at, text)) != NULL; at++) {
        count++;
    }
    return count;
}

static void a_producer_that_fails_is_reported_when_that_changes(void **state)
{
    struct bridge bridge;
    struct fixture f;

    (void)state;
    begin(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add(&f, &bridge, "bridged");
    start(&f, 1);
    pull(&f);
    assert_int_equal(reported_count(&f, "metric producer"), 0);
    bridge.returns = HAETAE_ELIMIT;
    for (int i = 0; i < 3; i++) {
        pull(&f);
    }
    assert_int_equal(reported_count(&f, "could not add all its metrics"), 1);
    bridge.returns = HAETAE_EIO; /* in another way */
    for (int i = 0; i < 2; i++) {
        pull(&f);
    }
    assert_int_equal(reported_count(&f, "could not add all its metrics"), 2);
    bridge.returns = HAETAE_OK;
    for (int i = 0; i < 2; i++) {
        pull(&f);
    }
    assert_int_equal(reported_count(&f, "adds all its metrics again, after 5 calls that failed"),
                     1);
    bridge.returns = HAETAE_EIO;
    pull(&f);
    assert_int_equal(reported_count(&f, "could not add all its metrics"), 3);
    bridge.returns = HAETAE_OK;
    pull(&f);
    assert_int_equal(reported_count(&f, "after 1 calls that failed"), 1);
    end(&f);
}

/* It returns when the SDK may be gone. */
static void a_producer_that_hangs_delays_nothing_for_long(void **state)
{
    struct bridge hanging;
    struct bridge other;
    struct fixture f;

    (void)state;
    begin(&f, "thread", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add(&f, &hanging, "hanging");
    add(&f, &other, "other");
    atomic_store(&hanging.hangs, true);
    start(&f, 1);
    pull(&f);
    assert_null(find(&f.seen, "hanging"));
    check_bridged(&f.seen, "other", CUMULATIVE);
    assert_non_null(strstr(f.diagnostics, "metric producer \"bridge\" has not returned in 100 ms"));
    pull(&f);
    assert_int_equal(hanging.calls, 1);
    assert_int_equal(other.calls, 2);
    end(&f);
    assert_int_equal(hanging.freed, 0);
    assert_int_equal(other.freed, 1); /* it waits for no other */
    atomic_store(&hanging.hangs, false);
    while (atomic_load(&hanging.freed) == 0) {
        usleep(1000);
    }
    assert_int_equal(other.freed, 1);
}

/* Its parent's thread is in a producer meanwhile. */
static void a_child_forked_within_a_producer_collects(void **state)
{
#if defined(__SANITIZE_THREAD__) || !defined(__linux__)
    (void)state;
    skip();
#else
    struct bridge hanging;
    struct bridge other;
    struct fixture f;
    pid_t child;
    int status = 0;

    (void)state;
    begin(&f, "thread", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add(&f, &hanging, "hanging");
    add(&f, &other, "other");
    atomic_store(&hanging.hangs, true);
    start(&f, 1);
    pull(&f);
    child = fork();
    if (child == 0) {
        atomic_store(&hanging.hangs, false);
        haetae_counter_add(haetae_counter_named(haetae_meter_named(f.sdk, "m"), "own", "1"), 7,
                           NULL, 0);
        pull(&f);
        _exit(find(&f.seen, "own") == NULL       ? 1
              : find(&f.seen, "other") == NULL   ? 2
              : find(&f.seen, "hanging") == NULL ? 3
                                                 : 0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    atomic_store(&hanging.hangs, false);
    end(&f);
#endif
}

static void producers_that_cannot_be_are_refused(void **state)
{
    haetae_metric_producer producer =
        HAETAE_OPTIONS(haetae_metric_producer, .produce = produce, .free = free_bridge);
    struct bridge bridges[64];
    struct bridge bridge = {.name = "b"};
    struct fixture f;

    (void)state;
    begin(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    producer.self = &bridge;
    assert_int_equal(haetae_metric_reader_add_producer(NULL, &producer), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_reader_add_producer(f.reader, NULL), HAETAE_EINVAL);
    producer.produce = NULL;
    assert_int_equal(haetae_metric_reader_add_producer(f.reader, &producer), HAETAE_EINVAL);
    producer.produce = produce;
    producer.scope_version = (haetae_string){"x", SIZE_MAX};
    assert_int_equal(haetae_metric_reader_add_producer(f.reader, &producer), HAETAE_EINVAL);
    producer.scope_version = (haetae_string){NULL, 0};
    for (size_t i = 0; i < 64; i++) {
        add(&f, &bridges[i], "b");
    }
    assert_int_equal(haetae_metric_reader_add_producer(f.reader, &producer), HAETAE_ELIMIT);
    start(&f, 1);
    assert_int_equal(haetae_metric_reader_add_producer(f.reader, &producer), HAETAE_ECONFLICT);
    assert_int_equal(bridge.freed, 0); /* it stays the caller's */
    end(&f);
}

static void what_no_sdk_uses_is_freed_with_the_reader(void **state)
{
    struct bridge bridge;
    struct fixture f;

    (void)state;
    begin(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add(&f, &bridge, "bridged");
    haetae_metric_reader_free(f.reader);
    assert_int_equal(bridge.freed, 1);
    haetae_config_free(f.config);
    fake_done(&f.fake);
}

/* ---- Filters --------------------------------------------------------------------------------- */

/* Drops "drop", and of "part" and "bridged" all points but those with n = 1. */
struct sieve {
    _Atomic unsigned freed;
    unsigned asked; /* about attributes */
    haetae_metric_description last;
    char last_name[32];
    char last_scope[32];
};

static int32_t test_metric(void *self, const haetae_item_origin *origin,
                           const haetae_metric_description *metric)
{
    struct sieve *sieve = self;

    sieve->last = *metric;
    (void)snprintf(sieve->last_name, sizeof sieve->last_name, "%.*s", (int)metric->name.length,
                   metric->name.data);
    (void)snprintf(sieve->last_scope, sizeof sieve->last_scope, "%.*s",
                   (int)origin->scope_name.length, origin->scope_name.data);
    if (strcmp(sieve->last_name, "drop") == 0) {
        return HAETAE_FILTER_DROP;
    }
    return strcmp(sieve->last_name, "all") == 0 ? HAETAE_FILTER_ACCEPT
                                                : HAETAE_FILTER_ACCEPT_PARTIAL;
}

static int32_t test_attributes(void *self, const haetae_item_origin *origin,
                               const haetae_metric_description *metric,
                               const haetae_attribute *attributes, size_t count)
{
    struct sieve *sieve = self;

    sieve->asked++;
    assert_int_equal(metric->name.length, strlen(sieve->last_name));
    assert_memory_equal(metric->name.data, sieve->last_name, metric->name.length);
    assert_true(origin->scope_size_bytes != 0);
    assert_int_equal(count, 1);
    assert_memory_equal(attributes[0].key.data, "n", 1);
    return attributes[0].value.as.int64 == 1 ? HAETAE_FILTER_ACCEPT : HAETAE_FILTER_DROP;
}

static void free_sieve(void *self)
{
    atomic_fetch_add(&((struct sieve *)self)->freed, 1);
}

static void filter(struct fixture *f, struct sieve *sieve)
{
    haetae_metric_filter wanted =
        HAETAE_OPTIONS(haetae_metric_filter, .self = sieve, .test_metric = test_metric,
                       .test_attributes = test_attributes, .free = free_sieve);

    memset(sieve, 0, sizeof *sieve);
    assert_int_equal(haetae_metric_reader_set_filter(f->reader, &wanted), HAETAE_OK);
    assert_int_equal(haetae_metric_reader_set_filter(f->reader, &wanted), HAETAE_ECONFLICT);
}

static void count_up(struct fixture *f, const char *name)
{
    haetae_counter *counter = haetae_counter_named(haetae_meter_named(f->sdk, "m"), name, "By");

    for (int i = 0; i < 3; i++) {
        haetae_counter_add(counter, 10 + i, HAETAE_ATTRS(HAETAE_ATTR("n", i)));
    }
}

static void a_filter_leaves_out_metrics_and_points_of_instruments(void **state)
{
    struct sieve sieve;
    struct fixture f;

    (void)state;
    begin(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    filter(&f, &sieve);
    start(&f, 1);
    count_up(&f, "all");
    count_up(&f, "drop");
    count_up(&f, "part");
    pull(&f);
    assert_int_equal(f.seen.count, 2);
    assert_int_equal(find(&f.seen, "all")->sum->n_data_points, 3);
    assert_int_equal(find(&f.seen, "part")->sum->n_data_points, 1);
    assert_int_equal(find(&f.seen, "part")->sum->data_points[0]->as_int, 11);
    assert_int_equal(sieve.asked, 3);
    assert_string_equal(sieve.last_name, "part");
    assert_string_equal(sieve.last_scope, "m");
    assert_memory_equal(sieve.last.unit.data, "By", 2);
    assert_int_equal(sieve.last.kind, HAETAE_POINT_SUM);
    assert_int_equal(sieve.last.temporality, CUMULATIVE);
    assert_int_equal(sieve.last.monotonic, 1);
    forget(&f.seen);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK);
    assert_int_equal(f.seen.count, 3); /* the exporter's reader has no filter */
    end(&f);
    assert_int_equal(sieve.freed, 1);
}

static void a_filter_holds_for_producers(void **state)
{
    struct bridge dropped;
    struct bridge part;
    struct sieve sieve;
    struct fixture f;

    (void)state;
    begin(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add(&f, &dropped, "drop");
    add(&f, &part, "part");
    filter(&f, &sieve);
    start(&f, 1);
    pull(&f);
    assert_false(dropped.wanted);
    assert_true(part.wanted);
    assert_int_equal(f.seen.count, 1);
    assert_int_equal(find(&f.seen, "part")->sum->n_data_points, 1);
    assert_int_equal(find(&f.seen, "part")->sum->data_points[0]->as_int, 41);
    assert_string_equal(sieve.last_scope, "bridge");
    end(&f);
    assert_int_equal(sieve.freed, 1);
}

static void deltas_that_a_filter_left_out_are_not_lost(void **state)
{
    struct sieve sieve;
    struct fixture f;

    (void)state;
    begin(&f, "manual", 1, HAETAE_PREFERENCE_DELTA);
    filter(&f, &sieve);
    start(&f, 1);
    count_up(&f, "part");
    pull(&f);
    assert_int_equal(find(&f.seen, "part")->sum->data_points[0]->as_int, 11);
    pull(&f);
    assert_null(find(&f.seen, "part"));
    count_up(&f, "part");
    pull(&f);
    assert_int_equal(find(&f.seen, "part")->sum->data_points[0]->as_int, 11);
    end(&f);
}

/* ---- Without memory ---- */

static haetae_status add_both(haetae_metric_reader *reader, struct sieve *sieve,
                              struct bridge *bridge, bool *ret_has_filter)
{
    haetae_metric_filter wanted =
        HAETAE_OPTIONS(haetae_metric_filter, .self = sieve, .test_metric = test_metric,
                       .test_attributes = test_attributes, .free = free_sieve);
    haetae_metric_producer producer = HAETAE_OPTIONS(haetae_metric_producer, .self = bridge,
                                                     .produce = produce, .free = free_bridge);
    haetae_status status = haetae_metric_reader_set_filter(reader, &wanted);

    *ret_has_filter = status == HAETAE_OK;
    producer.scope_name = haetae_string_of("bridge");
    return status == HAETAE_OK ? haetae_metric_reader_add_producer(reader, &producer) : status;
}

/* Each allocation fails once: what was not added stays the caller's, and nothing leaks. */
static void filters_and_producers_need_memory(void **state)
{
    long before = hae_alloc_live_count();
    haetae_status status = HAETAE_ENOMEM;
    long allocations = 0;

    (void)state;
    for (; status != HAETAE_OK; allocations++) {
        haetae_metric_reader *reader = NULL;
        struct sieve sieve = {.freed = 0};
        struct bridge bridge = {.name = "b"};
        bool has_filter;

        assert_true(allocations < 20);
        assert_int_equal(haetae_metric_reader_new(NULL, &reader), HAETAE_OK);
        hae_alloc_fail_after(allocations);
        status = add_both(reader, &sieve, &bridge, &has_filter);
        hae_alloc_fail_after(-1);
        assert_true(status == HAETAE_OK || status == HAETAE_ENOMEM);
        haetae_metric_reader_free(reader);
        assert_int_equal(sieve.freed, has_filter);
        assert_int_equal(bridge.freed, status == HAETAE_OK);
        assert_int_equal(hae_alloc_live_count(), before);
    }
    assert_true(allocations > 2);
}

static haetae_status produce_what_fits(void *self, haetae_metric_batch *batch)
{
    haetae_metric_description metric = describe("part", HAETAE_POINT_SUM, CUMULATIVE);
    haetae_attribute attributes[] = {haetae_attribute_of("n", haetae_value_int64(1))};
    haetae_metric_point point =
        HAETAE_OPTIONS(haetae_metric_point, .attributes = attributes, .attribute_count = 1);
    haetae_status status = haetae_metric_batch_add_metric(batch, &metric, NULL);

    (void)self;
    return status == HAETAE_OK ? haetae_metric_batch_add_point(batch, &point) : status;
}

static bool count_bytes(void *user, const uint8_t *request, size_t size_bytes)
{
    (void)request;
    *(size_t *)user += size_bytes;
    return true;
}

/* Each allocation of a collection fails once: the next one has all of it. */
static void a_collection_without_memory_loses_nothing_for_good(void **state)
{
    haetae_metric_producer producer =
        HAETAE_OPTIONS(haetae_metric_producer, .produce = produce_what_fits);
    haetae_status status = HAETAE_ENOMEM;
    bool whole = false;
    long allocations = 0;

    (void)state;
    for (; !whole; allocations++) {
        struct sieve sieve;
        struct fixture f;
        size_t size = 0;
        long failed;

        assert_true(allocations < 200);
        begin(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
        filter(&f, &sieve);
        producer.scope_name = haetae_string_of("bridge");
        assert_int_equal(haetae_metric_reader_add_producer(f.reader, &producer), HAETAE_OK);
        start(&f, 1);
        count_up(&f, "all");
        failed = hae_alloc_refused_count();
        hae_alloc_fail_after(allocations);
        status = haetae_metric_reader_collect(f.reader, 10000, count_bytes, &size);
        whole = hae_alloc_refused_count() == failed;
        hae_alloc_fail_after(-1);
        assert_true(status == HAETAE_OK || status == HAETAE_ENOMEM);
        assert_true(status == HAETAE_OK || size == 0);
        pull(&f);
        assert_int_equal(find(&f.seen, "all")->sum->n_data_points, 3);
        assert_int_equal(find(&f.seen, "part")->sum->n_data_points, 1);
        end(&f);
        assert_int_equal(sieve.freed, 1);
    }
    assert_int_equal(status, HAETAE_OK);
    assert_true(allocations > 3);
}

/* ---- What a filter may return ---- */

struct answers {
    int32_t of_metric;
    int32_t of_attributes;
};

static int32_t answer_metric(void *self, const haetae_item_origin *origin,
                             const haetae_metric_description *metric)
{
    (void)origin;
    (void)metric;
    return ((struct answers *)self)->of_metric;
}

static int32_t answer_attributes(void *self, const haetae_item_origin *origin,
                                 const haetae_metric_description *metric,
                                 const haetae_attribute *attributes, size_t count)
{
    (void)origin;
    (void)metric;
    (void)attributes;
    (void)count;
    return ((struct answers *)self)->of_attributes;
}

/* How many points an instrument and a producer have left, of 3 and 2; `asks`: the filter has
 * test_attributes(). */
static void assert_left(struct answers answers, bool asks, size_t of_instrument, size_t of_producer)
{
    haetae_metric_filter filter =
        HAETAE_OPTIONS(haetae_metric_filter, .self = &answers, .test_metric = answer_metric);
    struct bridge bridge;
    struct fixture f;

    begin(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    filter.test_attributes = asks ? answer_attributes : NULL;
    assert_int_equal(haetae_metric_reader_set_filter(f.reader, &filter), HAETAE_OK);
    add(&f, &bridge, "bridged");
    start(&f, 1);
    count_up(&f, "own");
    pull(&f);
    assert_int_equal(find(&f.seen, "own") != NULL ? find(&f.seen, "own")->sum->n_data_points : 0,
                     of_instrument);
    assert_int_equal(find(&f.seen, "bridged") != NULL ? find(&f.seen, "bridged")->sum->n_data_points
                                                      : 0,
                     of_producer);
    end(&f);
}

static void unknown_results_of_a_filter_accept(void **state)
{
    static const int32_t unknown[] = {3, -1, INT32_MAX, INT32_MIN};

    (void)state;
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_left((struct answers){unknown[i], HAETAE_FILTER_DROP}, true, 3, 2);
        assert_left((struct answers){HAETAE_FILTER_ACCEPT_PARTIAL, unknown[i]}, true, 3, 2);
    }
    assert_left((struct answers){HAETAE_FILTER_ACCEPT_PARTIAL, HAETAE_FILTER_DROP}, true, 0, 0);
    assert_left((struct answers){HAETAE_FILTER_DROP, HAETAE_FILTER_ACCEPT}, true, 0, 0);
}

static void a_filter_without_a_test_of_attributes_accepts_all(void **state)
{
    (void)state;
    assert_left((struct answers){HAETAE_FILTER_ACCEPT_PARTIAL, 0}, false, 3, 2);
    assert_left((struct answers){HAETAE_FILTER_ACCEPT, 0}, false, 3, 2);
    assert_left((struct answers){HAETAE_FILTER_DROP, 0}, false, 0, 0);
}

static void filters_that_cannot_be_are_refused(void **state)
{
    haetae_metric_filter bad = HAETAE_OPTIONS(haetae_metric_filter, .free = free_sieve);
    struct fixture f;

    (void)state;
    begin(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    assert_int_equal(haetae_metric_reader_set_filter(NULL, &bad), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_reader_set_filter(f.reader, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_reader_set_filter(f.reader, &bad), HAETAE_EINVAL);
    bad.test_metric = test_metric;
    bad.struct_size = 3;
    assert_int_equal(haetae_metric_reader_set_filter(f.reader, &bad), HAETAE_EINVAL);
    start(&f, 1);
    bad.struct_size = sizeof bad;
    assert_int_equal(haetae_metric_reader_set_filter(f.reader, &bad), HAETAE_ECONFLICT);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_of_a_producer_leave_with_those_of_instruments),
        cmocka_unit_test(a_periodic_reader_collects_from_producers),
        cmocka_unit_test(a_producer_is_called_for_its_reader_only),
        cmocka_unit_test(several_producers_are_collected_in_order),
        cmocka_unit_test(a_producer_that_fails_keeps_what_it_added),
        cmocka_unit_test(a_producer_that_fails_is_reported_when_that_changes),
        cmocka_unit_test(a_producer_that_hangs_delays_nothing_for_long),
        cmocka_unit_test(a_child_forked_within_a_producer_collects),
        cmocka_unit_test(producers_that_cannot_be_are_refused),
        cmocka_unit_test(what_no_sdk_uses_is_freed_with_the_reader),
        cmocka_unit_test(a_filter_leaves_out_metrics_and_points_of_instruments),
        cmocka_unit_test(a_filter_holds_for_producers),
        cmocka_unit_test(deltas_that_a_filter_left_out_are_not_lost),
        cmocka_unit_test(filters_and_producers_need_memory),
        cmocka_unit_test(a_collection_without_memory_loses_nothing_for_good),
        cmocka_unit_test(unknown_results_of_a_filter_accept),
        cmocka_unit_test(a_filter_without_a_test_of_attributes_accepts_all),
        cmocka_unit_test(filters_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
