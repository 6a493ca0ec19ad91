/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder: threads write records into it without waiting for anyone, one
 * consumer takes them out.
 *
 * Here is what it consists of; how a thread records is in call.h, how the consumer
 * drains in drain.h. */
#ifndef HAE_RECORDER_RECORDER_H
#define HAE_RECORDER_RECORDER_H

#include "base/random.h"
#include "recorder/lane.h"
#include "recorder/slot.h"

enum { HAE_RECORDERS_MAX = 8 };

/* What makes a recorder usable again in a forked child, beyond its own part: see fork.h. */
struct hae_recorder_atfork {
    /* Empties what upper layers keep in the region. Async-signal-safe. */
    void (*reinit)(void *user);
    /* Starts the consumer, and clears start_pending. */
    void (*start)(void *user);
    void *user;
};

struct hae_region_file;

struct hae_recorder {
    struct hae_region *region;
    struct hae_region_file *file; /* that the region lies in; NULL: in none */
    /* In a forked child whose parent's region is in a file: that one, until the child has its
     * own, or for good where none can be made. */
    struct hae_region_file *inherited_file;
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
    struct hae_recorder_atfork atfork;
    /* Dropped in a forked child while the region was not its own. */
    _Atomic uint64_t rejected[HAETAE_SIGNAL_COUNT][HAETAE_DROP_COUNT];

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

/* ---- What has come of it ------------------------------------------------------- */

/* Sums over all producers. */
struct hae_recorder_sums {
    uint64_t published[HAETAE_SIGNAL_COUNT];
    uint64_t dropped[HAETAE_SIGNAL_COUNT][HAETAE_DROP_COUNT];
    uint64_t spans_open;
};
void hae_recorder_sum(struct hae_recorder *recorder, struct hae_recorder_sums *ret_sums);

/* Whether an instrument was ever made. */
bool hae_recorder_has_instruments(const struct hae_recorder *recorder);

#endif
