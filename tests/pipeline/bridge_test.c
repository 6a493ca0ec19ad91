/* SPDX-License-Identifier: Apache-2.0 */
/* A host whose log is bridged to haetae, and gets haetae's diagnostics as well. */
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

enum { TURNS = 100, LONG_MS = 600000 };

struct host {
    haetae_sdk *sdk;
    haetae_logger *logger;
    _Atomic unsigned line_count;
};

static void write_to_log(void *user, haetae_diagnostic_level level, const char *text)
{
    struct host *host = user;

    (void)level;
    atomic_fetch_add(&host->line_count, 1);
    haetae_log(host->logger, HAETAE_SEVERITY_WARN, text, strlen(text), NULL, 0);
}

static uint64_t frozen_ns(void)
{
    return 1;
}

static void begin(struct host *host, struct fake_exporter *fake, const char *worker)
{
    haetae_config *config = sdk_config(
        SDK_SETTINGS({"HAETAE_WORKER", worker}, {"HAETAE_RETRY_INITIAL_MS", "1"}), SDK_FAKES(fake));

    *host = (struct host){NULL, NULL, 0};
    assert_int_equal(haetae_config_set_diagnostics(config, write_to_log, host), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &host->sdk), HAETAE_OK);
    haetae_config_free(config);
    host->logger = haetae_logger_named(host->sdk, "host");
    host->sdk->diagnostics.now_ns = frozen_ns;
}

/* Each failure makes a line, which is a record, which fails. */
static void diagnostics_in_a_bridged_log_make_no_loop(void **state)
{
    static const fake_behaviour behaviours[] = {fake_refuse, fake_fail};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fake_exporter fake;
        struct host host;

        fake_init(&fake, "fake", behaviours[i]);
        begin(&host, &fake, "manual");
        sdk_logs_of(host.logger, 1);
        for (int turn = 0; turn < TURNS; turn++) {
            (void)haetae_sdk_force_flush(host.sdk, 0);
        }
        assert_in_range(atomic_load(&host.line_count), 1, 2 * HAE_DIAGNOSTIC_BURST);
        (void)haetae_sdk_shutdown(host.sdk, 0);
        haetae_sdk_free(host.sdk);
        fake_done(&fake);
    }
}

static void refuse_the_first(struct fake_exporter *fake, haetae_delivery *delivery)
{
    fake_answer(fake, delivery,
                fake_count(fake, &fake->send_count) == 1 ? HAETAE_VERDICT_DROP : HAETAE_VERDICT_OK);
}

static void diagnostics_in_a_bridged_log_are_delivered(void **state)
{
    struct fake_exporter fake;
    struct host host;

    (void)state;
    fake_init(&fake, "fake", refuse_the_first);
    begin(&host, &fake, "thread");
    sdk_logs_of(host.logger, 1);
    fake_await(&fake, &fake.dropped_count[HAETAE_SIGNAL_LOGS], 1);
    assert_int_equal(haetae_sdk_force_flush(host.sdk, LONG_MS), HAETAE_OK);
    assert_int_equal(haetae_sdk_shutdown(host.sdk, LONG_MS), HAETAE_OK);
    assert_int_equal(sdk_numbers(host.sdk, HAETAE_SIGNAL_LOGS).recorded,
                     1 + atomic_load(&host.line_count));
    assert_int_equal(sdk_numbers(host.sdk, HAETAE_SIGNAL_LOGS).held, 0);
    haetae_sdk_free(host.sdk);
    fake_done(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(diagnostics_in_a_bridged_log_make_no_loop),
        cmocka_unit_test(diagnostics_in_a_bridged_log_are_delivered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
