/* SPDX-License-Identifier: Apache-2.0 */
/* The format of a segment: every truncation and every changed bit costs records, and never makes
 * other ones. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "spool/segment.h"
#include "support/core_cmocka.h"
#include "support/temporary.h"

enum { RECORDS = 4, FILE_MAX = 2048 };

static const char *const bodies[RECORDS] = {"one", "a second one that is longer", "3",
                                            "the last one is the longest of all of them"};

static int open_temporary(void)
{
    char path[TEMPORARY_PATH_MAX];
    int file = temporary_file(path);

    assert_true(file >= 0);
    assert_int_equal(unlink(path), 0);
    return file;
}

/* Writes a whole segment; returns its size. */
static uint64_t write_segment(int file)
{
    uint64_t at = HAE_SEGMENT_HEADER_BYTES;

    assert_true(hae_segment_begin(file, 77));
    for (unsigned i = 0; i < RECORDS; i++) {
        struct hae_segment_record record = {.signal = (haetae_signal)(i % HAETAE_SIGNAL_COUNT),
                                            .size_bytes = strlen(bodies[i]),
                                            .item_count = 1,
                                            .time_ms = 1000 + i};

        assert_true(hae_segment_append(file, at, &record, (const uint8_t *)bodies[i]));
        at += hae_segment_record_size(record.size_bytes);
    }
    return at;
}

/* Reads what is there, and checks that each record is one of ours, in its place. Returns how many;
 * a damaged body counts as none and ends nothing. */
static unsigned read_segment(int file, enum hae_segment_look *ret_end)
{
    uint64_t size = (uint64_t)lseek(file, 0, SEEK_END);
    struct hae_segment_record record;
    uint64_t at = 0;
    uint64_t time_ms = 0;
    unsigned found = 0;
    unsigned number = 0;

    *ret_end = hae_segment_open(file, &at, &time_ms);
    if (*ret_end != HAE_SEGMENT_FOUND) {
        return 0;
    }
    assert_int_equal(time_ms, 77);
    while ((*ret_end = hae_segment_look_at(file, at, size, &record)) == HAE_SEGMENT_FOUND) {
        uint8_t body[64];

        assert_true(number < RECORDS);
        assert_int_equal(record.signal, number % HAETAE_SIGNAL_COUNT);
        assert_int_equal(record.size_bytes, strlen(bodies[number]));
        assert_int_equal(record.time_ms, 1000 + number);
        if (hae_segment_read(file, at, &record, body) == HAE_SEGMENT_FOUND) {
            assert_memory_equal(body, bodies[number], record.size_bytes);
            found++;
        }
        at += hae_segment_record_size(record.size_bytes);
        number++;
    }
    return found;
}

/* How many records are found in whatever is damaged. */
static unsigned read_on(int file)
{
    uint64_t size = (uint64_t)lseek(file, 0, SEEK_END);
    uint64_t at = HAE_SEGMENT_HEADER_BYTES;
    struct hae_segment_record record;
    unsigned found = 0;

    while (hae_segment_look_on(file, &at, size, &record) == HAE_SEGMENT_FOUND) {
        uint8_t body[64];

        assert_in_range(record.time_ms, 1000, 1000 + RECORDS - 1);
        assert_int_equal(record.size_bytes, strlen(bodies[record.time_ms - 1000]));
        found += hae_segment_read(file, at, &record, body) == HAE_SEGMENT_FOUND;
        at += hae_segment_record_size(record.size_bytes);
    }
    return found;
}

static void what_is_written_is_read(void **state)
{
    int file = open_temporary();
    uint64_t size = write_segment(file);
    enum hae_segment_look end;

    (void)state;
    assert_int_equal(lseek(file, 0, SEEK_END), size);
    assert_int_equal(read_segment(file, &end), RECORDS);
    assert_int_equal(end, HAE_SEGMENT_END);
    close(file);
}

static void a_note_says_where_to_go_on(void **state)
{
    uint64_t done = HAE_SEGMENT_HEADER_BYTES + hae_segment_record_size(strlen(bodies[0]));
    int file = open_temporary();
    uint64_t time_ms;
    uint64_t at;

    (void)state;
    (void)write_segment(file);
    assert_true(hae_segment_note(file, done));
    assert_int_equal(hae_segment_open(file, &at, &time_ms), HAE_SEGMENT_FOUND);
    assert_int_equal(at, done);
    close(file);
}

/* Whole records that a cut leaves are found, and the one that it met is torn. */
static void every_truncation_costs_what_it_cuts_only(void **state)
{
    uint64_t ends[RECORDS + 1] = {HAE_SEGMENT_HEADER_BYTES};
    uint8_t bytes[FILE_MAX];
    int file = open_temporary();
    uint64_t size = write_segment(file);

    (void)state;
    assert_int_equal(pread(file, bytes, sizeof bytes, 0), (ssize_t)size);
    for (unsigned i = 0; i < RECORDS; i++) {
        ends[i + 1] = ends[i] + hae_segment_record_size(strlen(bodies[i]));
    }
    for (uint64_t cut = 0; cut <= size; cut++) {
        enum hae_segment_look end;
        unsigned whole = 0;

        assert_int_equal(ftruncate(file, (off_t)cut), 0);
        while (whole < RECORDS && ends[whole + 1] <= cut) {
            whole++;
        }
        assert_int_equal(read_segment(file, &end), whole);
        assert_int_equal(end, cut == ends[whole] ? HAE_SEGMENT_END : HAE_SEGMENT_TORN);
        assert_int_equal(pwrite(file, bytes, size, 0), (ssize_t)size);
    }
    close(file);
}

static void no_changed_bit_makes_another_record(void **state)
{
    uint8_t bytes[FILE_MAX];
    int file = open_temporary();
    uint64_t size = write_segment(file);
    unsigned noticed = 0;

    (void)state;
    assert_int_equal(pread(file, bytes, sizeof bytes, 0), (ssize_t)size);
    for (uint64_t bit = 0; bit < 8 * size; bit++) {
        enum hae_segment_look end;
        uint64_t place = bit / 8;

        bytes[place] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(pwrite(file, bytes + place, 1, (off_t)place), 1);
        noticed += read_segment(file, &end) != RECORDS;
        assert_true(read_on(file) >= (place < HAE_SEGMENT_HEADER_BYTES ? RECORDS : RECORDS - 1));
        bytes[place] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(pwrite(file, bytes + place, 1, (off_t)place), 1);
    }
    /* All but those of the note, without which nothing is done, and of the last eight, unused. */
    assert_int_equal(noticed, 8 * (size - 16 - 8));
    close(file);
}

static void numbers_that_cannot_be_are_refused(void **state)
{
    struct hae_segment_record record = {
        .signal = (haetae_signal)HAETAE_SIGNAL_COUNT, .size_bytes = 4, .item_count = 1};
    int file = open_temporary();
    uint64_t at = HAE_SEGMENT_HEADER_BYTES;
    struct hae_segment_record found;

    (void)state;
    assert_true(hae_segment_begin(file, 0));
    assert_true(hae_segment_append(file, at, &record, (const uint8_t *)"body"));
    assert_int_equal(hae_segment_look_at(file, at, 1000, &found), HAE_SEGMENT_BROKEN);
    record.signal = HAETAE_SIGNAL_LOGS;
    record.item_count = 0;
    assert_true(hae_segment_append(file, at, &record, (const uint8_t *)"body"));
    assert_int_equal(hae_segment_look_at(file, at, 1000, &found), HAE_SEGMENT_BROKEN);
    record.item_count = 5; /* an item takes a byte at least */
    assert_true(hae_segment_append(file, at, &record, (const uint8_t *)"body"));
    assert_int_equal(hae_segment_look_at(file, at, 1000, &found), HAE_SEGMENT_BROKEN);
    assert_int_equal(hae_segment_look_at(file, 1001, 1000, &found), HAE_SEGMENT_BROKEN);
    assert_int_equal(hae_segment_look_at(file, UINT64_MAX, UINT64_MAX, &found), HAE_SEGMENT_END);
    close(file);
}

/* A record in another place, as of a file that was written over, is none. */
static void a_record_counts_in_its_place_only(void **state)
{
    uint8_t bytes[FILE_MAX];
    int file = open_temporary();
    uint64_t size = write_segment(file);
    struct hae_segment_record found;

    (void)state;
    assert_int_equal(pread(file, bytes, sizeof bytes, 0), (ssize_t)size);
    assert_int_equal(pwrite(file, bytes + HAE_SEGMENT_HEADER_BYTES, size - HAE_SEGMENT_HEADER_BYTES,
                            HAE_SEGMENT_HEADER_BYTES + 8),
                     (ssize_t)(size - HAE_SEGMENT_HEADER_BYTES));
    assert_int_equal(hae_segment_look_at(file, HAE_SEGMENT_HEADER_BYTES + 8, size + 8, &found),
                     HAE_SEGMENT_BROKEN);
    close(file);
}

/* What looks like a record behind a damaged header: marks without end, and a whole record that was
 * written in another place. */
static void what_looks_like_a_record_is_none(void **state)
{
    enum { MARKS = 1 << 18 };
    uint8_t record_bytes[HAE_SEGMENT_RECORD_BYTES + 3];
    int file = open_temporary();
    uint64_t at = HAE_SEGMENT_HEADER_BYTES;
    struct hae_segment_record found;
    uint64_t size;

    (void)state;
    (void)write_segment(file);
    assert_int_equal(pread(file, record_bytes, sizeof record_bytes, (off_t)at),
                     sizeof record_bytes);
    for (unsigned i = 0; i < MARKS; i++) {
        assert_int_equal(pwrite(file, "HREC", 4, (off_t)(at + 4 * i)), 4);
    }
    size = (uint64_t)lseek(file, 0, SEEK_END);
    assert_int_equal(pwrite(file, record_bytes, sizeof record_bytes, (off_t)(size - 4096)),
                     sizeof record_bytes);
    assert_int_equal(hae_segment_look_on(file, &at, size, &found), HAE_SEGMENT_BROKEN);
    assert_int_equal(at, HAE_SEGMENT_HEADER_BYTES);
    /* One that is in its place is found, however far it is. */
    found = (struct hae_segment_record){
        .signal = HAETAE_SIGNAL_LOGS, .size_bytes = 3, .item_count = 1, .time_ms = 5};
    assert_true(hae_segment_append(file, size - 8191, &found, (const uint8_t *)"one"));
    assert_int_equal(hae_segment_look_on(file, &at, size, &found), HAE_SEGMENT_FOUND);
    assert_int_equal(at, size - 8191);
    assert_int_equal(found.time_ms, 5);
    close(file);
}

/* A write that finds no room for all of it leaves the segment as it was. */
static void a_full_disk_costs_no_record(void **state)
{
    struct hae_segment_record record = {
        .signal = HAETAE_SIGNAL_LOGS, .size_bytes = 600, .item_count = 1};
    uint8_t body[600] = {0};
    int file = open_temporary();
    uint64_t size = write_segment(file);
    struct rlimit before;
    struct rlimit limit;
    enum hae_segment_look end;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = size + 100;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_false(hae_segment_append(file, size, &record, body));
    assert_int_equal(errno, EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(read_segment(file, &end), RECORDS);
    assert_int_equal(end, HAE_SEGMENT_END);
    close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_note_says_where_to_go_on),
        cmocka_unit_test(every_truncation_costs_what_it_cuts_only),
        cmocka_unit_test(no_changed_bit_makes_another_record),
        cmocka_unit_test(numbers_that_cannot_be_are_refused),
        cmocka_unit_test(a_record_counts_in_its_place_only),
        cmocka_unit_test(what_looks_like_a_record_is_none),
        cmocka_unit_test(a_full_disk_costs_no_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
