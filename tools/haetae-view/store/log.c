/* SPDX-License-Identifier: Apache-2.0 */
#include "store/log.h"

#include <time.h>

#include "base/lock.h"
#include "base/thread.h"

/* The log is moved when it has so many pages: this part of those of the database, between 16 MB and
 * 128 MB; where there is less room, earlier. The longer it becomes, the fewer requests have to wait
 * until the rest is moved. */
#define DATABASE_PART 8
#define FRAMES_LEAST  4000
#define FRAMES_MOST   32000
#define FRAMES_MIN    64
/* When there was less room, it may become longer by this part each time that it restarts. */
#define FRAMES_PART 32
/* When it cannot restart, because a reader uses it, it is moved again with this part more. */
#define AGAIN_PART 8
/* With so many times as much, a request waits until it is moved. */
#define FRAMES_TOO_MANY 4
/* The thread moves it until so few are left, or so often; the rest is moved between requests. */
#define FEW_FRAMES 250
#define PASSES_MAX 4
/* How often it looks whether it can stop requests for that. */
#define STOPS_MAX 200

/* Moves what is in the log now, except what a reader still uses. How many pages of it
 * are in the file then; -1: it failed. */
static int move(struct hae_view_log *log, int *ret_all)
{
    int moved;
    pthread_mutex_lock(&log->moving);
    int code =
        sqlite3_wal_checkpoint_v2(log->db, "main", SQLITE_CHECKPOINT_PASSIVE, ret_all, &moved);
    pthread_mutex_unlock(&log->moving);
    return code == SQLITE_OK ? moved : -1;
}

static int frames_of(const struct hae_view_log *log)
{
    /* Relaxed: a number that is a little old does no harm. */
    return atomic_load_explicit(&log->frames, memory_order_relaxed);
}

/* Waits until nobody reads and no request is written. Readers need not wait meanwhile: requests may
 * follow each other closely. False: they did. */
static bool stop_all(struct hae_view_log *log)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    for (int i = 0; i < STOPS_MAX; i++) {
        hae_view_gate_take(log->gate, false);
        if (pthread_mutex_trylock(&log->writing) == 0) {
            return true;
        }
        hae_view_gate_leave(log->gate);
        (void)nanosleep(&pause, NULL);
    }
    return false;
}

/* The disk takes long for much, and each time for writing it out. So most is moved while requests
 * go on, and only what came meanwhile while they wait. The log restarts with the next request
 * when all of it is moved and nobody reads from it; who reads later, reads from the file. First it
 * waits for the reader, then for the request: a long question must not keep requests waiting. */
static void move_all(struct hae_view_log *log)
{
    int all;
    int moved = move(log, &all);
    for (int i = 1; i < PASSES_MAX && moved >= 0 && frames_of(log) - moved > FEW_FRAMES; i++) {
        moved = move(log, &all);
    }
    if (moved >= 0 && stop_all(log)) {
        (void)move(log, &all);
        pthread_mutex_unlock(&log->writing);
        hae_view_gate_leave(log->gate);
    }
}

static void *run(void *user)
{
    struct hae_view_log *log = user;
    pthread_mutex_lock(&log->lock);
    while (!log->stopping) {
        if (!log->wanted) {
            pthread_cond_wait(&log->wake, &log->lock);
            continue;
        }
        log->wanted = false;
        pthread_mutex_unlock(&log->lock);
        move_all(log);
        pthread_mutex_lock(&log->lock);
    }
    pthread_mutex_unlock(&log->lock);
    return NULL;
}

static void want(struct hae_view_log *log)
{
    pthread_mutex_lock(&log->lock);
    log->wanted = true;
    pthread_cond_signal(&log->wake);
    pthread_mutex_unlock(&log->lock);
}

/* SQLite calls it after each transaction of the writer. */
static int committed(void *user, sqlite3 *db, const char *name, int frames)
{
    struct hae_view_log *log = user;
    int all;
    (void)db;
    (void)name;
    if (frames < frames_of(log)) {
        if (log->frames_max < log->frames_usual) {
            log->frames_max += log->frames_max / FRAMES_PART + 1;
        }
        log->frames_next = log->frames_max;
    }
    atomic_store_explicit(&log->frames, frames, memory_order_relaxed);
    if (frames >= log->frames_next) {
        log->frames_next = frames + log->frames_max / AGAIN_PART;
        want(log);
    }
    if (frames >= FRAMES_TOO_MANY * log->frames_max) {
        (void)move(log, &all);
    }
    return SQLITE_OK;
}

static void done(struct hae_view_log *log)
{
    (void)sqlite3_close(log->db);
    log->db = NULL;
    pthread_mutex_destroy(&log->moving);
    pthread_mutex_destroy(&log->writing);
    pthread_mutex_destroy(&log->lock);
}

bool hae_view_log_start(struct hae_view_log *log, sqlite3 *db, const struct hae_view_log_of *of)
{
    uint64_t part = of->pages_max / DATABASE_PART;
    pthread_mutex_init(&log->moving, NULL);
    pthread_mutex_init(&log->writing, NULL);
    pthread_mutex_init(&log->lock, NULL);
    atomic_init(&log->frames, 0);
    log->frames_usual = part < FRAMES_LEAST  ? FRAMES_LEAST
                        : part < FRAMES_MOST ? (int)part
                                             : FRAMES_MOST;
    log->frames_max = log->frames_usual;
    log->frames_next = log->frames_usual;
    log->gate = of->gate;
    log->db = db;
    bool has_condition = hae_condition_init(&log->wake);
    if (has_condition && hae_thread_start(&log->thread, run, log) == HAETAE_OK) {
        (void)sqlite3_wal_hook(of->writer, committed, log);
        return true;
    }
    if (has_condition) {
        pthread_cond_destroy(&log->wake);
    }
    done(log);
    return false;
}

void hae_view_log_stop(struct hae_view_log *log)
{
    if (log->db == NULL) {
        return;
    }
    pthread_mutex_lock(&log->lock);
    log->stopping = true;
    pthread_cond_signal(&log->wake);
    pthread_mutex_unlock(&log->lock);
    pthread_join(log->thread, NULL);
    pthread_cond_destroy(&log->wake);
    done(log);
}

void hae_view_log_hold(struct hae_view_log *log)
{
    if (log->db != NULL) {
        pthread_mutex_lock(&log->writing);
    }
}

void hae_view_log_release(struct hae_view_log *log)
{
    if (log->db != NULL) {
        pthread_mutex_unlock(&log->writing);
    }
}

bool hae_view_log_make_room(struct hae_view_log *log)
{
    int half = frames_of(log) / 2;
    int all;
    if (half < log->frames_max) {
        log->frames_max = half > FRAMES_MIN ? half : FRAMES_MIN;
    }
    int moved = move(log, &all);
    return moved >= 0 && moved == all;
}
