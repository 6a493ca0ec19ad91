/* SPDX-License-Identifier: Apache-2.0 */
/* What a recorder consists of. recorder.h makes one; call.h says how a thread records, drain.h
 * how the consumer drains. */
#ifndef HAETAE_RECORDER_STATE_H
#define HAETAE_RECORDER_STATE_H

#include <stdbool.h>

#include "base/descriptor.h"
#include "base/random.h"
#include "recorder/layout.h"

enum { HAE_RECORDERS_MAX = 8 };

/* What makes a recorder usable again in a forked child, beyond its own part: see fork.h. */
struct hae_recorder_atfork {
    /* Empties what upper layers keep in the region. Async-signal-safe. */
    void (*reinit)(void *user);
    /* Starts the consumer, and clears start_pending. */
    void (*start)(void *user);
    void *user;
};

struct hae_recorder;

/* What the recorder has to know of records of a signal. A NULL function: such records are
 * never open, and lie in slots as they are encoded. */
struct hae_record_kind {
    /* Encodes the record in a chain of slots as one body of at most record_size_max bytes, and
     * returns its size; 0: somebody has written over the chain. */
    uint32_t (*encode)(struct hae_recorder *recorder, uint32_t index, uint8_t *to);
    /* Ends an open record that the caller holds: somebody asked for the end, as of that time,
     * while the caller was changing it. */
    void (*end)(struct hae_recorder *recorder, uint32_t index, uint64_t end_unix_ns);
    /* Copies the text that belongs to an open record's identity to a buffer of
     * HAETAE_TRACE_STATE_MAX bytes, and returns its length; 0: there is none. */
    size_t (*read_text)(haetae_span record, char *buffer);
};

struct hae_region_file;

struct hae_recorder {
    struct hae_region *region;
    struct hae_region_file *file; /* that the region lies in; NULL: in none */
    /* In a forked child whose parent's region is in a file: that one, until the child has its
     * own, or for good where none can be made. */
    struct hae_region_file *inherited_file;
    struct hae_heap heap;
    uint8_t *lanes;
    struct hae_slot *slots;
    uint64_t lane_stride_bytes;
    uint64_t ring_size_bytes;
    uint64_t wake_bytes; /* a ring that holds more wakes the consumer */
    uint32_t wake_slots; /* so do more slots that were handed over */
    uint32_t slot_count;
    uint32_t lane_count;
    /* Lanes that nobody keeps: calls of threads without a lane borrow them. Those below are
     * for whichever threads come first, those above for threads that record often. */
    uint32_t first_lent_lane;
    uint32_t lent_lane_count;
    uint32_t slots_kept_max;
    uint32_t record_size_max; /* bytes of one record's body */
    uint32_t index;           /* in hae_recorders           */
    bool wakes_always;        /* each record wakes the consumer */

    /* Changes when what threads remember of this recorder is no longer true. */
    _Atomic uint32_t epoch;
    /* False once the SDK has shut down: records are dropped and counted. Also in a forked
     * child before its first record. */
    _Atomic bool accepting;
    struct hae_descriptor wake; /* an eventfd; none in a forked child until the consumer starts */
    _Atomic uint32_t life;      /* a hae_life of life.h                 */
    _Atomic bool start_pending; /* in a forked child: has no consumer yet */
    struct hae_recorder_atfork atfork;
    struct hae_random seed; /* for the threads' generators */
    /* Constant once the first record is made. */
    struct hae_record_kind kinds[HAETAE_SIGNAL_COUNT];

    /* Each call reads what is above, and threads write what is below. */
    uint8_t apart[HAE_CACHE_LINE];

    /* True while the consumer waits for a wake. */
    _Atomic bool consumer_waits;
    /* Counted in a forked child while the region was not its own. */
    _Atomic uint64_t rejected[HAETAE_SIGNAL_COUNT][HAETAE_DROP_COUNT];
    _Atomic uint64_t misuse[HAETAE_MISUSE_COUNT];
    _Atomic uint64_t shared_random; /* for ids made without a thread's own  */
    /* The type of the first option struct that had fields which are not known here, a string
     * literal; NULL: there was none. Written by any thread, once. */
    _Atomic(const char *) newer_options;
    _Atomic uint64_t slots_lost;

    /* The consumer's own: what was handed over and not taken out yet. */
    uint32_t pending;
    uint32_t next_source;  /* where the next drain begins: a lane, or those handed over */
    uint8_t *scratch;      /* record_size_max bytes */
    uint64_t damage_count; /* how often it found what no producer writes */
};

static inline struct hae_lane *hae_lane_at(const struct hae_recorder *recorder, uint32_t index)
{
    return (struct hae_lane *)(void *)(recorder->lanes + index * recorder->lane_stride_bytes);
}

/* Whether calls borrow the lane of this index. */
static inline bool hae_lane_is_lent(const struct hae_recorder *recorder, uint32_t index)
{
    return index - recorder->first_lent_lane < recorder->lent_lane_count;
}

static inline struct hae_slot *hae_slot_at(const struct hae_recorder *recorder, uint32_t index)
{
    return &recorder->slots[index];
}

/* How many lanes were used: they are the first ones. What the region says is bounded: the consumer
 * must survive whatever somebody has written there. */
static inline uint32_t hae_lanes_touched(const struct hae_recorder *recorder)
{
    /* Acquire pairs with the release in note_touched() of lane.c. */
    uint32_t touched = atomic_load_explicit(&recorder->region->lanes_touched, memory_order_acquire);

    return touched < recorder->lane_count ? touched : recorder->lane_count;
}

static inline bool hae_accepting(const struct hae_recorder *recorder)
{
    /* Relaxed: a call that runs beside the shutdown may fall on either side of it. */
    return atomic_load_explicit(&recorder->accepting, memory_order_relaxed);
}

/* Says how records of a signal are encoded and ended. Before the first one is made. */
void hae_recorder_set_kind(struct hae_recorder *recorder, haetae_signal signal,
                           struct hae_record_kind kind);

/* Finds the parts of recorder->region. */
void hae_recorder_find_parts(struct hae_recorder *recorder);

/* Draws a new seed; also in a forked child. */
void hae_recorder_seed(struct hae_recorder *recorder);

/* Notes in the region's file, if there is one, that the process was alive just now. */
void hae_recorder_note_time(struct hae_recorder *recorder);

#endif
