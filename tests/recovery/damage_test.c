/* SPDX-License-Identifier: Apache-2.0 */
/* Files of dead processes in which something is wrong: what is intact is exported, and what is
 * not is counted. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/region_file.h"
#include "recovery/witness.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

enum { SPANS = 40, LOGS = 50, OPEN = 20 };

/* A dead process's file, mapped. */
struct left {
    char path[320];
    uint64_t size_bytes;
    struct hae_region *region;
    struct hae_stored *stored;
};

/* A process that dies with ended spans and log records, in the rings or in the journal, and with
 * spans that had not ended. */
static void leave_behind(struct left *left, const char *directory, bool drains)
{
    const struct sdk_setting settings[] = {
        {"HAETAE_RECORDER_DIR", directory}, {"HAETAE_WORKER", "manual"},
        {"HAETAE_RECORDER_BYTES", "1m"},    {"HAETAE_LANE_COUNT", "4"},
        {"HAETAE_QUEUE_BYTES", "1m"},       {NULL, NULL}};
    struct fake_exporter fake;
    pid_t pid;
    int file;

    fake_init(&fake, "fake", fake_hold);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        haetae_sdk *sdk = sdk_start(settings, SDK_FAKES(&fake));

        sdk_spans(sdk, SPANS);
        sdk_logs(sdk, LOGS);
        if (drains) {
            (void)haetae_sdk_step(sdk, 0);
        }
        for (unsigned i = 0; i < OPEN; i++) {
            (void)haetae_span_start(haetae_tracer_named(sdk, "open"), "open", 4,
                                    HAETAE_SPAN_KIND_INTERNAL);
        }
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    fake_done(&fake);

    char command[160];
    struct stat status;
    FILE *list;

    snprintf(command, sizeof command, "ls %s/*.haetae", directory);
    list = popen(command, "r");
    assert_non_null(list);
    assert_non_null(fgets(left->path, sizeof left->path, list));
    left->path[strcspn(left->path, "\n")] = '\0';
    pclose(list);
    file = open(left->path, O_RDWR | O_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(fstat(file, &status), 0);
    left->size_bytes = (uint64_t)status.st_size;
    left->region =
        mmap(NULL, (size_t)left->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    assert_true(left->region != MAP_FAILED);
    left->stored = hae_region_at(left->region, left->region->stored_offset);
    close(file);
}

/* What is recovered of a file in which something may be wrong. */
static haetae_recovery recover(struct left *left, const char *directory)
{
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    struct fake_exporter fake;
    haetae_config *config;

    munmap(left->region, (size_t)left->size_bytes);
    sdk_diagnostics[0] = '\0';
    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(NULL, SDK_FAKES(&fake));
    assert_int_equal(haetae_config_set_diagnostics(config, sdk_diagnose, NULL), HAETAE_OK);
    assert_int_equal(haetae_recover(config, directory, 60000, &recovery), HAETAE_OK);
    haetae_config_free(config);
    fake_done(&fake);
    return recovery;
}

/* The file is damaged, and put aside; it is removed here. */
static haetae_recovery recover_damaged(struct left *left, const char *directory)
{
    haetae_recovery recovery = recover(left, directory);

    if (recovery.files_corrupt != 1) {
        fail_msg("not seen as damaged: %s", sdk_diagnostics);
    }
    strcat(left->path, HAE_REGION_CORRUPT_SUFFIX);
    assert_int_equal(unlink(left->path), 0);
    return recovery;
}

/* ---- One frame -------------------------------------------------------------------------- */

/* The place of the n-th frame in the only ring that was used. */
static uint8_t *frame_of_ring(struct left *left, unsigned n)
{
    struct hae_lane *lane = hae_region_at(left->region, left->region->lanes_offset);
    uint8_t *at = lane->ring;

    for (unsigned i = 0; i < n; i++) {
        struct hae_record_header header;

        memcpy(&header, at, sizeof header);
        at += sizeof header + ((header.size_bytes + 7) & ~UINT32_C(7));
    }
    return at;
}

/* All heads of frames that make no sense, or a wrong one, and bodies as well. */
static void a_damaged_frame_of_a_ring_costs_no_other(void **state)
{
    static const uint8_t heads[][8] = {
        {0, 0, 0, 0, 0, 0, 0, 0},             /* zeroes                             */
        {0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0}, /* too large                          */
        {8, 0, 0, 0, 1, 0, 0, 0},             /* too short: the next lies inside it */
        {0, 2, 0, 0, 1, 0, 0, 0},             /* too long: it hides others          */
        {40, 0, 0, 0, 1, 0, 7, 0},            /* of no signal                       */
        {40, 0, 0, 0, 1, 0, 0, 9},            /* a byte that is always 0            */
        {0xF0, 0xFF, 0, 0, 1, 0, 0xFF, 0},    /* a filler beyond the tail           */
    };

    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct left left;
        haetae_recovery recovery;

        leave_behind(&left, *state, false);
        memcpy(frame_of_ring(&left, 5), heads[i], sizeof heads[i]);
        recovery = recover_damaged(&left, *state);
        assert_int_equal(recovery.delivered_spans, SPANS - 1 + OPEN);
        assert_int_equal(recovery.delivered_log_records, LOGS);
        assert_int_equal(recovery.damaged_places, 1);
    }
}

static void a_damaged_body_in_a_ring_costs_no_other(void **state)
{
    struct left left;
    haetae_recovery recovery;

    leave_behind(&left, *state, false);
    memset(frame_of_ring(&left, 7) + sizeof(struct hae_record_header), 0xFF, 4);
    memset(frame_of_ring(&left, SPANS + 3) + sizeof(struct hae_record_header), 0xFF, 4);
    recovery = recover_damaged(&left, *state);
    assert_int_equal(recovery.delivered_spans, SPANS - 1 + OPEN);
    assert_int_equal(recovery.delivered_log_records, LOGS - 1);
    assert_int_equal(recovery.damaged_places, 2);
    assert_non_null(strstr(sdk_diagnostics, "in 2 places cannot be read"));
}

static void a_damaged_entry_of_a_journal_costs_no_other(void **state)
{
    for (unsigned byte = 0; byte < sizeof(struct hae_journal_entry); byte += 2) {
        struct left left;
        haetae_recovery recovery;
        uint8_t *at;

        /* Scope, place and source don't say whether an entry is whole. */
        if (byte == offsetof(struct hae_journal_entry, scope) ||
            (byte >= offsetof(struct hae_journal_entry, position) &&
             byte < offsetof(struct hae_journal_entry, reserved))) {
            continue;
        }
        leave_behind(&left, *state, true);
        at = hae_region_at(left.region, left.stored->journals[HAETAE_SIGNAL_LOGS].offset);
        for (unsigned i = 0; i < 5; i++) {
            struct hae_journal_entry entry;

            memcpy(&entry, at, sizeof entry);
            at += sizeof entry + ((entry.size_bytes + 7) & ~UINT32_C(7));
        }
        at[byte] ^= 0xA5;
        recovery = recover_damaged(&left, *state);
        assert_int_equal(recovery.delivered_spans, SPANS + OPEN);
        assert_int_equal(recovery.delivered_log_records, LOGS - 1);
        assert_int_equal(recovery.damaged_places, 1);
    }
}

/* ---- Pages ------------------------------------------------------------------------------ */

/* Every page in turn is lost, but those in which nothing stands: if anything is missing then, it
 * is reported, and the file is not removed. Nothing comes twice. */
static void a_page_of_zeroes_is_never_silent(void **state)
{
    enum { PAGE = 4096 };
    static const uint8_t zeroes[PAGE];
    unsigned reported = 0;
    uint64_t pages = 1;

    for (uint64_t page = 0; page < pages; page++) {
        struct left left;
        haetae_recovery recovery;
        uint8_t *at;

        leave_behind(&left, *state, page % 2 == 0);
        pages = left.region->heap_offset / PAGE; /* cells of metrics may well be zero */
        at = hae_region_at(left.region, page * PAGE);
        if (memcmp(at, zeroes, PAGE) == 0) {
            munmap(left.region, (size_t)left.size_bytes);
            assert_int_equal(unlink(left.path), 0);
            continue;
        }
        memset(at, 0, PAGE);
        recovery = recover(&left, *state);
        assert_true(recovery.delivered_spans <= SPANS + OPEN);
        assert_true(recovery.delivered_log_records <= LOGS);
        if (recovery.files_corrupt != 0) {
            strcat(left.path, HAE_REGION_CORRUPT_SUFFIX);
            assert_int_equal(unlink(left.path), 0);
            reported++;
        } else {
            /* One slot may be a thread's that was just taking it. */
            assert_in_range(recovery.delivered_spans, SPANS + OPEN - 1, SPANS + OPEN);
            assert_int_equal(recovery.delivered_log_records, LOGS);
        }
    }
    assert_true(reported > 4);
}

/* ---- Cut and grown ------------------------------------------------------------------------- */

static void a_file_that_grew_or_shrank_by_a_byte_is_read(void **state)
{
    for (int change = -1; change <= 1; change += 2) {
        struct left left;
        haetae_recovery recovery;

        leave_behind(&left, *state, change > 0);
        assert_int_equal(truncate(left.path, (off_t)left.size_bytes + change), 0);
        recovery = recover_damaged(&left, *state);
        assert_int_equal(recovery.delivered_spans, SPANS + OPEN);
        assert_int_equal(recovery.delivered_log_records, LOGS);
        assert_non_null(strstr(sdk_diagnostics, "bytes and was made with "));
    }
}

/* All that lies before the end is there. */
static void a_file_is_read_as_far_as_it_goes(void **state)
{
    struct left left;
    haetae_recovery recovery;
    uint64_t end;

    /* Behind the slots: nothing but scopes is lost. */
    leave_behind(&left, *state, false);
    end = left.region->heap_offset;
    assert_int_equal(truncate(left.path, (off_t)end), 0);
    recovery = recover_damaged(&left, *state);
    assert_int_equal(recovery.delivered_spans, SPANS + OPEN);
    assert_int_equal(recovery.delivered_log_records, LOGS);

    /* In the ring. */
    leave_behind(&left, *state, false);
    end = (uint64_t)(frame_of_ring(&left, SPANS + 2) - (uint8_t *)left.region) + 3;
    assert_int_equal(truncate(left.path, (off_t)end), 0);
    recovery = recover_damaged(&left, *state);
    assert_int_equal(recovery.delivered_spans, SPANS);
    assert_int_equal(recovery.delivered_log_records, 2);

    /* In the header. */
    leave_behind(&left, *state, false);
    assert_int_equal(truncate(left.path, 1000), 0);
    recovery = recover_damaged(&left, *state);
    assert_int_equal(recovery.delivered_spans, 0);
}

static void a_wrong_magic_costs_nothing(void **state)
{
    struct left left;
    haetae_recovery recovery;

    leave_behind(&left, *state, false);
    left.region->magic[3] ^= 0x10;
    recovery = recover_damaged(&left, *state);
    assert_int_equal(recovery.delivered_spans, SPANS + OPEN);
    assert_int_equal(recovery.delivered_log_records, LOGS);
}

/* A page that holds the end of the file's own description. */
static void a_description_that_is_lost_costs_the_journals_only(void **state)
{
    struct left left;
    haetae_recovery recovery;

    leave_behind(&left, *state, true);
    memset(left.stored, 0, sizeof *left.stored);
    recovery = recover_damaged(&left, *state);
    assert_int_equal(recovery.delivered_spans, OPEN);
    assert_int_equal(recovery.delivered_log_records, 0);
    assert_non_null(strstr(sdk_diagnostics, "what lies behind the region is missing"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_damaged_frame_of_a_ring_costs_no_other),
        TEST(a_damaged_body_in_a_ring_costs_no_other),
        TEST(a_damaged_entry_of_a_journal_costs_no_other),
        TEST(a_page_of_zeroes_is_never_silent),
        TEST(a_file_that_grew_or_shrank_by_a_byte_is_read),
        TEST(a_file_is_read_as_far_as_it_goes),
        TEST(a_wrong_magic_costs_nothing),
        TEST(a_description_that_is_lost_costs_the_journals_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
