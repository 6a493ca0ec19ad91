/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the region of a dead process out of the memory of its file.
 *
 * The content is taken for hostile: each offset, length, index and list is checked where it
 * is used, and what fails is passed over and reported. Nothing is written to the memory, which
 * does not change, so that each reading finds the same records in the same order. */
#ifndef HAETAE_RECOVERY_DEAD_H
#define HAETAE_RECOVERY_DEAD_H

#include "recorder/drain.h"
#include "recorder/layout.h"

/* What is looked at before the reading begins. */
enum hae_dead_look {
    HAE_DEAD_LOOK_SCOPES,
    HAE_DEAD_LOOK_STARTS,
    HAE_DEAD_LOOK_JOURNALS,
    HAE_DEAD_LOOKED
};

/* Where to find what a reading has come to. */
enum hae_dead_stage { HAE_DEAD_JOURNAL, HAE_DEAD_LANES, HAE_DEAD_SLOTS, HAE_DEAD_END };
struct hae_dead_place {
    enum hae_dead_stage stage;
    uint32_t index;    /* lane or slot */
    uint64_t position; /* in journal or lane */
};

/* Likewise, of the metrics. */
struct hae_dead_metrics {
    uint64_t stream;     /* its offset; 0: none is left */
    uint32_t series;     /* 0: the first one            */
    uint64_t left_bytes; /* that all further ones may take of the heap */
};

struct hae_dead {
    struct hae_layout layout; /* slot_count is lowered where the rest of the slots is missing */
    const struct hae_stored *stored;
    const uint8_t *resource;
    size_t resource_size_bytes;
    uint64_t last_known_unix_ns; /* the latest time seen, so far      */
    uint64_t opened_unix_ns;     /* what lies behind it is not believed */
    uint64_t record_size_max;
    uint64_t allowance_bytes; /* that may be looked at before a pause */

    uint64_t *lanes_taken;   /* for each lane: records that end up to there are journaled */
    uint8_t *slots_taken;    /* bit set: the slot's record is journaled, or in a ring */
    uint8_t *slots_seen;     /* bit set: in this reading                              */
    uint8_t *scratch;        /* one record */
    unsigned journals_right; /* bit set of signals */
    bool scopes_right[HAE_SCOPES_MAX];

    /* What comes before the reading, and how far it is: scope, slot, or journal of `signal`. */
    enum hae_dead_look look;
    uint64_t look_at;
    uint32_t blank_count; /* slots that were used, but look as if they were not */

    /* The reading. */
    haetae_signal signal;
    struct hae_dead_place place;
    bool has_record;
    struct hae_record record;

    bool record_is_open; /* a span that had not ended */

    struct hae_dead_metrics metrics;

    uint64_t fault_count; /* a fault counts each time that it is met */
    char fault[128];      /* the first one; "" when all is right */
};

/* Why memory can't be read as a region. */
enum hae_dead_refusal {
    HAE_DEAD_READABLE,
    HAE_DEAD_UNFINISHED, /* its owner died before it was complete: there is nothing in it */
    HAE_DEAD_OTHER,      /* of another version of the library, or another machine         */
    HAE_DEAD_TOO_LARGE,  /* for any configuration                                         */
    HAE_DEAD_BROKEN,
    HAE_DEAD_NO_MEMORY
};

/* Begins to read. `memory` is aligned as a page is, or as malloc() does, and stays the
 * caller's. When it is readable, *dead is to be ended by hae_dead_close(). `size_bytes` is that
 * of the file; above HAE_REGION_FILE_SIZE_MAX, memory of that size is enough. */
enum hae_dead_refusal hae_dead_open(struct hae_dead *dead, void *memory, uint64_t size_bytes);
void hae_dead_close(struct hae_dead *dead);

/* Allows so many bytes to be looked at, roughly, before hae_dead_look(), hae_dead_peek()
 * and hae_dead_collect() pause. A file may be large, and other work wait. */
void hae_dead_allow(struct hae_dead *dead, uint64_t size_bytes);

/* What the process had dropped itself, by its own counts. */
void hae_dead_dropped(const struct hae_dead *dead, uint64_t ret_counts[HAETAE_SIGNAL_COUNT]);

/* Notes that something is wrong; the first one is remembered. */
void hae_dead_fault(struct hae_dead *dead, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- Between the files of the reader -------------------------------------------------- */

static inline bool hae_dead_bit(const uint8_t *bits, uint32_t index)
{
    return (bits[index / 8] >> (index % 8) & 1) != 0;
}

static inline void hae_dead_set_bit(uint8_t *bits, uint32_t index)
{
    bits[index / 8] |= (uint8_t)(1U << (index % 8));
}

static inline uint64_t hae_dead_load(const _Atomic uint64_t *word)
{
    /* Relaxed: nobody writes any more. */
    return atomic_load_explicit(word, memory_order_relaxed);
}

/* Pays for what is looked at. */
static inline void hae_dead_spend(struct hae_dead *dead, uint64_t size_bytes)
{
    dead->allowance_bytes -=
        size_bytes < dead->allowance_bytes ? size_bytes : dead->allowance_bytes;
}

static inline bool hae_dead_must_pause(const struct hae_dead *dead)
{
    return dead->allowance_bytes == 0;
}

/* The process was alive at this time. */
static inline void hae_dead_note_time(struct hae_dead *dead, uint64_t unix_ns)
{
    if (unix_ns > dead->last_known_unix_ns && unix_ns <= dead->opened_unix_ns) {
        dead->last_known_unix_ns = unix_ns;
    }
}

/* What is left of a circular log from a position on, in one piece. */
static inline uint64_t hae_dead_to_end(uint64_t position, uint64_t size_bytes)
{
    return size_bytes - position % size_bytes;
}

/* The scope of a number if it is right, else 0. */
static inline uint16_t hae_dead_scope(const struct hae_dead *dead, uint32_t scope)
{
    return scope < HAE_SCOPES_MAX && dead->scopes_right[scope] ? (uint16_t)scope : 0;
}

/* A span's message has this beside the run of its fields, at most. */
enum { HAE_DEAD_SPAN_EXTRA = 128 };

#endif
