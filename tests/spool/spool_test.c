/* SPDX-License-Identifier: Apache-2.0 */
/* A spool within its bounds: what comes in goes out in order, what has no room goes oldest first
 * and counted, and what the system refuses changes nothing. */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "spool/harness.h"

enum { RECORD = HAE_SEGMENT_RECORD_BYTES + BODY_BYTES };

static int begin(void **state)
{
    (void)state;
    make_directory();
    return 0;
}

static int end(void **state)
{
    (void)state;
    remove_directory();
    return 0;
}

static void records_come_out_in_order(void **state)
{
    struct hae_spool spool;

    (void)state;
    open_spool(&spool, 1 << 20);
    assert_false(hae_spool_has_any(&spool));
    for (uint32_t i = 0; i < 100; i++) {
        put(&spool, i);
    }
    assert_true(hae_spool_has_any(&spool));
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(take(&spool), i);
        assert_true(hae_spool_out_is_own(&spool));
        assert_int_equal(hae_spool_settle(&spool), ITEMS);
    }
    assert_int_equal(take(&spool), -1);
    assert_int_equal(hae_spool_bytes(&spool), 0);
    assert_int_equal(segment_count(), 0);
    hae_spool_done(&spool);
    assert_int_equal(count_files(".owner", NULL, 0), 0);
}

static void files_are_the_users_own(void **state)
{
    struct hae_spool spool;
    struct stat status;
    char path[600];

    (void)state;
    open_spool(&spool, 1 << 20);
    put(&spool, 1);
    assert_int_equal(stat(inner(), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_int_equal(count_files(".spool", path, sizeof path), 1);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    hae_spool_done(&spool);
}

static void what_is_put_back_comes_again(void **state)
{
    struct hae_spool spool;

    (void)state;
    open_spool(&spool, 1 << 20);
    put(&spool, 1);
    put(&spool, 2);
    assert_int_equal(take(&spool), 1);
    hae_spool_put_back(&spool);
    assert_int_equal(take(&spool), 1);
    assert_int_equal(hae_spool_settle(&spool), ITEMS);
    assert_int_equal(take(&spool), 2);
    hae_spool_put_back(&spool);
    hae_spool_done(&spool);
}

/* The bytes in the directory never exceed the bound, and what had no room is counted. */
static void bounds_hold_exactly(void **state)
{
    const uint64_t bytes_max = 40 * RECORD;
    struct hae_spool spool;
    uint64_t lost = 0;
    uint64_t found = 0;
    int64_t first = -1;
    int64_t number;

    (void)state;
    open_spool(&spool, bytes_max);
    for (uint32_t i = 0; i < 500; i++) {
        put(&spool, i);
        lost += hae_spool_take_lost(&spool).own;
        assert_true(hae_spool_bytes(&spool) <= bytes_max);
    }
    /* No more goes than has to: a segment, an eighth of all, at a time. */
    assert_true(hae_spool_bytes(&spool) > bytes_max - bytes_max / 7);
    while ((number = take(&spool)) >= 0) {
        first = first < 0 ? number : first;
        assert_int_equal(number, first + (int64_t)found);
        found++;
        assert_int_equal(hae_spool_settle(&spool), ITEMS);
    }
    assert_int_equal(first + (int64_t)found, 500);
    assert_int_equal(lost, (uint64_t)first * ITEMS);
    hae_spool_done(&spool);
}

static void a_record_larger_than_all_is_refused(void **state)
{
    static const uint8_t large_body[30 * RECORD];
    struct hae_segment_record large = {
        .signal = HAETAE_SIGNAL_TRACES, .size_bytes = sizeof large_body, .item_count = 1};
    struct hae_spool_receipt receipt;
    struct hae_spool spool;
    const char *why;

    (void)state;
    open_spool(&spool, RECORD);
    why = put_at(&spool, 1, NOW_MS, &receipt);
    assert_non_null(why);
    assert_non_null(strstr(why, "larger than HAETAE_SPOOL_BYTES"));
    hae_spool_done(&spool);
    /* It costs nothing of what is there. */
    open_spool(&spool, 20 * RECORD);
    put(&spool, 1);
    assert_non_null(hae_spool_append(&spool, &large, large_body, &receipt));
    assert_int_equal(hae_spool_take_lost(&spool).own, 0);
    assert_int_equal(take(&spool), 1);
    (void)hae_spool_settle(&spool);
    hae_spool_done(&spool);
}

static void what_is_too_old_goes(void **state)
{
    struct hae_spool_receipt receipt;
    struct hae_spool_lost lost;
    struct hae_spool spool;

    (void)state;
    open_spool(&spool, 1 << 20);
    assert_null(put_at(&spool, 1, NOW_MS, &receipt));
    assert_true(hae_spool_carry(&spool, &receipt, ITEMS));
    assert_null(put_at(&spool, 2, NOW_MS + 500000, &receipt));
    assert_true(hae_spool_carry(&spool, &receipt, 2));
    /* The last record of the segment is young enough. */
    hae_spool_expire(&spool, NOW_MS + 1000001);
    assert_int_equal(hae_spool_take_lost(&spool).own, 0);
    assert_int_equal(take_at(&spool, NOW_MS + 1000001), 2);
    lost = hae_spool_take_lost(&spool);
    assert_int_equal(lost.own, ITEMS);
    assert_int_equal(lost.old_record_count, 1);
    hae_spool_put_back(&spool);
    hae_spool_expire(&spool, NOW_MS + 1500001);
    assert_int_equal(hae_spool_take_lost(&spool).own, 2);
    assert_int_equal(segment_count(), 0);
    hae_spool_done(&spool);
}

/* ---- What records stand for ------------------------------------------------------------- */

static void a_record_stands_for_nothing_before_its_request_is_settled(void **state)
{
    struct hae_spool_receipt receipt;
    struct hae_spool spool;

    (void)state;
    open_spool(&spool, 1 << 20);
    assert_null(put_at(&spool, 1, NOW_MS, &receipt));
    assert_int_equal(take(&spool), 1);
    assert_true(hae_spool_carry(&spool, &receipt, 2)); /* while it is out */
    assert_int_equal(hae_spool_settle(&spool), 2);
    assert_false(hae_spool_carry(&spool, &receipt, 2));

    assert_null(put_at(&spool, 2, NOW_MS, &receipt));
    assert_int_equal(take(&spool), 2);
    assert_int_equal(hae_spool_settle(&spool), HAE_SPOOL_PENDING);
    assert_false(hae_spool_carry(&spool, &receipt, 1));
    hae_spool_done(&spool);
}

/* The record that is out counts when it is settled, though the bounds have dropped it meanwhile. */
static void a_record_that_is_out_may_be_dropped(void **state)
{
    struct hae_spool_lost lost = {.own = 0};
    struct hae_spool spool;

    (void)state;
    for (int settled = 0; settled <= 1; settled++) {
        uint64_t sum = 0;

        open_spool(&spool, 20 * RECORD);
        put(&spool, 0);
        assert_int_equal(take(&spool), 0);
        for (uint32_t i = 1; i <= 100; i++) {
            put(&spool, i);
            sum += hae_spool_take_lost(&spool).own;
        }
        if (settled != 0) {
            assert_int_equal(hae_spool_settle(&spool), ITEMS);
            sum += ITEMS;
        } else {
            hae_spool_put_back(&spool);
            lost = hae_spool_take_lost(&spool);
            assert_int_equal(lost.own, ITEMS);
            sum += lost.own;
        }
        while (take(&spool) >= 0) {
            sum += hae_spool_settle(&spool);
        }
        assert_int_equal(sum, 101 * ITEMS);
        hae_spool_done(&spool);
    }
}

/* ---- What goes wrong -------------------------------------------------------------------- */

static void change_byte(const char *path, off_t at)
{
    int file = open(path, O_RDWR);
    uint8_t byte;

    assert_true(file >= 0);
    assert_int_equal(pread(file, &byte, 1, at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(file, &byte, 1, at), 1);
    close(file);
}

static void a_damaged_body_costs_its_record(void **state)
{
    struct hae_spool spool;
    char path[600];

    (void)state;
    open_spool(&spool, 1 << 20);
    for (uint32_t i = 0; i < 3; i++) {
        put(&spool, i);
    }
    assert_int_equal(count_files(".spool", path, sizeof path), 1);
    change_byte(path, HAE_SEGMENT_HEADER_BYTES + RECORD + HAE_SEGMENT_RECORD_BYTES + 20);
    assert_int_equal(take(&spool), 0);
    assert_int_equal(hae_spool_settle(&spool), ITEMS);
    assert_int_equal(take(&spool), 2);
    assert_int_equal(hae_spool_settle(&spool), ITEMS);
    assert_int_equal(hae_spool_take_lost(&spool).own, ITEMS);
    hae_spool_done(&spool);
}

static void a_damaged_header_costs_the_rest_of_an_own_segment(void **state)
{
    struct hae_spool spool;
    char path[600];

    (void)state;
    open_spool(&spool, 1 << 20);
    for (uint32_t i = 0; i < 3; i++) {
        put(&spool, i);
    }
    assert_int_equal(count_files(".spool", path, sizeof path), 1);
    change_byte(path, HAE_SEGMENT_HEADER_BYTES + RECORD + 9);
    assert_int_equal(take(&spool), 0);
    assert_int_equal(hae_spool_settle(&spool), ITEMS);
    assert_int_equal(take(&spool), -1);
    assert_int_equal(hae_spool_take_lost(&spool).own, 2 * ITEMS);
    put(&spool, 7);
    assert_int_equal(take(&spool), 7);
    assert_int_equal(hae_spool_settle(&spool), ITEMS);
    hae_spool_done(&spool);
}

/* An own segment that somebody has written over with more and smaller records. */
static void more_records_than_were_written_are_damage(void **state)
{
    struct hae_spool spool;
    char path[600];
    int file;

    (void)state;
    open_spool(&spool, 1 << 20);
    put(&spool, 1);
    put(&spool, 2);
    assert_int_equal(count_files(".spool", path, sizeof path), 1);
    file = open(path, O_RDWR);
    for (uint64_t at = HAE_SEGMENT_HEADER_BYTES; at + 56 < HAE_SEGMENT_HEADER_BYTES + 2 * RECORD;
         at += 56) {
        struct hae_segment_record small = {
            .signal = HAETAE_SIGNAL_TRACES, .size_bytes = 8, .item_count = 1, .time_ms = NOW_MS};

        assert_true(hae_segment_append(file, at, &small, (const uint8_t *)"12345678"));
    }
    close(file);
    for (int i = 0; i < 20; i++) {
        struct hae_segment_record record;
        uint8_t body[BODY_BYTES];

        if (hae_spool_next(&spool, NOW_MS, &record) == HAE_SPOOL_FOUND &&
            hae_spool_take(&spool, &record, body) == HAE_SPOOL_FOUND) {
            assert_true(i < 2);
            (void)hae_spool_settle(&spool);
        }
    }
    assert_int_equal(segment_count(), 0);
    hae_spool_done(&spool);
}

/* The limit of files' sizes stands for a full disk. */
static void without_room_nothing_changes(void **state)
{
    struct hae_spool_receipt receipt;
    struct hae_spool spool;
    struct rlimit before;
    struct rlimit limit;

    (void)state;
    open_spool(&spool, 1 << 20);
    put(&spool, 1);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = HAE_SEGMENT_HEADER_BYTES + RECORD + 30;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_non_null(put_at(&spool, 2, NOW_MS, &receipt));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    put(&spool, 3);
    assert_int_equal(take(&spool), 1);
    (void)hae_spool_settle(&spool);
    assert_int_equal(take(&spool), 3);
    (void)hae_spool_settle(&spool);
    assert_int_equal(take(&spool), -1);
    hae_spool_done(&spool);
}

static void a_directory_that_was_removed_is_made_again(void **state)
{
    struct hae_spool_receipt receipt;
    struct hae_spool_lost lost;
    struct hae_spool spool;
    char path[600];

    (void)state;
    open_spool(&spool, 1 << 20);
    put(&spool, 1);
    (void)count_files(".spool", path, sizeof path);
    assert_int_equal(unlink(path), 0);
    (void)count_files(".owner", path, sizeof path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(inner()), 0);
    assert_non_null(put_at(&spool, 2, NOW_MS, &receipt));
    lost = hae_spool_take_lost(&spool);
    assert_int_equal(lost.own, ITEMS);
    assert_int_equal(lost.gone_count, 1);
    put(&spool, 3);
    assert_int_equal(take(&spool), 3);
    assert_int_equal(hae_spool_settle(&spool), ITEMS);
    hae_spool_done(&spool);
}

/* The others are not the worse for it. */
static void a_segment_that_was_removed_costs_no_other(void **state)
{
    struct hae_spool_receipt receipt;
    struct hae_spool_lost lost;
    struct hae_spool spool;
    char aside[600];
    char first[600];
    char second[600];

    (void)state;
    open_spool(&spool, 16 * RECORD);
    put(&spool, 0);
    put(&spool, 1);
    assert_int_equal(count_files(".spool", first, sizeof first), 2);
    snprintf(aside, sizeof aside, "%s/aside", directory);
    assert_int_equal(rename(first, aside), 0);
    assert_int_equal(count_files(".spool", second, sizeof second), 1);
    assert_int_equal(unlink(second), 0);
    assert_int_equal(rename(aside, first), 0);
    spool.segment_bytes = 1 << 20; /* so that the next one belongs into the one that is gone */
    assert_non_null(put_at(&spool, 2, NOW_MS, &receipt));
    lost = hae_spool_take_lost(&spool);
    assert_int_equal(lost.own, ITEMS);
    assert_int_equal(lost.gone_count, 1);
    put(&spool, 3);
    assert_int_equal(take(&spool), 0);
    assert_int_equal(hae_spool_settle(&spool), ITEMS);
    assert_int_equal(take(&spool), 3);
    assert_int_equal(hae_spool_settle(&spool), ITEMS);
    assert_int_equal(hae_spool_take_lost(&spool).own, 0);
    hae_spool_done(&spool);
}

/* The thread that reads had it open, and the one that writes had not: it makes a new one. */
static void what_is_in_a_new_directory_is_found(void **state)
{
    struct hae_spool spool;

    (void)state;
    assert_int_equal(mkdir(inner(), 0700), 0);
    open_spool(&spool, 1 << 20);
    assert_true(spool.directory.number >= 0);
    assert_int_equal(rmdir(inner()), 0);
    put(&spool, 1);
    assert_int_equal(take(&spool), 1);
    assert_int_equal(hae_spool_settle(&spool), ITEMS);
    assert_int_equal(hae_spool_take_lost(&spool).own, 0);
    hae_spool_done(&spool);
    assert_int_equal(segment_count(), 0);
}

/* What is too old waits until it can be removed: it would come again with the next start. */
static void what_is_old_goes_when_the_directory_can_be_opened(void **state)
{
    struct hae_spool spool;
    struct rlimit before;
    struct rlimit none;

    (void)state;
    open_spool(&spool, 1 << 20);
    put(&spool, 1);
    assert_true(spool.directory.number < 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    hae_spool_expire(&spool, NOW_MS + 1000001);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(hae_spool_take_lost(&spool).own, 0);
    hae_spool_expire(&spool, NOW_MS + 1000001);
    assert_int_equal(hae_spool_take_lost(&spool).own, ITEMS);
    assert_int_equal(segment_count(), 0);
    hae_spool_done(&spool);
}

static void a_directory_that_is_a_link_is_refused(void **state)
{
    struct hae_spool_receipt receipt;
    struct hae_spool spool;

    (void)state;
    assert_int_equal(symlink("/tmp", inner()), 0);
    open_spool(&spool, 1 << 20);
    assert_non_null(put_at(&spool, 1, NOW_MS, &receipt));
    hae_spool_done(&spool);
    assert_int_equal(unlink(inner()), 0);
}

/* The host closes all descriptors that it finds. */
static void closed_descriptors_are_opened_again(void **state)
{
    struct hae_spool spool;

    (void)state;
    open_spool(&spool, 1 << 20);
    put(&spool, 1);
    close(spool.directory.number);
    close(spool.self->locked.number);
    put(&spool, 2);
    assert_int_equal(take(&spool), 1);
    (void)hae_spool_settle(&spool);
    assert_int_equal(take(&spool), 2);
    (void)hae_spool_settle(&spool);
    hae_spool_done(&spool);
    assert_int_equal(segment_count(), 0);
}

static void without_memory_nothing_is_lost(void **state)
{
    long live = hae_alloc_live_count();

    (void)state;
    for (long fail = 0; fail < 40; fail++) {
        struct hae_spool_receipt receipt;
        struct hae_spool spool;
        uint64_t sum = 0;
        unsigned put_count = 0;

        open_spool(&spool, 1 << 20);
        hae_alloc_fail_after(fail);
        for (uint32_t i = 0; i < 40; i++) {
            if (put_at(&spool, i, NOW_MS, &receipt) == NULL) {
                assert_true(hae_spool_carry(&spool, &receipt, ITEMS));
                put_count++;
            }
            if (i == 20) {
                hae_alloc_fail_after(-1);
            }
        }
        assert_true(put_count >= 19);
        while (take(&spool) >= 0) {
            sum += hae_spool_settle(&spool);
        }
        assert_int_equal(sum, put_count * ITEMS);
        hae_spool_done(&spool);
    }
    assert_int_equal(hae_alloc_live_count(), live);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(records_come_out_in_order),
        TEST(files_are_the_users_own),
        TEST(what_is_put_back_comes_again),
        TEST(bounds_hold_exactly),
        TEST(a_record_larger_than_all_is_refused),
        TEST(what_is_too_old_goes),
        TEST(a_record_stands_for_nothing_before_its_request_is_settled),
        TEST(a_record_that_is_out_may_be_dropped),
        TEST(a_damaged_body_costs_its_record),
        TEST(a_damaged_header_costs_the_rest_of_an_own_segment),
        TEST(more_records_than_were_written_are_damage),
        TEST(without_room_nothing_changes),
        TEST(a_directory_that_was_removed_is_made_again),
        TEST(a_segment_that_was_removed_costs_no_other),
        TEST(what_is_in_a_new_directory_is_found),
        TEST(what_is_old_goes_when_the_directory_can_be_opened),
        TEST(a_directory_that_is_a_link_is_refused),
        TEST(closed_descriptors_are_opened_again),
        TEST(without_memory_nothing_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
