/* SPDX-License-Identifier: Apache-2.0 */
/* What a shutdown leaves, and how the next start takes it up. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "pipeline/intake_driver.h"
#include "recovery/witness.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

enum { SPANS = 300, LOGS = 200, SERIES = 7, CHILD_SPANS = 321 };

/* An SDK on the directory that the test drives, with small batches; `other` may be NULL. */
static haetae_sdk *start_two(const char *directory, struct fake_exporter *fake,
                             struct fake_exporter *other)
{
    const struct sdk_setting settings[] = {
        {"HAETAE_RECORDER_DIR", directory},        {"HAETAE_WORKER", "manual"},
        {"HAETAE_RECORDER_BYTES", "1m"},           {"HAETAE_QUEUE_BYTES", "1m"},
        {"OTEL_BSP_SCHEDULE_DELAY", "0"},          {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "50"},
        {"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "50"}, {NULL, NULL}};

    return sdk_start(settings, SDK_FAKES(fake, other));
}

static haetae_sdk *start(const char *directory, struct fake_exporter *fake)
{
    return start_two(directory, fake, NULL);
}

static void step_until_recovered(haetae_sdk *sdk)
{
    while (!hae_recovery_done(sdk->recovery)) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
}

static uint64_t recovered(haetae_sdk *sdk, haetae_signal signal)
{
    haetae_stats *stats = NULL;
    uint64_t count;

    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    count = haetae_stats_recovered(stats, signal);
    haetae_stats_free(stats);
    return count;
}

/* Records, and shuts down while nobody takes anything. */
static void leave_behind(const char *directory, fake_behaviour behave)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    fake_init(&fake, "fake", behave);
    sdk = start(directory, &fake);
    sdk_spans(sdk, SPANS);
    assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    sdk_logs(sdk, LOGS);
    sdk_series(sdk, SERIES);
    assert_int_equal(haetae_sdk_shutdown(sdk, 1), HAETAE_ETIMEOUT);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct sdk_numbers numbers = sdk_numbers(sdk, (haetae_signal)signal);

        assert_int_equal(numbers.delivered, 0);
        assert_int_equal(numbers.dropped_total, 0);
        assert_int_equal(numbers.held, numbers.recorded);
    }
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_TRACES).held, SPANS);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, LOGS);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

/* That the next start delivers all of it; `files_alive` are those of other processes. */
static void check_recovered_beside(const char *directory, unsigned files_alive)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    fake_init(&fake, "fake", fake_accept);
    sdk = start(directory, &fake);
    step_until_recovered(sdk);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, SPANS);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, LOGS);
    assert_int_equal(recovered(sdk, HAETAE_SIGNAL_TRACES), SPANS);
    assert_int_equal(recovered(sdk, HAETAE_SIGNAL_LOGS), LOGS);
    assert_int_equal(recovered(sdk, HAETAE_SIGNAL_METRICS), SERIES);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    assert_int_equal(witness_files(directory), files_alive);
}

static void check_recovered(const char *directory)
{
    check_recovered_beside(directory, 0);
}

static void a_shutdown_that_delivers_all_removes_the_file(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    fake_init(&fake, "fake", fake_accept);
    sdk = start(*state, &fake);
    assert_int_equal(witness_files(*state), 1);
    sdk_spans(sdk, SPANS);
    sdk_logs(sdk, LOGS);
    sdk_series(sdk, SERIES);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    assert_int_equal(witness_files(*state), 0);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, SPANS);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

static void what_a_shutdown_could_not_deliver_is_held_and_recovered(void **state)
{
    leave_behind(*state, fake_fail);
    assert_int_equal(witness_files(*state), 1);
    check_recovered(*state);
}

static void what_was_under_way_at_a_shutdown_is_recovered(void **state)
{
    leave_behind(*state, fake_hold);
    check_recovered(*state);
}

static void a_living_process_is_left_alone(void **state)
{
    struct fake_exporter one, other;
    haetae_sdk *first;
    haetae_sdk *second;

    fake_init(&one, "fake", fake_accept);
    fake_init(&other, "fake", fake_accept);
    first = start(*state, &one);
    sdk_spans(first, SPANS);
    second = start(*state, &other);
    step_until_recovered(second);
    assert_int_equal(second->recovery->counts.files_alive, 2);
    assert_int_equal(recovered(second, HAETAE_SIGNAL_TRACES), 0);
    assert_int_equal(witness_files(*state), 2);
    haetae_sdk_free(second);
    assert_int_equal(haetae_sdk_shutdown(first, 10000), HAETAE_OK);
    sdk_all_delivered(first, HAETAE_SIGNAL_TRACES, SPANS);
    haetae_sdk_free(first);
    fake_done(&one);
    fake_done(&other);
}

static void of_two_recoverers_each_file_has_one(void **state)
{
    enum { FILES = 5 };
    struct fake_exporter fakes[2];
    haetae_sdk *sdks[2];

    for (int i = 0; i < FILES; i++) {
        leave_behind(*state, fake_fail);
    }
    for (int i = 0; i < 2; i++) {
        fake_init(&fakes[i], "fake", fake_accept);
        sdks[i] = start(*state, &fakes[i]);
    }
    while (!hae_recovery_done(sdks[0]->recovery) || !hae_recovery_done(sdks[1]->recovery)) {
        for (int i = 0; i < 2; i++) {
            struct hae_source source = hae_recovery_source(sdks[i]->recovery);
            struct hae_run run = {.now_ms = hae_now_ms()};

            (void)hae_intake_run(&sdks[i]->pipeline.intake, &source, &run);
            assert_int_equal(haetae_sdk_step(sdks[i], 0), HAETAE_OK);
        }
    }
    assert_int_equal(recovered(sdks[0], HAETAE_SIGNAL_TRACES) +
                         recovered(sdks[1], HAETAE_SIGNAL_TRACES),
                     FILES * SPANS);
    assert_int_equal(fakes[0].item_count[HAETAE_SIGNAL_LOGS] +
                         fakes[1].item_count[HAETAE_SIGNAL_LOGS],
                     FILES * LOGS);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(haetae_sdk_shutdown(sdks[i], 10000), HAETAE_OK);
        haetae_sdk_free(sdks[i]);
        fake_done(&fakes[i]);
    }
    assert_int_equal(witness_files(*state), 0);
}

/* Takes three requests, and leaves the next one without an answer. */
static void accept_three(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (fake_count(fake, &fake->complete_count) < 3) {
        fake_accept(fake, delivery);
    } else {
        fake_hold(fake, delivery);
    }
}

static void a_recovery_that_was_interrupted_goes_on_where_it_was(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    uint64_t taken;

    leave_behind(*state, fake_fail);
    fake_init(&fake, "fake", accept_three);
    sdk = start(*state, &fake);
    while (fake_count(&fake, &fake.send_count) < 4) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    taken = recovered(sdk, HAETAE_SIGNAL_TRACES);
    assert_int_equal(taken, 150);
    (void)haetae_sdk_shutdown(sdk, 0);
    assert_int_equal(recovered(sdk, HAETAE_SIGNAL_TRACES), taken);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, taken);
    haetae_sdk_free(sdk);
    fake_done(&fake);

    fake_init(&fake, "fake", fake_accept);
    sdk = start(*state, &fake);
    step_until_recovered(sdk);
    assert_int_equal(recovered(sdk, HAETAE_SIGNAL_TRACES), SPANS - taken);
    assert_int_equal(recovered(sdk, HAETAE_SIGNAL_LOGS), LOGS);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

static void files_beyond_the_limit_are_removed(void **state)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", *state},
                                           {"HAETAE_RECORDER_DIR_MAX_BYTES", "0"},
                                           {"HAETAE_WORKER", "manual"},
                                           {NULL, NULL}};
    struct fake_exporter fake;
    haetae_sdk *sdk;

    leave_behind(*state, fake_fail);
    leave_behind(*state, fake_fail);
    /* The second recovered nothing of the first, and left both. */
    assert_int_equal(witness_files(*state), 2);
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start(settings, SDK_FAKES(&fake));
    step_until_recovered(sdk);
    assert_int_equal(sdk->recovery->counts.files_removed, 2);
    assert_int_equal(recovered(sdk, HAETAE_SIGNAL_TRACES), 0);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    assert_int_equal(witness_files(*state), 0);
}

static void an_unfinished_file_is_removed(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    char path[96];
    FILE *file;

    snprintf(path, sizeof path, "%s/1-2.haetae", (const char *)*state);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), 1 << 20), 0);
    fclose(file);
    fake_init(&fake, "fake", fake_accept);
    sdk = start(*state, &fake);
    step_until_recovered(sdk);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    assert_int_equal(witness_files(*state), 0);
}

/* ---- Without memory ------------------------------------------------------------------------ */

static uint64_t time_ms;

static uint64_t pretended_ms(void)
{
    return time_ms;
}

/* The i-th allocation of a recovery fails, and all after it; then there is memory again. */
static void recover_without_memory(const char *directory, long count,
                                   uint64_t taken[HAETAE_SIGNAL_COUNT])
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    leave_behind(directory, fake_fail);
    time_ms = 1000000;
    hae_set_clock_ms(pretended_ms);
    fake_init(&fake, "fake", fake_accept);
    sdk = start(directory, &fake);
    hae_alloc_fail_after(count);
    for (int i = 0; i < 30; i++) {
        time_ms += 100;
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    hae_alloc_fail_after(-1);
    while (!hae_recovery_done(sdk->recovery)) {
        time_ms += 60000;
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    hae_set_clock_ms(NULL);
    haetae_sdk_free(sdk);
    memcpy(taken, fake.taken_count, sizeof fake.taken_count);
    fake_done(&fake);
}

static void a_recovery_without_memory_goes_on_when_there_is_some(void **state)
{
    for (long count = 0; count < 40; count++) {
        struct fake_exporter fake;
        haetae_sdk *sdk;

        uint64_t taken[HAETAE_SIGNAL_COUNT];

        recover_without_memory(*state, count, taken);
        /* Where there was none for the file itself, it is left for the next start. */
        fake_init(&fake, "fake", fake_accept);
        sdk = start(*state, &fake);
        step_until_recovered(sdk);
        assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
        haetae_sdk_free(sdk);
        assert_int_equal(taken[HAETAE_SIGNAL_TRACES] + fake.taken_count[HAETAE_SIGNAL_TRACES],
                         SPANS);
        assert_int_equal(taken[HAETAE_SIGNAL_LOGS] + fake.taken_count[HAETAE_SIGNAL_LOGS], LOGS);
        fake_done(&fake);
        assert_int_equal(witness_files(*state), 0);
    }
}

/* A process that records, and forks a child that records as well, or not, and lives on; then
 * it dies. The child ends when `hold` is closed. */
static void be_forking_victim(const char *directory, int ready, int hold, bool child_records)
{
    struct fake_exporter fake;
    haetae_tracer *tracer;
    char byte = 0;

    fake_init(&fake, "fake", fake_fail);
    tracer = haetae_tracer_named(start(directory, &fake), "forking");
    sdk_spans_of(tracer, SPANS);
    if (fork() == 0) {
        if (child_records) {
            sdk_spans_of(tracer, CHILD_SPANS);
        }
        (void)!write(ready, &byte, 1);
        (void)!read(hold, &byte, 1);
        _exit(0);
    }
    (void)!read(hold, &byte, 1);
    _exit(0);
}

static void recover_spans(const char *directory, uint64_t count)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    fake_init(&fake, "fake", fake_accept);
    sdk = start(directory, &fake);
    step_until_recovered(sdk);
    assert_int_equal(recovered(sdk, HAETAE_SIGNAL_TRACES), count);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

static void leave_a_child(void **state, bool child_records)
{
    int ready[2], hold[2];
    char byte;
    pid_t pid;

    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    assert_int_equal(pipe(ready) | pipe(hold), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(hold[1]);
        be_forking_victim(*state, ready[1], hold[0], child_records);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);

    recover_spans(*state, SPANS);
    assert_int_equal(witness_files(*state), child_records ? 1 : 0); /* its own */
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(hold[i]);
    }
    assert_true(waitpid(-1, NULL, 0) > 0);
    recover_spans(*state, child_records ? CHILD_SPANS : 0);
    assert_int_equal(witness_files(*state), 0);
}

static void a_child_that_lives_on_holds_nothing_of_a_dead_parent(void **state)
{
    leave_a_child(state, true);
}

static void nor_does_a_child_that_records_nothing(void **state)
{
    leave_a_child(state, false);
}

/* A process that dies while it recovers, when one of its two receivers has answered, and whose
 * child records and lives on until `hold` is closed. */
static void be_forking_recoverer(const char *directory, int ready, int hold)
{
    struct fake_exporter takes, fails;
    haetae_sdk *sdk;
    char byte = 0;

    fake_init(&takes, "takes", fake_accept);
    fake_init(&fails, "fails", fake_fail);
    sdk = start_two(directory, &takes, &fails);
    while (fake_count(&takes, &takes.send_count) == 0 ||
           fake_count(&fails, &fails.send_count) == 0) {
        (void)haetae_sdk_step(sdk, 0);
    }
    if (fork() == 0) {
        sdk_spans(sdk, 1);
        (void)!write(ready, &byte, 1);
        (void)!read(hold, &byte, 1);
        haetae_sdk_free(sdk);
        _exit(0);
    }
    close(ready);
    (void)!read(hold, &byte, 1);
    _exit(0);
}

static void a_child_that_lives_on_holds_no_file_that_its_parent_recovered(void **state)
{
    int ready[2], hold[2];
    char byte;
    pid_t pid;

    leave_behind(*state, fake_fail);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    assert_int_equal(pipe(ready) | pipe(hold), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(hold[1]);
        be_forking_recoverer(*state, ready[1], hold[0]);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    check_recovered_beside(*state, 1);
    close(ready[0]);
    close(hold[0]);
    close(hold[1]);
    assert_true(waitpid(-1, NULL, 0) > 0);
    recover_spans(*state, 1);
    assert_int_equal(witness_files(*state), 0);
}

/* As a call does that a handler interrupted, which forked. */
static void a_child_cannot_write_into_the_file_of_its_parent(void **state)
{
    struct fake_exporter fake;
    struct hae_region *region;
    haetae_sdk *sdk;
    int status = -1;
    pid_t pid;

    fake_init(&fake, "fake", fake_accept);
    sdk = start(*state, &fake);
    sdk_spans_of(haetae_tracer_named(sdk, "parent"), 1);
    region = sdk->recorder->region;
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        region->scope_offset[HAE_SCOPES_MAX - 1] = 42;
        _exit(region->scope_offset[1] != 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(region->scope_offset[HAE_SCOPES_MAX - 1], 0);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_shutdown_that_delivers_all_removes_the_file),
        TEST(what_a_shutdown_could_not_deliver_is_held_and_recovered),
        TEST(what_was_under_way_at_a_shutdown_is_recovered),
        TEST(a_living_process_is_left_alone),
        TEST(of_two_recoverers_each_file_has_one),
        TEST(a_recovery_that_was_interrupted_goes_on_where_it_was),
        TEST(files_beyond_the_limit_are_removed),
        TEST(an_unfinished_file_is_removed),
        TEST(a_recovery_without_memory_goes_on_when_there_is_some),
        TEST(a_child_that_lives_on_holds_nothing_of_a_dead_parent),
        TEST(nor_does_a_child_that_records_nothing),
        TEST(a_child_that_lives_on_holds_no_file_that_its_parent_recovered),
        TEST(a_child_cannot_write_into_the_file_of_its_parent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
