/* SPDX-License-Identifier: Apache-2.0 */
/* What a recorder's file keeps when requests end in another order than they began, and when records
 * never left the rings. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"
#include "support/temporary.h"

enum { LONG_MS = 600000, RECORDS = 16 };

/* How often each record came, by the number in its text. */
static unsigned came[RECORDS];

static void note(struct fake_exporter *fake, haetae_delivery *delivery)
{
    const char *at = (const char *)haetae_delivery_data(delivery);
    const char *end = at + haetae_delivery_size(delivery);

    while ((at = memmem(at, (size_t)(end - at), "record ", 7)) != NULL) {
        unsigned long number = strtoul(at + 7, NULL, 10);

        assert_in_range(number, 0, RECORDS - 1);
        came[number]++;
        at += 7;
    }
    fake_answer(fake, delivery, HAETAE_VERDICT_OK);
}

static void log_number(haetae_sdk *sdk, unsigned number)
{
    char text[32];
    int length = snprintf(text, sizeof text, "record %u.", number);

    haetae_log(haetae_logger_named(sdk, "test"), HAETAE_SEVERITY_INFO, text, (size_t)length, NULL,
               0);
}

static haetae_sdk *start(struct fake_exporter *fake, const char *directory, const char *worker)
{
    return sdk_start(SDK_SETTINGS({"HAETAE_RECORDER_DIR", directory}, {"HAETAE_WORKER", worker},
                                  {"HAETAE_RECORDER_BYTES", "512k"}, {"HAETAE_QUEUE_BYTES", "512k"},
                                  {"OTEL_BLRP_SCHEDULE_DELAY", "1"}),
                     SDK_FAKES(fake));
}

/* Starts as a process does, and counts what it exports. */
static void recover(const char *directory)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    memset(came, 0, sizeof came);
    fake_init(&fake, "fake", note);
    sdk = start(&fake, directory, "manual");
    while (!hae_recovery_done(sdk->recovery)) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    assert_int_equal(haetae_sdk_shutdown(sdk, LONG_MS), HAETAE_OK);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

static void run_in_child(void (*body)(const char *directory), const char *directory)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        body(directory);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Three requests are under way when the second is accepted, and the process dies. */
static void die_with_the_second_settled(const char *directory)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    fake_init(&fake, "fake", fake_hold);
    fake.ops.max_in_flight = 4;
    sdk = start(&fake, directory, "manual");
    for (unsigned i = 0; i < 3; i++) {
        log_number(sdk, i);
        (void)haetae_sdk_force_flush(sdk, 0);
    }
    if (fake_count(&fake, &fake.send_count) == 3) {
        haetae_delivery *first = fake.held[0];

        fake.held[0] = fake.held[1];
        fake.held[1] = first;
        fake_release_one(&fake, HAETAE_VERDICT_OK);
        (void)haetae_sdk_step(sdk, 0);
        _exit(fake_count(&fake, &fake.taken_count[HAETAE_SIGNAL_LOGS]) == 1 ? 0 : 2);
    }
    _exit(3);
}

static void what_is_settled_out_of_order_is_not_recovered(void **state)
{
    char directory[TEMPORARY_PATH_MAX];

    (void)state;
    assert_true(temporary_directory(directory));
    run_in_child(die_with_the_second_settled, directory);
    recover(directory);
    assert_int_equal(came[0], 1);
    assert_int_equal(came[1], 0);
    assert_int_equal(came[2], 1);
    assert_int_equal(rmdir(directory), 0); /* no file is left */
}

/* The worker hangs in the exporter until after the shutdown, so that what is recorded meanwhile
 * stays in the rings. */
static void shut_down_with_full_rings(const char *directory)
{
    struct sdk_numbers numbers;
    struct fake_exporter fake;
    haetae_sdk *sdk;

    fake_init(&fake, "fake", fake_block);
    sdk = start(&fake, directory, "thread");
    log_number(sdk, 0);
    (void)haetae_sdk_force_flush(sdk, 0);
    fake_await(&fake, &fake.blocked_count, 1);
    for (unsigned i = 1; i < 6; i++) {
        log_number(sdk, i);
    }
    hae_worker_set_grace_ms(1);
    if (haetae_sdk_shutdown(sdk, 0) != HAETAE_ETIMEOUT) {
        _exit(2);
    }
    hae_worker_set_grace_ms(LONG_MS);
    fake_unblock(&fake);
    while (haetae_sdk_force_flush(sdk, 0) != HAETAE_ESHUTDOWN) {
        usleep(1000);
    }
    fake_await(&fake, &fake.complete_count, 1);
    (void)haetae_sdk_shutdown(sdk, LONG_MS);
    numbers = sdk_numbers(sdk, HAETAE_SIGNAL_LOGS);
    if (numbers.recorded != 6 || numbers.held < 5 || numbers.dropped_total != 0) {
        _exit(3);
    }
    haetae_sdk_free(sdk);
    _exit(0);
}

static void records_that_never_left_the_rings_are_recovered(void **state)
{
    char directory[TEMPORARY_PATH_MAX];

    (void)state;
    assert_true(temporary_directory(directory));
    run_in_child(shut_down_with_full_rings, directory);
    recover(directory);
    assert_int_equal(came[0], 0);
    for (unsigned i = 1; i < 6; i++) {
        assert_int_equal(came[i], 1);
    }
    assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_settled_out_of_order_is_not_recovered),
        cmocka_unit_test(records_that_never_left_the_rings_are_recovered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
