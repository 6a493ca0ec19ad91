/* SPDX-License-Identifier: Apache-2.0 */
/* The log of a database in a file (WAL). SQLite writes each request there first. A thread moves
 * what is in it into the file now and then, which waits for the disk, while requests go on; then
 * the log restarts. Private to this folder. In memory there is none, and nothing here does
 * anything. */
#ifndef HAETAE_VIEW_STORE_LOG_H
#define HAETAE_VIEW_STORE_LOG_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/gate.h"

/* What a log belongs to. */
struct hae_view_log_of {
    sqlite3 *writer;
    struct hae_view_gate *gate; /* of readers */
    uint64_t pages_max;         /* of the file */
};

struct hae_view_log {
    sqlite3 *db; /* moves it; NULL: in memory */
    struct hae_view_gate *gate;
    pthread_mutex_t moving;  /* held by whoever uses db */
    pthread_mutex_t writing; /* held by a request */
    pthread_mutex_t lock;    /* guards: */
    bool wanted;             /* the thread shall move it */
    bool stopping;
    pthread_cond_t wake; /* either of them */
    pthread_t thread;
    atomic_int frames; /* pages in the log; written by the request */
    /* Only for requests. */
    int frames_usual; /* with so many it is moved      */
    int frames_max;   /* or with fewer                 */
    int frames_next;  /* and with so many once more    */
};

/* Once the other connections of a file are open. `db` is one more, which it takes, also on failure.
 * False: there is no memory for a thread. */
bool hae_view_log_start(struct hae_view_log *log, sqlite3 *db, const struct hae_view_log_of *of);
void hae_view_log_stop(struct hae_view_log *log);

/* Around a request. */
void hae_view_log_hold(struct hae_view_log *log);
void hae_view_log_release(struct hae_view_log *log);

/* Moves it, after a request that could not be written into it. From then on it is moved earlier.
 * Part of a request. False: that gave no room. */
bool hae_view_log_make_room(struct hae_view_log *log);

#endif
