/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules of failures: whatever happens on the way, each item is delivered or counted, and what
 * is held goes out once the receivers are back. Each schedule comes from its seed alone, so one
 * that fails can be run again: HAETAE_SIMULATION_SEEDS=17:17. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "world.h"

enum { USUAL_SEEDS = 4000, EVENTS_MAX = 60, HEALED_MS = 60000 };

static struct sim_world world;

static void record_something(void)
{
    static const haetae_signal signals[] = {HAETAE_SIGNAL_TRACES, HAETAE_SIGNAL_TRACES,
                                            HAETAE_SIGNAL_LOGS, HAETAE_SIGNAL_METRICS};

    sim_record(&world, signals[sim_draw(&world, 4)],
               1 + (uint32_t)sim_draw(&world, sim_draw(&world, 8) == 0 ? 300 : 30));
}

static void do_something(void)
{
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
    sim_check_settled(&world);
}

/* They are not: a flush, and the end. */
static void shut_down(void)
{
    sim_request_flush(&world);
    hae_control_close(&world.pipeline.control);
    sim_pass(&world, sim_draw(&world, 5000));
    hae_pipeline_abandon(&world.pipeline, 0);
    sim_check(&world);
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
    if (sim_draw(&world, 4) == 0 && !world.is_calm) {
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
