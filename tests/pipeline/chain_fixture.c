/* SPDX-License-Identifier: Apache-2.0 */
#include "chain_fixture.h"

#include "sdk/sdk_internal.h"

static char initial[] = "100", most[] = "800", timeout[] = "500";

void steps(haetae_sdk *sdk, int count)
{
    for (int i = 0; i < count; i++) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
}

void pass(haetae_sdk *sdk, unsigned ms)
{
    for (unsigned passed = 0; passed < ms; passed += 50) {
        test_now_ms += 50;
        steps(sdk, 3);
    }
}

void link_fakes(struct fake_exporter *fakes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fake_make(&fakes[i]);
    }
    for (size_t i = 1; i < count; i++) {
        assert_int_equal(haetae_exporter_set_backup(fakes[i - 1].exporter, fakes[i].exporter),
                         HAETAE_OK);
    }
}

haetae_config *chain_config(void)
{
    return sdk_config(
        SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_RETRY_INITIAL_MS", initial},
                     {"HAETAE_RETRY_MAX_MS", most}, {"OTEL_BSP_EXPORT_TIMEOUT", timeout},
                     {"OTEL_BLRP_EXPORT_TIMEOUT", timeout}, {"OTEL_BSP_SCHEDULE_DELAY", "1"},
                     {"OTEL_BLRP_SCHEDULE_DELAY", "1"}),
        NULL);
}

haetae_sdk *start_config(haetae_config *config)
{
    haetae_sdk *sdk = NULL;

    sdk_diagnostics[0] = '\0';
    assert_int_equal(haetae_config_set_diagnostics(config, sdk_diagnose, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}

haetae_sdk *start_chain(struct fake_exporter *fakes, size_t count)
{
    haetae_config *config = chain_config();

    link_fakes(fakes, count);
    assert_int_equal(haetae_config_add_exporter(config, fakes[0].exporter), HAETAE_OK);
    return start_config(config);
}

void init_fakes(struct fake_exporter *fakes, size_t count)
{
    static const char *const names[] = {"first", "second", "third", "fourth"};

    for (size_t i = 0; i < count; i++) {
        fake_init(&fakes[i], names[i], fake_accept);
    }
}

void finish(haetae_sdk *sdk, struct fake_exporter *fakes, size_t count)
{
    haetae_sdk_free(sdk);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(fakes[i].free_count, 1);
        fake_done(&fakes[i]);
    }
}

void send_one(haetae_sdk *sdk)
{
    sdk_logs(sdk, 1);
    pass(sdk, 100);
}

void all_queues_are_empty(haetae_sdk *sdk)
{
    const struct hae_route *route = &sdk->pipeline.route;

    for (uint32_t i = 0; i < route->destination_count; i++) {
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            const struct hae_export_queue *queue = &route->destinations[i].queues[signal];

            assert_int_equal(queue->held_bytes, 0);
            assert_int_equal(queue->counts.in_flight, 0);
            assert_null(queue->waiting.first);
        }
    }
}

uint64_t taken(const struct fake_exporter *fake)
{
    return fake->taken_count[HAETAE_SIGNAL_LOGS];
}

void ask_for_a_pause(struct fake_exporter *fake, haetae_delivery *delivery)
{
    haetae_result result =
        HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_RETRY, .retry_after_ms = LONG_MS);

    fake_answer_with(fake, delivery, &result);
}
