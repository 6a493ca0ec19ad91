/* SPDX-License-Identifier: Apache-2.0 */
/* What lies in a region: the structs, and nothing that finds or changes them.
 *
 *   hae_region | lanes: hae_lane and its ring | slots: hae_slot | heap: scopes, instruments, series
 *
 * and behind a region in a file
 *
 *   hae_stored | resource | journals of traces and of logs
 *
 * Inside a region everything is found by offset or index, never by pointer, so that it means
 * the same at another address. A later process of another build may read it: whoever changes a
 * struct, or how a region is divided, raises HAE_REGION_VERSION. Where fields lie is kept in
 * tests/recovery/format_test.c for each version, and what is reserved here leaves room to add
 * some without moving others. */
#ifndef HAETAE_RECORDER_FORMAT_H
#define HAETAE_RECORDER_FORMAT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "haetae/signal.h"
#include "haetae/stats.h"

enum { HAE_REGION_VERSION = 12 };

enum { HAE_LANES_MAX = 1024, HAE_SCOPES_MAX = 1024 };

/* What different threads write lies so many bytes apart: CPUs pass lines of 64 bytes to each
 * other, and many fetch the other line of an aligned pair along. */
enum { HAE_CACHE_LINE = 128 };

/* Counters for signals, reasons and causes that there may be one day; 0 in those unused. */
enum { HAE_SIGNAL_ROOM = 4, HAE_DROP_ROOM = 16, HAE_MISUSE_ROOM = 16 };
_Static_assert(HAETAE_SIGNAL_COUNT <= HAE_SIGNAL_ROOM, "a new signal takes what is reserved");
_Static_assert(HAETAE_DROP_COUNT <= HAE_DROP_ROOM, "a new reason takes what is reserved");
_Static_assert(HAETAE_MISUSE_COUNT <= HAE_MISUSE_ROOM, "a new cause takes what is reserved");

/* ---- The header ------------------------------------------------------------------- */

/* Counts of one producer, or of all that share. In a lane only the owner writes them,
 * without read-modify-write; the shared ones are added to atomically. */
struct hae_counts {
    _Atomic uint64_t published[HAE_SIGNAL_ROOM];
    _Atomic uint64_t opened; /* open records, see open_record.h */
    _Atomic uint64_t closed;
    _Atomic uint64_t dropped[HAE_SIGNAL_ROOM][HAE_DROP_ROOM];
};
_Static_assert(sizeof(struct hae_counts) == 560, "HAE_REGION_VERSION has to change");

/* The head of a list that many threads pop: an index in the low half, and in the high half a
 * tag that changes with every pop, so that a head which was popped and pushed back meanwhile
 * does not pass for the same. */
typedef _Atomic uint64_t hae_tagged_head;

struct hae_region {
    char magic[8]; /* written last */
    uint32_t version;
    uint32_t lane_count;
    uint64_t layout_mark; /* of a region in a file, see format_mark.h; else 0 */
    uint64_t size_bytes;
    uint64_t lanes_offset;
    uint64_t lane_stride_bytes;
    uint64_t ring_size_bytes; /* a power of two */
    uint64_t slots_offset;
    uint64_t slot_count; /* slot 0 is never used: index 0 means none */
    uint64_t heap_offset;
    uint64_t heap_size_bytes;
    uint64_t stored_offset; /* of the hae_stored behind a region in a file; else 0 */
    uint64_t reserved[4];

    struct hae_clock clock;

    /* A bit for each lane: set while a thread keeps it. */
    _Alignas(HAE_CACHE_LINE) _Atomic uint64_t lanes_owned[HAE_LANES_MAX / 64];
    /* Lanes from this one on never had an owner: their memory was never touched. */
    _Atomic uint32_t lanes_touched;

    /* Slots that nobody has used yet begin here; those given back are in the list. */
    _Alignas(HAE_CACHE_LINE) _Atomic uint64_t slots_fresh;
    hae_tagged_head slots_free;

    /* Records handed over in slots, newest first, for the consumer, and how many slots they
     * take. */
    _Alignas(HAE_CACHE_LINE) _Atomic uint32_t handed_over;
    _Atomic uint32_t handed_over_count;
    struct hae_counts shared;
    _Atomic uint64_t misuse[HAE_MISUSE_ROOM]; /* of all threads */

    _Alignas(HAE_CACHE_LINE) _Atomic uint64_t heap_used_bytes;
    _Atomic uint32_t scope_count; /* ids 1 … scope_count are valid */
    /* Where the metrics begin; lib/metrics knows what lies there. */
    uint32_t series_table_length;
    uint64_t series_table_offset;
    _Atomic uint64_t streams_first;
    uint64_t scope_offset[HAE_SCOPES_MAX];
};
_Static_assert(offsetof(struct hae_region, clock) == 128 &&
                   offsetof(struct hae_region, lanes_owned) == 256 &&
                   offsetof(struct hae_region, slots_fresh) == 512 &&
                   offsetof(struct hae_region, handed_over) == 640 &&
                   offsetof(struct hae_region, heap_used_bytes) == 1408,
               "HAE_REGION_VERSION has to change");

/* ---- Lanes ------------------------------------------------------------------------- */

/* Stands before each record in a ring, 8-byte aligned. */
struct hae_record_header {
    uint32_t size_bytes; /* of the body, without this header and padding */
    uint16_t scope;
    uint8_t signal; /* a haetae_signal, or HAE_RECORD_FILLER */
    uint8_t reserved;
};
_Static_assert(sizeof(struct hae_record_header) == 8, "records stay aligned");
#define HAE_RECORD_FILLER 0xFF

/* In hae_lane.ending the tail lies above the largest slot index. */
enum { HAE_ENDING_TAIL_SHIFT = 24 };

enum { HAE_IDENTITY_SLOTS = 4 };

struct hae_lane {
    /* Written by the owner. */
    _Alignas(HAE_CACHE_LINE) _Atomic uint64_t tail;
    uint64_t cached_head; /* the head as the owner last saw it */
    uint32_t free_slots;  /* list by hae_slot.next             */
    uint16_t free_slot_count;
    uint16_t index;
    uint64_t metrics_offset; /* what lib/metrics keeps for the owner; 0: nothing yet */
    /* The slot of an open record that is being ended, in the low 24 bits, and above them the
     * tail before its record is published; or 0. Read when the process is dead: a slot that
     * is still open is a record already if the tail has moved on. */
    _Atomic uint64_t ending;
    /* Of a lane that calls borrow: 1 while one has it. Written by the thread that borrows it. */
    _Atomic uint32_t borrowed;
    /* Odd while a call of the owner may be using series that can be given back. */
    _Atomic uint32_t calls;
    struct hae_counts counts;
    uint32_t identity_slots[HAE_IDENTITY_SLOTS]; /* see identity_slot.h; 0: none yet */

    /* Written by the consumer. */
    _Alignas(HAE_CACHE_LINE) _Atomic uint64_t head;
    uint64_t populated_bytes; /* of the ring, from its start: see populate() in drain.c */
    uint32_t idle_round;      /* of lib/metrics: in which `calls` was seen even */

    _Alignas(HAE_CACHE_LINE) uint8_t ring[];
};
_Static_assert(offsetof(struct hae_lane, counts) == 48 &&
                   offsetof(struct hae_lane, identity_slots) == 608 &&
                   offsetof(struct hae_lane, head) == 640 && offsetof(struct hae_lane, ring) == 768,
               "HAE_REGION_VERSION has to change");

/* ---- Slots ------------------------------------------------------------------------- */

enum {
    HAE_SLOT_SIZE = 512,
    HAE_SLOT_INDEX_MAX = 0xFFFFFF, /* what a handle has room for */
    HAE_IDENTITY_WORDS = 4
};

/* hae_slot.state: the generation of the slot's use in the high half, these in the low half. */
enum {
    HAE_SLOT_OPEN = 1,     /* an open record                                    */
    HAE_SLOT_BUSY = 2,     /* one thread is changing it                         */
    HAE_SLOT_END = 4,      /* nobody else gets it: it ends                      */
    HAE_SLOT_TIMED = 8,    /* end_unix_ns is set: the thread that holds it ends it */
    HAE_SLOT_RECORD = 16,  /* not open: a record for the consumer               */
    HAE_SLOT_IDENTITY = 32 /* with OPEN: only an identity, see identity_slot.h */
};
enum { HAE_SLOT_LANE_SHIFT = 8 }; /* of such an identity: the index of its lane, plus 1 */

struct hae_slot {
    _Atomic uint64_t state;
    _Atomic uint32_t next; /* in a list of free or handed-over slots */
    uint32_t chain;        /* the slot that this one goes on in, or 0 */
    uint32_t scope;
    uint16_t used;  /* bytes of data     */
    uint8_t signal; /* a haetae_signal   */
    uint8_t reserved;
    /* When an open record ended: of one that waits to be encoded, and with HAE_SLOT_TIMED.
     * Written by the thread that has made the state say so. */
    _Atomic uint64_t end_unix_ns;
    /* What identifies an open record. The layer that opens it knows what the words mean. They
     * are constant while it is open, and read by threads that hold a handle, or held one:
     * nothing else is ever written here. */
    _Atomic uint64_t identity[HAE_IDENTITY_WORDS];
    uint8_t data[HAE_SLOT_SIZE - 64];
};
_Static_assert(sizeof(struct hae_slot) == HAE_SLOT_SIZE, "slots tile the region");
_Static_assert(offsetof(struct hae_slot, identity) == 32 && offsetof(struct hae_slot, data) == 64,
               "HAE_REGION_VERSION has to change");

/* ---- The heap ----------------------------------------------------------------------- */

/* Bytes of an InstrumentationScope message and its schema URL together. */
enum { HAE_SCOPE_SIZE_MAX = 64 * 1024 };

struct hae_scope {
    uint32_t scope_size_bytes; /* of the InstrumentationScope message */
    uint32_t schema_url_size_bytes;
    uint8_t bytes[]; /* the message, then the schema URL */
};

/* ---- Behind a region in a file -------------------------------------------------------- */

/* A circular log of the records that were drained and that no receiver has answered for yet; see
 * journal.h. */
struct hae_stored_journal {
    uint64_t offset; /* of its bytes, in the file */
    uint64_t size_bytes;
    _Atomic uint64_t head; /* positions, as in a lane; written by the worker alone */
    _Atomic uint64_t tail;
};

/* hae_journal_entry.settled: whether its receivers have answered. */
enum {
    HAE_ENTRY_UNSETTLED,
    HAE_ENTRY_SETTLED,
    /* But not for all of the request that it belongs to. The head does not pass it: to find the
     * other records of the request, the reader of the journal begins at the first. */
    HAE_ENTRY_SETTLED_IN_RANGE
};

/* Stands before each record in a journal, 8-byte aligned. Less room than this at the end of
 * the log is left; more is closed by a filler. */
struct hae_journal_entry {
    uint32_t size_bytes; /* of the body, without padding */
    uint16_t scope;
    uint8_t filler;
    uint8_t settled;   /* one of the above */
    uint64_t position; /* of hae_record */
    uint32_t source;   /* of hae_record */
    uint32_t reserved;
};
_Static_assert(sizeof(struct hae_journal_entry) == 24, "entries stay aligned");

/* Behind the region. Constant but for what is atomic. */
struct hae_stored {
    uint64_t file_size_bytes;
    uint64_t resource_offset; /* the Resource message, and the URL of its schema behind it */
    uint64_t resource_size_bytes;
    uint32_t pid;
    _Atomic uint32_t metrics_settled; /* 1: all that was measured was delivered */
    _Atomic uint64_t last_known_unix_ns;
    struct hae_stored_journal journals[HAE_SIGNAL_ROOM];
    /* Written by the processes that recover the file, one after the other: how many records of
     * a signal, in the order of lib/recovery, are done. */
    uint64_t recovered[HAE_SIGNAL_ROOM];
    /* What the process dropped after it had drained it; the counts of a lane have what was dropped
     * before. Written by the driver of the pipeline. */
    _Atomic uint64_t dropped[HAE_SIGNAL_ROOM][HAE_DROP_ROOM];
    /* Bit set of signals that the process had no exporter for: it would have dropped them. */
    _Atomic uint32_t signals_unwanted;
    /* 1: the process had rules of redaction, which are not in the file. 0: it had none, or was of a
     * build that did not write this. */
    _Atomic uint32_t redacted;
    uint64_t schema_url_size_bytes;
    uint64_t reserved[6];
};

#endif
