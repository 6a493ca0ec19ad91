/* SPDX-License-Identifier: Apache-2.0 */
/* A pipeline with a source, links and a clock, all drawn by a seed. */
#ifndef HAETAE_TESTS_SIMULATION_WORLD_H
#define HAETAE_TESTS_SIMULATION_WORLD_H

#include "network.h"
#include "pipeline/flush.h"
#include "pipeline/pipeline.h"
#include "support/core_fixture.h"

enum { SIM_CHAINS_MAX = 3, SIM_MEMBERS_MAX = 3, SIM_SCOPES = 3, SIM_FLUSHES_MAX = 4 };

struct sim_chain {
    struct sim_link links[SIM_MEMBERS_MAX];
    uint32_t link_count;
    uint32_t scopes; /* that it gets, as bits */
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
    struct hae_pipeline pipeline;
    struct sim_chain chains[SIM_CHAINS_MAX];
    uint32_t chain_count;
    bool is_calm; /* no failure of any kind: nothing may be lost, nor come twice */
    bool memory_may_fail;

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

/* Drives the pipeline until so much time has passed, as its worker would: it sleeps until
 * something is due. */
void sim_pass(struct sim_world *world, uint64_t ms);

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

/* Prints what waits where, and when something is due. */
void sim_show(struct sim_world *world);

/* After each step: the balance, and that store and queues agree. */
void sim_check(struct sim_world *world);

/* When nothing is held any more: every item was delivered or is counted as dropped. */
void sim_check_settled(struct sim_world *world);

#endif
