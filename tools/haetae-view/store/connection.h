/* SPDX-License-Identifier: Apache-2.0 */
/* What a database consists of; private to this folder. */
#ifndef HAETAE_VIEW_STORE_CONNECTION_H
#define HAETAE_VIEW_STORE_CONNECTION_H

#include <stdatomic.h>

#include "base/buffer.h"
#include "store/database_types.h"
#include "store/gate.h"
#include "store/log.h"
#include "store/model.h"
#include "store/rollup.h"
#include "store/rows.h"
#include "store/statements.h"
#include "util/hash.h"
#include "util/memo.h"

enum hae_view_memo_kind {
    HAE_VIEW_MEMO_RESOURCE,
    HAE_VIEW_MEMO_SCOPE,
    HAE_VIEW_MEMO_OP,
    HAE_VIEW_MEMO_METRIC,
    HAE_VIEW_MEMO_SERIES,
    HAE_VIEW_MEMO_ERROR
};
#define HAE_VIEW_MEMOS 6

#define HAE_VIEW_PAGE_BYTES 4096 /* of the database */

/* The highest numbers of rows so far, in the order of the table arrival. */
struct hae_view_marks {
    int64_t span;
    int64_t log;
    int64_t point;
    int64_t exemplar;
    int64_t rollup;
};

/* A span that waits to be written with others. */
struct hae_view_queued_span {
    struct hae_view_span_row row;
    struct hae_view_text service; /* of one that failed */
    int64_t id;
    int64_t op;
    int64_t resource;
    int64_t scope;
    size_t texts_at; /* where its texts begin */
    bool entry;
    bool has_events;
    bool has_links;
};

struct hae_view_span_batch {
    struct hae_view_queued_span spans[HAE_VIEW_SPANS_MAX];
    size_t count;
    struct hae_buffer texts;
    enum hae_view_write outcomes[HAE_VIEW_SPANS_MAX]; /* of the last that were written */
};

/* What there was too little of for a request. */
enum hae_view_shortage {
    HAE_VIEW_SHORTAGE_NONE,
    HAE_VIEW_SHORTAGE_LOG, /* of the file system, for the log */
    HAE_VIEW_SHORTAGE_FILE /* of the file system, for the file */
};

struct hae_view_database {
    struct hae_view_database_options options;
    int lock_fd;     /* of a file's lock; -1: in memory */
    sqlite3 *db;     /* the writer's */
    sqlite3 *reader; /* of a file; NULL: readers take turns with the writer */
    struct hae_view_log log;
    /* One reader at a time; in memory, one reader or the writer. */
    struct hae_view_gate gate;
    uint64_t read_since_ns;     /* when the reader that has the turn began */
    uint64_t read_memory_bytes; /* of the process at that time          */
    bool read_took_too_much;
    atomic_bool interrupted; /* set by any thread */
    sqlite3_stmt *statements[HAE_VIEW_STATEMENTS];
    struct hae_view_hash_key key;
    /* Only for the thread that writes. */
    struct hae_view_memo memos[HAE_VIEW_MEMOS];
    size_t memo_marks[HAE_VIEW_MEMOS]; /* their sizes when the request began */
    size_t interned_bytes;
    size_t interned_mark;
    bool errors_dropped; /* in this request, so that memo_marks does not hold for the memo of errors
                          */
    struct hae_view_rollup rollup;
    struct hae_view_arrival arrival;
    struct hae_view_marks marks; /* with what this request has written */
    struct hae_view_marks marks_before;
    struct hae_view_marks noted; /* in the last row of the table arrival */
    struct hae_view_marks noted_before;
    uint64_t noted_ns;
    uint64_t noted_before_ns;
    int64_t errors_seen; /* grows with each error, and orders the groups */
    struct hae_view_span_batch spans;
    int failure; /* the code of the first statement that failed in this request; 0: none */
    enum hae_view_shortage shortage; /* what it failed for */
    char problem[160];
    /* Written by the thread that writes; read by any. */
    pthread_mutex_t counts_lock;
    struct hae_view_database_counts counts;
    struct hae_view_database_counts counts_now; /* of this request, added when it is kept */
};

/* Runs a statement that has been bound. False: it failed, or another one had. */
bool hae_view_run(struct hae_view_database *database, enum hae_view_statement which);

/* Takes back the transaction, if there is one; also after something failed. */
void hae_view_roll_back(struct hae_view_database *database);

/* Notes that something failed. */
void hae_view_fail(struct hae_view_database *database, int code);

/* Notes that the file cannot grow. */
void hae_view_fail_for_room(struct hae_view_database *database);

#endif
