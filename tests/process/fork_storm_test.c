/* SPDX-License-Identifier: Apache-2.0 */
/* Many forks of a process that continues to record, servers that fork, and daemons. */
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process.h"
#include "support/temporary.h"

/* ---- Under load ----------------------------------------------------------------------------- */

enum {
    LOAD_THREADS = 2,
    FORKS = 1000,
    FORKS_OF_FILE = 200,
    SERIES = 900,
    AT_ONCE = 4,
    ITEMS = 3,
    HELD_MAX = 256
};

static struct {
    struct fixture f;
    _Atomic bool stop;
    _Atomic unsigned started;
    _Atomic unsigned long made[LOAD_THREADS];
    _Atomic unsigned long admitted; /* of all threads */
} load;

/* Allows the threads to record HELD_MAX spans more than are delivered, so that nothing is dropped
 * while a busy machine delays the worker. The threads do not read the statistics themselves: while
 * the process forks they only record. */
static void admit_more(void)
{
    haetae_stats *stats = NULL;

    assert_int_equal(haetae_stats_take(load.f.sdk, &stats), HAETAE_OK);
    atomic_store(&load.admitted,
                 (unsigned long)haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES) + HELD_MAX);
    haetae_stats_free(stats);
}

static bool may_record(void)
{
    unsigned long made = 0;

    for (int i = 0; i < LOAD_THREADS; i++) {
        made += atomic_load(&load.made[i]);
    }
    return made < atomic_load(&load.admitted);
}

/* Thread numbers begin at 1: 0 is the thread that forks. */
static void record_until_stopped(void *argument)
{
    static const struct timespec pause = {0, 50000};
    unsigned number = atomic_fetch_add(&load.started, 1);

    (void)argument;
    while (!atomic_load(&load.stop)) {
        struct item_id id = {PARENT, 1 + number, load.made[number]};
        haetae_span span = process_start_span(load.f.tracer, id);

        process_log(load.f.logger, id);
        /* Always a new series: a fork may happen at every stage of making one. */
        haetae_counter_add(load.f.counter, 1,
                           HAETAE_ATTRS(HAETAE_ATTR("n", (int64_t)(id.sequence % SERIES)),
                                        HAETAE_ATTR("thread", (int)number)));
        haetae_bound_counter_add(load.f.bound, 1);
        haetae_span_end(span);
        load.made[number]++;
        do {
            nanosleep(&pause, NULL);
        } while (!may_record() && !atomic_load(&load.stop));
    }
}

static void record_a_few(unsigned process)
{
    fixture_record(&load.f, process, 0, ITEMS);
    CHILD_EXPECT(haetae_sdk_shutdown(load.f.sdk, 60000) == HAETAE_OK);
}

/* Whether a child records. What a child does depends on its number. */
static bool child_records(unsigned process)
{
    return process % 4 != 0;
}

static void be_child(void *argument)
{
    unsigned process = *(unsigned *)argument;
    haetae_stats *stats = NULL;

    if (!child_records(process)) {
        if (process % 8 == 0) {
            execl("/bin/true", "true", (char *)NULL);
            _exit(127);
        }
        _exit(0);
    }
    record_a_few(process);
    CHILD_EXPECT(haetae_stats_take(load.f.sdk, &stats) == HAETAE_OK);
    CHILD_EXPECT(haetae_stats_recorded(stats, HAETAE_SIGNAL_TRACES) == ITEMS);
    CHILD_EXPECT(haetae_stats_delivered(stats, HAETAE_SIGNAL_LOGS) == ITEMS);
    CHILD_EXPECT(haetae_stats_dropped_total(stats, HAETAE_SIGNAL_METRICS) == 0);
    haetae_stats_free(stats);
    if (process % 5 == 0) {
        haetae_sdk_free(load.f.sdk);
    }
}

/* Delivers when no worker does. */
static void deliver_some(void)
{
    if (strcmp(PROCESS_WORKER, "manual") == 0) {
        assert_int_equal(haetae_sdk_step(load.f.sdk, 0), HAETAE_OK);
    }
}

static void fork_many(void *argument)
{
    unsigned forks = *(unsigned *)argument;
    pid_t under_way[AT_ONCE] = {0};

    for (unsigned process = 1; process <= forks; process++) {
        unsigned place = process % AT_ONCE;

        if (under_way[place] != 0) {
            process_await(under_way[place]);
        }
        under_way[place] = process_begin(be_child, &process);
        deliver_some();
        admit_more();
    }
    for (unsigned i = 0; i < AT_ONCE; i++) {
        if (under_way[i] != 0) {
            process_await(under_way[i]);
        }
    }
}

static void *load_thread(void *argument)
{
    record_until_stopped(argument);
    return NULL;
}

static void fork_under_load(unsigned forks, const struct sdk_setting *settings)
{
    pthread_t threads[LOAD_THREADS];

    memset(&load, 0, sizeof load);
    load.admitted = HELD_MAX;
    fixture_begin(&load.f, settings);
    for (int i = 0; i < LOAD_THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, load_thread, NULL), 0);
    }
    for (int i = 0; i < LOAD_THREADS; i++) {
        while (atomic_load(&load.made[i]) == 0) {
            sched_yield();
        }
    }
    fork_many(&forks);
    atomic_store(&load.stop, true);
    for (int i = 0; i < LOAD_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    fixture_finish(&load.f);
    for (unsigned i = 0; i < LOAD_THREADS; i++) {
        assert_true(load.made[i] > 0);
        fixture_has(&load.f, PARENT, 1 + i, load.made[i]);
    }
    for (unsigned process = 1; process <= forks; process++) {
        fixture_has(&load.f, process, 0, child_records(process) ? ITEMS : 0);
    }
    receiver_has_no_others(load.f.receiver);
    receiver_has_unique_ids(load.f.receiver);
    sdk_all_delivered(load.f.sdk, HAETAE_SIGNAL_TRACES, load.made[0] + load.made[1]);
    sdk_all_delivered(load.f.sdk, HAETAE_SIGNAL_LOGS, load.made[0] + load.made[1]);
    assert_int_equal(receiver_last_value(load.f.receiver, getpid(), "bound"),
                     load.made[0] + load.made[1]);
    fixture_end(&load.f);
}

static void every_item_comes_once_from_a_thousand_forks_under_load(void **state)
{
    (void)state;
    fork_under_load(sdk_repeat(FORKS), NULL);
}

/* The child must copy the memory that it shares with a parent that continues to record. */
static void every_item_comes_once_from_forks_with_a_recorder_file(void **state)
{
    char directory[TEMPORARY_PATH_MAX];

    (void)state;
    assert_true(temporary_directory(directory));
    fork_under_load(sdk_repeat(FORKS_OF_FILE), SDK_SETTINGS({"HAETAE_RECORDER_DIR", directory}));
    assert_int_equal(rmdir(directory), 0); /* the parent removed its file, and no child left one */
}

/* ---- A prefork server ------------------------------------------------------------------------ */

enum { WORKERS = 4, WORKER_THREADS = 3, REQUESTS = 200 };

struct worker {
    struct fixture *f;
    unsigned process;
    _Atomic unsigned started;
};

/* All threads of a worker make their first record at almost the same time. */
static void serve(void *argument)
{
    struct worker *worker = argument;

    fixture_record(worker->f, worker->process, atomic_fetch_add(&worker->started, 1), REQUESTS);
}

#if defined(__SANITIZE_THREAD__)
/* ThreadSanitizer cannot start threads in a child. */
static void serve_in_threads(struct worker *worker)
{
    for (int i = 0; i < WORKER_THREADS; i++) {
        serve(worker);
    }
}
#else
static void *serve_thread(void *argument)
{
    serve(argument);
    return NULL;
}

static void serve_in_threads(struct worker *worker)
{
    pthread_t threads[WORKER_THREADS];

    for (int i = 0; i < WORKER_THREADS; i++) {
        CHILD_EXPECT(pthread_create(&threads[i], NULL, serve_thread, worker) == 0);
    }
    for (int i = 0; i < WORKER_THREADS; i++) {
        CHILD_EXPECT(pthread_join(threads[i], NULL) == 0);
    }
}
#endif

static void be_worker(void *argument)
{
    struct worker *worker = argument;

    serve_in_threads(worker);
    CHILD_EXPECT(haetae_sdk_force_flush(worker->f->sdk, 60000) == HAETAE_OK);
    fixture_record(worker->f, worker->process, WORKER_THREADS, REQUESTS);
    CHILD_EXPECT(haetae_sdk_shutdown(worker->f->sdk, 60000) == HAETAE_OK);
    haetae_sdk_free(worker->f->sdk);
}

static void workers_of_a_prefork_server_report_each_for_itself(void **state)
{
    pid_t pids[WORKERS];
    struct fixture f;

    (void)state;
    fixture_begin(&f, NULL);
    fixture_record(&f, PARENT, 0, 10);
    for (unsigned i = 0; i < WORKERS; i++) {
        struct worker worker = {.f = &f, .process = 1 + i};

        pids[i] = process_begin(be_worker, &worker);
    }
    fixture_record(&f, PARENT, 1, 10);
    for (unsigned i = 0; i < WORKERS; i++) {
        process_await(pids[i]);
    }
    fixture_finish(&f);
    for (unsigned i = 0; i < WORKERS; i++) {
        for (unsigned thread = 0; thread <= WORKER_THREADS; thread++) {
            fixture_has(&f, 1 + i, thread, REQUESTS);
        }
        assert_int_equal(receiver_last_value(f.receiver, pids[i], "bound"),
                         (WORKER_THREADS + 1) * REQUESTS);
        assert_int_equal(receiver_last_value(f.receiver, pids[i], "observed"),
                         (WORKER_THREADS + 1) * REQUESTS);
    }
    fixture_has(&f, PARENT, 0, 10);
    fixture_has(&f, PARENT, 1, 10);
    receiver_has_no_others(f.receiver);
    receiver_has_unique_ids(f.receiver);
    fixture_end(&f);
}

/* ---- A daemon ---------------------------------------------------------------------- */

struct daemon_state {
    struct fixture f;
    int ended; /* the end of a pipe that closes with the daemon */
};

/* Like a daemon: closes every descriptor, those of the library as well, except those that the
 * test needs. */
static void close_all_but(int first, int second)
{
    for (int fd = 3; fd < 256; fd++) {
        if (fd != first && fd != second) {
            close(fd);
        }
    }
}

static void be_daemon(struct daemon_state *daemon_state)
{
    int file;

    CHILD_EXPECT(setsid() > 0);
    close_all_but(receiver_descriptor(daemon_state->f.receiver), daemon_state->ended);
    file = open("/etc/passwd",
                O_RDONLY); /* may get the number of a former descriptor of the library */
    fixture_record(&daemon_state->f, CHILD, 0, 100);
    CHILD_EXPECT(haetae_sdk_shutdown(daemon_state->f.sdk, 60000) == HAETAE_OK);
    haetae_sdk_free(daemon_state->f.sdk);
    CHILD_EXPECT(fcntl(file, F_GETFD) >= 0);
    CHILD_EXPECT(write(daemon_state->ended, "", 1) == 1);
    _exit(0);
}

static void fork_again(void *argument)
{
    pid_t pid = fork();

    CHILD_EXPECT(pid >= 0);
    if (pid == 0) {
        be_daemon(argument);
    }
}

static void daemon_continues_after_its_parents_end(void **state)
{
    struct daemon_state daemon_state;
    int ended[2];
    char byte;

    (void)state;
    fixture_begin(&daemon_state.f, NULL);
    assert_int_equal(pipe(ended), 0);
    daemon_state.ended = ended[1];
    fixture_record(&daemon_state.f, PARENT, 0, 10);
    process_run(fork_again, &daemon_state);
    close(ended[1]);
    assert_int_equal(read(ended[0], &byte, 1), 1);
    close(ended[0]);
    fixture_finish(&daemon_state.f);
    fixture_has(&daemon_state.f, PARENT, 0, 10);
    fixture_has(&daemon_state.f, CHILD, 0, 100);
    receiver_has_no_others(daemon_state.f.receiver);
    fixture_end(&daemon_state.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_comes_once_from_a_thousand_forks_under_load),
        cmocka_unit_test(every_item_comes_once_from_forks_with_a_recorder_file),
        cmocka_unit_test(workers_of_a_prefork_server_report_each_for_itself),
        cmocka_unit_test(daemon_continues_after_its_parents_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
