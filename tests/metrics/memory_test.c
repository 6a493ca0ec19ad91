/* SPDX-License-Identifier: Apache-2.0 */
/* Each allocation fails once: an error comes back, the output stays as it was, nothing
 * leaks, and a second try succeeds. */
#include "metrics/fixture.h"

#include "base/alloc.h"

static haetae_status use(struct hae_meter_provider *provider)
{
    static const double boundaries[] = {1, 2, 3};
    haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_meter *meter = NULL;
    haetae_histogram *histogram = NULL;
    haetae_bound_histogram *bound = NULL;
    haetae_status status;

    scope.name = haetae_string_of("scope");
    options.name = haetae_string_of("h");
    options.boundaries = boundaries;
    options.boundary_count = 3;
    status = hae_meter_get(provider, &scope, &meter);
    if (status != HAETAE_OK) {
        assert_null(meter);
        return status;
    }
    status = haetae_histogram_create(meter, &options, &histogram);
    if (status != HAETAE_OK) {
        assert_null(histogram);
        return status;
    }
    status = haetae_histogram_bind(histogram, HAETAE_ATTRS(HAETAE_ATTR("k", "v")), &bound);
    if (status != HAETAE_OK) {
        assert_null(bound);
        return status;
    }
    haetae_bound_histogram_record(bound, 1);
    haetae_histogram_record(histogram, 1, HAETAE_ATTRS(HAETAE_ATTR("k", "v")));
    return HAETAE_OK;
}

static bool take(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                 uint32_t points)
{
    (void)scope;
    (void)metric;
    (void)size_bytes;
    *(uint32_t *)user += points;
    return true;
}

/* Returns the status of the run in which all but the first `allocations` fail. */
static haetae_status run(long allocations)
{
    struct hae_recorder_options options = {.size_bytes = 1u << 20};
    struct hae_recorder *recorder = NULL;
    struct hae_meter_provider provider;
    struct hae_metric_reader reader;
    haetae_status status;
    uint32_t points = 0;

    assert_int_equal(hae_recorder_new(&options, &recorder), HAETAE_OK);
    hae_alloc_fail_after(allocations);
    assert_int_equal(hae_meter_provider_init(&provider, recorder), HAETAE_OK);
    status = hae_metric_reader_init(&reader, &provider, &hae_temporality_cumulative);
    if (status == HAETAE_OK) {
        status = use(&provider);
        hae_alloc_fail_after(-1);
        assert_int_equal(use(&provider), HAETAE_OK);
        assert_int_equal(hae_metric_reader_collect(&reader, 1, take, &points), HAETAE_OK);
        assert_int_equal(points, 1);
        hae_metric_reader_done(&reader);
    }
    hae_meter_provider_done(&provider);
    hae_alloc_fail_after(-1);
    hae_recorder_free(recorder);
    return status;
}

static void every_failed_allocation_is_reported_and_undone(void **state)
{
    long before = hae_alloc_live_count();
    long allocations = 0;
    haetae_status status;

    (void)state;
    while ((status = run(allocations)) != HAETAE_OK) {
        assert_int_equal(status, HAETAE_ENOMEM);
        assert_int_equal(hae_alloc_live_count(), before);
        allocations++;
        assert_true(allocations < 100);
    }
    assert_true(allocations >= 5);
    assert_int_equal(hae_alloc_live_count(), before);
}

static void recording_and_collecting_allocate_nothing(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_INT64);
    long before = hae_alloc_live_count();
    uint32_t points = 0;
    hae_alloc_fail_after(0);
    for (int i = 0; i < 50; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
        haetae_histogram_record(histogram, 1, HAETAE_ATTRS(HAETAE_ATTR("i\xFF", i)));
    }
    assert_int_equal(hae_metric_reader_collect(&f.reader, 1, take, &points), HAETAE_OK);
    hae_alloc_fail_after(-1);
    assert_int_equal(points, 100);
    assert_int_equal(hae_alloc_live_count(), before);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failed_allocation_is_reported_and_undone),
        cmocka_unit_test(recording_and_collecting_allocate_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
