/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/resume.h"

#include <signal.h>

#include "recorder/consumer.h"
#include "recorder/host.h"
#include "recorder/life.h"
#include "recorder/region.h"
#include "recorder/region_file_child.h"
#include "recorder/registry.h"
#include "recorder/thread.h"

/* Memory of this process, in a file of its own if the parent's was in one. */
static bool reinit_memory(struct hae_recorder *recorder, bool unnamed)
{
    struct hae_region_file *file = recorder->inherited_file;

    if (file == NULL) {
        return true;
    }
    if (!hae_region_file_reinit(file, unnamed)) {
        return false;
    }
    if (hae_region_file_is_own(file)) {
        recorder->file = file;
        recorder->inherited_file = NULL;
    }
    return true;
}

/* The caller has made life HAE_LIFE_REINITIALIZING. */
static void reinit(struct hae_recorder *recorder, bool unnamed)
{
    if (!reinit_memory(recorder, unnamed)) {
        /* Relaxed: nothing has changed that the next thread that tries would have to see. */
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
    /* Release pairs with the acquire in hae_life_of(). */
    atomic_store_explicit(&recorder->life, HAE_LIFE_OWN, memory_order_release);
}

/* Makes the recorder this process's own, or waits for the thread that does. */
static void become_own(struct hae_recorder *recorder, bool unnamed)
{
    struct hae_host_state state = hae_host_save();
    uint32_t life = HAE_LIFE_INHERITED;
    sigset_t all;
    sigset_t before;

    /* Without this a signal handler could fork in the middle, and its child would continue with
     * what belongs to this process. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    /* Relaxed: the thread that wins has nothing to see of the others; those that lose wait for
     * what hae_recorder_settle() acquires. */
    if (atomic_compare_exchange_strong_explicit(&recorder->life, &life, HAE_LIFE_REINITIALIZING,
                                                memory_order_relaxed, memory_order_relaxed)) {
        reinit(recorder, unnamed);
    }
    hae_recorder_settle(recorder);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    hae_host_restore(state);
}

static bool resume(struct hae_recorder *recorder, bool unnamed)
{
    uint32_t life = hae_life_of(recorder);

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
    become_own(recorder, unnamed);
    hae_lane_end();
    if (hae_life_of(recorder) != HAE_LIFE_OWN) {
        return false;
    }
    (void)hae_recorder_start_consumer(recorder);
    return hae_accepting(recorder);
}

HAE_COLD bool hae_recorder_resume(struct hae_recorder *recorder)
{
    return resume(recorder, false);
}

bool hae_recorder_resume_unnamed(struct hae_recorder *recorder)
{
    return resume(recorder, true);
}
