/* SPDX-License-Identifier: Apache-2.0 */
/* Whose segments are whose: those of a process that lives are its own, those of a dead one are
 * taken over once, and what else lies in the directory is left alone. */
#include <fcntl.h>
#include <sys/wait.h>

#include "spool/harness.h"

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

/* Another process spools these and dies, as by a kill. */
static void leave(uint32_t from, uint32_t count)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        struct hae_spool spool;

        open_spool(&spool, 1 << 20);
        for (uint32_t i = 0; i < count; i++) {
            put(&spool, from + i);
        }
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void the_next_process_takes_over(void **state)
{
    struct hae_spool spool;

    (void)state;
    leave(0, 3);
    leave(3, 2);
    open_spool(&spool, 1 << 20);
    assert_true(hae_spool_has_any(&spool));
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(take(&spool), i);
        assert_false(hae_spool_out_is_own(&spool));
        (void)hae_spool_settle(&spool);
    }
    assert_int_equal(take(&spool), -1);
    assert_int_equal(segment_count(), 0);
    assert_int_equal(count_files(".owner", NULL, 0), 0);
    hae_spool_done(&spool);
}

static void a_damaged_header_costs_its_record(void **state)
{
    enum { RECORD = HAE_SEGMENT_RECORD_BYTES + BODY_BYTES };
    struct hae_spool spool;
    struct hae_spool_lost lost;
    char path[600];
    int file;

    (void)state;
    leave(0, 5);
    assert_int_equal(count_files(".spool", path, sizeof path), 1);
    file = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(file, "?", 1, HAE_SEGMENT_HEADER_BYTES + 2 * RECORD + 9), 1);
    close(file);
    open_spool(&spool, 1 << 20);
    for (uint32_t i = 0; i < 5; i++) {
        if (i != 2) {
            assert_int_equal(take(&spool), i);
            (void)hae_spool_settle(&spool);
        }
    }
    assert_int_equal(take(&spool), -1);
    lost = hae_spool_take_lost(&spool);
    assert_int_equal(lost.damaged_count, 1);
    assert_int_equal(lost.broken_count, 0);
    assert_int_equal(segment_count(), 0);
    hae_spool_done(&spool);
}

/* Each goes on where the last one has stopped: what it noted as done does not come again. */
static void what_is_done_stays_done(void **state)
{
    struct hae_spool spool;

    (void)state;
    leave(0, 5);
    for (uint32_t i = 0; i < 5; i++) {
        open_spool(&spool, 1 << 20);
        assert_int_equal(take(&spool), i);
        (void)hae_spool_settle(&spool);
        hae_spool_done(&spool);
    }
    assert_int_equal(segment_count(), 0);
}

static void two_processes_do_not_share(void **state)
{
    struct hae_spool first;
    struct hae_spool second;

    (void)state;
    leave(0, 1);
    open_spool(&first, 1 << 20);
    put(&first, 1);
    open_spool(&second, 1 << 20);
    assert_false(hae_spool_has_any(&second));
    put(&second, 2);
    assert_int_equal(take(&first), 0);
    (void)hae_spool_settle(&first);
    assert_int_equal(take(&first), 1);
    (void)hae_spool_settle(&first);
    assert_int_equal(take(&second), 2);
    assert_int_equal(take(&first), -1);
    (void)hae_spool_settle(&second);
    hae_spool_done(&second);
    hae_spool_done(&first);
}

/* The bound is over the directory: another process's bytes count, and are not this one's to drop.
 */
static void bytes_of_others_count(void **state)
{
    struct hae_spool_receipt receipt;
    struct hae_spool first;
    struct hae_spool second;
    unsigned count = 0;

    (void)state;
    open_spool(&first, 1 << 14);
    for (uint32_t i = 0; i < 60; i++) {
        put(&first, i);
    }
    open_spool(&second, 1 << 14);
    while (count < 100 && put_at(&second, count, NOW_MS, &receipt) == NULL) {
        count++;
        assert_true(hae_spool_bytes(&first) + hae_spool_bytes(&second) <= 1 << 14);
    }
    assert_int_equal(hae_spool_take_lost(&first).own, 0);
    hae_spool_done(&second);
    hae_spool_done(&first);
}

/* A child has segments of its own, and does not keep the parent's alive. */
static void a_child_begins_with_nothing(void **state)
{
    struct hae_spool spool;
    pid_t child;
    int status;
    int hold[2];
    char byte;

    (void)state;
    open_spool(&spool, 1 << 20);
    put(&spool, 1);
    assert_int_equal(pipe(hold), 0);
    child = fork();
    if (child == 0) {
        hae_spool_in_child(&spool, true);
        hae_spool_reinit(&spool);
        put(&spool, 2);
        if (take(&spool) != 2 || hae_spool_settle(&spool) != ITEMS || take(&spool) != -1) {
            _exit(1);
        }
        close(hold[1]);
        (void)!read(hold[0], &byte, 1);
        hae_spool_done(&spool);
        _exit(0);
    }
    close(hold[0]);
    hae_spool_done(&spool); /* the parent ends, while the child lives */
    open_spool(&spool, 1 << 20);
    assert_int_equal(take(&spool), 1);
    (void)hae_spool_settle(&spool);
    hae_spool_done(&spool);
    close(hold[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(segment_count(), 0);
}

/* Nothing of these is read, removed or waited for. */
static void what_is_not_ours_is_left_alone(void **state)
{
    static const char *const names[] = {
        "0000000000000001-0000000000000001.spool",  "0000000000000002-0000000000000002.spool",
        "ffffffffffffffff-ffffffffffffffff.spool.", "0000000000000000-0000000000000003.spool",
        "000000000000000G-0000000000000003.spool",  "0000000000000009.owner",
    };
    struct hae_spool spool;
    char path[600];
    struct stat status;

    (void)state;
    assert_int_equal(mkdir(inner(), 0700), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", inner(), names[i]);
        assert_int_equal(i == 0             ? symlink("/etc/passwd", path)
                         : i == 1 || i == 5 ? mkfifo(path, 0600)
                                            : close(creat(path, 0600)),
                         0);
    }
    open_spool(&spool, 1 << 20);
    assert_int_equal(take(&spool), -1);
    put(&spool, 1);
    assert_int_equal(take(&spool), 1);
    (void)hae_spool_settle(&spool);
    hae_spool_done(&spool);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", inner(), names[i]);
        assert_int_equal(lstat(path, &status), 0);
        assert_int_equal(unlink(path), 0);
    }
}

/* A file of any size counts with its size, and goes when there is no room. */
static void a_huge_file_makes_room(void **state)
{
    struct hae_spool spool;
    char path[600];
    int file;

    (void)state;
    assert_int_equal(mkdir(inner(), 0700), 0);
    snprintf(path, sizeof path, "%s/fffffffffffffff0-0000000000000001.spool", inner());
    file = open(path, O_RDWR | O_CREAT, 0600);
    assert_true(file >= 0);
    assert_int_equal(ftruncate(file, (off_t)1 << 40), 0);
    assert_true(hae_segment_begin(file, 1));
    close(file);
    open_spool(&spool, 1 << 20);
    assert_true(hae_spool_bytes(&spool) > (uint64_t)1 << 39);
    put(&spool, 1);
    assert_int_equal(hae_spool_take_lost(&spool).full_count, 1);
    assert_int_equal(take(&spool), 1);
    (void)hae_spool_settle(&spool);
    hae_spool_done(&spool);
}

static void what_dead_processes_left_counts_when_it_is_dropped(void **state)
{
    struct hae_spool spool;

    (void)state;
    leave(0, 30);
    open_spool(&spool, 12000);
    for (uint32_t i = 0; i < 40; i++) {
        put(&spool, i);
    }
    assert_int_equal(hae_spool_take_lost(&spool).adopted, 30 * ITEMS);
    hae_spool_done(&spool);
}

static void another_version_is_left_alone(void **state)
{
    struct hae_spool spool;
    uint8_t header[HAE_SEGMENT_HEADER_BYTES];
    uint64_t sum;
    char path[600];
    int file;

    (void)state;
    leave(0, 1);
    assert_int_equal(count_files(".spool", path, sizeof path), 1);
    file = open(path, O_RDWR);
    assert_int_equal(pread(file, header, sizeof header, 0), sizeof header);
    header[8]++;
    sum = hae_segment_sum(header, 32, 0);
    memcpy(header + 32, &sum, sizeof sum);
    assert_int_equal(pwrite(file, header, sizeof header, 0), sizeof header);
    close(file);
    open_spool(&spool, 1 << 20);
    assert_int_equal(take(&spool), -1);
    hae_spool_done(&spool);
    assert_int_equal(segment_count(), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_next_process_takes_over),
        TEST(a_damaged_header_costs_its_record),
        TEST(what_is_done_stays_done),
        TEST(two_processes_do_not_share),
        TEST(bytes_of_others_count),
        TEST(a_child_begins_with_nothing),
        TEST(what_is_not_ours_is_left_alone),
        TEST(a_huge_file_makes_room),
        TEST(what_dead_processes_left_counts_when_it_is_dropped),
        TEST(another_version_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
