/* SPDX-License-Identifier: Apache-2.0 */
/* What a spool consists of: see spool.h. */
#ifndef HAETAE_SPOOL_SPOOL_STATE_H
#define HAETAE_SPOOL_SPOOL_STATE_H

#include <pthread.h>

#include "base/diagnostics.h"
#include "spool/segment.h"
#include "spool/spool_owner.h"

/* Of a directory's name. */
enum { HAE_SPOOL_NAME_BYTES = 400 };

/* Where a record of this process is. */
struct hae_spool_receipt {
    uint64_t segment; /* its number; 0: nowhere */
    uint32_t index;
};

/* In the place of the items that a record of this process stands for: they are not known, as other
 * destinations of its request have not ended. */
#define HAE_SPOOL_PENDING UINT32_MAX

struct hae_spool_segment {
    struct hae_spool_segment *older;
    struct hae_spool_segment *newer;
    struct hae_spool_owner *owner;
    uint64_t number;
    uint64_t end;     /* of the complete records, or the size of an adopted file */
    uint64_t read_at; /* the next record to be handed out; 0: not known yet      */
    uint64_t time_ms; /* of the last record                                      */
    bool busy;        /* it is being written to                                  */
    bool was_out;     /* its first record was, when it was dropped for want of room */

    /* Of a segment of this process: the items that each record stands for, and all of them. */
    uint32_t *items;
    uint32_t room;
    uint32_t record_count;
    uint32_t read_index; /* of the record at read_at */
    uint64_t item_sum;   /* without those of the record that is out, and what is pending */
};

/* The record that was handed out. */
struct hae_spool_out {
    bool is_out;
    bool is_own;                       /* this process wrote it */
    struct hae_spool_segment *segment; /* NULL: it has gone meanwhile */
    struct hae_spool_receipt receipt;  /* of a record of this process */
    uint64_t next_at;
    uint64_t item_count; /* in it, and those that it stands for */
    uint32_t items;
};

/* Items that were given up: by the bounds, or as they were damaged. */
struct hae_spool_lost {
    uint64_t own;     /* of this process     */
    uint64_t adopted; /* of former processes */
    /* Segments that had to make room, were too old, had an incomplete end, were of another version
     * or damaged, or were removed by somebody else; and records that were damaged or too old. */
    uint64_t full_count;
    uint64_t old_count;
    uint64_t torn_count;
    uint64_t other_count;
    uint64_t broken_count;
    uint64_t gone_count;
    uint64_t damaged_count;
    uint64_t old_record_count;
    int remove_error; /* errno of a segment that could not be removed; 0: none */
};

struct hae_spool {
    pthread_mutex_t lock;
    char *parent; /* the path of the directory above */
    char name[HAE_SPOOL_NAME_BYTES];
    haetae_signal signal;
    uint64_t bytes_max;
    uint64_t segment_bytes; /* after which a new one begins */
    uint64_t age_max_ms;
    struct hae_diagnostics *diagnostics;
    struct hae_descriptor directory;       /* of the thread that reads  */
    struct hae_descriptor write_directory; /* of the thread that writes */
    struct hae_spool_owner *owners;        /* whose locks this process has */
    struct hae_spool_owner *self;          /* of those; NULL: nothing was written yet */
    struct hae_spool_segment *oldest;
    struct hae_spool_segment *newest;
    struct hae_spool_segment *writing; /* NULL: none */
    uint64_t last_number;
    uint64_t item_sum;    /* of all segments: see there          */
    uint64_t used_bytes;  /* of the segments in the list         */
    uint64_t other_bytes; /* of other processes, at the last look */
    struct hae_spool_out out;
    struct hae_spool_lost lost; /* since it was asked for last */
    bool is_whole;              /* in a forked child: the list is */
    bool looks_no_more;         /* what could not be removed would be sent each time */
};

#endif
