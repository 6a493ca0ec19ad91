/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder: threads write records into it without waiting for anyone, one
 * consumer takes them out.
 *
 * A recording call is bracketed by hae_enter() and hae_leave(). In between it
 * has its thread's lane, or, where there is none (all lanes taken, or the call
 * interrupted another recording call of the same thread in a signal handler),
 * it works on slots by themselves and hands them over. */
#ifndef HAE_RECORDER_RECORDER_H
#define HAE_RECORDER_RECORDER_H

#include "base/random.h"
#include "recorder/lane.h"
#include "recorder/slot.h"

enum { HAE_RECORDERS_MAX = 8 };

/* What makes a recorder usable again in a forked child, beyond its own part: see fork.h. */
struct hae_heir {
    /* Empties what upper layers keep in the region. Async-signal-safe. */
    void (*renew)(void *user);
    /* Starts the consumer, and clears start_pending. */
    void (*start)(void *user);
    void *user;
};

struct hae_region_file;

struct hae_recorder {
    struct hae_region *region;
    struct hae_region_file *file;           /* that the region lies in; NULL: in none */
    struct hae_region_file *inherited_file; /* the parent's, in a forked child */
    uint8_t *lanes;
    struct hae_slot *slots;
    uint64_t lane_stride_bytes;
    uint64_t ring_size_bytes;
    uint32_t slot_count;
    uint32_t lane_count;
    uint32_t slots_kept_max;
    uint32_t record_size_max; /* bytes of one record's body */
    uint32_t index;           /* in hae_recorders           */

    /* Changes when what threads remember of this recorder is no longer true. */
    _Atomic uint32_t epoch;
    /* False once the SDK has shut down: records are dropped and counted. Also in a forked
     * child before its first record. */
    _Atomic bool accepting;
    /* True while the consumer waits for a wake. */
    _Atomic bool consumer_waits;
    int wake_descriptor; /* an eventfd; -1 in a forked child until the consumer starts */

    _Atomic uint32_t life;      /* a hae_life of fork.h                 */
    _Atomic bool start_pending; /* in a forked child: has no consumer yet */
    struct hae_heir heir;
    /* Dropped in a forked child while the region was not its own. */
    _Atomic uint64_t kept_out[HAETAE_SIGNAL_COUNT][HAETAE_DROP_COUNT];

    struct hae_random seed;         /* for the threads' generators          */
    _Atomic uint64_t shared_random; /* for ids made without a thread's own  */
    _Atomic uint64_t misuse[HAETAE_MISUSE_COUNT];
    _Atomic uint64_t slots_lost;

    /* The consumer's own: what was handed over and not taken out yet. */
    uint32_t pending;
    uint32_t next_source; /* where the next drain begins: a lane, or those handed over */
    uint8_t *scratch;     /* record_size_max bytes and what a gather writes behind */
};

/* Every running recorder, so that a span handle can name one. Written under a
 * lock (registry.c); read by any thread. */
extern _Atomic(struct hae_recorder *) hae_recorders[HAE_RECORDERS_MAX];

struct hae_recorder_options {
    uint64_t size_bytes;
    uint32_t lane_count; /* 0: chosen from the size */
    bool allow_counter;  /* the CPU's counter as clock */
    /* NULL: the region is in no file. Else, when a file is what fails, *file_fault tells. */
    const struct hae_region_file_options *file;
    struct hae_file_fault *file_fault;
};

/* Ownership: the caller's, for hae_recorder_free(). Errors: HAETAE_EINVAL (size),
 * HAETAE_ENOMEM, HAETAE_EIO (no descriptor, no file), HAETAE_ELIMIT (too many recorders). */
haetae_status hae_recorder_new(const struct hae_recorder_options *options,
                               struct hae_recorder **ret_recorder);
void hae_recorder_free(struct hae_recorder *recorder);

/* Parts of making one that are done again in a forked child. Errors: HAETAE_EIO. */
void hae_recorder_seed(struct hae_recorder *recorder);
haetae_status hae_recorder_open_wake(struct hae_recorder *recorder);

/* Notes in the region's file, if there is one, that the process was alive just now. */
void hae_recorder_note_time(struct hae_recorder *recorder);

static inline struct hae_lane *hae_lane_at(const struct hae_recorder *recorder, uint32_t index)
{
    return (struct hae_lane *)(void *)(recorder->lanes + index * recorder->lane_stride_bytes);
}

static inline struct hae_slot *hae_slot_at(const struct hae_recorder *recorder, uint32_t index)
{
    return &recorder->slots[index];
}

/* ---- Slots --------------------------------------------------------------------- */

/* Takes a free slot; 0 when there is none. `lane` is the caller's own, or NULL. */
static inline uint32_t hae_slot_take(struct hae_recorder *recorder, struct hae_lane *lane)
{
    uint32_t index = lane != NULL ? lane->free_slots : 0;
    struct hae_slot *slot = hae_slot_at(recorder, index);

    if (HAE_LIKELY(index != 0)) {
        /* Relaxed: the list is this thread's own. */
        lane->free_slots = atomic_load_explicit(&slot->next, memory_order_relaxed);
        lane->free_slot_count--;
    } else {
        index = hae_slot_take_shared(recorder);
        if (index == 0) {
            return 0;
        }
        slot = hae_slot_at(recorder, index);
    }
    slot->chain = 0;
    slot->used = 0;
    return index;
}

/* Gives back a slot. The caller is its only user. */
static inline void hae_slot_give(struct hae_recorder *recorder, struct hae_lane *lane,
                                 uint32_t index)
{
    if (HAE_LIKELY(lane != NULL && lane->free_slot_count < recorder->slots_kept_max)) {
        /* Relaxed: the list is this thread's own. */
        atomic_store_explicit(&hae_slot_at(recorder, index)->next, lane->free_slots,
                              memory_order_relaxed);
        lane->free_slots = index;
        lane->free_slot_count++;
        return;
    }
    hae_slot_give_shared(recorder, index);
}

/* The same with a whole chain. */
static inline void hae_slot_give_chain(struct hae_recorder *recorder, struct hae_lane *lane,
                                       uint32_t index)
{
    while (index != 0) {
        uint32_t next = hae_slot_at(recorder, index)->chain;

        hae_slot_give(recorder, lane, index);
        index = next;
    }
}

/* ---- The calling thread ------------------------------------------------------ */

/* A thread's current context, as context.h of the API tells it. */
struct hae_current {
    uint64_t trace_id[2]; /* bytes in memory order */
    uint64_t span_id;
    haetae_span span; /* 0 for a bare span context */
    uint8_t trace_flags;
    uint8_t is_remote;
    uint8_t valid;
    uint8_t has_trace_state; /* which is in the span's slot */
    uint32_t depth;          /* attaches not detached yet */
};

/* What a thread remembers of one recorder. */
struct hae_attachment {
    struct hae_lane *lane; /* NULL: records without one             */
    uint32_t epoch;        /* of the recorder, when it was attached */
    uint16_t calls;        /* made without a lane, to try again     */
    uint16_t place;        /* the lane's index plus 1; 0 without it */
};

struct hae_thread {
    /* 1 while a recording call is under way: a signal handler that interrupts it
     * sees that the lane is in use. */
    _Atomic uint8_t busy;
    bool exiting; /* the thread has given its lanes back for good */
    bool seeded;
    struct hae_random random;
    struct hae_current current;
    struct hae_attachment attachments[HAE_RECORDERS_MAX];
};

extern _Thread_local struct hae_thread hae_thread HAE_NEAR_THREAD;

struct hae_entry {
    struct hae_lane *lane;
    bool nested; /* interrupts another recording call of this thread */
};

/* The slow part of hae_enter(): claims a lane, or finds that there is none. */
struct hae_lane *hae_thread_attach(struct hae_recorder *recorder);

static inline struct hae_entry hae_enter(struct hae_recorder *recorder)
{
    struct hae_attachment *attachment = &hae_thread.attachments[recorder->index];
    struct hae_entry entry = {NULL, true};

    /* Relaxed, and a fence for the compiler only: the other party is a signal
     * handler on this very thread. It must not see the lane half changed while
     * busy still reads 0. */
    if (HAE_UNLIKELY(atomic_load_explicit(&hae_thread.busy, memory_order_relaxed) != 0)) {
        return entry;
    }
    atomic_store_explicit(&hae_thread.busy, 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    entry.nested = false;
    entry.lane = attachment->lane;
    if (HAE_UNLIKELY(entry.lane == NULL ||
                     attachment->epoch !=
                         atomic_load_explicit(&recorder->epoch, memory_order_relaxed))) {
        entry.lane = hae_thread_attach(recorder);
    }
    return entry;
}

/* The same for the usual case, in which the thread has its lane. NULL: it has not, or
 * this call interrupts another one; nothing was entered, hae_enter() knows what to do. */
static inline struct hae_lane *hae_enter_lane(struct hae_recorder *recorder)
{
    struct hae_attachment *attachment = &hae_thread.attachments[recorder->index];
    struct hae_lane *lane;

    /* Relaxed, and fences for the compiler only, as in hae_enter(). */
    if (HAE_UNLIKELY(atomic_load_explicit(&hae_thread.busy, memory_order_relaxed) != 0)) {
        return NULL;
    }
    atomic_store_explicit(&hae_thread.busy, 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    lane = attachment->lane;
    if (HAE_LIKELY(lane != NULL &&
                   attachment->epoch ==
                       atomic_load_explicit(&recorder->epoch, memory_order_relaxed))) {
        return lane;
    }
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&hae_thread.busy, 0, memory_order_relaxed);
    return NULL;
}

/* Ends what hae_enter_lane() began. */
static inline void hae_leave_lane(void)
{
    /* The counterpart of the fence in hae_enter_lane(). */
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&hae_thread.busy, 0, memory_order_relaxed);
}

/* Bracket the use of what a recording call works with, as hae_enter() and hae_leave() do,
 * where it is not in use yet. */
static inline void hae_lane_begin(void)
{
    atomic_store_explicit(&hae_thread.busy, 1, memory_order_relaxed);
    /* For the compiler only: a signal handler on this thread sees `busy` first. */
    atomic_signal_fence(memory_order_seq_cst);
}

static inline void hae_lane_end(void)
{
    hae_leave_lane();
}

static inline void hae_leave(struct hae_entry entry)
{
    if (HAE_LIKELY(!entry.nested)) {
        hae_leave_lane();
    }
}

void hae_count_dropped(struct hae_recorder *recorder, struct hae_entry entry, haetae_signal signal,
                       haetae_drop_reason reason);
void hae_count_misuse(struct hae_recorder *recorder, haetae_misuse cause);

/* The same outside of a recording call. */
void hae_count_dropped_now(struct hae_recorder *recorder, haetae_signal signal,
                           haetae_drop_reason reason);

/* A random id that is not 0. */
static inline uint64_t hae_new_id(struct hae_recorder *recorder, struct hae_entry entry)
{
    if (HAE_LIKELY(!entry.nested)) {
        return hae_random_id(&hae_thread.random.a);
    }
    /* Relaxed: each addition gives another state, which is all that is asked. */
    uint64_t state = atomic_fetch_add_explicit(&recorder->shared_random,
                                               UINT64_C(0x9E3779B97F4A7C15), memory_order_relaxed);
    return hae_random_id(&state);
}

static inline bool hae_accepting(const struct hae_recorder *recorder)
{
    /* Relaxed: a call that runs beside the shutdown may fall on either side of it. */
    return atomic_load_explicit(&recorder->accepting, memory_order_relaxed);
}

/* The rare part of hae_admits(): true when this is a forked child's first record, and the
 * recorder has been made its own now. */
bool hae_recorder_resume(struct hae_recorder *recorder);

/* Whether a recording call may go on. False: hae_count_kept_out() counts the record. */
static inline bool hae_admits(struct hae_recorder *recorder)
{
    return HAE_LIKELY(hae_accepting(recorder)) || hae_recorder_resume(recorder);
}

/* The same without making it so. */
bool hae_recorder_may_resume(const struct hae_recorder *recorder);
static inline bool hae_will_admit(const struct hae_recorder *recorder)
{
    return HAE_LIKELY(hae_accepting(recorder)) || hae_recorder_may_resume(recorder);
}
void hae_count_kept_out(struct hae_recorder *recorder, haetae_signal signal);

/* In a forked child: starts the consumer, if that was not done yet. False: not now, this
 * may be a signal handler. */
bool hae_recorder_start_consumer(struct hae_recorder *recorder);

/* ---- Waking the consumer ------------------------------------------------------- */

/* Makes the consumer's descriptor readable, if it waits. Any thread. */
void hae_recorder_wake(struct hae_recorder *recorder);

/* The rare part of hae_wake_if_filling(): looks how far the consumer has come. */
void hae_wake_if_full(struct hae_recorder *recorder, struct hae_lane *lane);

/* Wakes the consumer when this lane's ring has passed half full. */
static inline void hae_wake_if_filling(struct hae_recorder *recorder, struct hae_lane *lane)
{
    uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);

    if (HAE_UNLIKELY(tail - lane->cached_head > recorder->ring_size_bytes / 2)) {
        hae_wake_if_full(recorder, lane);
    }
}

/* Whether a record for which its lane's ring has no room may wait in slots: as long as
 * half of them are left for spans that begin. */
static inline bool hae_may_overflow(const struct hae_recorder *recorder)
{
    /* Relaxed: a limit, not a balance. */
    return atomic_load_explicit(&recorder->region->handed_over_count, memory_order_relaxed) <
           recorder->slot_count / 2;
}

/* Whether so many records wait in slots that the consumer should come. */
static inline bool hae_many_handed_over(const struct hae_recorder *recorder)
{
    /* Relaxed: as above. */
    return atomic_load_explicit(&recorder->region->handed_over_count, memory_order_relaxed) >
           recorder->slot_count / 4;
}

/* Hands over a chain as a record, wakes the consumer when many wait, counts. */
void hae_record_hand_over(struct hae_recorder *recorder, struct hae_entry entry, uint32_t index);

/* ---- The consumer --------------------------------------------------------------- */

struct hae_record {
    haetae_signal signal;
    uint16_t scope;
    uint32_t size_bytes;
    const uint8_t *data;
    /* Where it lies: the lane and the position of its end in the lane's ring; or
     * HAE_SOURCE_SLOTS and hae_slot_place() of its first slot. */
    uint32_t source;
    uint64_t position;
};
#define HAE_SOURCE_SLOTS UINT32_MAX

/* Takes one record; false: not now, offer it again later. */
typedef bool (*hae_record_taker)(void *user, const struct hae_record *record);

/* Turns a handed-over chain into one record body of at most record_size_max bytes:
 * the layer that knows what a span's slot looks like provides it. Returns the
 * size. */
typedef uint32_t (*hae_chain_reader)(struct hae_recorder *recorder, uint32_t index,
                                     uint8_t *ret_body);

/* Offers every record that is there now to `take`. One thread at a time. Returns
 * false when `take` refused one. */
bool hae_recorder_drain(struct hae_recorder *recorder, hae_chain_reader read_chain,
                        hae_record_taker take, void *user);

/* Says that the consumer is about to wait on wake_descriptor; true when records
 * worth a wake are there already. hae_recorder_awake() ends it. */
bool hae_recorder_about_to_wait(struct hae_recorder *recorder);
void hae_recorder_awake(struct hae_recorder *recorder);

/* Sums over all producers. */
struct hae_recorder_sums {
    uint64_t published[HAETAE_SIGNAL_COUNT];
    uint64_t dropped[HAETAE_SIGNAL_COUNT][HAETAE_DROP_COUNT];
    uint64_t spans_open;
};
void hae_recorder_sum(struct hae_recorder *recorder, struct hae_recorder_sums *ret_sums);

/* Whether there is no record in rings and slots, and whether an instrument was ever made. */
bool hae_recorder_is_empty(struct hae_recorder *recorder);
bool hae_recorder_has_instruments(const struct hae_recorder *recorder);

/* How many records the consumer has taken out. */
void hae_recorder_drained(struct hae_recorder *recorder, uint64_t ret_counts[HAETAE_SIGNAL_COUNT]);

#endif
