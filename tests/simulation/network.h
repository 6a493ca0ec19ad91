/* SPDX-License-Identifier: Apache-2.0 */
/* Receivers and the ways to them, without sockets: exporters whose tries end as the weather of
 * their link has it. Time is the simulation's. */
#ifndef HAETAE_TESTS_SIMULATION_NETWORK_H
#define HAETAE_TESTS_SIMULATION_NETWORK_H

#include "base/random.h"
#include "haetae/exporter.h"

enum { SIM_ITEMS_MAX = 4096, SIM_TRIES_MAX = 16, SIM_OWN_TIMEOUT_MS = 3000 };

/* How a link is for a while. */
enum sim_weather {
    SIM_UP,
    SIM_DOWN,    /* nothing is there: a failure at once              */
    SIM_SILENT,  /* the request arrives nowhere, and nobody answers  */
    SIM_LOST,    /* it arrives, and the answer does not              */
    SIM_SLOW,    /* it arrives, and the answer comes late            */
    SIM_BUSY,    /* another try is asked for, after a pause          */
    SIM_REFUSES, /* for good                                         */
    SIM_INVALID, /* for good, as invalid                             */
    SIM_SMALL,   /* more than a few items are too many               */
    SIM_CHANCE,  /* any of these, drawn for each try                 */
    SIM_WEATHERS
};

/* A try on its way. */
struct sim_try {
    haetae_delivery *delivery;
    uint64_t due_ms;
    haetae_result result;
    bool arrives; /* when it is due */
};

struct sim_link {
    haetae_exporter *exporter;
    struct hae_random *random;
    const uint64_t *now_ms;
    enum sim_weather weather;
    uint32_t latency_ms;
    uint32_t most_items; /* SIM_SMALL */
    bool at_once;        /* it answers within send() where it can */
    bool can_cancel;
    uint32_t signals;
    struct sim_try tries[SIM_TRIES_MAX];
    uint32_t try_count;
    uint32_t in_flight_max;
    bool is_cut;
    haetae_signal arriving;
    uint8_t arrived[SIM_ITEMS_MAX]; /* how often each item did; at most 255 */
};

/* Makes the exporter of a link, which has its options. */
void sim_link_begin(struct sim_link *link, const char *name);

/* Its process ends: what is under way arrives, or does not. */
void sim_link_cut(struct sim_link *link);

#endif
