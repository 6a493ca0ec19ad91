/* SPDX-License-Identifier: Apache-2.0 */
/* Recovery: exports what dead processes left in a recorder directory, through a running
 * pipeline, as a source of its requests. One file after the other, the oldest first; of a
 * file one request at a time, in an order that is always the same. What is settled is noted
 * in the file, so that whoever goes on does so there. */
#ifndef HAE_RECOVERY_RECOVERY_H
#define HAE_RECOVERY_RECOVERY_H

#include <sys/stat.h>

#include "pipeline/intake.h"
#include "recovery/dead.h"

struct hae_recovery_name {
    char name[64];
    int64_t time_s; /* when it was last changed */
    uint64_t size_bytes;
};

/* What became of the files, so far. */
struct hae_recovery_counts {
    uint64_t files_done;
    uint64_t files_corrupt; /* of those, in which something was not right */
    uint64_t files_removed; /* beyond the limit, unread                   */
    uint64_t files_other;   /* of another version, or another user's: left alone */
    uint64_t files_alive;   /* whose process lives, or which another one recovers */
    uint64_t files_put_off; /* as the system refused them, or to list them: the next start may
                             * read them */
    uint64_t open_spans;
};

enum hae_recovery_state {
    HAE_RECOVERY_LOOK,  /* into the directory */
    HAE_RECOVERY_NEXT,  /* file               */
    HAE_RECOVERY_BEGIN, /* with it           */
    HAE_RECOVERY_READ,
    HAE_RECOVERY_PAUSE, /* no receiver has answered, or there is no memory */
    HAE_RECOVERY_DONE
};

struct hae_recovery {
    int directory;
    uint64_t size_max_bytes; /* of all files of dead processes */
    struct hae_diagnostics *diagnostics;
    struct hae_collector *collector;
    enum hae_recovery_state state;
    uint64_t resume_ms;
    uint64_t look_ms; /* when it is time to look again       */
    bool looked;      /* what is left alone was told of then */
    /* It looks at the limit while a file is read. A child that is forked meanwhile knows of the
     * file that it has locked. Its directory and collector are ours. */
    struct hae_recovery *beside;
    bool looks_no_more;              /* a file would be exported each time  */
    struct hae_recovery_name *names; /* the oldest last */
    size_t name_count;
    struct hae_recovery_counts counts;

    /* The file that is being read. */
    struct hae_recovery_name current;
    int file; /* with our lock, or about to get it; -1: none */
    void *memory;
    uint64_t memory_size_bytes;
    struct hae_dead dead;
    struct hae_batch batch;
    unsigned signal_index;              /* in the order of recovery; beyond the last: all read */
    uint64_t done[HAETAE_SIGNAL_COUNT]; /* spans, log records, data points */
    bool noted;                         /* the file says so as well */
    uint64_t item_count[HAETAE_SIGNAL_COUNT]; /* that became requests, and were settled */
    uint64_t open_count;
    uint64_t to_pass;       /* items that are done, before the reading gets to others   */
    uint64_t open_in_batch; /* spans that had not ended                                 */
    bool outstanding;       /* a request is */
    haetae_signal outstanding_signal;
    uint64_t outstanding_items;
    uint64_t outstanding_open;
};

/* Takes the directory's descriptor over, on success. Errors: HAETAE_ENOMEM. */
haetae_status hae_recovery_new(int directory, uint64_t size_max_bytes,
                               struct hae_diagnostics *diagnostics,
                               struct hae_recovery **ret_recovery);

/* After the pipeline, whose requests may call back. NULL: nothing. */
void hae_recovery_free(struct hae_recovery *recovery);

/* In a forked child: gives up the hold on the parent's lock. It is done. `idle` is false when
 * the parent may have been at it: what it had allocated is leaked then. Async-signal-safe.
 * NULL: nothing. */
void hae_recovery_in_child(struct hae_recovery *recovery, bool idle);

/* The source for the pipeline's options. */
struct hae_source hae_recovery_source(struct hae_recovery *recovery);

/* What became of the files so far, and how many there are still to do. */
struct hae_recovery_counts hae_recovery_counts(const struct hae_recovery *recovery);
uint64_t hae_recovery_files_left(const struct hae_recovery *recovery);

/* Nothing is left to do now but for what can't be recovered. */
bool hae_recovery_done(const struct hae_recovery *recovery);

/* ---- Between the files of recovery ------------------------------------ */

/* For what is left alone at each look: the first one tells of it. */
static inline struct hae_diagnostics *hae_recovery_at_first(const struct hae_recovery *recovery)
{
    return recovery->looked ? NULL : recovery->diagnostics;
}

/* Lists the files, and removes the oldest beyond the limit. */
void hae_recovery_look(struct hae_recovery *recovery);

/* Opens a file and takes its lock: then nobody else reads, writes or removes it. False: it is
 * not for us, and has been counted. */
bool hae_recovery_lock(struct hae_recovery *recovery, const char *name, struct stat *ret_status);

/* Gives the lock up, and lets go of the file. */
void hae_recovery_unlock(struct hae_recovery *recovery);

/* Counts a file of which the system refused something, which is left for another time. */
void hae_recovery_put_off(struct hae_recovery *recovery, const char *name, const char *what,
                          int error);

/* Locks and maps the next file of the list; false: that one is not for us. */
bool hae_recovery_open_next(struct hae_recovery *recovery);

/* Closes it, for others to take. */
void hae_recovery_close(struct hae_recovery *recovery);

/* Unmaps and closes. What a forked child does: the lock is the parent's. */
void hae_recovery_let_go(struct hae_recovery *recovery);

/* Removes it, or puts it aside when something was wrong with it, and closes it. */
void hae_recovery_finish(struct hae_recovery *recovery);

/* Notes in the file how far it was done. */
void hae_recovery_note(struct hae_recovery *recovery);

/* Begins to read, where the last who did was interrupted. */
void hae_recovery_begin(struct hae_recovery *recovery);

/* Makes a request of what comes next and hands it out, if there is anything. */
enum hae_recovery_read {
    HAE_READ_REQUEST,   /* one was handed out                  */
    HAE_READ_AGAIN,     /* there may be more                   */
    HAE_READ_PAUSES,    /* there is, but other work waits      */
    HAE_READ_LATER,     /* no room beside what waits for export */
    HAE_READ_ALL,       /* there is nothing more               */
    HAE_READ_NO_MEMORY, /* try again from where it was         */
};
enum hae_recovery_read hae_recovery_read(struct hae_recovery *recovery, struct hae_intake *intake);

#endif
