/* SPDX-License-Identifier: Apache-2.0 */
/* A scene: receivers, a program under load that exports to them, and what it has to show for it in
 * the end. A wait that lasts for minutes fails the test; nothing else here depends on time. */
#ifndef HAETAE_TESTS_FAULTS_SCENE_H
#define HAETAE_TESTS_FAULTS_SCENE_H

#include <sys/types.h>

#include "faults/board.h"
#include "faults/receiver.h"
#include "support/certificate.h"
#include "support/temporary.h"

enum { SCENE_SETTINGS_MAX = 48, SCENE_RECEIVERS_MAX = 2, SCENE_PATH_MAX = 128 };

/* How the programs of this process run. Set by main(). */
struct scene_form {
    const char *load; /* path of the program */
    bool grpc;
    bool full; /* as long as faults last in earnest; else a few seconds and short pauses */
};
extern struct scene_form scene_form;

struct scene {
    const char *name;
    struct receiver *receivers[SCENE_RECEIVERS_MAX];
    unsigned receiver_count;
    struct certificate *certificate; /* NULL: no TLS */
    char directory[TEMPORARY_PATH_MAX];
    bool mounted; /* the directory is a small file system of its own */
    char *settings[SCENE_SETTINGS_MAX];
    unsigned setting_count;
    struct board *boards[LEDGER_RUNS];
    int board_fd; /* of the present one */
    unsigned run; /* of the board that the present program has */
    pid_t pid;
    bool killed;
    uint64_t rss_before_kib; /* when the fault began */
    uint64_t rss_most_kib;   /* since then           */
    unsigned descriptors_most;
    uint64_t spooled_most;
    uint64_t held_most;
};

/* `options`: SCENE_… */
enum {
    SCENE_SPOOL = 1,      /* HAETAE_SPOOL_DIR                      */
    SCENE_RECORDER = 2,   /* HAETAE_RECORDER_DIR                   */
    SCENE_TLS = 4,        /* over TLS                              */
    SCENE_TWO = 8,        /* two receivers, labelled a and b        */
    SCENE_ONE_BOOK = 16,  /* ... that count in one ledger           */
    SCENE_SMALL_DISK = 32 /* of 6 MiB, where the system lets us mount one */
};
void scene_begin(struct scene *scene, const char *name, unsigned options);
void scene_end(struct scene *scene);

/* Before the start. A setting counts instead of an earlier one. */
void scene_set(struct scene *scene, const char *key, const char *value);
void scene_set_all(struct scene *scene, unsigned options); /* a part of scene_begin() */

/* Starts the program, with load. */
void scene_start(struct scene *scene);
/* Returns its exit status where it cannot start. */
int scene_start_in_vain(struct scene *scene);

/* The fault begins, for the accounts. */
void scene_fault(struct scene *scene);

struct board *scene_board(const struct scene *scene);
/* How many items the calls that have returned had recorded, of this program. */
uint64_t scene_recorded(const struct scene *scene, haetae_signal signal);
uint64_t scene_retries(const struct scene *scene);

/* Under load: for a time, until so many more spans are recorded, until the condition holds. */
void scene_last(struct scene *scene, unsigned ms);
void scene_record(struct scene *scene, uint64_t spans);
typedef bool (*scene_condition)(struct scene *scene, void *user);
void scene_await(struct scene *scene, scene_condition condition, void *user, const char *what);
#define SCENE_AWAIT(scene, condition, user) scene_await((scene), (condition), (user), #condition)

/* Conditions. */
/* Of spans and log records nothing is held; of points, which are collected all the time, nothing is
 * in the spool. */
bool scene_all_sent(struct scene *scene, void *user);
bool scene_is_spooling(struct scene *scene, void *user);
bool scene_is_dropping(struct scene *scene, void *user);

/* Ends the load; nothing is recorded any more. */
void scene_rest(struct scene *scene);
/* Shuts the program down and waits for its end. */
void scene_shut(struct scene *scene);
/* SIGKILL. The receivers are down afterwards. */
void scene_kill(struct scene *scene);
/* The board of the next program. */
void scene_next(struct scene *scene);

/* The disk is full, or not any more: of the small file system, or, where there is none, no file of
 * the program can grow. */
void scene_disk(struct scene *scene, bool full);

/* ---- account.c ----------------------------------------------------------------------------- */

/* Holds the statistics of all programs against what the receivers have counted, prints a row of
 * the table, and fails the test if anything is wrong. `delivered` is false where something is left
 * in the spool, or was dropped: then exactly as much is missing. */
void scene_account(struct scene *scene, bool delivered);

#endif
