/* SPDX-License-Identifier: Apache-2.0 */
/* Series that are given back, in an SDK with an exporter and a reader that is pulled: all that was
 * recorded arrives, with the shutdown too. */
#include "haetae/memory.h"
#include "support/sdk_fixture.h"

enum { TIMEOUT_MS = 30000, ROUNDS_MAX = 8 };

static bool ignore(void *user, const uint8_t *data, size_t size_bytes)
{
    (void)user;
    (void)data;
    (void)size_bytes;
    return true;
}

/* What the points of a set add up to: deltas, or the last values of each life of it. */
static int64_t total_of(const haetae_memory_items *items, bool delta)
{
    int64_t total = 0, last = 0;
    uint64_t start = 0;

    for (size_t i = 0; i < haetae_memory_items_count(items); i++) {
        const haetae_metric_point *point = haetae_memory_items_at(items, i)->point->point;

        total += delta || point->start_time_unix_ns != start ? last : 0;
        start = point->start_time_unix_ns;
        last = point->as_int64;
    }
    return total + last;
}

/* Records, collects so often in both ways, records the same again, and shuts down. */
static int64_t record_twice(int rounds, bool pull_first, bool delta)
{
    haetae_config *config =
        sdk_config(SDK_SETTINGS({"OTEL_METRIC_EXPORT_INTERVAL", "2000000"},
                                {"HAETAE_METRICS_SERIES_UNUSED_INTERVALS", "1"}),
                   NULL);
    haetae_metric_reader_options pulled = HAETAE_OPTIONS(haetae_metric_reader_options, .pull = 1);
    haetae_metric_reader_options pushed =
        HAETAE_OPTIONS(haetae_metric_reader_options, .temporality_preference = delta);
    haetae_metric_reader *pull = NULL, *push = NULL;
    haetae_memory *memory = NULL;
    haetae_exporter *exporter = NULL;
    haetae_memory_items *items = NULL;
    haetae_counter *counter;
    haetae_sdk *sdk = NULL;
    int64_t total;

    assert_int_equal(haetae_memory_new(0, &memory), HAETAE_OK);
    assert_int_equal(haetae_memory_exporter_new(memory, &exporter), HAETAE_OK);
    assert_int_equal(haetae_metric_reader_new(&pulled, &pull), HAETAE_OK);
    assert_int_equal(haetae_metric_reader_new(&pushed, &push), HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(config, push, exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(config, pull, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    counter = haetae_counter_named(haetae_meter_named(sdk, "test"), "count", "1");
    haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("a", 1)));
    for (int i = 0; i < rounds; i++) {
        if (pull_first) {
            assert_int_equal(haetae_metric_reader_collect(pull, TIMEOUT_MS, ignore, NULL),
                             HAETAE_OK);
        }
        assert_int_equal(haetae_sdk_force_flush(sdk, TIMEOUT_MS), HAETAE_OK);
        if (!pull_first) {
            assert_int_equal(haetae_metric_reader_collect(pull, TIMEOUT_MS, ignore, NULL),
                             HAETAE_OK);
        }
    }
    haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("a", 1)));
    assert_int_equal(haetae_sdk_shutdown(sdk, TIMEOUT_MS), HAETAE_OK);
    assert_int_equal(haetae_memory_take(memory, NULL, &items), HAETAE_OK);
    total = total_of(items, delta);
    haetae_memory_items_free(items);
    haetae_sdk_free(sdk);
    haetae_metric_reader_free(pull);
    haetae_metric_reader_free(push);
    haetae_memory_free(memory);
    return total;
}

static void what_comes_back_with_the_same_value_arrives(void **state)
{
    (void)state;
    for (int rounds = 1; rounds <= ROUNDS_MAX; rounds++) {
        for (int way = 0; way < 4; way++) {
            int64_t total = record_twice(rounds, (way & 1) != 0, (way & 2) != 0);

            if (total != 2) {
                fail_msg("%d rounds, way %d: %d of 2", rounds, way, (int)total);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_back_with_the_same_value_arrives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
