/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/fork.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/atfork.h"
#include "recorder/call.h"
#include "recorder/region_file.h"
#include "recorder/registry.h"
#include "recorder/scope.h"

/* ---- In fork() -------------------------------------------------------------------------- */

/* Lets a thread come to the end of reinitializing: what it has half done would be nobody's in the
 * child. Not for ever: it makes a file, and disks may fail. */
static void settle_soon(struct hae_recorder *recorder)
{
    static const struct timespec pause = {0, 1000000};

    /* Relaxed: nothing is read that it protects. */
    for (int tries = 0; tries < 50 && atomic_load_explicit(&recorder->life, memory_order_relaxed) ==
                                          HAE_LIFE_REINITIALIZING;
         tries++) {
        nanosleep(&pause, NULL);
    }
}

/* Locks what other threads may be changing, as far as that is possible soon. */
static bool hold_recorders(void *self)
{
    (void)self;
    hae_registry_before_fork(settle_soon);
    hae_scopes_before_fork();
    return true;
}

static void release_recorders(void *self, bool held)
{
    (void)self;
    (void)held;
    hae_scopes_in_parent();
    hae_registry_in_parent();
}

/* Relaxed throughout: the child has one thread. */
static void close_in_child(struct hae_recorder *recorder, uint32_t epoch)
{
    uint32_t life = atomic_load_explicit(&recorder->life, memory_order_relaxed);
    bool records =
        recorder->atfork.reinit != NULL &&
        (hae_accepting(recorder) || life == HAE_LIFE_INHERITED || life == HAE_LIFE_REINITIALIZING);

    atomic_store_explicit(&recorder->accepting, false, memory_order_relaxed);
    atomic_store_explicit(&recorder->life, records ? HAE_LIFE_INHERITED : HAE_LIFE_OVER,
                          memory_order_relaxed);
    /* What threads remember of their lanes is no longer true. */
    atomic_store_explicit(&recorder->epoch, epoch, memory_order_relaxed);
    atomic_store_explicit(&recorder->consumer_waits, false, memory_order_relaxed);
    atomic_store_explicit(&recorder->start_pending, records, memory_order_relaxed);
    if (recorder->wake_descriptor >= 0) {
        /* Now, while the number is ours for sure: the child may close all it finds. */
        close(recorder->wake_descriptor);
        recorder->wake_descriptor = -1;
    }
    if (recorder->file != NULL) {
        recorder->inherited_file = recorder->file;
        recorder->file = NULL;
    }
    if (recorder->inherited_file != NULL) {
        /* Also when the parent was about to make one. */
        hae_region_file_leave(recorder->inherited_file);
    }
    for (int cause = 0; cause < HAETAE_MISUSE_COUNT; cause++) {
        atomic_store_explicit(&recorder->misuse[cause], 0, memory_order_relaxed);
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            atomic_store_explicit(&recorder->rejected[signal][reason], 0, memory_order_relaxed);
        }
    }
}

/* Registry and scopes know themselves whether they were locked. */
static void close_recorders(void *self, bool held)
{
    (void)self;
    (void)held;
    hae_scopes_in_child();
    hae_registry_in_child(close_in_child);
}

static void add_hooks(void)
{
    static const struct hae_atfork_hooks hooks = {.name = "recorder",
                                                  .order = HAE_ATFORK_RECORDER,
                                                  .prepare = hold_recorders,
                                                  .parent = release_recorders,
                                                  .child = close_recorders};
    static struct hae_atfork place;

    hae_atfork_add(&place, &hooks, NULL);
}

void hae_recorders_watch_fork(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, add_hooks);
}

/* ---- Resuming ----------------------------------------------------------------------------- */

static uint32_t life_of(const struct hae_recorder *recorder)
{
    /* Acquire pairs with the release in reinit(): who sees the recorder resumed sees its
     * memory emptied. */
    return atomic_load_explicit(&recorder->life, memory_order_acquire);
}

bool hae_recorder_untouched(const struct hae_recorder *recorder)
{
    uint32_t life = life_of(recorder);

    return life == HAE_LIFE_INHERITED || life == HAE_LIFE_OVER;
}

HAE_COLD bool hae_recorder_may_resume(const struct hae_recorder *recorder)
{
    uint32_t life = life_of(recorder);

    return life == HAE_LIFE_INHERITED || life == HAE_LIFE_REINITIALIZING;
}

void hae_recorder_settle(const struct hae_recorder *recorder)
{
    while (life_of(recorder) == HAE_LIFE_REINITIALIZING) {
        sched_yield();
    }
}

bool hae_recorder_give_up(struct hae_recorder *recorder)
{
    uint32_t life = HAE_LIFE_INHERITED;

    hae_recorder_settle(recorder);
    /* Relaxed: it only decides who was first; settling has acquired what was reinitialized. */
    return atomic_compare_exchange_strong_explicit(&recorder->life, &life, HAE_LIFE_OVER,
                                                   memory_order_relaxed, memory_order_relaxed) ||
           life == HAE_LIFE_OVER;
}

/* A recording call leaves errno alone, and its thread is not cancelled in the middle of it. */
struct thread_state {
    int error;
    int cancelable;
};

static struct thread_state save_thread_state(void)
{
    struct thread_state state = {errno, 0};

    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state.cancelable);
    return state;
}

static void restore_thread_state(struct thread_state state)
{
    (void)pthread_setcancelstate(state.cancelable, &state.cancelable);
    errno = state.error;
}

/* Memory of this process, in a file of its own if the parent's was in one. */
static bool reinit_memory(struct hae_recorder *recorder)
{
    struct hae_region_file *file = recorder->inherited_file;

    if (file == NULL) {
        return true;
    }
    if (!hae_region_file_reinit(file)) {
        return false;
    }
    if (hae_region_file_is_own(file)) {
        recorder->file = file;
        recorder->inherited_file = NULL;
    }
    return true;
}

/* The caller has made life HAE_LIFE_REINITIALIZING. */
static void reinit(struct hae_recorder *recorder)
{
    if (!reinit_memory(recorder)) {
        /* Relaxed: nothing has changed that the next who tries would have to see. */
        atomic_store_explicit(&recorder->life, HAE_LIFE_INHERITED, memory_order_relaxed);
        return;
    }
    hae_region_reinit(recorder->region);
    hae_recorder_note_time(recorder);
    recorder->atfork.reinit(recorder->atfork.user);
    hae_recorder_seed(recorder);
    recorder->pending = 0;
    recorder->next_source = 0;
    /* From here on what is recorded outlives the process. */
    hae_region_set_ready(recorder->region);
    hae_registry_readmit(recorder);
    /* Release pairs with the acquire in hae_thread_attach(): a thread that finds the recorder
     * open without having waited for it sees its memory emptied. */
    atomic_store_explicit(&recorder->accepting, true, memory_order_release);
    /* Release pairs with the acquire in life_of(). */
    atomic_store_explicit(&recorder->life, HAE_LIFE_OWN, memory_order_release);
}

/* Makes the recorder this process's own, or waits for the thread that does. */
static void become_own(struct hae_recorder *recorder)
{
    struct thread_state state = save_thread_state();
    uint32_t life = HAE_LIFE_INHERITED;
    sigset_t all;
    sigset_t before;

    /* A handler that forked in the middle of it would leave its child the rest to do, with
     * what belongs to this process. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    /* Relaxed: one thread wins, and has nothing to see of the others; who loses waits for
     * what hae_recorder_settle() acquires. */
    if (atomic_compare_exchange_strong_explicit(&recorder->life, &life, HAE_LIFE_REINITIALIZING,
                                                memory_order_relaxed, memory_order_relaxed)) {
        reinit(recorder);
    }
    hae_recorder_settle(recorder);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    restore_thread_state(state);
}

HAE_COLD bool hae_recorder_resume(struct hae_recorder *recorder)
{
    uint32_t life = life_of(recorder);

    if (life == HAE_LIFE_OWN) {
        return hae_accepting(recorder); /* another thread may have been faster */
    }
    /* A handler of a signal that came in the middle of a recording call: when the parent
     * forked in it, that call goes on with what it had of the parent's. */
    if (life == HAE_LIFE_OVER ||
        atomic_load_explicit(&hae_thread.busy, memory_order_relaxed) != 0) {
        return false;
    }
    hae_lane_begin();
    become_own(recorder);
    hae_lane_end();
    if (life_of(recorder) != HAE_LIFE_OWN) {
        return false;
    }
    (void)hae_recorder_start_consumer(recorder);
    return hae_accepting(recorder);
}

bool hae_looks_like_handler(void)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    sigset_t mask;
    stack_t stack;

    if (sigaltstack(NULL, &stack) == 0 && (stack.ss_flags & SS_ONSTACK) != 0) {
        return true;
    }
    sigemptyset(&mask);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (sigismember(&mask, faults[i]) == 1) {
            return sigismember(&mask, SIGTERM) != 1;
        }
    }
    return false;
}

HAE_COLD bool hae_recorder_start_consumer(struct hae_recorder *recorder)
{
    struct thread_state state;

    /* Acquire pairs with the release of who started it. */
    if (!atomic_load_explicit(&recorder->start_pending, memory_order_acquire)) {
        return true;
    }
    /* Not before the recorder is this process's own: in a child that was forked in a signal
     * handler, the call that it interrupted comes here, and goes on with what it has. */
    if (life_of(recorder) != HAE_LIFE_OWN || hae_looks_like_handler()) {
        return false;
    }
    state = save_thread_state();
    recorder->atfork.start(recorder->atfork.user);
    restore_thread_state(state);
    return true;
}

HAE_COLD void hae_count_rejected(struct hae_recorder *recorder, haetae_signal signal)
{
    uint32_t life = life_of(recorder);

    if (life == HAE_LIFE_OWN) {
        hae_count_dropped_now(recorder, signal, HAETAE_DROP_SHUTDOWN);
    } else {
        /* Not in the region, which may be the parent's. */
        hae_count_shared(&recorder->rejected[signal][life == HAE_LIFE_OVER ? HAETAE_DROP_SHUTDOWN
                                                                           : HAETAE_DROP_FORK]);
    }
}
