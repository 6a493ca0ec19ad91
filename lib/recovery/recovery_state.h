/* SPDX-License-Identifier: Apache-2.0 */
/* What a recovery is doing: the files that it knows of, and the one that it is reading. */
#ifndef HAETAE_RECOVERY_RECOVERY_STATE_H
#define HAETAE_RECOVERY_RECOVERY_STATE_H

#include "base/descriptor.h"
#include "base/diagnostics.h"
#include "pipeline/batch.h"
#include "recovery/dead.h"

struct hae_collector;

struct hae_recovery_name {
    char name[64];
    int64_t time_s; /* when it was last changed */
    uint64_t size_bytes;
};

/* What became of the files, so far. */
struct hae_recovery_counts {
    uint64_t files_done;
    uint64_t files_corrupt;  /* those of them that had something invalid   */
    uint64_t files_removed;  /* beyond the limit, unread                   */
    uint64_t files_other;    /* of another version, or another user's: left alone */
    uint64_t files_alive;    /* whose process lives, or which another one recovers */
    uint64_t files_put_off;  /* the system failed to open or list them: the next start may read
                              * them */
    uint64_t files_refused;  /* their receiver refused what is in them: they stay */
    uint64_t files_kept;     /* with a signal that no exporter here takes, or redacted: they stay */
    uint64_t files_redacted; /* those of them whose process redacted, unlike this one */
    uint64_t damaged_places;
    uint64_t open_spans;
};

enum hae_recovery_state {
    HAE_RECOVERY_LOOK,  /* into the directory */
    HAE_RECOVERY_NEXT,  /* file               */
    HAE_RECOVERY_BEGIN, /* with it           */
    HAE_RECOVERY_READ,
    HAE_RECOVERY_REFUSED, /* the receiver refused what is in it */
    HAE_RECOVERY_PAUSE,   /* no receiver has answered, or there is no memory */
    HAE_RECOVERY_DONE
};

/* A host may close its descriptor: it is opened again then. */
struct hae_recovery_directory {
    char *path;
    struct hae_descriptor descriptor;
};

struct hae_recovery {
    struct hae_recovery_directory *directory;
    uint64_t size_max_bytes; /* of all files of dead processes */
    unsigned request_shift;  /* halvings of the largest request, as receivers asked for */
    struct hae_diagnostics *diagnostics;
    struct hae_collector *collector;
    enum hae_recovery_state state;
    uint64_t resume_ms;
    uint64_t look_ms; /* when it is time to look again       */
    bool looked;      /* and reported what is left alone       */
    /* It keeps the directory within its limit while a file is read. It is separate, so that a
     * child that is forked meanwhile knows the file that it has locked. It shares directory and
     * collector. */
    struct hae_recovery *beside;
    bool looks_no_more;              /* a file would be exported each time  */
    bool refused;                    /* a file was, since the last look     */
    bool leaves_redacted;            /* files whose process redacted        */
    struct hae_recovery_name *names; /* the oldest last */
    size_t name_count;
    struct hae_recovery_name *kept; /* files that are read, and stay for other processes */
    size_t kept_count;
    struct hae_recovery_counts counts;

    /* The file that is being read. */
    struct hae_recovery_name current;
    struct hae_descriptor file; /* locked by this process, or about to be */
    void *memory;
    uint64_t memory_size_bytes;
    struct hae_dead dead;
    struct hae_batch batch;
    unsigned signal_index;              /* in the order of recovery; behind the last: all read */
    uint64_t done[HAETAE_SIGNAL_COUNT]; /* spans, log records, data points */
    bool noted;                         /* the file says so, too     */
    bool keeps;                         /* something of it is for other processes */
    uint64_t item_count[HAETAE_SIGNAL_COUNT]; /* that became requests, and were settled */
    uint64_t open_count;
    uint64_t to_pass;       /* items that are done, before the reading gets to others   */
    uint64_t open_in_batch; /* spans that had not ended                                 */
    bool outstanding;       /* a request is */
    haetae_signal outstanding_signal;
    uint64_t outstanding_items;
    uint64_t outstanding_open;
};

/* Whether nothing is left to do now, but what cannot be recovered. */
static inline bool hae_recovery_done(const struct hae_recovery *recovery)
{
    return recovery->state == HAE_RECOVERY_DONE;
}

static inline bool hae_recovery_has_file(const struct hae_recovery *recovery)
{
    return recovery->file.number >= 0;
}

/* For reports of files that are left alone at each look: only the first look reports them. */
static inline struct hae_diagnostics *hae_recovery_at_first(const struct hae_recovery *recovery)
{
    return recovery->looked ? NULL : recovery->diagnostics;
}

#endif
