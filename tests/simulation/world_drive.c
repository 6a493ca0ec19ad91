/* SPDX-License-Identifier: Apache-2.0 */
/* Driving a world's pipeline and its writers, as the worker and their threads would. */
#include "base/alloc.h"
#include "base/minmax.h"
#include "pipeline/run_once.h"
#include "world.h"

/* A flush that is done had all taken in that was recorded when it was requested. */
static void look_at_flushes(struct sim_world *world)
{
    for (int i = 0; i < SIM_FLUSHES_MAX; i++) {
        struct sim_flush *flush = &world->flushes[i];

        if (flush->active && hae_flush_is_done(&world->pipeline.control, &flush->flush)) {
            SIM_CHECK(world, world->given >= flush->upto);
            hae_flush_cancel(&world->pipeline.control, &flush->flush);
            flush->active = false;
        }
    }
}

/* As hae_pipeline_wait(): how long the worker would sleep. */
static uint64_t sleep_ms(struct sim_world *world)
{
    enum { STARVED_MS = 10 };
    struct hae_pipeline *pipeline = &world->pipeline;
    uint64_t wait = hae_pipeline_due_in_ms(pipeline, world->now_ms);

    if (pipeline->is_starved) {
        return wait != 0 ? hae_min(wait, STARVED_MS) : 1;
    }
    return hae_control_has_request(&pipeline->control, pipeline->is_closing) ? 0 : wait;
}

static void write_due(struct sim_world *world);

/* Whether something is to be done at once. */
static bool is_busy(struct sim_world *world)
{
    bool busy = sleep_ms(world) == 0;

    for (uint32_t i = 0; i < world->chain_count && world->has_spools; i++) {
        const struct sim_writer *writer = &world->chains[i].writer;

        /* Its eventfd wakes the driver. */
        busy |= sim_writer_is_done(writer) || sim_writer_due_ms(writer) <= world->now_ms;
    }
    return busy;
}

/* Runs until there is nothing to do at once. A worker that finds something to do again and again,
 * and does nothing, would take a processor. */
static void run(struct sim_world *world)
{
    enum { RUNS_MAX = 5000 };
    int runs = 0;

    do {
        if (world->memory_may_fail && sim_draw(world, 4) == 0) {
            hae_alloc_fail_once_after((long)sim_draw(world, 20));
        }
        (void)hae_pipeline_run_once(&world->pipeline);
        hae_alloc_fail_after(-1);
        sim_check(world);
        look_at_flushes(world);
        write_due(world);
        SIM_CHECK(world, ++runs < RUNS_MAX);
    } while (is_busy(world));
}

/* When something happens, whoever does it. */
static uint64_t next_ms(struct sim_world *world, uint64_t end)
{
    uint64_t next = hae_min(end, world->now_ms + sleep_ms(world));

    for (uint32_t i = 0; i < world->chain_count && world->has_spools; i++) {
        next = hae_min(next, sim_writer_due_ms(&world->chains[i].writer));
    }
    return hae_max(next, world->now_ms);
}

/* In the middle of a write, which takes some time. */
static void go_on_meanwhile(void *user)
{
    struct sim_world *world = user;

    world->is_paused = true;
    sim_pass(world, sim_draw(world, world->disk.weather == SIM_DISK_SLOW ? 400 : 3));
    world->is_paused = false;
}

static void write_due(struct sim_world *world)
{
    for (uint32_t i = 0; i < world->chain_count && world->has_spools; i++) {
        if (world->memory_may_fail && sim_draw(world, 8) == 0) {
            hae_alloc_fail_once_after((long)sim_draw(world, 4));
        }
        sim_writer_run(&world->chains[i].writer, world->is_paused ? NULL : go_on_meanwhile, world);
        hae_alloc_fail_after(-1);
    }
}

void sim_pass(struct sim_world *world, uint64_t ms)
{
    uint64_t end = world->now_ms + ms;

    run(world);
    while (world->now_ms < end) {
        world->now_ms = next_ms(world, end);
        run(world);
    }
}

void sim_shut_down(struct sim_world *world)
{
    sim_request_flush(world);
    hae_control_close(&world->pipeline.control);
    sim_pass(world, sim_draw(world, 5000));
    sim_note_in_flight(world);
    hae_pipeline_abandon(&world->pipeline,
                         world->now_ms + (world->is_lossless ? 60000 : sim_draw(world, 500)));
    sim_check(world);
}
