/* SPDX-License-Identifier: Apache-2.0 */
/* A database in a file on a disk that is full, or fails. The disk is SQLite's calls of the system,
 * which are others here. */
#include "ask.h"
#include "view_test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB ((int64_t)1 << 20)

/* What all files together may take, and take. A thread of the database writes, too. */
static pthread_mutex_t disk_lock = PTHREAD_MUTEX_INITIALIZER; /* guards: */
static int64_t disk_bytes;
static int64_t used_bytes;
static int disk_error; /* of each write; 0: none */

static int64_t size_of(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 ? (int64_t)status.st_size : 0;
}

/* Gives the disk so much room, or all that is used already. */
static void set_disk(int64_t bytes)
{
    pthread_mutex_lock(&disk_lock);
    disk_bytes = bytes > 0 ? bytes : used_bytes;
    pthread_mutex_unlock(&disk_lock);
}

static void set_error(int error)
{
    pthread_mutex_lock(&disk_lock);
    disk_error = error;
    pthread_mutex_unlock(&disk_lock);
}

/* Takes room for a file that ends there. The error; 0: none. Called with the lock. */
static int take_room(int fd, int64_t end)
{
    int64_t more = end - size_of(fd);
    if (disk_error != 0 || (more > 0 && used_bytes + more > disk_bytes)) {
        return disk_error != 0 ? disk_error : ENOSPC;
    }
    used_bytes += more > 0 ? more : 0;
    return 0;
}

static ssize_t on_pwrite(int fd, const void *data, size_t size, off_t at)
{
    pthread_mutex_lock(&disk_lock);
    int error = take_room(fd, (int64_t)at + (int64_t)size);
    ssize_t written = error == 0 ? pwrite(fd, data, size, at) : -1;
    pthread_mutex_unlock(&disk_lock);
    errno = error != 0 ? error : errno;
    return written;
}

static int on_fallocate(int fd, off_t at, off_t size)
{
    pthread_mutex_lock(&disk_lock);
    int error = take_room(fd, (int64_t)at + (int64_t)size);
    error = error == 0 ? posix_fallocate(fd, at, size) : error;
    pthread_mutex_unlock(&disk_lock);
    return error;
}

static int on_ftruncate(int fd, off_t size)
{
    pthread_mutex_lock(&disk_lock);
    int64_t before = size_of(fd);
    int code = ftruncate(fd, size);
    used_bytes += code == 0 ? (int64_t)size - before : 0;
    pthread_mutex_unlock(&disk_lock);
    return code;
}

static int group_setup(void **state)
{
    static const struct {
        const char *name;
        sqlite3_syscall_ptr call;
    } calls[] = {{"pwrite", (sqlite3_syscall_ptr)on_pwrite},
                 {"pwrite64", (sqlite3_syscall_ptr)on_pwrite},
                 {"fallocate", (sqlite3_syscall_ptr)on_fallocate},
                 {"ftruncate", (sqlite3_syscall_ptr)on_ftruncate}};
    (void)state;
    hae_view_store_free(make_store(10)); /* it configures SQLite, which has to come first */
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        assert_int_equal(vfs->xSetSystemCall(vfs, calls[i].name, calls[i].call), SQLITE_OK);
    }
    return 0;
}

struct fixture {
    char path[48];
    struct hae_view_store *store;
    uint32_t sent; /* spans that were kept */
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    strcpy(fixture->path, "/tmp/haetae_view_room_XXXXXX");
    int fd = mkstemp(fixture->path);
    assert_true(fd >= 0);
    close(fd);
    used_bytes = 0;
    set_disk(1024 * MIB);
    struct hae_view_database_options options = {.path = fixture->path,
                                                .size_bytes = (uint64_t)(32 * MIB)};
    char problem[160];
    fixture->store = hae_view_store_open(&options, problem, sizeof problem);
    if (fixture->store == NULL) {
        fail_msg("%s", problem);
    }
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    char name[64];
    set_error(0);
    hae_view_store_free(fixture->store);
    snprintf(name, sizeof name, "%s-lock", fixture->path);
    unlink(name);
    unlink(fixture->path);
    free(fixture);
    return 0;
}

/* A request of 500 spans, the next ones. */
static enum hae_view_database_result send_spans(struct fixture *fixture)
{
    const uint32_t count = 500;
    struct hae_view_origin origin =
        begin_request(fixture->store, "shop", fixture->sent / count + 1);
    for (uint32_t i = 1; i <= count; i++) {
        struct hae_view_span_row span = make_span(1 + fixture->sent / 10, fixture->sent + i, MS);
        hae_view_store_span(fixture->store, &origin, &span);
    }
    enum hae_view_database_result result = hae_view_store_end(fixture->store, true);
    fixture->sent += result == HAE_VIEW_DATABASE_KEPT ? count : 0;
    return result;
}

/* Sends so many spans, a request again when it was refused as a sender does. Returns how many were
 * refused. */
static int send_many(struct fixture *fixture, uint32_t spans)
{
    const uint32_t end = fixture->sent + spans;
    int refused = 0;
    int in_a_row = 0;
    while (fixture->sent < end) {
        enum hae_view_database_result result = send_spans(fixture);
        if (result == HAE_VIEW_DATABASE_KEPT) {
            in_a_row = 0;
            continue;
        }
        assert_int_equal(result, HAE_VIEW_DATABASE_DISK_FULL);
        refused++;
        assert_true(++in_a_row < 3);
    }
    return refused;
}

static int64_t ask(struct fixture *fixture, const char *query)
{
    return ask_database(hae_view_store_database(fixture->store), query);
}

static uint64_t forgotten(struct fixture *fixture)
{
    return hae_view_database_counts(hae_view_store_database(fixture->store)).spans_forgotten;
}

/* The newest are there, without a gap, and those that are not are counted. */
static void assert_newest_are_kept(struct fixture *fixture)
{
    int64_t kept = ask(fixture, "SELECT count(*) FROM span");
    assert_int_equal(ask(fixture, "SELECT max(id) FROM span"), fixture->sent);
    assert_int_equal(ask(fixture, "SELECT max(id) - min(id) + 1 FROM span"), kept);
    assert_int_equal(forgotten(fixture), fixture->sent - kept);
}

static void a_full_disk_makes_the_oldest_go(void **state)
{
    struct fixture *fixture = *state;
    set_disk(12 * MIB);
    int refused = send_many(fixture, 200000);
    assert_true(refused > 0 && refused < 40);
    assert_newest_are_kept(fixture);
    assert_in_range(forgotten(fixture), 100000, 195000);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM pragma_integrity_check"
                                  " WHERE integrity_check <> 'ok'"),
                     0);
}

static void a_disk_that_others_fill_is_used_again_when_they_leave(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(send_many(fixture, 50000), 0);
    assert_int_equal(forgotten(fixture), 0);
    set_disk(0);
    (void)send_many(fixture, 50000);
    int64_t pages = ask(fixture, "PRAGMA page_count");
    assert_true(pages < 32 * MIB / 4096 / 2);
    assert_newest_are_kept(fixture);
    assert_true(forgotten(fixture) > 20000);
    set_disk(1024 * MIB);
    uint64_t before = forgotten(fixture);
    assert_int_equal(send_many(fixture, 20000), 0);
    assert_int_equal(forgotten(fixture), before);
    assert_newest_are_kept(fixture);
}

static void a_disk_without_any_room_refuses_until_there_is_some(void **state)
{
    struct fixture *fixture = *state;
    set_disk(0);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(send_spans(fixture), HAE_VIEW_DATABASE_DISK_FULL);
        char problem[160];
        hae_view_store_problem(fixture->store, problem, sizeof problem);
        assert_non_null(strstr(problem, "the disk is full"));
    }
    assert_int_equal(ask(fixture, "SELECT count(*) FROM span"), 0);
    set_disk(1024 * MIB);
    assert_int_equal(send_many(fixture, 1000), 0);
    assert_newest_are_kept(fixture);
}

static void a_disk_that_fails_makes_nothing_go(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(send_many(fixture, 20000), 0);
    set_error(EIO);
    assert_int_equal(send_spans(fixture), HAE_VIEW_DATABASE_BROKEN);
    assert_int_equal(forgotten(fixture), 0);
    set_error(0);
    assert_int_equal(send_many(fixture, 1000), 0);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM span"), 21000);
}

static void a_file_that_another_locks_loses_nothing(void **state)
{
    struct fixture *fixture = *state;
    sqlite3 *other;
    assert_int_equal(send_many(fixture, 20000), 0);
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(send_spans(fixture), HAE_VIEW_DATABASE_BROKEN);
    char problem[160];
    hae_view_store_problem(fixture->store, problem, sizeof problem);
    assert_string_equal(problem, "database is locked");
    sqlite3_close(other);
    assert_int_equal(send_many(fixture, 1000), 0);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM span"), 21000);
    assert_int_equal(forgotten(fixture), 0);
}

/* How often the log has restarted: a number in its header. */
static uint32_t beginnings_of_log(const struct fixture *fixture)
{
    char name[64];
    uint8_t head[16] = {0};
    snprintf(name, sizeof name, "%s-wal", fixture->path);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, head, sizeof head, 0), sizeof head);
    close(fd);
    return (uint32_t)head[12] << 24 | (uint32_t)head[13] << 16 | (uint32_t)head[14] << 8 | head[15];
}

/* The log cannot restart while a reader uses it. Requests do not wait for the reader, and the log
 * restarts when the reader is done. */
static void a_long_question_stops_neither_requests_nor_the_log(void **state)
{
    struct fixture *fixture = *state;
    struct hae_view_database *database = hae_view_store_database(fixture->store);
    sqlite3_stmt *question;
    assert_int_equal(send_many(fixture, 1000), 0);
    sqlite3 *db = hae_view_database_read(database);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT id FROM span", -1, &question, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(question), SQLITE_ROW);
    uint32_t before = beginnings_of_log(fixture);
    assert_int_equal(send_many(fixture, 150000), 0);
    assert_int_equal(beginnings_of_log(fixture), before);
    sqlite3_finalize(question);
    hae_view_database_read_done(database);
    for (int i = 0; i < 1000 && beginnings_of_log(fixture) == before; i++) {
        assert_int_equal(send_many(fixture, 500), 0);
    }
    assert_true(beginnings_of_log(fixture) > before);
    assert_newest_are_kept(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_full_disk_makes_the_oldest_go, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_that_others_fill_is_used_again_when_they_leave,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_without_any_room_refuses_until_there_is_some, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_long_question_stops_neither_requests_nor_the_log, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_disk_that_fails_makes_nothing_go, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_another_locks_loses_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, group_setup, NULL);
}
