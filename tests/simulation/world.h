/* SPDX-License-Identifier: Apache-2.0 */
/* A pipeline with a source, links and a clock, all drawn by a seed. */
#ifndef HAETAE_TESTS_SIMULATION_WORLD_H
#define HAETAE_TESTS_SIMULATION_WORLD_H

#include "network.h"
#include "pipeline/flush.h"
#include "pipeline/pipeline.h"
#include "support/core_fixture.h"
#include "writer.h"

enum { SIM_CHAINS_MAX = 3, SIM_MEMBERS_MAX = 3, SIM_SCOPES = 3, SIM_FLUSHES_MAX = 4 };

struct sim_chain {
    struct sim_link links[SIM_MEMBERS_MAX];
    uint32_t link_count;
    uint32_t signals;
    uint32_t scopes; /* that it gets, as bits */
    char patterns[100];
    struct sim_writer writer; /* of its spool, if the world has spools */
    /* Items that were in flight when a process ended: they may come again. */
    uint64_t twice[HAETAE_SIGNAL_COUNT];
};

struct sim_flush {
    struct hae_flush flush;
    uint32_t upto; /* the first item that was not recorded when it was requested */
    bool active;
};

struct sim_world {
    uint64_t seed;
    struct hae_random random;
    uint64_t now_ms;
    struct core_fixture core;
    uint16_t scopes[SIM_SCOPES];
    struct hae_pipeline_options options;
    struct hae_pipeline pipeline;
    struct sim_chain chains[SIM_CHAINS_MAX];
    uint32_t chain_count;
    bool is_calm; /* no failure of any kind: nothing may be lost, nor come twice */
    bool memory_may_fail;

    /* Spools behind the chains, and processes that follow each other. */
    bool has_spools;
    bool is_lossless; /* the disk is good and large: only what was in a killed process is lost */
    bool is_exact;    /* and nothing comes twice, but for what was in flight at an end         */
    bool may_miss;    /* the disk may lose what nobody can count                               */
    bool is_paused;   /* in the middle of a write */
    uint32_t process; /* how many have ended      */
    struct sim_disk disk;
    struct hae_spooling_options spooling;
    uint64_t former_dropped[HAETAE_SIGNAL_COUNT]; /* by processes that have ended     */
    uint64_t killed[HAETAE_SIGNAL_COUNT];         /* in the memory of those that died */

    /* The source: items from `given` to `recorded` wait in it. */
    haetae_signal signals[SIM_ITEMS_MAX];
    uint16_t sizes[SIM_ITEMS_MAX];
    uint32_t recorded;
    uint32_t given;
    uint32_t collection; /* of metrics, which begins at `given`: how many are left; 0: none */

    struct sim_flush flushes[SIM_FLUSHES_MAX];
    uint64_t steps;
};

/* The world that the simulation's clock reads. */
extern struct sim_world *sim_current;

/* Makes the world of a seed, and frees it. */
void sim_begin(struct sim_world *world, uint64_t seed);
void sim_end(struct sim_world *world);

/* Events. */
void sim_record(struct sim_world *world, haetae_signal signal, uint32_t count);
void sim_change_weather(struct sim_world *world);
void sim_request_flush(struct sim_world *world);

/* The process ends, in good order or not, and another one begins. */
void sim_restart(struct sim_world *world, bool killed);

/* Something happens to the disk. */
void sim_change_disk(struct sim_world *world);

/* Whether nothing is in the spools that could be sent. */
bool sim_spools_are_empty(struct sim_world *world);

/* A process begins and ends. */
void sim_begin_process(struct sim_world *world);
void sim_end_process(struct sim_world *world);

/* Drives the pipeline until so much time has passed, as its worker would: it sleeps until
 * something is due. */
void sim_pass(struct sim_world *world, uint64_t ms);

/* The process is about to end: what is under way may come twice. */
void sim_note_in_flight(struct sim_world *world);

/* Asks the pipeline to end, with a flush, and ends it after some time. */
void sim_shut_down(struct sim_world *world);

/* All links are up from now on. */
void sim_heal(struct sim_world *world);

uint64_t sim_draw(struct sim_world *world, uint64_t below);

/* ---- world_check.c: what always holds ------------------------------------------------------ */

/* Fails the test, with the seed, unless the message's condition holds. */
#define SIM_CHECK(world, condition)                                                                \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            sim_show(world);                                                                       \
            fail_msg("HAETAE_SIMULATION_SEEDS=%llu:%llu, step %llu: not so: %s",                   \
                     (unsigned long long)(world)->seed, (unsigned long long)(world)->seed,         \
                     (unsigned long long)(world)->steps, #condition);                              \
        }                                                                                          \
    } while (0)

/* world_spools.c: the same of the spools. */
void sim_check_spools(struct sim_world *world);
void sim_show_spools(const struct sim_world *world);
uint64_t sim_dropped(const struct hae_item_counts *counts);

/* Prints what waits where, and when something is due. */
void sim_show(struct sim_world *world);

/* After each step: the balance, and that store and queues agree. */
void sim_check(struct sim_world *world);

/* When nothing is held any more: every item was delivered or is counted as dropped. */
void sim_check_settled(struct sim_world *world);

#endif
