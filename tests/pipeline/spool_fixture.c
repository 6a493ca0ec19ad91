/* SPDX-License-Identifier: Apache-2.0 */
#include "spool_fixture.h"

#include <time.h>
#include <unistd.h>

#include "sdk/sdk_internal.h"

char directory[TEMPORARY_PATH_MAX];

int spool_set_up(void **state)
{
    (void)state;
    return temporary_directory(directory) ? 0 : -1;
}

int spool_tear_down(void **state)
{
    (void)state;
    (void)temporary_clear(directory);
    return rmdir(directory);
}

static bool is_writing(haetae_sdk *sdk)
{
    const struct hae_route *route = &sdk->pipeline.route;

    for (uint32_t i = 0; i < route->destination_count; i++) {
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            if (hae_destination_is_spool(&route->destinations[i]) &&
                route->destinations[i].queues[signal].in_flight_count != 0) {
                return true;
            }
        }
    }
    return false;
}

void steps(haetae_sdk *sdk)
{
    static const struct timespec moment = {0, 100000};

    for (int i = 0; i < 4; i++) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
        for (int looks = 0; is_writing(sdk) && looks < 100000; looks++) {
            (void)nanosleep(&moment, NULL);
            assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
        }
    }
}

void pass(haetae_sdk *sdk, unsigned ms)
{
    for (unsigned passed = 0; passed < ms; passed += 50) {
        test_now_ms += 50;
        steps(sdk);
    }
}

haetae_sdk *start_with(struct fake_exporter *const *fakes, const char *key, const char *value)
{
    haetae_sdk *sdk = sdk_start(
        SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_RETRY_INITIAL_MS", "100"},
                     {"HAETAE_RETRY_MAX_MS", "800"}, {"OTEL_BSP_SCHEDULE_DELAY", "1"},
                     {"OTEL_BLRP_SCHEDULE_DELAY", "1"}, {"OTEL_BLRP_EXPORT_TIMEOUT", "500"},
                     {"HAETAE_SPOOL_DIR", directory}, {key, value}),
        fakes);

    return sdk;
}

haetae_sdk *start(struct fake_exporter *const *fakes)
{
    return start_with(fakes, "HAETAE_SPOOL_AFTER_MS", "5000");
}

uint64_t spooled(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;
    uint64_t count;

    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    count = haetae_stats_spooled(stats, HAETAE_SIGNAL_LOGS);
    haetae_stats_free(stats);
    return count;
}

uint64_t recovered(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;
    uint64_t count;

    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    count = haetae_stats_recovered(stats, HAETAE_SIGNAL_LOGS);
    haetae_stats_free(stats);
    return count;
}

struct sdk_numbers logs_of(haetae_sdk *sdk)
{
    return sdk_numbers(sdk, HAETAE_SIGNAL_LOGS);
}

uint64_t taken(const struct fake_exporter *fake)
{
    return fake->taken_count[HAETAE_SIGNAL_LOGS];
}

void record(haetae_sdk *sdk, unsigned requests)
{
    for (unsigned i = 0; i < requests; i++) {
        sdk_logs(sdk, 2);
        pass(sdk, 50);
    }
}

void finish(haetae_sdk *sdk, struct fake_exporter *fake)
{
    haetae_sdk_free(sdk);
    fake_done(fake);
}

haetae_sdk *start_with_backup(struct fake_exporter *fakes)
{
    haetae_config *config =
        sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_RETRY_INITIAL_MS", "100"},
                                {"HAETAE_RETRY_MAX_MS", "800"}, {"OTEL_BLRP_SCHEDULE_DELAY", "1"},
                                {"HAETAE_SPOOL_DIR", directory}),
                   NULL);
    haetae_sdk *sdk = NULL;

    fake_make(&fakes[0]);
    fake_make(&fakes[1]);
    assert_int_equal(haetae_exporter_set_backup(fakes[0].exporter, fakes[1].exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, fakes[0].exporter), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}
