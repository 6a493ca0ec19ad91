/* SPDX-License-Identifier: Apache-2.0 */
/* What a receiver refuses, or nobody takes, stays. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recovery/witness.h"
#include "sdk/config_read.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

enum { SPANS = 30, LOGS = 20, SERIES = 3 };

/* A process with `fake`, or without an exporter, that records and dies. */
static void leave_behind_with(const char *directory, struct fake_exporter *fake, const char *key,
                              const char *value)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", directory},
                                           {"HAETAE_WORKER", "manual"},
                                           {"HAETAE_RECORDER_BYTES", "1m"},
                                           {"HAETAE_QUEUE_BYTES", "1m"},
                                           {"OTEL_BSP_SCHEDULE_DELAY", "0"},
                                           {key, value},
                                           {NULL, NULL}};
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        haetae_sdk *sdk = sdk_start(settings, fake != NULL ? SDK_FAKES(fake) : NULL);

        sdk_spans(sdk, SPANS);
        if (key != NULL) {
            (void)haetae_sdk_step(sdk, 0);
        }
        sdk_logs(sdk, LOGS);
        sdk_series(sdk, SERIES);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void leave_behind(const char *directory)
{
    struct fake_exporter fake;

    fake_init(&fake, "fake", fake_hold);
    leave_behind_with(directory, &fake, NULL, NULL);
    fake_done(&fake);
}

/* Recovers with a receiver that takes these signals; 0: all. */
static haetae_recovery recover_signals(const char *directory, struct fake_exporter *fake,
                                       uint32_t signals, uint32_t timeout_ms)
{
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    haetae_status status;
    haetae_config *config;

    sdk_diagnostics[0] = '\0';
    fake->ops.signals = signals;
    config = sdk_config(NULL, SDK_FAKES(fake));
    assert_int_equal(haetae_config_set_diagnostics(config, sdk_diagnose, NULL), HAETAE_OK);
    status = haetae_recover(config, directory, timeout_ms, &recovery);
    assert_true(status == HAETAE_OK || status == HAETAE_ETIMEOUT);
    haetae_config_free(config);
    return recovery;
}

static haetae_recovery recover(const char *directory, fake_behaviour behave)
{
    struct fake_exporter fake;
    haetae_recovery recovery;

    fake_init(&fake, "fake", behave);
    recovery = recover_signals(directory, &fake, 0, 60000);
    fake_done(&fake);
    return recovery;
}

/* Recovers the file of one process that has died. */
static haetae_recovery recover_one(const char *directory, fake_behaviour behave)
{
    leave_behind(directory);
    return recover(directory, behave);
}

static void check_delivered(haetae_recovery recovery, unsigned times)
{
    assert_int_equal(recovery.delivered_spans, times * SPANS);
    assert_int_equal(recovery.delivered_log_records, times * LOGS);
    assert_int_equal(recovery.delivered_data_points, times * SERIES);
    assert_int_equal(
        recovery.dropped_spans + recovery.dropped_log_records + recovery.dropped_data_points, 0);
}

/* ---- Refused -------------------------------------------------------------------------------- */

static void what_a_receiver_refuses_stays_and_is_reported(void **state)
{
    haetae_recovery recovery;

    leave_behind(*state);
    leave_behind(*state);
    recovery = recover(*state, fake_refuse);
    check_delivered(recovery, 0);
    assert_int_equal(recovery.files_recovered, 0);
    assert_int_equal(recovery.files_refused, 2);
    assert_int_equal(recovery.files_left, 2);
    assert_non_null(strstr(sdk_diagnostics, "the receiver refused what is in "));
    assert_int_equal(witness_files(*state), 2);
    check_delivered(recover(*state, fake_accept), 2);
    assert_int_equal(witness_files(*state), 0);
}

static void refuse_size(struct fake_exporter *fake, haetae_delivery *delivery)
{
    fake_answer(fake, delivery, HAETAE_VERDICT_TOO_LARGE);
}

static void an_item_that_is_too_large_for_a_receiver_stays(void **state)
{
    haetae_recovery recovery = recover_one(*state, refuse_size);

    assert_int_equal(recovery.files_refused, 1);
    check_delivered(recovery, 0);
    check_delivered(recover(*state, fake_accept), 1);
}

static void call_invalid(struct fake_exporter *fake, haetae_delivery *delivery)
{
    fake_answer(fake, delivery, HAETAE_VERDICT_INVALID);
}

static void what_a_receiver_calls_invalid_is_dropped_and_counted(void **state)
{
    haetae_recovery recovery = recover_one(*state, call_invalid);

    assert_int_equal(recovery.files_recovered, 1);
    assert_int_equal(recovery.files_refused, 0);
    assert_int_equal(recovery.dropped_spans, SPANS);
    assert_int_equal(recovery.dropped_log_records, LOGS);
    assert_int_equal(recovery.dropped_data_points, SERIES);
    assert_int_equal(witness_files(*state), 0);
}

/* Takes a few items at a time; those after the first `left_count` are refused. */
struct small {
    uint64_t left_count;
    uint64_t taken[HAETAE_SIGNAL_COUNT];
};

static void take_small(struct fake_exporter *fake, haetae_delivery *delivery)
{
    struct small *small = fake->user;
    uint64_t count = haetae_delivery_item_count(delivery);

    if (count > 3) {
        fake_answer(fake, delivery, HAETAE_VERDICT_TOO_LARGE);
    } else if (count > small->left_count) {
        fake_answer(fake, delivery, HAETAE_VERDICT_DROP);
    } else {
        small->left_count -= count;
        small->taken[haetae_delivery_signal(delivery)] += count;
        fake_answer(fake, delivery, HAETAE_VERDICT_OK);
    }
}

static haetae_recovery recover_small(const char *directory, struct small *small)
{
    struct fake_exporter fake;
    haetae_recovery recovery;

    fake_init(&fake, "fake", take_small);
    fake.user = small;
    recovery = recover_signals(directory, &fake, 0, 60000);
    fake_done(&fake);
    return recovery;
}

static void requests_get_as_small_as_the_receiver_takes_them(void **state)
{
    struct small small = {.left_count = UINT64_MAX};

    leave_behind(*state);
    check_delivered(recover_small(*state, &small), 1);
    assert_int_equal(small.taken[HAETAE_SIGNAL_TRACES], SPANS);
    assert_int_equal(small.taken[HAETAE_SIGNAL_LOGS], LOGS);
    assert_int_equal(small.taken[HAETAE_SIGNAL_METRICS], SERIES);
    assert_int_equal(witness_files(*state), 0);
}

/* What it had taken before it refused the rest is not sent again. */
static void what_was_taken_before_a_refusal_comes_once(void **state)
{
    struct small small = {.left_count = SPANS / 2};
    haetae_recovery recovery;

    leave_behind(*state);
    recovery = recover_small(*state, &small);
    assert_int_equal(recovery.files_refused, 1);
    assert_int_equal(recovery.delivered_spans, small.taken[HAETAE_SIGNAL_TRACES]);
    assert_true(recovery.delivered_spans > 0);
    small.left_count = UINT64_MAX;
    recovery = recover_small(*state, &small);
    assert_int_equal(recovery.files_left, 0);
    assert_int_equal(small.taken[HAETAE_SIGNAL_TRACES], SPANS);
    assert_int_equal(small.taken[HAETAE_SIGNAL_LOGS], LOGS);
    assert_int_equal(small.taken[HAETAE_SIGNAL_METRICS], SERIES);
}

/* Of two receivers one takes all at once: the other one's parts don't count. */
static void a_receiver_that_takes_all_settles_it_beside_one_that_takes_little(void **state)
{
    struct small small = {.left_count = UINT64_MAX};
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    struct fake_exporter fake, other;
    haetae_config *config;

    leave_behind(*state);
    fake_init(&fake, "fake", take_small);
    fake_init(&other, "other", fake_accept);
    fake.user = &small;
    config = sdk_config(NULL, SDK_FAKES(&fake, &other));
    assert_int_equal(haetae_recover(config, *state, 60000, &recovery), HAETAE_OK);
    haetae_config_free(config);
    check_delivered(recovery, 1);
    assert_int_equal(small.taken[HAETAE_SIGNAL_TRACES], SPANS);
    assert_int_equal(other.taken_count[HAETAE_SIGNAL_TRACES], SPANS);
    fake_done(&fake);
    fake_done(&other);
}

/* ---- The service's own recovery --------------------------------------------------------- */

static uint64_t time_ms;

static uint64_t pretended_ms(void)
{
    return time_ms;
}

static void refused_files_are_tried_again_after_a_minute(void **state)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", *state},
                                           {"HAETAE_WORKER", "manual"},
                                           {"HAETAE_RECORDER_BYTES", "1m"},
                                           {"HAETAE_QUEUE_BYTES", "1m"},
                                           {NULL, NULL}};
    struct fake_exporter fake;
    haetae_sdk *sdk;

    leave_behind(*state);
    time_ms = 1000000;
    hae_set_clock_ms(pretended_ms);
    fake_init(&fake, "fake", fake_refuse);
    sdk = sdk_start(settings, SDK_FAKES(&fake));
    for (uint64_t end = time_ms + 59000; time_ms < end; time_ms += 1000) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    assert_int_equal(fake_count(&fake, &fake.send_count), 1);
    assert_int_equal(witness_files(*state), 2);
    pthread_mutex_lock(&fake.lock);
    fake.behave = fake_accept;
    pthread_mutex_unlock(&fake.lock);
    for (uint64_t end = time_ms + 12000; time_ms < end; time_ms += 1000) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    hae_set_clock_ms(NULL);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, LOGS);
    assert_int_equal(witness_files(*state), 1);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

/* ---- A signal that nobody takes ---------------------------------------------------------- */

static haetae_recovery recover_only(const char *directory, haetae_signal signal)
{
    struct fake_exporter fake;
    haetae_recovery recovery;

    fake_init(&fake, "fake", fake_accept);
    recovery = recover_signals(directory, &fake, UINT32_C(1) << signal, 60000);
    fake_done(&fake);
    return recovery;
}

/* Three processes, each of which takes another signal, share what a fourth one left. */
static void what_one_process_does_not_take_is_left_for_another(void **state)
{
    haetae_recovery recovery;

    leave_behind(*state);
    recovery = recover_only(*state, HAETAE_SIGNAL_METRICS);
    assert_int_equal(recovery.delivered_data_points, SERIES);
    assert_int_equal(recovery.files_recovered, 0);
    assert_int_equal(recovery.files_left, 1);
    recovery = recover_only(*state, HAETAE_SIGNAL_TRACES);
    assert_int_equal(recovery.delivered_spans, SPANS);
    assert_int_equal(recovery.dropped_log_records, 0);
    assert_int_equal(recovery.files_left, 1);
    recovery = recover(*state, fake_accept);
    assert_int_equal(recovery.delivered_log_records, LOGS);
    assert_int_equal(recovery.delivered_spans, 0);
    assert_int_equal(witness_files(*state), 0);
}

static void a_kept_file_is_read_once_by_a_process(void **state)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", *state},
                                           {"HAETAE_WORKER", "manual"},
                                           {"HAETAE_RECORDER_BYTES", "1m"},
                                           {"HAETAE_QUEUE_BYTES", "1m"},
                                           {NULL, NULL}};
    struct fake_exporter fake;
    haetae_recovery recovery;
    haetae_sdk *sdk;

    leave_behind(*state);
    time_ms = 1000000;
    hae_set_clock_ms(pretended_ms);
    fake_init(&fake, "fake", fake_accept);
    fake.ops.signals = UINT32_C(1) << HAETAE_SIGNAL_TRACES;
    sdk = sdk_start(settings, SDK_FAKES(&fake));
    for (uint64_t end = time_ms + 60000; time_ms < end; time_ms += 1000) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    hae_set_clock_ms(NULL);
    assert_int_equal(sdk->recovery->counts.files_kept, 1);
    assert_int_equal(fake.taken_count[HAETAE_SIGNAL_TRACES], SPANS);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    recovery = recover(*state, fake_accept);
    assert_int_equal(recovery.delivered_spans, 0);
    assert_int_equal(recovery.delivered_log_records, LOGS);
}

static void a_signal_that_its_own_process_did_not_export_is_dropped(void **state)
{
    struct fake_exporter fake;
    haetae_recovery recovery;

    fake_init(&fake, "fake", fake_hold);
    fake.ops.signals = UINT32_C(1) << HAETAE_SIGNAL_TRACES;
    leave_behind_with(*state, &fake, NULL, NULL);
    fake_done(&fake);
    recovery = recover_only(*state, HAETAE_SIGNAL_TRACES);
    assert_int_equal(recovery.delivered_spans, SPANS);
    assert_int_equal(recovery.dropped_log_records, LOGS);
    assert_int_equal(recovery.files_left, 0);
    assert_int_equal(witness_files(*state), 0);
}

/* Its file is its own, made by its first record. */
static void nor_is_it_kept_that_a_forked_child_did_not_export(void **state)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", *state},
                                           {"HAETAE_WORKER", "manual"},
                                           {"HAETAE_RECORDER_BYTES", "1m"},
                                           {"HAETAE_QUEUE_BYTES", "1m"},
                                           {NULL, NULL}};
    struct fake_exporter fake;
    haetae_recovery recovery;
    haetae_sdk *sdk;
    pid_t pid;

    fake_init(&fake, "fake", fake_accept);
    fake.ops.signals = UINT32_C(1) << HAETAE_SIGNAL_TRACES;
    sdk = sdk_start(settings, SDK_FAKES(&fake));
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        sdk_spans(sdk, SPANS);
        sdk_logs(sdk, LOGS);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(haetae_sdk_shutdown(sdk, 60000), HAETAE_OK);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    recovery = recover_only(*state, HAETAE_SIGNAL_TRACES);
    assert_int_equal(recovery.delivered_spans, SPANS);
    assert_int_equal(recovery.dropped_log_records, LOGS);
    assert_int_equal(recovery.files_left, 0);
    assert_int_equal(witness_files(*state), 0);
}

/* ---- What the process had dropped ---------------------------------------------------------- */

static void what_the_process_had_dropped_after_the_rings_is_reported(void **state)
{
    struct fake_exporter fake;
    char expected[96];

    fake_init(&fake, "fake", fake_hold);
    leave_behind_with(*state, &fake, "OTEL_BSP_MAX_QUEUE_SIZE", "12");
    fake_done(&fake);
    (void)recover(*state, fake_accept);
    snprintf(expected, sizeof expected, "by its own counts it had dropped %d spans, 0 data points",
             SPANS - 12);
    if (strstr(sdk_diagnostics, expected) == NULL) {
        fail_msg("%s", sdk_diagnostics);
    }
}

/* ---- Other files, and no time --------------------------------------------------------------- */

static void no_time_leaves_files_that_are_counted(void **state)
{
    struct fake_exporter fake;
    haetae_recovery recovery;

    leave_behind(*state);
    fake_init(&fake, "fake", fake_accept);
    recovery = recover_signals(*state, &fake, 0, 0);
    fake_done(&fake);
    assert_int_equal(recovery.files_left, 1);
    check_delivered(recovery, 0);
    check_delivered(recover(*state, fake_accept), 1);
    fake_init(&fake, "fake", fake_accept);
    recovery = recover_signals(*state, &fake, 0, 0);
    fake_done(&fake);
    assert_int_equal(recovery.files_left, 0);
}

static void what_is_asked_to_recover_removes_nothing_unread(void **state)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR_MAX_BYTES", "0"}, {NULL, NULL}};
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    struct fake_exporter fake;
    haetae_config *config;

    leave_behind(*state);
    leave_behind(*state);
    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(settings, SDK_FAKES(&fake));
    assert_int_equal(haetae_recover(config, *state, 60000, &recovery), HAETAE_OK);
    haetae_config_free(config);
    fake_done(&fake);
    check_delivered(recovery, 2);
}

/* A hundred files of default size, all of whose space is reserved. */
static void the_default_limit_holds_a_hundred_files(void **state)
{
    haetae_config *config = sdk_config(NULL, NULL);
    int64_t recorder, queue, limit;

    (void)state;
    recorder = hae_config_int(config, HAE_KEY_HAETAE_RECORDER_BYTES);
    queue = hae_config_int(config, HAE_KEY_HAETAE_QUEUE_BYTES);
    limit = hae_config_int(config, HAE_KEY_HAETAE_RECORDER_DIR_MAX_BYTES);
    assert_true(100 * (recorder + queue) <= limit);
    haetae_config_free(config);
}

static void files_with_other_names_are_left_alone(void **state)
{
    static const char *const names[] = {"notes.haetae",     "1-.haetae", "-1.haetae",  "1-g.haetae",
                                        "1-1.haetae.saved", "1.haetae",  "1-1haetae",  ".haetae",
                                        "a1-1.haetae",      "x.corrupt", "1-1.corrupt"};
    char path[128];
    haetae_recovery recovery;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int file;

        snprintf(path, sizeof path, "%s/%s", (const char *)*state, names[i]);
        file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        assert_true(file >= 0);
        close(file);
    }
    recovery = recover(*state, fake_accept);
    assert_int_equal(recovery.files_recovered + recovery.files_corrupt + recovery.files_left, 0);
    assert_string_equal(sdk_diagnostics, "");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", (const char *)*state, names[i]);
        assert_int_equal(unlink(path), 0);
    }
}

static unsigned reported;

static void count_report(void *user, haetae_diagnostic_level level, const char *text)
{
    (void)user;
    (void)level;
    reported += strstr(text, "by its own counts it had dropped") != NULL;
}

static void each_file_is_reported(void **state)
{
    enum { FILES = 8 };
    struct fake_exporter fake;
    haetae_config *config;

    for (unsigned i = 0; i < FILES; i++) {
        leave_behind(*state);
    }
    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(NULL, SDK_FAKES(&fake));
    reported = 0;
    assert_int_equal(haetae_config_set_diagnostics(config, count_report, NULL), HAETAE_OK);
    assert_int_equal(haetae_recover(config, *state, 60000, NULL), HAETAE_OK);
    haetae_config_free(config);
    fake_done(&fake);
    assert_int_equal(reported, FILES);
}

static void an_unfinished_file_is_reported_when_it_is_removed(void **state)
{
    char path[128];
    int file;

    snprintf(path, sizeof path, "%s/12-ab.haetae", (const char *)*state);
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    close(file);
    (void)recover(*state, fake_accept);
    assert_non_null(strstr(sdk_diagnostics, "12-ab.haetae died before the file was complete"));
    assert_int_equal(witness_files(*state), 0);
}

static void a_directory_that_others_may_write_to_is_reported(void **state)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", *state}, {NULL, NULL}};
    static const struct {
        mode_t mode;
        bool reported;
    } cases[] = {{0700, false}, {0755, false}, {0720, true}, {0702, true}, {01777, false}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        haetae_config *config = sdk_config(settings, NULL);
        haetae_sdk *sdk = NULL;

        assert_int_equal(chmod(*state, cases[i].mode), 0);
        sdk_diagnostics[0] = '\0';
        assert_int_equal(haetae_config_set_diagnostics(config, sdk_diagnose, NULL), HAETAE_OK);
        assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
        haetae_config_free(config);
        assert_int_equal(strstr(sdk_diagnostics, "other users may remove") != NULL,
                         cases[i].reported);
        assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
        haetae_sdk_free(sdk);
        (void)recover(*state, fake_accept);
        assert_int_equal(strstr(sdk_diagnostics, "other users may remove") != NULL,
                         cases[i].reported);
    }
    assert_int_equal(chmod(*state, 0700), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_a_receiver_refuses_stays_and_is_reported),
        TEST(an_item_that_is_too_large_for_a_receiver_stays),
        TEST(what_a_receiver_calls_invalid_is_dropped_and_counted),
        TEST(requests_get_as_small_as_the_receiver_takes_them),
        TEST(what_was_taken_before_a_refusal_comes_once),
        TEST(a_receiver_that_takes_all_settles_it_beside_one_that_takes_little),
        TEST(refused_files_are_tried_again_after_a_minute),
        TEST(what_one_process_does_not_take_is_left_for_another),
        TEST(a_kept_file_is_read_once_by_a_process),
        TEST(a_signal_that_its_own_process_did_not_export_is_dropped),
        TEST(nor_is_it_kept_that_a_forked_child_did_not_export),
        TEST(what_the_process_had_dropped_after_the_rings_is_reported),
        TEST(no_time_leaves_files_that_are_counted),
        TEST(what_is_asked_to_recover_removes_nothing_unread),
        TEST(the_default_limit_holds_a_hundred_files),
        TEST(files_with_other_names_are_left_alone),
        TEST(each_file_is_reported),
        TEST(an_unfinished_file_is_reported_when_it_is_removed),
        TEST(a_directory_that_others_may_write_to_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
