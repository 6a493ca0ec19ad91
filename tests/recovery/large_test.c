/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are large, or claim to be: they cost little, and nothing else waits for them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "metrics/message.h"
#include "pipeline/pipeline.h"
#include "recorder/journal.h"
#include "recorder/region_file.h"
#include "recovery/dead_look.h"
#include "recovery/dead_metrics.h"
#include "recovery/dead_read.h"
#include "recovery/mark.h"
#include "recovery/witness.h"
#include "sdk/options.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

/* ---- A file that is made here ---------------------------------------------------------------- */

struct made {
    char path[128];
    char corrupt_path[160]; /* what it is called when something was wrong with it */
    int file;
    uint64_t size_bytes;
    struct hae_region *region;
    struct hae_stored *stored;
};

/* Where the parts of a file lie that has this region and these journals, all of them holes. */
static void make_holes(struct made *made, const char *directory, uint64_t region_size_bytes,
                       uint64_t journal_size_bytes)
{
    struct hae_region_plan plan;
    uint64_t at = hae_stored_offset(region_size_bytes);

    assert_int_equal(hae_region_plan(region_size_bytes, 0, &plan), HAETAE_OK);
    made->size_bytes = at + HAE_FILE_PART_ALIGNMENT + 2 * journal_size_bytes;
    snprintf(made->path, sizeof made->path, "%s/1-1.haetae", directory);
    snprintf(made->corrupt_path, sizeof made->corrupt_path, "%s.corrupt", made->path);
    made->file = open(made->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(made->file >= 0);
    assert_int_equal(ftruncate(made->file, (off_t)made->size_bytes), 0);
    made->region =
        mmap(NULL, (size_t)made->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, made->file, 0);
    assert_true(made->region != MAP_FAILED);
    hae_region_lay_out(made->region, &plan);
    made->region->stored_offset = at;
    made->stored = hae_region_at(made->region, at);
    made->stored->file_size_bytes = made->size_bytes;
    made->region->layout_mark = hae_recovery_mark();
    for (int i = 0; i < 2; i++) {
        struct hae_stored_journal *journal =
            &made->stored->journals[i == 0 ? HAETAE_SIGNAL_TRACES : HAETAE_SIGNAL_LOGS];

        journal->offset = at + HAE_FILE_PART_ALIGNMENT + (uint64_t)i * journal_size_bytes;
        journal->size_bytes = journal_size_bytes;
    }
    hae_region_set_ready(made->region);
}

static void close_made(struct made *made)
{
    munmap(made->region, (size_t)made->size_bytes);
    close(made->file);
}

#if SIZE_MAX > UINT32_MAX /* what follows has to map files larger than 4 GiB */
/* All of the file that the kernel holds in memory. */
static uint64_t resident_bytes(const struct made *made)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t count = (size_t)made->size_bytes / page;
    unsigned char *resident = malloc(count);
    uint64_t bytes = 0;

    assert_non_null(resident);
    assert_int_equal(mincore(made->region, count * page, resident), 0);
    for (size_t i = 0; i < count; i++) {
        bytes += resident[i] & 1 ? page : 0;
    }
    free(resident);
    return bytes;
}

static haetae_recovery recover(const char *directory)
{
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    struct fake_exporter fake;
    haetae_config *config;

    sdk_diagnostics[0] = '\0';
    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(NULL, SDK_FAKES(&fake));
    assert_int_equal(haetae_config_set_diagnostics(config, sdk_diagnose, NULL), HAETAE_OK);
    assert_int_equal(haetae_recover(config, directory, 60000, &recovery), HAETAE_OK);
    haetae_config_free(config);
    fake_done(&fake);
    return recovery;
}

/* ---- Holes ------------------------------------------------------------------------------ */

static void a_file_larger_than_any_configuration_makes_is_put_aside(void **state)
{
    uint64_t before;
    struct made made;
    haetae_recovery recovery;

    make_holes(&made, *state, UINT64_C(1) << 20, UINT64_C(5) << 30);
    made.stored->journals[HAETAE_SIGNAL_LOGS].tail = UINT64_C(5) << 30;
    before = resident_bytes(&made);
    recovery = recover(*state);
    assert_int_equal(recovery.files_corrupt, 1);
    assert_int_equal(recovery.files_left, 0);
    assert_non_null(strstr(sdk_diagnostics, "it is larger than any configuration makes it"));
    assert_non_null(strstr(sdk_diagnostics, "1-1.haetae.corrupt"));
    assert_true(resident_bytes(&made) < before + (UINT64_C(128) << 20));
    close_made(&made);
    assert_int_equal(unlink(made.corrupt_path), 0);
}

/* What it says was used, was not. */
static void of_a_file_of_holes_little_is_read(void **state)
{
    const uint64_t journal = UINT64_C(1536) << 20;
    uint64_t before;
    struct made made;
    haetae_recovery recovery;

    make_holes(&made, *state, UINT64_C(4) << 30, journal);
    for (uint32_t i = 0; i < made.region->lane_count; i++) {
        struct hae_lane *lane = hae_region_at(made.region, made.region->lanes_offset +
                                                               i * made.region->lane_stride_bytes);

        lane->tail = made.region->ring_size_bytes;
    }
    made.region->lanes_touched = made.region->lane_count;
    made.region->slots_fresh = made.region->slot_count;
    made.region->scope_count = HAE_SCOPES_MAX - 1;
    made.stored->journals[HAETAE_SIGNAL_TRACES].tail = journal;
    made.stored->journals[HAETAE_SIGNAL_LOGS].tail = journal;
    before = resident_bytes(&made); /* what the kernel has read ahead of our writes */
    recovery = recover(*state);
    assert_int_equal(recovery.files_recovered, 1);
    assert_int_equal(recovery.files_corrupt, 1);
    assert_int_equal(recovery.delivered_log_records, 0);
    assert_true(resident_bytes(&made) < before + (UINT64_C(128) << 20));
    close_made(&made);
    assert_int_equal(unlink(made.corrupt_path), 0);
}

static void a_file_that_says_nothing_of_itself_is_put_aside_however_large(void **state)
{
    struct made made;

    make_holes(&made, *state, UINT64_C(1) << 20, UINT64_C(3) << 30);
    memset(made.region, 0, 4096);
    assert_int_equal(recover(*state).files_corrupt, 1);
    close_made(&made);
    assert_int_equal(unlink(made.corrupt_path), 0);
}

static void a_file_with_nothing_in_it_is_removed_however_large(void **state)
{
    struct made made;

    make_holes(&made, *state, UINT64_C(1) << 20, UINT64_C(5) << 30);
    assert_int_equal(ftruncate(made.file, 0), 0);
    assert_int_equal(ftruncate(made.file, (off_t)made.size_bytes), 0);
    assert_int_equal(recover(*state).files_corrupt, 0);
    close_made(&made);
    assert_int_equal(witness_files(*state), 0);
}

#endif

/* ---- What is really there --------------------------------------------------------------- */

enum { JOURNAL_BYTES = 24 << 20, ENTRY_BYTES = 1000 };

/* Log records that were settled, but for the last one, which is `last`. */
static void fill_journal(struct made *made, const uint8_t *last, uint32_t last_size_bytes)
{
    struct hae_stored_journal *journal = &made->stored->journals[HAETAE_SIGNAL_LOGS];
    struct hae_journal_entry entry = {
        .size_bytes = ENTRY_BYTES, .settled = 1, .source = HAE_SOURCE_SLOTS};
    uint8_t *at = hae_region_at(made->region, journal->offset);
    uint64_t tail = 0;

    while (tail + 2 * (sizeof entry + ENTRY_BYTES) < JOURNAL_BYTES) {
        memcpy(at + tail, &entry, sizeof entry);
        tail += sizeof entry + ENTRY_BYTES;
    }
    entry.size_bytes = last_size_bytes;
    entry.settled = 0;
    memcpy(at + tail, &entry, sizeof entry);
    memcpy(at + tail + sizeof entry, last, last_size_bytes);
    journal->tail = tail + sizeof entry + hae_align8(last_size_bytes);
}

static void what_is_recorded_now_does_not_wait_for_a_large_file(void **state)
{
    static const uint8_t severity[] = {0x10, 0x09};
    const struct sdk_setting settings[] = {
        {"HAETAE_RECORDER_DIR", *state}, {"HAETAE_RECORDER_BYTES", "256k"},
        {"HAETAE_QUEUE_BYTES", "256k"},  {"OTEL_BLRP_SCHEDULE_DELAY", "0"},
        {"HAETAE_WORKER", "manual"},     {NULL, NULL}};
    struct fake_exporter fake;
    struct made made;
    haetae_sdk *sdk;

    make_holes(&made, *state, UINT64_C(1) << 20, JOURNAL_BYTES);
    fill_journal(&made, severity, sizeof severity);
    close_made(&made);
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start(settings, SDK_FAKES(&fake));
    while (sdk->recovery->state != HAE_RECOVERY_BEGIN) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    sdk_logs(sdk, 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    assert_int_equal(fake.taken_count[HAETAE_SIGNAL_LOGS], 1);
    assert_int_equal(sdk->recovery->state, HAE_RECOVERY_BEGIN);
    while (!hae_recovery_done(sdk->recovery)) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 2);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    assert_int_equal(witness_files(*state), 0);
}

/* ---- Metrics ---------------------------------------------------------------------------- */

enum { SERIES = 500 };

struct taking {
    unsigned call_count;
    uint64_t point_count; /* of those that were taken */
};

/* Every third time there is no room. */
static bool take_or_refuse(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                           uint32_t point_count)
{
    struct taking *taking = user;
    bool taken = ++taking->call_count % 3 != 0;

    (void)scope;
    (void)metric;
    (void)size_bytes;
    taking->point_count += taken ? point_count : 0;
    return taken;
}

/* A picture of a region's file, as a dead process would leave it. */
static void *picture_with_series(const char *directory, uint64_t *ret_size_bytes)
{
    const struct sdk_setting settings[] = {
        {"HAETAE_RECORDER_DIR", directory}, {"HAETAE_WORKER", "manual"}, {NULL, NULL}};
    haetae_sdk *sdk = sdk_start(settings, NULL);
    void *picture;

    sdk_series(sdk, SERIES);
    *ret_size_bytes = sdk->recorder->file->size_bytes;
    picture = aligned_alloc(4096, (size_t)*ret_size_bytes);
    assert_non_null(picture);
    memcpy(picture, sdk->recorder->region, (size_t)*ret_size_bytes);
    hae_region_file_remove(sdk->recorder->file);
    haetae_sdk_free(sdk);
    return picture;
}

static void series_are_taken_once_however_often_it_pauses_and_is_refused(void **state)
{
    static const uint64_t allowances[] = {1, 5000, UINT64_MAX};
    struct hae_collector *collector = hae_collector_new();
    struct hae_dead dead;
    uint64_t size_bytes;
    void *picture = picture_with_series(*state, &size_bytes);

    assert_non_null(collector);
    for (unsigned i = 0; i < 3; i++) {
        struct taking taking = {0, 0};

        assert_int_equal(hae_dead_open(&dead, picture, size_bytes, size_bytes), HAE_DEAD_READABLE);
        hae_dead_allow(&dead, UINT64_MAX);
        assert_true(hae_dead_look(&dead));
        hae_dead_begin_metrics(&dead);
        while (hae_dead_collect(&dead, collector, 2048, take_or_refuse, &taking) !=
               HAE_DEAD_TAKEN) {
            hae_dead_allow(&dead, allowances[i]);
        }
        assert_string_equal(dead.fault, "");
        assert_int_equal(taking.point_count, SERIES);
        assert_true(taking.call_count > SERIES / 50);
        hae_dead_close(&dead);
    }
    hae_collector_free(collector);
    free(picture);
}

/* Lets the list of the only stream's series lead back to its beginning. */
static void close_the_circle(struct hae_region *region)
{
    struct hae_stream_data *stream = hae_region_at(region, region->streams_first);
    uint32_t first = hae_series_ref(stream->series);
    struct hae_series *series = hae_ref_at(region, first);

    while (series->next != 0) {
        series = hae_ref_at(region, series->next);
    }
    series->next = first;
}

/* What was walked counts on across pauses: else a list without an end would never be given up. */
static void a_cyclic_list_of_series_ends_however_often_it_pauses(void **state)
{
    static const uint64_t allowances[] = {1, 5000, UINT64_MAX};
    struct hae_collector *collector = hae_collector_new();
    struct hae_dead dead;
    uint64_t size_bytes;
    struct hae_region *picture = picture_with_series(*state, &size_bytes);
    /* At least one series a call, and each is larger than its head. */
    uint64_t most = 2 * picture->heap_size_bytes / sizeof(struct hae_series);

    assert_non_null(collector);
    close_the_circle(picture);
    for (unsigned i = 0; i < 3; i++) {
        struct taking taking = {0, 0};
        uint64_t calls = 0;

        assert_int_equal(hae_dead_open(&dead, picture, size_bytes, size_bytes), HAE_DEAD_READABLE);
        hae_dead_allow(&dead, UINT64_MAX);
        assert_true(hae_dead_look(&dead));
        hae_dead_begin_metrics(&dead);
        while (hae_dead_collect(&dead, collector, 2048, take_or_refuse, &taking) !=
               HAE_DEAD_TAKEN) {
            assert_true(++calls < 2 * most);
            hae_dead_allow(&dead, allowances[i]);
        }
        /* Found at the head of a series, or in the middle of one. */
        assert_non_null(strstr(dead.fault, "series is invalid"));
        assert_true(taking.point_count >= SERIES && taking.point_count < most);
        hae_dead_close(&dead);
    }
    hae_collector_free(collector);
    free(picture);
}

/* ---- Limits ----------------------------------------------------------------------------- */

static void the_largest_configuration_makes_no_larger_file(void **state)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_BYTES", "4g"},
                                           {"HAETAE_QUEUE_BYTES", "4g"},
                                           {"HAETAE_MAX_REQUEST_BYTES", "64m"},
                                           {NULL, NULL}};
    haetae_config *config = sdk_config(settings, NULL);
    uint64_t journals[HAETAE_SIGNAL_COUNT];
    uint64_t parts = 4;

    (void)state;
    hae_options_of_journals(config, journals);
    assert_true(hae_stored_offset(hae_options_of_recorder(config).size_bytes) +
                    journals[HAETAE_SIGNAL_TRACES] + journals[HAETAE_SIGNAL_LOGS] +
                    HAE_STORED_RESOURCE_MAX + parts * HAE_FILE_PART_ALIGNMENT <=
                HAE_REGION_FILE_SIZE_MAX);
    assert_int_equal(hae_options_check_resource(config, HAE_STORED_RESOURCE_MAX + 1),
                     HAETAE_EVALUE);
    assert_int_equal(haetae_config_set(config, "HAETAE_RECORDER_BYTES", "5g"), HAETAE_EVALUE);
    assert_int_equal(haetae_config_set(config, "HAETAE_QUEUE_BYTES", "5g"), HAETAE_EVALUE);
    assert_int_equal(haetae_config_set(config, "HAETAE_MAX_REQUEST_BYTES", "65m"), HAETAE_EVALUE);
    haetae_config_free(config);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
#if SIZE_MAX > UINT32_MAX
        TEST(a_file_larger_than_any_configuration_makes_is_put_aside),
        TEST(of_a_file_of_holes_little_is_read),
        TEST(a_file_that_says_nothing_of_itself_is_put_aside_however_large),
        TEST(a_file_with_nothing_in_it_is_removed_however_large),
#endif
        TEST(what_is_recorded_now_does_not_wait_for_a_large_file),
        TEST(series_are_taken_once_however_often_it_pauses_and_is_refused),
        TEST(a_cyclic_list_of_series_ends_however_often_it_pauses),
        TEST(the_largest_configuration_makes_no_larger_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
