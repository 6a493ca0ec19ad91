/* SPDX-License-Identifier: Apache-2.0 */
/* What statistics say of each destination: what waits for it, what became of it, and whether its
 * receiver is there. */
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"
#include "support/temporary.h"

#define LOGS HAETAE_SIGNAL_LOGS

static haetae_stats *stats_of(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;

    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    return stats;
}

/* A value of a destination for log records. */
static uint64_t value(haetae_sdk *sdk, size_t index, haetae_destination_stat stat)
{
    haetae_stats *stats = stats_of(sdk);
    uint64_t found = haetae_stats_destination_value(stats, index, LOGS, stat);

    haetae_stats_free(stats);
    return found;
}

static void steps(haetae_sdk *sdk)
{
    static const struct timespec moment = {0, 1000000};

    for (int i = 0; i < 5; i++) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
        (void)nanosleep(&moment, NULL); /* for a spool's thread; nothing depends on it */
    }
}

static void pass(haetae_sdk *sdk, unsigned ms)
{
    for (unsigned passed = 0; passed < ms; passed += 50) {
        test_now_ms += 50;
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    steps(sdk);
}

#define SETTINGS(...)                                                                              \
    SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_RETRY_INITIAL_MS", "100"},                  \
                 {"HAETAE_RETRY_MAX_MS", "800"}, {"OTEL_BLRP_SCHEDULE_DELAY", "1"}, __VA_ARGS__)

/* Starts with exporters that were made already. */
static haetae_sdk *start_made(struct fake_exporter *fakes, unsigned count,
                              const struct sdk_setting *settings)
{
    haetae_config *config = sdk_config(settings, SDK_FAKES(NULL));
    haetae_sdk *sdk = NULL;

    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(haetae_config_add_exporter(config, fakes[i].exporter), HAETAE_OK);
    }
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}

static void each_destination_has_numbers_of_its_own(void **state)
{
    struct fake_exporter fakes[2];
    haetae_stats *stats;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fakes[0], "first", fake_accept);
    fake_init(&fakes[1], "second", fake_fail);
    fake_make(&fakes[0]);
    fake_make(&fakes[1]);
    assert_int_equal(haetae_exporter_set_label(fakes[1].exporter, "seoul"), HAETAE_OK);
    sdk = start_made(fakes, 2, SETTINGS({"HAETAE_RETRY_ELAPSED_MS", "0"}));
    stats = stats_of(sdk);
    assert_int_equal(haetae_stats_destination_count(stats), 2);
    assert_string_equal(haetae_stats_destination_name(stats, 0), "first");
    assert_string_equal(haetae_stats_destination_name(stats, 1), "second/seoul");
    assert_string_equal(haetae_stats_destination_name(stats, 2), "");
    assert_int_equal(haetae_stats_destination_first(stats, 1), 1);
    assert_true(haetae_stats_destination_takes(stats, 1, LOGS));
    assert_false(haetae_stats_destination_takes(stats, 2, LOGS));
    haetae_stats_free(stats);
    sdk_logs(sdk, 3);
    pass(sdk, 3000);
    assert_int_equal(value(sdk, 0, HAETAE_DESTINATION_DELIVERED), 3);
    assert_int_equal(value(sdk, 0, HAETAE_DESTINATION_WAITING), 0);
    assert_int_equal(value(sdk, 0, HAETAE_DESTINATION_HELD_BYTES), 0);
    assert_int_equal(value(sdk, 0, HAETAE_DESTINATION_FAILURES), 0);
    assert_int_equal(value(sdk, 0, HAETAE_DESTINATION_AWAY), 0);
    assert_int_equal(value(sdk, 0, HAETAE_DESTINATION_LAST_ERROR_MS), 0);
    assert_int_equal(value(sdk, 1, HAETAE_DESTINATION_DELIVERED), 0);
    assert_int_equal(value(sdk, 1, HAETAE_DESTINATION_WAITING), 1);
    assert_int_equal(value(sdk, 1, HAETAE_DESTINATION_WAITING_ITEMS), 3);
    assert_true(value(sdk, 1, HAETAE_DESTINATION_HELD_BYTES) > 100);
    assert_true(value(sdk, 1, HAETAE_DESTINATION_FAILURES) >= 2);
    assert_true(value(sdk, 1, HAETAE_DESTINATION_RETRIES) >= 2);
    assert_int_equal(value(sdk, 1, HAETAE_DESTINATION_RETRIES), fakes[1].send_count - 1);
    assert_int_equal(value(sdk, 1, HAETAE_DESTINATION_AWAY), 1);
    assert_true(value(sdk, 1, HAETAE_DESTINATION_LAST_ERROR_MS) / 1000 <= (uint64_t)time(NULL));
    assert_true(value(sdk, 1, HAETAE_DESTINATION_LAST_ERROR_MS) / 1000 + 600 >
                (uint64_t)time(NULL));
    /* It is back. */
    fakes[1].behave = fake_accept;
    pass(sdk, 1000);
    assert_int_equal(value(sdk, 1, HAETAE_DESTINATION_DELIVERED), 3);
    assert_int_equal(value(sdk, 1, HAETAE_DESTINATION_WAITING_ITEMS), 0);
    assert_int_equal(value(sdk, 1, HAETAE_DESTINATION_FAILURES), 0);
    assert_int_equal(value(sdk, 1, HAETAE_DESTINATION_AWAY), 0);
    haetae_sdk_free(sdk);
    fake_done(&fakes[0]);
    fake_done(&fakes[1]);
}

static void what_is_in_flight_or_refused_shows(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_hold);
    sdk = sdk_start(SETTINGS({"HAETAE_RETRY_ELAPSED_MS", "0"}), SDK_FAKES(&fake));
    sdk_logs(sdk, 2);
    pass(sdk, 100);
    assert_int_equal(value(sdk, 0, HAETAE_DESTINATION_IN_FLIGHT), 1);
    assert_int_equal(value(sdk, 0, HAETAE_DESTINATION_WAITING), 0);
    assert_true(value(sdk, 0, HAETAE_DESTINATION_HELD_BYTES) > 0);
    fake_release(&fake, HAETAE_VERDICT_DROP);
    pass(sdk, 100);
    assert_int_equal(value(sdk, 0, HAETAE_DESTINATION_IN_FLIGHT), 0);
    assert_int_equal(value(sdk, 0, HAETAE_DESTINATION_DROPPED), 2);
    assert_int_equal(value(sdk, 0, HAETAE_DESTINATION_DELIVERED), 0);
    assert_int_equal(value(sdk, 0, HAETAE_DESTINATION_HELD_BYTES), 0);
    assert_int_not_equal(value(sdk, 0, HAETAE_DESTINATION_LAST_ERROR_MS), 0);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

/* ---- Backups and spools ------------------------------------------------------------------- */

static char directory[TEMPORARY_PATH_MAX];

static int begin(void **state)
{
    (void)state;
    return temporary_directory(directory) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    (void)temporary_clear(directory);
    return rmdir(directory);
}

/* Runs until a value is what it has to be; the disk takes real time. */
static void await(haetae_sdk *sdk, size_t index, haetae_destination_stat stat, uint64_t expected)
{
    while (value(sdk, index, stat) != expected) {
        steps(sdk);
    }
}

static void a_spool_counts_as_the_first_ones(void **state)
{
    struct fake_exporter fakes[2];
    haetae_stats *stats;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fakes[0], "first", fake_fail);
    fake_init(&fakes[1], "second", fake_fail);
    fake_make(&fakes[0]);
    fake_make(&fakes[1]);
    assert_int_equal(haetae_exporter_set_backup(fakes[0].exporter, fakes[1].exporter), HAETAE_OK);
    sdk = start_made(fakes, 1,
                     SETTINGS({"HAETAE_SPOOL_DIR", directory}, {"HAETAE_SPOOL_AFTER_MS", "500"}));
    sdk_logs(sdk, 4);
    pass(sdk, 5000);
    await(sdk, 0, HAETAE_DESTINATION_SPOOLED_ITEMS, 4);
    stats = stats_of(sdk);
    assert_int_equal(haetae_stats_destination_count(stats), 2);
    assert_int_equal(haetae_stats_destination_first(stats, 0), 0);
    assert_int_equal(haetae_stats_destination_first(stats, 1), 0);
    assert_int_equal(haetae_stats_spooled(stats, LOGS), 4);
    assert_true(haetae_stats_spooled_bytes(stats, LOGS) > 64 + 48);
    assert_int_equal(haetae_stats_spooled_bytes(stats, HAETAE_SIGNAL_TRACES), 0);
    assert_int_equal(
        haetae_stats_destination_value(stats, 0, LOGS, HAETAE_DESTINATION_SPOOLED_BYTES),
        haetae_stats_spooled_bytes(stats, LOGS));
    assert_int_equal(
        haetae_stats_destination_value(stats, 1, LOGS, HAETAE_DESTINATION_SPOOLED_BYTES), 0);
    haetae_stats_free(stats);
    fakes[1].behave = fake_accept;
    pass(sdk, 5000);
    await(sdk, 1, HAETAE_DESTINATION_DELIVERED, 4);
    await(sdk, 0, HAETAE_DESTINATION_SPOOLED_BYTES, 0);
    assert_int_equal(value(sdk, 0, HAETAE_DESTINATION_SPOOLED_ITEMS), 0);
    assert_int_equal(value(sdk, 0, HAETAE_DESTINATION_DELIVERED), 0);
    assert_int_equal(value(sdk, 0, HAETAE_DESTINATION_AWAY), 1);
    assert_int_equal(value(sdk, 1, HAETAE_DESTINATION_AWAY), 0);
    haetae_sdk_free(sdk);
    fake_done(&fakes[0]);
    fake_done(&fakes[1]);
}

/* ---- Texts -------------------------------------------------------------------------------- */

static void contains(const char *text, const char *expected)
{
    if (strstr(text, expected) == NULL) {
        fail_msg("\"%s\" is not in: %s", expected, text);
    }
}

static void texts_have_the_destinations(void **state)
{
    struct fake_exporter fake;
    char text[8192];
    haetae_stats *stats;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "a \"quoted\" \n name", fake_fail);
    sdk = sdk_start(SETTINGS({"HAETAE_RETRY_ELAPSED_MS", "0"}), SDK_FAKES(&fake));
    sdk_logs(sdk, 1);
    pass(sdk, 3000);
    stats = stats_of(sdk);
    assert_true(haetae_stats_format(stats, HAETAE_STATS_JSON, text, sizeof text) < sizeof text);
    contains(text, "\"destinations\":[{\"name\":\"a \\u0022quoted\\u0022 \\u000a name\","
                   "\"traces\":{\"waiting\":0,");
    contains(text, "\"logs\":{\"waiting\":1,\"waiting_items\":1,\"held_bytes\":");
    contains(text, ",\"away\":1,\"last_error_ms\":");
    contains(text, "\"spooled_bytes\":0}}]}");
    assert_true(haetae_stats_format(stats, HAETAE_STATS_LINE, text, sizeof text) < sizeof text);
    contains(text, "name away for logs");
    haetae_stats_free(stats);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

/* ---- Threads and fork() ------------------------------------------------------------------- */

struct watched {
    haetae_sdk *sdk;
    _Atomic bool stop;
};

static void *watch(void *argument)
{
    struct watched *watched = argument;
    uint64_t before = 0;

    while (!atomic_load(&watched->stop)) {
        haetae_stats *stats = stats_of(watched->sdk);
        uint64_t waiting =
            haetae_stats_destination_value(stats, 0, LOGS, HAETAE_DESTINATION_WAITING);
        uint64_t items =
            haetae_stats_destination_value(stats, 0, LOGS, HAETAE_DESTINATION_WAITING_ITEMS);
        uint64_t now = haetae_stats_destination_value(stats, 0, LOGS, HAETAE_DESTINATION_DELIVERED);

        assert_true(now >= before);
        /* Both are of the same run. */
        assert_true(items >= waiting && (waiting != 0) == (items != 0));
        before = now;
        haetae_stats_free(stats);
    }
    return NULL;
}

static void any_thread_may_ask(void **state)
{
    enum { ROUNDS = 200 };
    struct fake_exporter fake;
    struct watched watched = {.stop = false};
    pthread_t thread;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    watched.sdk = sdk_start(SDK_SETTINGS({"OTEL_BLRP_SCHEDULE_DELAY", "1"}), SDK_FAKES(&fake));
    assert_int_equal(pthread_create(&thread, NULL, watch, &watched), 0);
    for (int i = 0; i < ROUNDS; i++) {
        sdk_logs(watched.sdk, 5);
    }
    assert_int_equal(haetae_sdk_force_flush(watched.sdk, 60000), HAETAE_OK);
    atomic_store(&watched.stop, true);
    pthread_join(thread, NULL);
    assert_int_equal(value(watched.sdk, 0, HAETAE_DESTINATION_DELIVERED), 5 * ROUNDS);
    haetae_sdk_free(watched.sdk);
    fake_done(&fake);
}

static void a_child_begins_with_nothing(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    int status;
    pid_t child;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start(SETTINGS({"HAETAE_RETRY_ELAPSED_MS", "0"}), SDK_FAKES(&fake));
    sdk_logs(sdk, 2);
    pass(sdk, 100);
    assert_int_equal(value(sdk, 0, HAETAE_DESTINATION_DELIVERED), 2);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool none = value(sdk, 0, HAETAE_DESTINATION_DELIVERED) == 0;

        sdk_logs(sdk, 1);
        none &= value(sdk, 0, HAETAE_DESTINATION_DELIVERED) == 0;
        pass(sdk, 100);
        _exit(none && value(sdk, 0, HAETAE_DESTINATION_DELIVERED) == 1 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

static int use_system_clock(void **state)
{
    (void)state;
    hae_set_clock_ms(NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_destination_has_numbers_of_its_own),
        cmocka_unit_test(what_is_in_flight_or_refused_shows),
        cmocka_unit_test_setup_teardown(a_spool_counts_as_the_first_ones, begin, end),
        cmocka_unit_test(texts_have_the_destinations),
        cmocka_unit_test(a_child_begins_with_nothing),
        cmocka_unit_test_setup(any_thread_may_ask, use_system_clock),
    };

    return cmocka_run_group_tests(tests, use_test_clock, NULL);
}
