/* SPDX-License-Identifier: Apache-2.0 */
/* Spools behind the chains, a disk that fails, and processes that follow each other. */
#include "world.h"

/* ---- What always holds -------------------------------------------------------------------- */

/* Items that a segment's records stand for, without the one that is out. */
static void check_segment(struct sim_world *world, const struct hae_spool_segment *segment)
{
    uint64_t items = 0;

    for (uint32_t i = segment->read_index; i < segment->record_count; i++) {
        items += segment->items[i] != HAE_SPOOL_PENDING ? segment->items[i] : 0;
    }
    SIM_CHECK(world, items == segment->item_sum);
    SIM_CHECK(world, segment->read_at <= segment->end);
}

/* Returns for how many items of this process a spool stands. */
static uint64_t check_spool(struct sim_world *world, const struct hae_spool *spool)
{
    uint64_t used_bytes = 0;
    uint64_t number = 0;
    uint64_t items = 0;

    for (const struct hae_spool_segment *s = spool->oldest; s != NULL; s = s->newer) {
        SIM_CHECK(world, s->number >= number);
        number = s->number;
        used_bytes += s->end;
        if (s->owner == spool->self) {
            check_segment(world, s);
            items += s->item_sum;
        }
    }
    SIM_CHECK(world, used_bytes == spool->used_bytes);
    SIM_CHECK(world, items == spool->item_sum);
    SIM_CHECK(world, used_bytes <= spool->bytes_max || world->process != 0);
    if (spool->out.is_out && spool->out.is_own && spool->out.items != HAE_SPOOL_PENDING) {
        items += spool->out.items;
    }
    return items + spool->lost.own;
}

static bool has_spool(const struct sim_chain *chain, int signal)
{
    return (chain->writer.spooling->signals >> signal & 1) != 0;
}

void sim_check_spools(struct sim_world *world)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        uint64_t items = 0;

        for (uint32_t i = 0; i < world->chain_count; i++) {
            if (has_spool(&world->chains[i], signal)) {
                items += check_spool(world, &world->chains[i].writer.spooling->spools[signal]);
            }
        }
        SIM_CHECK(world, items == world->pipeline.accounting.signals[signal].spooled);
    }
}

bool sim_spools_are_empty(struct sim_world *world)
{
    for (uint32_t i = 0; i < world->chain_count && world->has_spools; i++) {
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            if (has_spool(&world->chains[i], signal) &&
                hae_spool_has_any(&world->chains[i].writer.spooling->spools[signal])) {
                return false;
            }
        }
    }
    return true;
}

void sim_show_spools(const struct sim_world *world)
{
    print_message("process %u, disk %d%s\n", world->process, (int)world->disk.weather,
                  world->is_paused ? ", in the middle of a write" : "");
    for (uint32_t i = 0; i < world->chain_count; i++) {
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            const struct hae_spooling *spooling = world->chains[i].writer.spooling;
            const struct hae_spool *spool = &spooling->spools[signal];

            if (!has_spool(&world->chains[i], signal)) {
                continue;
            }
            print_message(
                "  spool %s: %llu bytes, out %d, lost %llu, look %lld, resume %lld, away %lld\n",
                spool->name, (unsigned long long)spool->used_bytes, spool->out.is_out,
                (unsigned long long)spool->lost.own,
                (long long)(spooling->legs[signal].look_ms - world->now_ms),
                (long long)(spooling->legs[signal].resume_ms - world->now_ms),
                (long long)(spooling->away_since_ms[signal] - world->now_ms));
            for (const struct hae_spool_segment *s = spool->oldest; s != NULL; s = s->newer) {
                print_message(
                    "    segment %llx: %s, read %llu of %llu, record %u of %u, "
                    "%llu items%s\n",
                    (unsigned long long)s->number, s->owner == spool->self ? "own" : "adopted",
                    (unsigned long long)s->read_at, (unsigned long long)s->end, s->read_index,
                    s->record_count, (unsigned long long)s->item_sum, s->busy ? ", busy" : "");
            }
        }
    }
}

/* ---- The disk ----------------------------------------------------------------------------- */

/* What adopted segments hold cannot be counted when they cannot be read. */
static void note_weather(struct sim_world *world)
{
    switch (world->disk.weather) {
    case SIM_DISK_ERROR:
    case SIM_DISK_NO_FILES:
    case SIM_DISK_CHANCE:
        world->may_miss = true;
        break;
    default:
        break;
    }
}

void sim_change_disk(struct sim_world *world)
{
    if (!world->has_spools || world->is_lossless || world->is_calm) {
        return;
    }
    switch (sim_draw(world, 12)) {
    case 0:
        world->may_miss |= sim_disk_damage(&world->disk);
        break;
    case 1:
        if (sim_draw(world, 4) == 0) {
            (void)sim_disk_clear(&world->disk);
            world->may_miss = true;
        }
        break;
    case 2:
        /* The system's clock is set. */
        world->disk.wall_ms += (int64_t)sim_draw(world, 200000) - 100000;
        break;
    default:
        world->disk.weather = sim_draw(world, 3) == 0
                                  ? SIM_DISK_GOOD
                                  : (enum sim_disk_weather)sim_draw(world, SIM_DISK_DYING);
        note_weather(world);
        break;
    }
}

/* ---- Processes ---------------------------------------------------------------------------- */

void sim_note_in_flight(struct sim_world *world)
{
    for (uint32_t i = 0; i < world->chain_count; i++) {
        struct sim_chain *chain = &world->chains[i];

        for (uint32_t k = 0; k < chain->link_count; k++) {
            for (uint32_t at = 0; at < chain->links[k].try_count; at++) {
                const haetae_delivery *delivery = chain->links[k].tries[at].delivery;

                chain->twice[haetae_delivery_signal(delivery)] +=
                    haetae_delivery_item_count(delivery);
            }
        }
    }
}

/* What only the memory of a process knew is lost with it. */
static void note_killed(struct sim_world *world)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        world->killed[signal] += world->pipeline.accounting.signals[signal].held;
        for (uint32_t i = 0; i < world->chain_count; i++) {
            if (has_spool(&world->chains[i], signal)) {
                const struct hae_spool *spool = &world->chains[i].writer.spooling->spools[signal];

                world->killed[signal] += spool->lost.own + spool->lost.adopted;
                /* The bounds have dropped what is on its way. */
                if (spool->out.is_out && spool->out.segment == NULL) {
                    world->killed[signal] += spool->out.item_count;
                }
            }
        }
    }
}

/* Its last write goes as far as it comes. */
static void write_last(struct sim_world *world, struct sim_writer *writer)
{
    enum sim_disk_weather weather = world->disk.weather;

    world->disk.weather = SIM_DISK_DYING;
    world->now_ms += 1000;
    sim_writer_run(writer, NULL, NULL);
    world->disk.weather = weather;
    world->disk.is_over = false;
}

static void kill_process(struct sim_world *world)
{
    sim_note_in_flight(world);
    for (uint32_t i = 0; i < world->chain_count; i++) {
        struct sim_chain *chain = &world->chains[i];

        for (uint32_t k = 0; k < chain->link_count; k++) {
            sim_link_cut(&chain->links[k]);
        }
        if (sim_draw(world, 2) == 0) {
            write_last(world, &chain->writer);
        }
    }
    note_killed(world);
    for (uint32_t i = 0; i < world->chain_count; i++) {
        sim_writer_kill(&world->chains[i].writer);
    }
}

void sim_restart(struct sim_world *world, bool killed)
{
    if (killed) {
        kill_process(world);
    } else {
        sim_shut_down(world);
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        const struct hae_item_counts *counts = &world->pipeline.accounting.signals[signal];

        SIM_CHECK(world, killed || counts->held == 0);
        world->former_dropped[signal] += sim_dropped(counts);
    }
    sim_end_process(world);
    world->process++;
    sim_begin_process(world);
}
