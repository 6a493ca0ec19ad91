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
#include "recorder/resource_view.h"

/* The steps of the first pass, dead_look.h. */
enum hae_dead_look {
    HAE_DEAD_LOOK_SCOPES,
    HAE_DEAD_LOOK_STARTS,
    HAE_DEAD_LOOK_JOURNALS,
    HAE_DEAD_LOOK_LANES,
    HAE_DEAD_LOOKED
};

/* How far a reading has come. */
enum hae_dead_stage { HAE_DEAD_JOURNAL, HAE_DEAD_LANES, HAE_DEAD_SLOTS, HAE_DEAD_END };
struct hae_dead_cursor { /* in a circular log, see dead_log.h */
    uint64_t position;
    bool is_lost;          /* what stands there makes no sense                    */
    uint64_t search_bytes; /* that may still be read in search of what makes sense */
};
struct hae_dead_place {
    enum hae_dead_stage stage;
    uint32_t index;                /* lane or slot       */
    struct hae_dead_cursor cursor; /* in journal or lane */
};

/* What could not be read. */
struct hae_dead_damage {
    uint64_t place_count;
    uint64_t size_bytes;
};

/* The same for metrics. */
struct hae_dead_metrics {
    uint64_t stream;     /* its offset; 0: none is left */
    uint32_t series;     /* 0: the first one            */
    uint64_t left_bytes; /* that all further ones may take of the heap */
};

struct hae_dead {
    struct hae_layout layout; /* slot_count is lowered where the rest of the slots is missing */
    const struct hae_stored *stored;
    struct hae_resource_view resource;
    uint64_t last_known_unix_ns; /* the latest time seen, so far      */
    uint64_t opened_unix_ns;     /* later times are not believed      */
    uint64_t record_size_max;
    uint64_t allowance_bytes; /* that may be read before a pause */

    uint64_t *lanes_taken;   /* for each lane: records that end up to there are journaled */
    uint8_t *slots_taken;    /* bit set: the slot's record is journaled, or in a ring */
    uint8_t *slots_seen;     /* bit set: in this reading                              */
    uint8_t *scratch;        /* one record */
    unsigned journals_valid; /* bit set of signals */
    bool scopes_valid[HAE_SCOPES_MAX];

    /* The first pass, and how far it is: a scope, a slot, a lane, or a signal and its journal. */
    enum hae_dead_look look;
    uint32_t look_at;
    struct hae_dead_cursor look_cursor;
    uint32_t blank_count;          /* slots that were taken, but whose state is 0 */
    struct hae_dead_damage damage; /* of lanes and journals                       */

    /* The reading. */
    haetae_signal signal;
    struct hae_dead_place place;
    bool has_record;
    struct hae_record record;

    bool record_is_open; /* a span that had not ended */

    struct hae_dead_metrics metrics;

    uint64_t fault_count; /* a fault counts each time that it is found */
    char fault[128];      /* the first one; "" while there is none */
};

/* Why memory cannot be read as a region. */
enum hae_dead_refusal {
    HAE_DEAD_READABLE,
    HAE_DEAD_UNFINISHED, /* its owner died before it was complete: it holds nothing       */
    HAE_DEAD_OTHER,      /* of another version of the library, or another machine         */
    HAE_DEAD_TOO_LARGE,  /* for any configuration                                         */
    HAE_DEAD_BROKEN,
    HAE_DEAD_NO_MEMORY
};

/* Of the content of a file, or of its beginning: how large the file was made, by what is in it. 0:
 * it does not begin with a region that this library can read. */
uint64_t hae_dead_made_size(const void *memory, uint64_t size_bytes);

/* Begins to read. `memory` is aligned like a page, or like memory of malloc(), and stays the
 * caller's. On HAE_DEAD_READABLE the caller ends it by hae_dead_close(). A file that was cut is
 * read as well as one that is whole if zeroes follow it in memory, up to hae_dead_made_size().
 * `file_size_bytes` is that of the file; above HAE_REGION_FILE_SIZE_MAX, memory of that size is
 * enough. */
enum hae_dead_refusal hae_dead_open(struct hae_dead *dead, void *memory, uint64_t size_bytes,
                                    uint64_t file_size_bytes);
void hae_dead_close(struct hae_dead *dead);

/* Allows roughly so many bytes to be read before hae_dead_look(), hae_dead_peek() and
 * hae_dead_collect() pause. A file may be large, and other work waits. */
void hae_dead_allow(struct hae_dead *dead, uint64_t size_bytes);

/* How many records the process had dropped, by its own counts. */
void hae_dead_dropped(const struct hae_dead *dead, uint64_t ret_counts[HAETAE_SIGNAL_COUNT]);

/* Counts a fault, and remembers the first one. */
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

/* Takes what was read from the allowance. */
static inline void hae_dead_spend(struct hae_dead *dead, uint64_t size_bytes)
{
    dead->allowance_bytes -=
        size_bytes < dead->allowance_bytes ? size_bytes : dead->allowance_bytes;
}

static inline bool hae_dead_must_pause(const struct hae_dead *dead)
{
    return dead->allowance_bytes == 0;
}

/* Notes that the process was alive at this time. */
static inline void hae_dead_note_time(struct hae_dead *dead, uint64_t unix_ns)
{
    if (unix_ns > dead->last_known_unix_ns && unix_ns <= dead->opened_unix_ns) {
        dead->last_known_unix_ns = unix_ns;
    }
}

/* The bytes of a circular log from a position to the end of its memory. */
static inline uint64_t hae_dead_to_end(uint64_t position, uint64_t size_bytes)
{
    return size_bytes - position % size_bytes;
}

/* Returns the number of a scope if the scope is valid, else 0. */
static inline uint16_t hae_dead_scope(const struct hae_dead *dead, uint32_t scope)
{
    return scope < HAE_SCOPES_MAX && dead->scopes_valid[scope] ? (uint16_t)scope : 0;
}

/* The bytes of a span's message beside the run of its fields, at most. */
enum { HAE_DEAD_SPAN_EXTRA = 128 };

#endif
