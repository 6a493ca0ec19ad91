/* SPDX-License-Identifier: Apache-2.0 */
/* Ends that leave something special behind: a last word of a crash handler, no memory, a file in
 * which something is wrong. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/journal.h"
#include "recovery/check.h"
#include "recovery/mark.h"
#include "recovery/witness.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

static const struct victim usual = {
    .recorder_bytes = "1m", .lane_count = "4", .numbers = 10, .retry_of_8 = 8};

/* The victim's SDK. */
static haetae_sdk *running;

/* Runs a process on the directory until it is dead, that nobody takes anything of. */
static int run(const char *directory, void (*body)(const struct recording *recording))
{
    struct witness *witness = witness_new(1);
    struct recording recording;
    struct victim victim = usual;
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        victim.directory = directory;
        running = witness_start(witness, &victim, &recording);
        body(&recording);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    witness_free(witness);
    return status;
}

/* ---- A crash handler ----------------------------------------------------------------------- */

static const struct recording *crashing;

static void last_word(int number)
{
    record_log(crashing, 3, 77);
    signal(number, SIG_DFL);
    raise(number);
}

static void crash(const struct recording *recording)
{
    crashing = recording;
    record_log(recording, 3, 76);
    signal(SIGSEGV, last_word);
    raise(SIGSEGV);
}

/* The same in the middle of a recording call. */
static void crash_inside(const struct recording *recording)
{
    crashing = recording;
    record_log(recording, 3, 76);
    signal(SIGSEGV, last_word);
    atomic_store_explicit(&hae_thread.busy, 1, memory_order_relaxed);
    raise(SIGSEGV);
}

static void check_last_word(const char *directory)
{
    struct witness *witness = witness_new(1);

    witness_recover(witness, directory);
    assert_int_equal(witness->threads[3].log_recovered[76], 1);
    assert_int_equal(witness->threads[3].log_recovered[77], 1);
    witness_free(witness);
}

static void the_last_word_of_a_crash_handler_is_recovered(void **state)
{
    assert_int_equal(WTERMSIG(run(*state, crash)), SIGSEGV);
    check_last_word(*state);
    assert_int_equal(WTERMSIG(run(*state, crash_inside)), SIGSEGV);
    check_last_word(*state);
}

/* ---- No memory --------------------------------------------------------------------- */

/* Records with less memory each time, and dies when there is none. */
static void run_out_of_memory(const struct recording *recording)
{
    struct rlimit none = {0, 0};

    signal(SIGABRT, SIG_DFL);
    if (setrlimit(RLIMIT_DATA, &none) != 0 || setrlimit(RLIMIT_AS, &none) != 0) {
        _exit(9);
    }
    for (unsigned i = 0; i < 50; i++) {
        record_log(recording, 2, i);
    }
    if (malloc((size_t)1 << 30) == NULL) {
        abort();
    }
    _exit(8);
}

static void a_process_that_dies_of_want_of_memory_leaves_what_it_recorded(void **state)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    /* They map memory of their own behind every call. */
    (void)state;
    (void)run_out_of_memory;
    skip();
#else
    struct witness *witness = witness_new(1);

    int status = run(*state, run_out_of_memory);

    /* Emulators set no such limits. */
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 8);
    witness_recover(witness, *state);
    for (unsigned i = 0; i < 50; i++) {
        assert_int_equal(witness->threads[2].log_recovered[i], 1);
    }
    witness_free(witness);
#endif
}

/* ---- Spans that are not exported ------------------------------------------------------ */

static int32_t record_only(void *user, const haetae_sampling_input *input,
                           haetae_sampling *sampling)
{
    (void)user;
    (void)input;
    (void)sampling;
    return HAETAE_SAMPLING_RECORD_ONLY;
}

static void die_with_open_spans(const struct recording *recording)
{
    struct hae_sampler sampler = {record_only, NULL, NULL};

    (void)record_start(recording, 1, 0);
    hae_tracer_provider_set_sampler(&running->traces, &sampler);
    (void)record_start(recording, 1, 1);
    _exit(0);
}

static void an_open_span_without_the_sampled_flag_is_not_recovered(void **state)
{
    struct witness *witness = witness_new(1);

    (void)run(*state, die_with_open_spans);
    witness_recover(witness, *state);
    assert_int_equal(witness->threads[1].span_recovered_open[0], 1);
    assert_int_equal(witness->threads[1].span_recovered_open[1], 0);
    witness_free(witness);
}

/* ---- Something wrong --------------------------------------------------------------- */

static void record_some(const struct recording *recording)
{
    for (unsigned i = 0; i < 20; i++) {
        record_log(recording, 1, i);
        (void)record_start(recording, 1, i);
    }
}

static char only_file[320];

static void find_file(const char *directory)
{
    char command[160];
    FILE *list;

    snprintf(command, sizeof command, "ls %s/*.haetae*", directory);
    list = popen(command, "r");
    assert_non_null(list);
    assert_non_null(fgets(only_file, sizeof only_file, list));
    only_file[strcspn(only_file, "\n")] = '\0';
    pclose(list);
}

static void change(off_t at, const void *bytes, size_t size)
{
    int file = open(only_file, O_RDWR);

    assert_true(file >= 0);
    assert_int_equal(pwrite(file, bytes, size, at), size);
    close(file);
}

/* Recovers, and returns how many log records came. */
static uint64_t recover_logs(const char *directory)
{
    const struct sdk_setting settings[] = {{"HAETAE_WORKER", "manual"}, {NULL, NULL}};
    struct fake_exporter fake;
    haetae_config *config;
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);

    sdk_diagnostics[0] = '\0';
    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(settings, SDK_FAKES(&fake));
    assert_int_equal(haetae_config_set_diagnostics(config, sdk_diagnose, NULL), HAETAE_OK);
    assert_int_equal(haetae_recover(config, directory, 60000, &recovery), HAETAE_OK);
    haetae_config_free(config);
    assert_int_equal(recovery.delivered_log_records, fake.item_count[HAETAE_SIGNAL_LOGS]);
    fake_done(&fake);
    return recovery.delivered_log_records;
}

static void of_a_corrupt_file_what_is_intact_is_recovered(void **state)
{
    const uint64_t far = UINT64_C(1) << 62;
    struct stat status;

    (void)run(*state, record_some);
    find_file(*state);
    /* The list of instruments leads out of the file. */
    change((off_t)offsetof(struct hae_region, streams_first), &far, sizeof far);
    assert_int_equal(recover_logs(*state), 20);
    if (strstr(sdk_diagnostics, "is corrupt: an instrument is invalid") == NULL ||
        strstr(sdk_diagnostics, strrchr(only_file, '/') + 1) == NULL) {
        fail_msg("%s", sdk_diagnostics);
    }
    strcat(only_file, ".corrupt");
    assert_int_equal(stat(only_file, &status), 0);
    /* It is not tried again. */
    assert_int_equal(recover_logs(*state), 0);
    assert_int_equal(unlink(only_file), 0);
}

/* Puts other bytes in the place of some that are in the file once. */
static void replace(const char *bytes, const char *by)
{
    static char content[4096];
    size_t length = strlen(bytes);
    int file = open(only_file, O_RDONLY);
    off_t at = -1;
    ssize_t got;

    assert_true(file >= 0);
    assert_int_equal(strlen(by), length);
    for (off_t begin = 0; at < 0; begin += (off_t)(sizeof content / 2)) {
        got = pread(file, content, sizeof content, begin);
        assert_true(got >= (ssize_t)length);
        for (ssize_t i = 0; i + (ssize_t)length <= got; i++) {
            if (memcmp(content + i, bytes, length) == 0) {
                at = begin + i;
                break;
            }
        }
    }
    close(file);
    change(at, by, length);
}

static void record_with_schema_url(const struct recording *recording)
{
    const haetae_scope_options scope =
        HAETAE_OPTIONS(haetae_scope_options, .name = haetae_string_of("with schema"),
                       .schema_url = haetae_string_of("https://schema/1"));
    struct recording other = *recording;

    if (haetae_logger_get(running, &scope, &other.logger) != HAETAE_OK) {
        _exit(9);
    }
    record_log(&other, 1, 0);
}

static void a_schema_url_that_is_no_utf8_is_left_out(void **state)
{
    (void)run(*state, record_with_schema_url);
    find_file(*state);
    replace("https://schema/1", "https://\xff\xff\xff\xff\xff\xff/1");
    assert_int_equal(recover_logs(*state), 1);
    if (strstr(sdk_diagnostics, "is corrupt: scope ") == NULL) {
        fail_msg("%s", sdk_diagnostics);
    }
    strcat(only_file, ".corrupt");
    assert_int_equal(unlink(only_file), 0);
}

/* Whether the worker has fetched all, as far as another thread may look. */
static bool rings_are_empty(const struct hae_recorder *recorder)
{
    for (uint32_t i = 0; i < hae_lanes_touched(recorder); i++) {
        const struct hae_lane *lane = hae_lane_at(recorder, i);

        if (atomic_load(&lane->head) != atomic_load(&lane->tail)) {
            return false;
        }
    }
    return true;
}

static void record_before_and_after_a_drain(const struct recording *recording)
{
    for (unsigned i = 0; i < 20; i++) {
        record_log(recording, 1, i);
    }
    /* Nobody takes them: they are in the journal, once the worker has fetched them. */
    do {
        (void)haetae_sdk_force_flush(running, 1);
    } while (!rings_are_empty(running->recorder));
    for (unsigned i = 20; i < 25; i++) {
        record_log(recording, 1, i);
    }
}

/* Says of the first log record in the journal that it came from far behind its lane's end. */
static void mislead_journal(void)
{
    int file = open(only_file, O_RDWR);
    struct hae_journal_entry *entry;
    struct hae_region *region;
    struct hae_stored *stored;
    struct stat status;

    assert_int_equal(fstat(file, &status), 0);
    region = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    assert_true(region != MAP_FAILED);
    stored = hae_region_at(region, region->stored_offset);
    assert_true(stored->journals[HAETAE_SIGNAL_LOGS].tail >
                stored->journals[HAETAE_SIGNAL_LOGS].head);
    entry = hae_region_at(region, stored->journals[HAETAE_SIGNAL_LOGS].offset);
    entry->position = UINT64_C(1) << 40;
    munmap(region, (size_t)status.st_size);
    close(file);
}

static void a_journal_that_leads_astray_hides_nothing(void **state)
{
    (void)run(*state, record_before_and_after_a_drain);
    find_file(*state);
    mislead_journal();
    assert_int_equal(recover_logs(*state), 25);
    if (strstr(sdk_diagnostics, "is corrupt: a journal points outside of lane") == NULL) {
        fail_msg("%s", sdk_diagnostics);
    }
    strcat(only_file, ".corrupt");
    assert_int_equal(unlink(only_file), 0);
}

static void an_id_of_the_wrong_length_makes_a_message_wrong(void **state)
{
    uint8_t message[32] = {0};

    (void)state;
    for (uint8_t size = 0; size <= 17; size++) {
        /* Field 1 of a span and of a link, 9 of a log record. */
        const size_t end = size + (size_t)2;

        message[1] = size;
        message[0] = 1 << 3 | 2;
        assert_int_equal(hae_check(HAE_CHECK_SPAN, message, end), size == 0 || size == 16);
        assert_int_equal(hae_check(HAE_CHECK_LINK, message, end), size == 0 || size == 16);
        message[0] = 9 << 3 | 2;
        assert_int_equal(hae_check(HAE_CHECK_LOG_RECORD, message, end), size == 0 || size == 16);
        /* 2 and 4, 2, 10. */
        message[0] = 2 << 3 | 2;
        assert_int_equal(hae_check(HAE_CHECK_SPAN, message, end), size == 0 || size == 8);
        assert_int_equal(hae_check(HAE_CHECK_LINK, message, end), size == 0 || size == 8);
        message[0] = 4 << 3 | 2;
        assert_int_equal(hae_check(HAE_CHECK_SPAN, message, end), size == 0 || size == 8);
        message[0] = 10 << 3 | 2;
        assert_int_equal(hae_check(HAE_CHECK_LOG_RECORD, message, end), size == 0 || size == 8);
    }
}

static void a_file_with_a_wrong_header_is_put_aside(void **state)
{
    const uint32_t lanes = 77;

    (void)run(*state, record_some);
    find_file(*state);
    change((off_t)offsetof(struct hae_region, lane_count), &lanes, sizeof lanes);
    assert_int_equal(recover_logs(*state), 0);
    assert_non_null(strstr(sdk_diagnostics, "its header is invalid"));
    strcat(only_file, ".corrupt");
    assert_int_equal(unlink(only_file), 0);
}

static void a_file_of_another_version_is_left_alone(void **state)
{
    const uint32_t version = HAE_REGION_VERSION + 1;

    (void)run(*state, record_some);
    find_file(*state);
    change((off_t)offsetof(struct hae_region, version), &version, sizeof version);
    assert_int_equal(recover_logs(*state), 0);
    assert_non_null(strstr(sdk_diagnostics, "another version"));
    assert_int_equal(unlink(only_file), 0);
}

/* The same version, but something lies elsewhere in it. */
static void a_file_of_another_layout_is_left_alone(void **state)
{
    const uint64_t mark = hae_recovery_mark() + 1;

    (void)run(*state, record_some);
    find_file(*state);
    change((off_t)offsetof(struct hae_region, layout_mark), &mark, sizeof mark);
    assert_int_equal(recover_logs(*state), 0);
    assert_non_null(strstr(sdk_diagnostics, "another version"));
    assert_int_equal(unlink(only_file), 0);
}

static void a_file_of_another_user_is_left_alone(void **state)
{
    if (geteuid() != 0) {
        skip();
    }
    (void)run(*state, record_some);
    find_file(*state);
    assert_int_equal(chown(only_file, 12345, 12345), 0);
    assert_int_equal(recover_logs(*state), 0);
    assert_non_null(strstr(sdk_diagnostics, "is not a file of this user"));
    assert_int_equal(unlink(only_file), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_last_word_of_a_crash_handler_is_recovered),
        TEST(a_process_that_dies_of_want_of_memory_leaves_what_it_recorded),
        TEST(an_open_span_without_the_sampled_flag_is_not_recovered),
        TEST(of_a_corrupt_file_what_is_intact_is_recovered),
        TEST(a_schema_url_that_is_no_utf8_is_left_out),
        TEST(a_journal_that_leads_astray_hides_nothing),
        TEST(an_id_of_the_wrong_length_makes_a_message_wrong),
        TEST(a_file_with_a_wrong_header_is_put_aside),
        TEST(a_file_of_another_version_is_left_alone),
        TEST(a_file_of_another_layout_is_left_alone),
        TEST(a_file_of_another_user_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
