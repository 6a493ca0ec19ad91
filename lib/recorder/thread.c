/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/thread.h"

#include <pthread.h>
#include <sched.h>

#include "recorder/consumer.h"
#include "recorder/host.h"
#include "recorder/lane.h"
#include "recorder/region_file.h"
#include "recorder/registry.h"
#include "recorder/slot.h"

_Thread_local struct hae_thread hae_thread HAE_NEAR_THREAD;

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t exit_key;
static _Atomic bool exit_key_made; /* written by make_key() and drop_key() */
static _Atomic uint32_t key_users; /* threads that are in use_key() */

/* Calls without a lane of its own between two looks whether the thread should have one, and the
 * time in which a thread that records often makes so many. */
enum { RETRY_CALLS = 256, OFTEN_NS = 1000000000 };

/* Keys whose values have their place in each thread from its start. What later keys need,
 * glibc allocates when a thread first sets one. */
enum { KEYS_WITHOUT_MEMORY = 32 };

/* ---- The thread's exit ---------------------------------------------------------------- */

/* Hands the lane of this thread back. */
static void leave_recorder(struct hae_recorder *recorder)
{
    struct hae_attachment *attachment = &hae_thread.attachments[recorder->index];
    struct hae_lane *lane = attachment->lane;

    attachment->lane = NULL;
    attachment->place = 0;
    /* For the compiler only: a signal handler on this thread that records meanwhile
     * must not find a lane that is handed back. */
    atomic_signal_fence(memory_order_seq_cst);
    if (lane != NULL &&
        attachment->epoch == atomic_load_explicit(&recorder->epoch, memory_order_relaxed)) {
        hae_slot_give_all(recorder, lane);
        hae_lane_hand_back(recorder, lane);
    }
}

/* Runs at a thread's exit. Destructors of other libraries may record after this:
 * such calls find the thread exiting and take no lane. */
static void thread_exits(void *unused)
{
    (void)unused;
    hae_registry_visit(leave_recorder);
    hae_thread.exiting = true;
}

static void make_key(void)
{
    atomic_store_explicit(&exit_key_made, pthread_key_create(&exit_key, thread_exits) == 0,
                          memory_order_relaxed);
}

/* Notes this thread for thread_exits(). False: it cannot be, or the key is gone: its number may be
 * another library's by now. */
static bool use_key(void)
{
    bool used;

    /* Sequentially consistent, as in drop_key(): either this thread sees that the key is gone, or
     * drop_key() sees this thread. */
    atomic_fetch_add_explicit(&key_users, 1, memory_order_seq_cst);
    used = atomic_load_explicit(&exit_key_made, memory_order_seq_cst) &&
           pthread_setspecific(exit_key, &hae_thread) == 0;
    atomic_fetch_sub_explicit(&key_users, 1, memory_order_release);
    return used;
}

/* Yields for threads in use_key() before the key is left as it is. */
enum { DROP_YIELDS = 10000 };

/* When this code is unloaded with the module that it is a part of, threads that recorded
 * must not come back to it at their exit. Also at the end of a process, where threads
 * may still record: new ones find no lane then. */
__attribute__((destructor)) static void drop_key(void)
{
    bool made = atomic_exchange_explicit(&exit_key_made, false, memory_order_seq_cst);

    /* Sequentially consistent, as in use_key(); that is, acquire pairs with its release as well. */
    for (int tries = 0; made && tries < DROP_YIELDS; tries++) {
        if (atomic_load_explicit(&key_users, memory_order_seq_cst) == 0) {
            pthread_key_delete(exit_key);
            return;
        }
        sched_yield();
    }
}

haetae_status hae_threads_init(void)
{
    pthread_once(&key_once, make_key);
    return atomic_load_explicit(&exit_key_made, memory_order_relaxed) ? HAETAE_OK : HAETAE_ETHREAD;
}

/* ---- Its lanes ------------------------------------------------------------------------ */

static void seed_thread(struct hae_recorder *recorder)
{
    /* Each thread's streams start at a random point: the recorder's seed, which
     * came from the kernel, stirred by a counter. */
    uint64_t state = atomic_fetch_add_explicit(&recorder->shared_random,
                                               UINT64_C(0x9E3779B97F4A7C15), memory_order_relaxed);
    uint64_t other = recorder->seed.a ^ state;

    hae_thread.random.a = hae_splitmix(&state);
    hae_thread.random.b = hae_splitmix(&other);
    hae_thread.seeded = true;
}

/* Has thread_exits() run at the end of this thread. False: it can't be had, or not now, as
 * it may take memory, and this is a signal handler, which may have interrupted malloc(). */
static bool note_exit(struct hae_attachment *attachment)
{
    if (hae_thread.exiting || !atomic_load_explicit(&exit_key_made, memory_order_relaxed)) {
        return false;
    }
    if (exit_key >= KEYS_WITHOUT_MEMORY && pthread_getspecific(exit_key) == NULL &&
        hae_looks_like_handler()) {
        attachment->calls = RETRY_CALLS - 1; /* the next call looks again */
        return false;
    }
    return use_key();
}

/* Before the thread's first record. */
static void name_file(struct hae_region_file *file)
{
    struct hae_host_state state;

    /* Relaxed: the name is made once more where this thread does not know of it. */
    if (HAE_UNLIKELY(atomic_load_explicit(&file->naming, memory_order_relaxed) ==
                     HAE_FILE_UNNAMED)) {
        state = hae_host_save();
        hae_region_file_put_name(file);
        hae_host_restore(state);
    }
}

/* The time since the thread last came here, RETRY_CALLS calls ago, is short. */
static bool records_often(struct hae_recorder *recorder)
{
    uint64_t now = hae_clock_now_unix_ns(&recorder->region->clock);
    uint64_t *looked = &hae_thread.looked_unix_ns[recorder->index];
    bool often = now - *looked < OFTEN_NS;

    *looked = now;
    return often;
}

/* A lane for this call alone, in a recorder that takes records. */
static struct hae_entry borrow(struct hae_recorder *recorder)
{
    /* Where threads lie in memory spreads them, if CPUs have no numbers. */
    uint32_t hint = (uint32_t)((uintptr_t)&hae_thread >> 12) * UINT32_C(0x9E3779B1) >> 16;
    struct hae_lane *lane = hae_lane_borrow(recorder, hint);

    return (struct hae_entry){lane, lane != NULL ? HAE_HOLD_BORROWED : HAE_HOLD_OWN};
}

static const struct hae_entry no_lane = {NULL, HAE_HOLD_OWN};

/* Claims a lane that the thread keeps, in an attachment of the recorder's epoch. */
static struct hae_lane *claim(struct hae_recorder *recorder, struct hae_attachment *attachment,
                              uint32_t end)
{
    struct hae_lane *lane = note_exit(attachment) ? hae_lane_claim(recorder, end) : NULL;

    if (lane != NULL) {
        attachment->lane = lane;
        attachment->place = (uint16_t)(lane->index + 1);
    }
    return lane;
}

struct hae_entry hae_thread_attach(struct hae_recorder *recorder)
{
    struct hae_attachment *attachment = &hae_thread.attachments[recorder->index];
    uint32_t epoch = atomic_load_explicit(&recorder->epoch, memory_order_relaxed);
    /* Acquire pairs with the release in reinit() of resume.c: in a forked child every thread
     * comes by here before it touches the region. */
    bool accepting = atomic_load_explicit(&recorder->accepting, memory_order_acquire);
    bool known = attachment->epoch == epoch;
    uint32_t end = recorder->first_lent_lane;
    struct hae_lane *lane;

    if (known && (!accepting || ++attachment->calls % RETRY_CALLS != 0)) {
        return accepting ? borrow(recorder) : no_lane;
    }
    if (accepting && HAE_UNLIKELY(recorder->file != NULL)) {
        name_file(recorder->file);
    }
    if (HAE_UNLIKELY(atomic_load_explicit(&recorder->start_pending, memory_order_relaxed)) &&
        !hae_recorder_start_consumer(recorder)) {
        seed_thread(recorder);
        return no_lane; /* the next call looks again: without a lane it comes here */
    }
    if (!known) {
        seed_thread(recorder);
        /* Place first: what counts is that it leads nowhere while the epoch says that it
         * is right. A signal handler may look in between. */
        attachment->place = 0;
        attachment->lane = NULL;
        atomic_signal_fence(memory_order_seq_cst);
        attachment->epoch = epoch;
        attachment->calls = 0;
        hae_thread.looked_unix_ns[recorder->index] = 0;
    } else if (records_often(recorder)) {
        end = recorder->lane_count;
    }
    lane = claim(recorder, attachment, end);
    return lane != NULL ? (struct hae_entry){lane, HAE_HOLD_OWN}
           : accepting  ? borrow(recorder)
                        : no_lane;
}
