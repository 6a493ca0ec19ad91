/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules of failures: whatever happens on the way, each item is delivered or counted, and what
 * is held goes out once the receivers are back. Each schedule comes from its seed alone, so one
 * that fails can be run again: HAETAE_SIMULATION_SEEDS=17:17. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "world.h"

enum { USUAL_SEEDS = 4000, EVENTS_MAX = 60, HEALED_MS = 60000, SPOOL_PASSES_MAX = 60 };

static struct sim_world world;

static void record_something(void)
{
    static const haetae_signal signals[] = {HAETAE_SIGNAL_TRACES, HAETAE_SIGNAL_TRACES,
                                            HAETAE_SIGNAL_LOGS, HAETAE_SIGNAL_METRICS};

    sim_record(&world, signals[sim_draw(&world, 4)],
               1 + (uint32_t)sim_draw(&world, sim_draw(&world, 8) == 0 ? 300 : 30));
}

/* What only worlds with spools have. */
static void do_something_with_spools(void)
{
    if (sim_draw(&world, 4) == 0) {
        sim_change_disk(&world);
    }
    if (sim_draw(&world, 25) == 0) {
        sim_restart(&world, sim_draw(&world, 2) == 0);
    }
}

static void do_something(void)
{
    if (world.has_spools) {
        do_something_with_spools();
    }
    switch (sim_draw(&world, 8)) {
    case 0:
    case 1:
        sim_change_weather(&world);
        break;
    case 2:
        sim_request_flush(&world);
        break;
    default:
        record_something();
        break;
    }
    sim_pass(&world, sim_draw(&world, 3) == 0 ? sim_draw(&world, 3000) : sim_draw(&world, 30));
}

/* The receivers are back: all that is held goes out. */
static void get_well(void)
{
    sim_heal(&world);
    sim_request_flush(&world);
    sim_pass(&world, HEALED_MS);
    for (int i = 0; i < SIM_FLUSHES_MAX; i++) {
        SIM_CHECK(&world, !world.flushes[i].active);
    }
    SIM_CHECK(&world, world.given == world.recorded);
    for (int i = 0; i < SPOOL_PASSES_MAX && !sim_spools_are_empty(&world); i++) {
        sim_pass(&world, HEALED_MS);
    }
    SIM_CHECK(&world, sim_spools_are_empty(&world));
    SIM_CHECK(&world, !world.has_spools || world.disk.remove_failed ||
                          sim_disk_segment_count(&world.disk) == 0);
    sim_check_settled(&world);
}

/* They are not: a flush, and the end. */
static void shut_down(void)
{
    sim_shut_down(&world);
    sim_check_settled(&world);
}

static void run_schedule(uint64_t seed)
{
    uint64_t events;

    sim_begin(&world, seed);
    events = sim_draw(&world, EVENTS_MAX);
    for (uint64_t i = 0; i < events; i++) {
        do_something();
    }
    if (world.has_spools && sim_draw(&world, 4) == 0) {
        sim_restart(&world, false);
        get_well();
    } else if (sim_draw(&world, 4) == 0 && !world.is_calm && !world.has_spools) {
        shut_down();
    } else {
        get_well();
    }
    sim_end(&world);
}

static void every_schedule_keeps_the_balance_and_goes_on(void **state)
{
    const char *seeds = getenv("HAETAE_SIMULATION_SEEDS");
    unsigned long long from = 1, to = core_repeat(USUAL_SEEDS);

    (void)state;
    if (seeds != NULL && sscanf(seeds, "%llu:%llu", &from, &to) != 2) {
        fail_msg("HAETAE_SIMULATION_SEEDS=\"%s\": expected two numbers, first:last", seeds);
    }
    for (unsigned long long seed = from; seed <= to; seed++) {
        run_schedule(seed);
    }
    printf("schedules %llu to %llu\n", from, to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_schedule_keeps_the_balance_and_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
