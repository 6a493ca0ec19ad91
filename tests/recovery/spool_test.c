/* SPDX-License-Identifier: Apache-2.0 */
/* Spools that processes have left are listed, and exported, by whoever has no SDK: each request
 * once, and nothing is lost that nobody took. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "haetae/recover.h"
#include "spool/segment.h"
#include "support/sdk_fixture.h"
#include "support/temporary.h"

enum { LOG_RECORDS = 3, SPANS = 2, LONG_MS = 60000 };

static char directory[TEMPORARY_PATH_MAX];

/* ---- The directory ------------------------------------------------------------------------ */

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

/* The path of some segment of a spool. */
static void find_segment(const char *spool, char path[512])
{
    char inner[TEMPORARY_PATH_MAX + 64];
    const struct dirent *entry;
    DIR *stream;

    snprintf(inner, sizeof inner, "%s/%s", directory, spool);
    stream = opendir(inner);
    assert_non_null(stream);
    while ((entry = readdir(stream)) != NULL && strstr(entry->d_name, ".spool") == NULL) {
    }
    assert_non_null(entry);
    snprintf(path, 512, "%s/%s", inner, entry->d_name);
    closedir(stream);
}

/* ---- Processes ---------------------------------------------------------------------------- */

static haetae_sdk *start_away(struct fake_exporter *fake)
{
    fake_init(fake, "otlp", fake_fail);
    return sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_SPOOL_DIR", directory}),
                     SDK_FAKES(fake));
}

/* Spools log records and spans, each flush as a request. */
static void spool_some(haetae_sdk *sdk, unsigned requests)
{
    for (unsigned i = 0; i < requests; i++) {
        sdk_logs(sdk, LOG_RECORDS);
        sdk_spans(sdk, SPANS);
        assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_OK);
    }
}

/* A process whose receiver is away spools so many requests of each signal, and ends. */
static void leave(unsigned requests)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start_away(&fake);

    spool_some(sdk, requests);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

static haetae_config *config_with(struct fake_exporter *fake, fake_behaviour behave)
{
    fake_init(fake, "receiver", behave);
    return sdk_config(SDK_SETTINGS({"HAETAE_RETRY_INITIAL_MS", "10"}), SDK_FAKES(fake));
}

/* Exports what is in the spools. */
static haetae_recovery recover(fake_behaviour behave, uint32_t timeout_ms, haetae_status expected)
{
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    struct fake_exporter fake;
    haetae_config *config = config_with(&fake, behave);

    assert_int_equal(haetae_recover_spool(config, directory, timeout_ms, &recovery), expected);
    haetae_config_free(config);
    assert_int_equal(fake.taken_count[HAETAE_SIGNAL_LOGS], recovery.delivered_log_records);
    assert_int_equal(fake.taken_count[HAETAE_SIGNAL_TRACES], recovery.delivered_spans);
    fake_done(&fake);
    return recovery;
}

/* A value of the spool of a signal; 0: there is none. */
static uint64_t listed(haetae_signal signal, haetae_spool_stat stat)
{
    haetae_spool_list *list = NULL;
    uint64_t value = 0;

    assert_int_equal(haetae_spool_list_new(NULL, directory, &list), HAETAE_OK);
    for (size_t i = 0; i < haetae_spool_list_count(list); i++) {
        assert_string_equal(haetae_spool_list_exporter(list, i), "otlp");
        if (haetae_spool_list_signal(list, i) == signal) {
            value = haetae_spool_list_value(list, i, stat);
        }
    }
    haetae_spool_list_free(list);
    return value;
}

static uint64_t requests_left(void)
{
    return listed(HAETAE_SIGNAL_LOGS, HAETAE_SPOOLED_REQUESTS) +
           listed(HAETAE_SIGNAL_TRACES, HAETAE_SPOOLED_REQUESTS);
}

/* ---- Tests -------------------------------------------------------------------------------- */

static void what_is_spooled_is_listed_and_sent_once(void **state)
{
    uint64_t now_ms = hae_time_ns(CLOCK_REALTIME) / 1000000;
    haetae_recovery recovery;

    (void)state;
    leave(2);
    assert_int_equal(listed(HAETAE_SIGNAL_LOGS, HAETAE_SPOOLED_SEGMENTS), 1);
    assert_int_equal(listed(HAETAE_SIGNAL_LOGS, HAETAE_SPOOLED_REQUESTS), 2);
    assert_int_equal(listed(HAETAE_SIGNAL_LOGS, HAETAE_SPOOLED_ITEMS), 2 * LOG_RECORDS);
    assert_int_equal(listed(HAETAE_SIGNAL_TRACES, HAETAE_SPOOLED_ITEMS), 2 * SPANS);
    assert_true(listed(HAETAE_SIGNAL_LOGS, HAETAE_SPOOLED_BYTES) > 64 + 2 * 48);
    assert_true(listed(HAETAE_SIGNAL_LOGS, HAETAE_SPOOLED_OLDEST_MS) >= now_ms);
    assert_true(listed(HAETAE_SIGNAL_LOGS, HAETAE_SPOOLED_NEWEST_MS) >=
                listed(HAETAE_SIGNAL_LOGS, HAETAE_SPOOLED_OLDEST_MS));
    for (int stat = HAETAE_SPOOLED_IN_USE_SEGMENTS; stat < HAETAE_SPOOLED_COUNT; stat++) {
        assert_int_equal(listed(HAETAE_SIGNAL_LOGS, (haetae_spool_stat)stat), 0);
    }
    recovery = recover(fake_accept, LONG_MS, HAETAE_OK);
    assert_int_equal(recovery.delivered_log_records, 2 * LOG_RECORDS);
    assert_int_equal(recovery.delivered_spans, 2 * SPANS);
    assert_int_equal(recovery.files_recovered, 2);
    assert_int_equal(recovery.files_left, 0);
    assert_int_equal(recovery.dropped_log_records, 0);
    assert_int_equal(listed(HAETAE_SIGNAL_LOGS, HAETAE_SPOOLED_SEGMENTS), 0);
    recovery = recover(fake_accept, LONG_MS, HAETAE_OK);
    assert_int_equal(recovery.delivered_log_records, 0);
    assert_int_equal(recovery.files_recovered, 0);
}

static void what_nobody_takes_stays(void **state)
{
    haetae_recovery recovery;

    (void)state;
    leave(1);
    recovery = recover(fake_refuse, LONG_MS, HAETAE_OK);
    assert_int_equal(recovery.files_refused, 2);
    assert_int_equal(recovery.files_left, 2);
    assert_int_equal(recovery.dropped_log_records + recovery.dropped_spans, 0);
    recovery = recover(fake_fail, 300, HAETAE_ETIMEOUT);
    assert_int_equal(recovery.files_refused, 0);
    assert_int_equal(recovery.files_left, 2);
    recovery = recover(fake_accept, 0, HAETAE_ETIMEOUT);
    assert_int_equal(recovery.files_left, 2);
    recovery = recover(fake_accept, LONG_MS, HAETAE_OK);
    assert_int_equal(recovery.delivered_log_records, LOG_RECORDS);
    assert_int_equal(recovery.delivered_spans, SPANS);
}

/* What is invalid is so for every receiver. */
static void call_invalid(struct fake_exporter *fake, haetae_delivery *delivery)
{
    fake_answer(fake, delivery, HAETAE_VERDICT_INVALID);
}

static void what_is_invalid_is_dropped(void **state)
{
    haetae_recovery recovery;

    (void)state;
    leave(1);
    recovery = recover(call_invalid, LONG_MS, HAETAE_OK);
    assert_int_equal(recovery.dropped_log_records, LOG_RECORDS);
    assert_int_equal(recovery.dropped_spans, SPANS);
    assert_int_equal(recovery.files_left, 0);
    assert_int_equal(requests_left(), 0);
}

static void take_one(struct fake_exporter *fake, haetae_delivery *delivery)
{
    (fake->complete_count == 0 ? fake_accept : fake_fail)(fake, delivery);
}

static void what_was_taken_is_noted(void **state)
{
    uint64_t delivered = 0;

    (void)state;
    leave(3);
    /* One request each time: whoever comes next goes on behind it. */
    for (uint64_t left = 6; left > 0; left--) {
        haetae_recovery recovery;

        assert_int_equal(requests_left(), left);
        recovery = recover(take_one, 200, left > 1 ? HAETAE_ETIMEOUT : HAETAE_OK);
        delivered += recovery.delivered_log_records + recovery.delivered_spans;
    }
    assert_int_equal(requests_left(), 0);
    assert_int_equal(delivered, 3 * (LOG_RECORDS + SPANS));
}

static void too_large_for_more_than_one(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (haetae_delivery_item_count(delivery) > 1) {
        fake_answer(fake, delivery, HAETAE_VERDICT_TOO_LARGE);
    } else {
        fake_accept(fake, delivery);
    }
}

static void what_is_too_large_comes_in_parts(void **state)
{
    haetae_recovery recovery;

    (void)state;
    leave(1);
    recovery = recover(too_large_for_more_than_one, LONG_MS, HAETAE_OK);
    assert_int_equal(recovery.delivered_log_records, LOG_RECORDS);
    assert_int_equal(recovery.delivered_spans, SPANS);
    assert_int_equal(recovery.files_left, 0);
}

static void a_process_that_lives_keeps_its_own(void **state)
{
    struct fake_exporter fake;
    haetae_recovery recovery;
    haetae_sdk *sdk;

    (void)state;
    sdk = start_away(&fake);
    spool_some(sdk, 1);
    assert_int_equal(listed(HAETAE_SIGNAL_LOGS, HAETAE_SPOOLED_IN_USE_SEGMENTS), 1);
    recovery = recover(fake_accept, LONG_MS, HAETAE_OK);
    assert_int_equal(recovery.files_in_use, 2);
    assert_int_equal(recovery.files_left, 0);
    assert_int_equal(recovery.delivered_log_records, 0);
    assert_int_equal(requests_left(), 2);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    recovery = recover(fake_accept, LONG_MS, HAETAE_OK);
    assert_int_equal(recovery.delivered_log_records, LOG_RECORDS);
}

static void change_byte(const char *path, off_t at)
{
    int file = open(path, O_RDWR | O_CLOEXEC);
    uint8_t byte;

    assert_true(file >= 0);
    assert_int_equal(pread(file, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(file, &byte, 1, at), 1);
    close(file);
}

static void what_is_damaged_is_left_out_and_counted(void **state)
{
    enum { AT_FIRST_BODY = 64 + 48 + 5, AT_FIRST_HEADER = 64 + 2 };
    haetae_recovery recovery;
    char path[512];

    (void)state;
    leave(2);
    /* The body of a request: that one is lost. */
    find_segment("otlp.logs", path);
    change_byte(path, AT_FIRST_BODY);
    assert_int_equal(listed(HAETAE_SIGNAL_LOGS, HAETAE_SPOOLED_DAMAGED_SEGMENTS), 0);
    /* The header of one: nobody knows how many items it had. */
    find_segment("otlp.traces", path);
    change_byte(path, AT_FIRST_HEADER);
    assert_int_equal(listed(HAETAE_SIGNAL_TRACES, HAETAE_SPOOLED_DAMAGED_SEGMENTS), 1);
    recovery = recover(fake_accept, LONG_MS, HAETAE_OK);
    assert_int_equal(recovery.delivered_log_records, LOG_RECORDS);
    assert_int_equal(recovery.dropped_log_records, LOG_RECORDS);
    assert_int_equal(recovery.delivered_spans, SPANS);
    assert_int_equal(recovery.files_corrupt, 2);
    assert_int_equal(recovery.files_left, 0);
}

static void a_segment_of_another_version_is_left_alone(void **state)
{
    enum { AT_VERSION = 8, HEADER_BYTES = 64, SUM_AT = 32 };
    uint8_t header[HEADER_BYTES];
    haetae_recovery recovery;
    char path[512];
    uint64_t sum;
    int file;

    (void)state;
    leave(1);
    find_segment("otlp.logs", path);
    file = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(file, header, sizeof header, 0), sizeof header);
    header[AT_VERSION]++;
    sum = hae_le64(hae_segment_sum(header, SUM_AT, 0));
    memcpy(header + SUM_AT, &sum, sizeof sum);
    assert_int_equal(pwrite(file, header, sizeof header, 0), sizeof header);
    close(file);
    assert_int_equal(listed(HAETAE_SIGNAL_LOGS, HAETAE_SPOOLED_OTHER_SEGMENTS), 1);
    recovery = recover(fake_accept, LONG_MS, HAETAE_OK);
    assert_int_equal(recovery.delivered_log_records, 0);
    assert_int_equal(recovery.delivered_spans, SPANS);
    assert_int_equal(recovery.files_not_ours, 1);
    assert_int_equal(access(path, F_OK), 0);
}

static void a_signal_that_no_exporter_takes_stays(void **state)
{
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    struct fake_exporter fake;
    haetae_config *config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(NULL));

    (void)state;
    leave(1);
    fake_init(&fake, "receiver", fake_accept);
    fake.ops.signals = 1U << HAETAE_SIGNAL_LOGS;
    fake_make(&fake);
    assert_int_equal(haetae_config_add_exporter(config, fake.exporter), HAETAE_OK);
    assert_int_equal(haetae_recover_spool(config, directory, LONG_MS, &recovery), HAETAE_OK);
    haetae_config_free(config);
    assert_int_equal(recovery.delivered_log_records, LOG_RECORDS);
    assert_int_equal(recovery.files_left, 1);
    assert_int_equal(listed(HAETAE_SIGNAL_TRACES, HAETAE_SPOOLED_ITEMS), SPANS);
    fake_done(&fake);
}

/* ---- Directories that cannot be used ------------------------------------------------------ */

static void refused(const char *path, const char *why)
{
    struct fake_exporter fake;
    haetae_config *config = config_with(&fake, fake_accept);
    haetae_spool_list *list = NULL;

    assert_int_equal(haetae_recover_spool(config, path, LONG_MS, NULL), HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(config), why));
    assert_int_equal(haetae_spool_list_new(config, path, &list), HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(config), why));
    assert_int_equal(haetae_spool_list_new(NULL, path, &list), HAETAE_EVALUE);
    assert_null(list);
    haetae_config_free(config);
    fake_done(&fake);
}

static void a_directory_that_cannot_be_used_is_named(void **state)
{
    char path[TEMPORARY_PATH_MAX + 16];

    (void)state;
    snprintf(path, sizeof path, "%s/none", directory);
    refused(path, "cannot be opened as a directory");
    assert_int_equal(symlink(directory, path), 0);
    refused(path, "is not a directory");
    assert_int_equal(unlink(path), 0);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    refused(path, "is not a directory");
}

static void a_spool_that_cannot_be_opened_is_left(void **state)
{
    char inner[TEMPORARY_PATH_MAX + 32];
    char away[TEMPORARY_PATH_MAX + 32];
    haetae_recovery recovery;

    (void)state;
    leave(1);
    snprintf(inner, sizeof inner, "%s/otlp.logs", directory);
    snprintf(away, sizeof away, "%s/elsewhere", directory);
    assert_int_equal(rename(inner, away), 0);
    assert_int_equal(symlink("elsewhere", inner), 0);
    assert_int_equal(listed(HAETAE_SIGNAL_LOGS, HAETAE_SPOOLED_UNREADABLE_SEGMENTS), 1);
    recovery = recover(fake_accept, LONG_MS, HAETAE_OK);
    assert_int_equal(recovery.files_left, 1);
    assert_int_equal(recovery.delivered_log_records, 0);
    assert_int_equal(recovery.delivered_spans, SPANS);
    assert_int_equal(unlink(inner), 0);
    assert_int_equal(rename(away, inner), 0);
    assert_int_equal(recover(fake_accept, LONG_MS, HAETAE_OK).delivered_log_records, LOG_RECORDS);
}

/* Not what a spool's name could be. */
static void other_directories_are_left_alone(void **state)
{
    static const char *const names[] = {"otlp.profiles", "logs",      "ot lp.logs",
                                        "ot%lp.logs",    "ot%2.logs", "%41.logs"};
    haetae_spool_list *list = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[TEMPORARY_PATH_MAX + 32];

        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    assert_int_equal(haetae_spool_list_new(NULL, directory, &list), HAETAE_OK);
    assert_int_equal(haetae_spool_list_count(list), 0);
    haetae_spool_list_free(list);
}

/* ---- Memory ------------------------------------------------------------------------------- */

static void without_memory_nothing_is_lost(void **state)
{
    uint64_t delivered = 0;
    long refused_before;
    long live;
    long i = 0;

    (void)state;
    leave(2);
    live = hae_alloc_live_count();
    do {
        haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
        struct fake_exporter fake;
        haetae_config *config = config_with(&fake, fake_accept);
        haetae_status status;

        refused_before = hae_alloc_refused_count();
        hae_alloc_fail_once_after(i++);
        status = haetae_recover_spool(config, directory, LONG_MS, &recovery);
        hae_alloc_fail_after(-1);
        assert_true(status == HAETAE_OK || status == HAETAE_ENOMEM || status == HAETAE_EIO);
        delivered += fake.taken_count[HAETAE_SIGNAL_LOGS] + fake.taken_count[HAETAE_SIGNAL_TRACES];
        haetae_config_free(config);
        fake_done(&fake);
        assert_int_equal(hae_alloc_live_count(), live);
    } while (hae_alloc_refused_count() != refused_before);
    assert_int_equal(requests_left(), 0);
    assert_int_equal(delivered, 2 * (LOG_RECORDS + SPANS));
}

static void a_list_without_memory_is_an_error(void **state)
{
    haetae_spool_list *list = NULL;
    haetae_status status;
    long live;
    long i = 0;

    (void)state;
    leave(1);
    live = hae_alloc_live_count();
    do {
        hae_alloc_fail_once_after(i++);
        status = haetae_spool_list_new(NULL, directory, &list);
        hae_alloc_fail_after(-1);
        assert_true(status == HAETAE_OK || (list == NULL && hae_alloc_live_count() == live));
    } while (status != HAETAE_OK);
    assert_true(i > 2);
    haetae_spool_list_free(list);
    assert_int_equal(hae_alloc_live_count(), live);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_spooled_is_listed_and_sent_once),
        TEST(what_nobody_takes_stays),
        TEST(what_is_invalid_is_dropped),
        TEST(what_was_taken_is_noted),
        TEST(what_is_too_large_comes_in_parts),
        TEST(a_process_that_lives_keeps_its_own),
        TEST(what_is_damaged_is_left_out_and_counted),
        TEST(a_segment_of_another_version_is_left_alone),
        TEST(a_signal_that_no_exporter_takes_stays),
        TEST(a_directory_that_cannot_be_used_is_named),
        TEST(a_spool_that_cannot_be_opened_is_left),
        TEST(other_directories_are_left_alone),
        TEST(without_memory_nothing_is_lost),
        TEST(a_list_without_memory_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
