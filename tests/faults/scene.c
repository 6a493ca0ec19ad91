/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/scene.h"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/core_cmocka.h"
#include "support/repeat.h"

enum { PAUSE_MS = 10, PATIENCE_MS = 240000 };

struct scene_form scene_form;

/* ---- Begin and end -------------------------------------------------------------------------- */

/* In it the recorder's file of a program with little memory has room. */
static bool mount_small(const char *directory)
{
    /* In a namespace of our own, so that nothing is left when a test fails. */
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("haetae-test", directory, "tmpfs", MS_NOSUID | MS_NODEV, "size=6m,mode=0700") == 0;
}

void scene_disk(struct scene *scene, bool full)
{
    struct rlimit limits;

    if (scene->mounted) {
        assert_int_equal(mount("haetae-test", scene->directory, "tmpfs",
                               MS_REMOUNT | MS_NOSUID | MS_NODEV, full ? "size=6m" : "size=256m"),
                         0);
    } else if (scene->pid != 0) {
        assert_int_equal(prlimit(scene->pid, RLIMIT_FSIZE, NULL, &limits), 0);
        limits.rlim_cur = full ? 65536 : limits.rlim_max;
        assert_int_equal(prlimit(scene->pid, RLIMIT_FSIZE, &limits, NULL), 0);
    }
}

void scene_next(struct scene *scene)
{
    struct board *board;

    if (scene->board_fd >= 0) {
        close(scene->board_fd);
        scene->run++;
    }
    assert_true(scene->run < LEDGER_RUNS);
    scene->board_fd = memfd_create("board", MFD_CLOEXEC);
    assert_true(scene->board_fd >= 0);
    assert_int_equal(ftruncate(scene->board_fd, sizeof *board), 0);
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, scene->board_fd, 0);
    assert_true(board != MAP_FAILED);
    board->run = scene->run;
    board->threads = BOARD_THREADS;
    board->spans_per_second = test_repeat(3000);
    board->others_per_span = 1;
    board->shutdown_ms = 60000;
    scene->boards[scene->run] = board;
}

void scene_begin(struct scene *scene, const char *name, unsigned options)
{
    struct receiver_options receiver = {.grpc = scene_form.grpc};

    memset(scene, 0, sizeof *scene);
    scene->name = name;
    options |= scene_form.full ? SCENE_SPOOL : 0; /* it lasts longer than there is memory for */
    scene->board_fd = -1;
    assert_true(temporary_directory(scene->directory));
    scene->mounted = (options & SCENE_SMALL_DISK) != 0 && mount_small(scene->directory);
    if ((options & SCENE_TLS) != 0) {
        scene->certificate = calloc(1, sizeof *scene->certificate);
        certificate_make(scene->certificate);
        certificate_add_expired(scene->certificate);
        receiver.certificate = scene->certificate;
    }
    scene->receiver_count = (options & SCENE_TWO) != 0 ? 2 : 1;
    for (unsigned i = 0; i < scene->receiver_count; i++) {
        scene->receivers[i] = receiver_new(&receiver);
        if ((options & SCENE_ONE_BOOK) != 0) {
            receiver.ledger = receiver_ledger(scene->receivers[0]);
        }
    }
    scene_set_all(scene, options);
    scene_next(scene);
}

void scene_end(struct scene *scene)
{
    char command[TEMPORARY_PATH_MAX + 16];

    for (unsigned i = scene->receiver_count; i-- > 0;) {
        receiver_free(scene->receivers[i]);
    }
    if (scene->certificate != NULL) {
        certificate_remove(scene->certificate);
        free(scene->certificate);
    }
    if (scene->mounted) {
        assert_int_equal(umount(scene->directory), 0);
    }
    snprintf(command, sizeof command, "rm -r '%s'", scene->directory);
    assert_int_equal(system(command), 0);
    for (unsigned i = 0; i < scene->setting_count; i++) {
        free(scene->settings[i]);
    }
    for (unsigned i = 0; i <= scene->run; i++) {
        munmap(scene->boards[i], sizeof *scene->boards[i]);
    }
    close(scene->board_fd);
}

/* ---- The program ---------------------------------------------------------------------------- */

struct board *scene_board(const struct scene *scene)
{
    return scene->boards[scene->run];
}

static void spawn(struct scene *scene)
{
    char *arguments[] = {(char *)(uintptr_t)scene_form.load, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t usual;

    /* Our servers ignore SIGPIPE. */
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, scene->board_fd, BOARD_DESCRIPTOR);
    assert_int_equal(posix_spawn(&scene->pid, scene_form.load, &actions, &attributes, arguments,
                                 scene->settings),
                     0);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
}

static int await_end(struct scene *scene)
{
    int status = 0;

    while (waitpid(scene->pid, &status, 0) < 0) {
    }
    scene->pid = 0;
    return status;
}

static bool has_state(struct scene *scene, void *user)
{
    return scene_board(scene)->state >= *(const int *)user;
}

static void await_state(struct scene *scene, enum board_state state)
{
    int wanted = (int)state;

    SCENE_AWAIT(scene, has_state, &wanted);
}

void scene_start(struct scene *scene)
{
    spawn(scene);
    await_state(scene, BOARD_STARTED);
}

int scene_start_in_vain(struct scene *scene)
{
    int status;

    spawn(scene);
    status = await_end(scene);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

void scene_rest(struct scene *scene)
{
    scene_board(scene)->wish = BOARD_REST;
    await_state(scene, BOARD_RESTED);
}

void scene_shut(struct scene *scene)
{
    scene_board(scene)->wish = BOARD_SHUT;
    await_state(scene, BOARD_DONE);
    assert_int_equal(await_end(scene), 0);
}

void scene_kill(struct scene *scene)
{
    int status;

    assert_int_equal(kill(scene->pid, SIGKILL), 0);
    status = await_end(scene);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    scene->killed = true;
    /* What it had sent is counted before anything else is. */
    for (unsigned i = 0; i < scene->receiver_count; i++) {
        receiver_down(scene->receivers[i]);
    }
}

/* ---- Looking at it -------------------------------------------------------------------------- */

static uint64_t rss_kib(pid_t pid)
{
    char path[64];
    unsigned long long pages = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    file = fopen(path, "re");
    if (file != NULL) {
        if (fscanf(file, "%*u %llu", &pages) != 1) {
            pages = 0;
        }
        fclose(file);
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static unsigned descriptor_count(pid_t pid)
{
    char path[64];
    unsigned count = 0;
    const struct dirent *entry;
    DIR *directory;

    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    directory = opendir(path);
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    if (directory != NULL) {
        closedir(directory);
    }
    return count;
}

static void keep_most(uint64_t *most, uint64_t value)
{
    *most = value > *most ? value : *most;
}

static void look(struct scene *scene)
{
    const struct board *board = scene_board(scene);
    uint64_t spooled = 0;
    uint64_t held = 0;
    unsigned descriptors;

    if (scene->pid == 0) {
        return;
    }
    for (int i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
        spooled += board->stats[i].spooled;
        held += board->stats[i].held;
    }
    keep_most(&scene->spooled_most, spooled);
    keep_most(&scene->held_most, held);
    keep_most(&scene->rss_most_kib, rss_kib(scene->pid));
    descriptors = descriptor_count(scene->pid);
    scene->descriptors_most =
        descriptors > scene->descriptors_most ? descriptors : scene->descriptors_most;
}

void scene_fault(struct scene *scene)
{
    scene->rss_before_kib = scene->rss_most_kib = rss_kib(scene->pid);
    scene_board(scene)->phase = BOARD_FAULT;
}

uint64_t scene_recorded(const struct scene *scene, haetae_signal signal)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < BOARD_THREADS; i++) {
        sum += scene_board(scene)->of[i].numbers[signal].recorded;
    }
    return sum;
}

uint64_t scene_retries(const struct scene *scene)
{
    return scene_board(scene)->stats[HAETAE_SIGNAL_TRACES].retries;
}

/* ---- Waiting -------------------------------------------------------------------------------- */

static void pause_once(struct scene *scene)
{
    static const struct timespec pause = {0, PAUSE_MS * 1000000};

    look(scene);
    (void)nanosleep(&pause, NULL);
    if (scene->pid != 0 && waitpid(scene->pid, NULL, WNOHANG | WNOWAIT) > 0 &&
        scene_board(scene)->state < BOARD_DONE) {
        fail_msg("the program under load has ended: %d", await_end(scene));
    }
}

void scene_last(struct scene *scene, unsigned ms)
{
    for (unsigned passed = 0; passed < ms; passed += PAUSE_MS) {
        pause_once(scene);
    }
}

void scene_await(struct scene *scene, scene_condition condition, void *user, const char *what)
{
    unsigned passed = 0;

    while (!condition(scene, user)) {
        pause_once(scene);
        passed += PAUSE_MS;
        if (passed > PATIENCE_MS) {
            scene_account(scene, false);
            fail_msg("%s: in vain for minutes: %s", scene->name, what);
        }
    }
    look(scene);
}

static bool has_recorded(struct scene *scene, void *user)
{
    return scene_recorded(scene, HAETAE_SIGNAL_TRACES) >= *(const uint64_t *)user;
}

void scene_record(struct scene *scene, uint64_t spans)
{
    uint64_t wanted = scene_recorded(scene, HAETAE_SIGNAL_TRACES) + test_repeat((unsigned)spans);

    SCENE_AWAIT(scene, has_recorded, &wanted);
}

/* Statistics are older than what they are of: two looks after it was recorded. */
bool scene_all_sent(struct scene *scene, void *user)
{
    const struct board_stats *stats = scene_board(scene)->stats;

    (void)user;
    return stats[HAETAE_SIGNAL_TRACES].held + stats[HAETAE_SIGNAL_LOGS].held +
               stats[HAETAE_SIGNAL_METRICS].spooled ==
           0;
}

bool scene_is_spooling(struct scene *scene, void *user)
{
    const struct board_stats *stats = scene_board(scene)->stats;

    (void)user;
    return stats[HAETAE_SIGNAL_TRACES].spooled != 0 && stats[HAETAE_SIGNAL_LOGS].spooled != 0;
}

bool scene_is_dropping(struct scene *scene, void *user)
{
    const struct board_stats *stats = scene_board(scene)->stats;
    uint64_t dropped = 0;

    (void)user;
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        dropped += stats[HAETAE_SIGNAL_TRACES].dropped[reason];
    }
    return dropped != 0;
}
