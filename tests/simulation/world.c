/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/minmax.h"
#include "pipeline/replay.h"
#include "recorder/scope.h"
#include "wire/otlp.h"
#include "wire/wire.h"

struct sim_world *sim_current;

static uint64_t clock_ms(void)
{
    return sim_current->now_ms;
}

uint64_t sim_draw(struct sim_world *world, uint64_t below)
{
    return hae_splitmix(&world->random.a) % below;
}

/* ---- The source --------------------------------------------------------------------------- */

/* Writes what an item has to be: any bytes, or a metric with one point of any bytes, which begin
 * with its number. Returns the size. */
static size_t put_item(haetae_signal signal, uint32_t number, size_t size, uint8_t *out)
{
    uint8_t *at = out;

    if (signal == HAETAE_SIGNAL_METRICS) {
        *at++ = HAE_TAG(HAE_OTLP_METRIC_SUM, HAE_WIRE_LENGTH);
        at = hae_put_varint(at, 1 + hae_varint_size(size) + size);
        *at++ = HAE_TAG(HAE_OTLP_SUM_DATA_POINTS, HAE_WIRE_LENGTH);
        at = hae_put_varint(at, size);
    }
    memset(at, (int)(number % 251), size);
    memcpy(at, &number, sizeof number);
    return (size_t)(at - out) + size;
}

static bool give_item(struct sim_world *world, struct hae_intake *intake)
{
    uint32_t number = world->given;
    uint8_t data[2048 + 16];
    struct hae_item item = {world->scopes[number % SIM_SCOPES], data, 0, 1};

    item.size_bytes = put_item(world->signals[number], number, world->sizes[number], data);
    if (hae_intake_take(intake, world->signals[number], &item) == HAE_TAKE_NO_MEMORY) {
        return false;
    }
    world->given++;
    return true;
}

/* Gives what there is of a collection of metrics. False: the rest has to wait. */
static bool give_collection(struct sim_world *world, struct hae_intake *intake)
{
    bool all = true;

    if (!hae_intake_begin_collection(intake, HAETAE_SIGNAL_METRICS, 0, true)) {
        return false;
    }
    while (world->collection != 0 && all) {
        all = give_item(world, intake);
        world->collection -= all;
    }
    hae_intake_end_collection(intake, HAETAE_SIGNAL_METRICS, all);
    return all;
}

static enum hae_source_result run_source(void *self, struct hae_intake *intake,
                                         const struct hae_run *run)
{
    enum { ITEMS_PER_RUN = 100 };
    struct sim_world *world = self;

    for (int i = 0; i < ITEMS_PER_RUN || run->flushing; i++) {
        if (world->given == world->recorded) {
            return HAE_SOURCE_DONE;
        }
        if (world->collection != 0 ? !give_collection(world, intake) : !give_item(world, intake)) {
            return HAE_SOURCE_STARVED;
        }
    }
    return world->given == world->recorded ? HAE_SOURCE_DONE : HAE_SOURCE_MORE;
}

static uint64_t source_wait_ms(void *self, uint64_t now_ms)
{
    const struct sim_world *world = self;

    (void)now_ms;
    return world->given != world->recorded ? 0 : UINT64_MAX;
}

static void abandon_source(void *self, struct hae_intake *intake)
{
    struct sim_world *world = self;

    while (world->given != world->recorded && give_item(world, intake)) {
    }
}

void sim_record(struct sim_world *world, haetae_signal signal, uint32_t count)
{
    bool is_collection = signal == HAETAE_SIGNAL_METRICS;

    /* One collection at a time, and nothing behind it before it is given. */
    if (world->collection != 0 || (is_collection && world->given != world->recorded)) {
        return;
    }
    count = (uint32_t)hae_min(count, SIM_ITEMS_MAX - world->recorded);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t item = world->recorded + i;

        world->signals[item] = signal;
        world->sizes[item] = (uint16_t)(8 + sim_draw(world, sim_draw(world, 64) == 0 ? 2000 : 200));
    }
    world->recorded += count;
    world->collection = is_collection ? count : 0;
}

/* ---- Making ------------------------------------------------------------------------------- */

static const char *const scope_names[SIM_SCOPES] = {"a", "other", "the third scope"};

static void make_scopes(struct sim_world *world)
{
    for (int i = 0; i < SIM_SCOPES; i++) {
        haetae_scope_options options = HAETAE_OPTIONS(haetae_scope_options);

        options.name = haetae_string_of(scope_names[i]);
        assert_int_equal(hae_scope_intern(world->core.recorder, &options, &world->scopes[i]),
                         HAETAE_OK);
    }
}

/* Half of the chains get some scopes only, by what they get or by what they do not. */
static void draw_scopes(struct sim_world *world, struct sim_chain *chain)
{
    bool left_out = sim_draw(world, 2) == 0;
    char *patterns = chain->patterns;

    chain->scopes = (1U << SIM_SCOPES) - 1;
    if (sim_draw(world, 2) == 0) {
        return;
    }
    chain->scopes = 1 + (uint32_t)sim_draw(world, (1U << SIM_SCOPES) - 1);
    for (int i = 0; i < SIM_SCOPES; i++) {
        if ((chain->scopes >> i & 1) != left_out) {
            size_t length = strlen(patterns);

            snprintf(patterns + length, sizeof chain->patterns - length, " %s%.3s*,",
                     left_out ? "!" : "", scope_names[i]);
        }
    }
}

static void draw_chain(struct sim_world *world, struct sim_chain *chain, uint32_t signals)
{
    chain->signals = signals;
    chain->link_count = 1 + (uint32_t)sim_draw(world, SIM_MEMBERS_MAX);
    for (uint32_t i = 0; i < chain->link_count; i++) {
        struct sim_link *link = &chain->links[i];

        link->random = &world->random;
        link->now_ms = &world->now_ms;
        link->latency_ms = (uint32_t)sim_draw(world, 30);
        link->most_items = 1 + (uint32_t)sim_draw(world, 20);
        link->at_once = sim_draw(world, 4) == 0;
        link->can_cancel = sim_draw(world, 4) != 0;
        link->in_flight_max = 1 + (uint32_t)sim_draw(world, 6);
        link->signals = signals;
    }
    draw_scopes(world, chain);
}

static void connect_chain(struct sim_world *world, struct sim_chain *chain)
{
    static const char *const titles[SIM_CHAINS_MAX] = {"one", "two", "three"};

    for (uint32_t i = 0; i < chain->link_count; i++) {
        struct sim_link *link = &chain->links[i];

        sim_link_begin(link, i == 0 ? "first" : "backup");
        if (i != 0) {
            assert_int_equal(
                haetae_exporter_set_backup(chain->links[i - 1].exporter, link->exporter),
                HAETAE_OK);
        }
    }
    assert_int_equal(haetae_exporter_set_scopes(chain->links[0].exporter, chain->patterns),
                     HAETAE_OK);
    if (world->has_spools) {
        chain->writer.disk = &world->disk;
        sim_writer_begin(&chain->writer, &world->spooling, titles[chain - world->chains],
                         chain->signals);
    }
    hae_pipeline_add_with_spool(&world->pipeline, chain->links[0].exporter, chain->signals, 0,
                                chain->writer.exporter);
}

/* The limits of the signals, as lib/sdk/options.c has them: a request has a quarter of the memory
 * at most. */
static void draw_limits(struct sim_world *world, struct hae_pipeline_options *options)
{
    bool is_roomy = world->is_calm || world->is_lossless;
    static const uint64_t delays[] = {0, 1, 20, 500};

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct hae_batch_options *batch = &options->signals[signal];

        batch->delay_ms = delays[sim_draw(world, 4)];
        batch->item_count_max = 1 + sim_draw(world, sim_draw(world, 2) == 0 ? 8 : 200);
        batch->queue_byte_max = is_roomy ? 1 << 24 : UINT64_C(16384) << sim_draw(world, 6);
        batch->request_size_max_bytes =
            (size_t)hae_min(batch->queue_byte_max / 4, UINT64_C(4096) << sim_draw(world, 4));
        batch->queue_item_max = UINT64_MAX;
        if (!is_roomy && sim_draw(world, 4) == 0) {
            batch->queue_item_max = batch->item_count_max + sim_draw(world, 300);
        }
        batch->export_timeout_ms =
            world->is_calm || sim_draw(world, 3) == 0 ? 0 : 100 + sim_draw(world, 2000);
        batch->drops_oldest = sim_draw(world, 2) == 0;
    }
    options->retry.initial_ms = 1 + sim_draw(world, 500);
    options->retry.max_ms = options->retry.initial_ms + sim_draw(world, 4000);
    options->retry.elapsed_ms = sim_draw(world, 2) == 0 ? 0 : 1000 + sim_draw(world, 20000);
}

/* Writers of spools that are asked within a run, which sleeps. */
static void write_while_asleep(void *user)
{
    struct sim_world *world = user;

    for (uint32_t i = 0; i < world->chain_count; i++) {
        sim_writer_run(&world->chains[i].writer, NULL, NULL);
    }
}

static void draw_spools(struct sim_world *world)
{
    static const uint64_t afters[] = {0, 100, 1000, 5000};
    struct hae_spooling_options *options = &world->spooling;
    bool is_roomy;

    world->has_spools = sim_draw(world, 3) == 0;
    if (!world->has_spools) {
        return;
    }
    world->is_lossless = !world->is_calm && sim_draw(world, 3) == 0;
    world->is_exact = world->is_lossless && sim_draw(world, 2) == 0;
    world->memory_may_fail &= !world->is_lossless;
    world->disk = (struct sim_disk){.random = &world->random,
                                    .now_ms = &world->now_ms,
                                    .wall_ms = INT64_C(1700000000000),
                                    .asleep = write_while_asleep,
                                    .asleep_user = world};
    assert_true(temporary_directory(world->disk.path));
    options->path = world->disk.path;
    is_roomy = world->is_calm || world->is_lossless;
    options->bytes_max = is_roomy ? UINT64_C(1) << 30 : UINT64_C(2048) << sim_draw(world, 9);
    options->age_max_ms = is_roomy ? UINT64_C(1) << 40 : 1000 + sim_draw(world, 60000);
    options->after_ms = afters[sim_draw(world, 4)];
}

void sim_begin_process(struct sim_world *world)
{
    if (world->has_spools) {
        sim_disk_use(&world->disk);
    }
    assert_int_equal(hae_pipeline_init(&world->pipeline, world->core.recorder, &world->options),
                     HAETAE_OK);
    for (uint32_t i = 0; i < world->chain_count; i++) {
        connect_chain(world, &world->chains[i]);
    }
}

void sim_end_process(struct sim_world *world)
{
    hae_alloc_fail_after(-1);
    for (int i = 0; i < SIM_FLUSHES_MAX; i++) {
        if (world->flushes[i].active) {
            hae_flush_cancel(&world->pipeline.control, &world->flushes[i].flush);
            world->flushes[i].active = false;
        }
    }
    hae_pipeline_done(&world->pipeline);
    sim_disk_use(NULL);
}

void sim_begin(struct sim_world *world, uint64_t seed)
{
    static const uint8_t resource[] = {0x0a, 0x02, 'r', 'e'};

    memset(world, 0, sizeof *world);
    world->options = (struct hae_pipeline_options){.resource = {resource, sizeof resource, 0},
                                                   .source_count = 1,
                                                   .sources = {{.name = "simulation",
                                                                .self = world,
                                                                .signals = HAE_SIGNALS_ALL,
                                                                .run = run_source,
                                                                .wait_ms = source_wait_ms,
                                                                .abandon = abandon_source}}};
    world->seed = world->random.a = seed;
    world->now_ms = 1000000;
    sim_current = world;
    hae_set_clock_ms(clock_ms);
    core_begin(&world->core, 0, 2);
    world->core.recorder->seed.a = seed;
    make_scopes(world);
    world->is_calm = sim_draw(world, 8) == 0;
    world->memory_may_fail = !world->is_calm && sim_draw(world, 4) == 0;
    draw_spools(world);
    draw_limits(world, &world->options);
    if (world->has_spools) {
        world->options.sources[world->options.source_count++] =
            hae_replay_source(&world->pipeline.route);
    }
    world->chain_count = 1 + (uint32_t)sim_draw(world, SIM_CHAINS_MAX);
    for (uint32_t i = 0; i < world->chain_count; i++) {
        draw_chain(world, &world->chains[i],
                   i == 0 ? HAE_SIGNALS_ALL : 1 + (uint32_t)sim_draw(world, 7));
    }
    /* An item that several spools have counts as the first one's. */
    world->may_miss = world->has_spools && !world->is_lossless && world->chain_count > 1;
    sim_begin_process(world);
}

void sim_end(struct sim_world *world)
{
    sim_end_process(world);
    if (world->has_spools) {
        (void)sim_disk_clear(&world->disk);
        assert_int_equal(rmdir(world->disk.path), 0);
    }
    core_end(&world->core);
    hae_set_clock_ms(NULL);
}

/* ---- Events ------------------------------------------------------------------------------- */

void sim_change_weather(struct sim_world *world)
{
    struct sim_chain *chain = &world->chains[sim_draw(world, world->chain_count)];
    struct sim_link *link = &chain->links[sim_draw(world, chain->link_count)];

    static const enum sim_weather exact[] = {SIM_DOWN, SIM_BUSY};
    static const enum sim_weather lossless[] = {SIM_DOWN, SIM_BUSY, SIM_SILENT, SIM_LOST, SIM_SLOW};

    if (world->is_calm) {
        return;
    }
    if (sim_draw(world, 3) == 0) {
        link->weather = SIM_UP;
    } else if (world->is_exact) {
        link->weather = exact[sim_draw(world, 2)];
    } else {
        link->weather = world->is_lossless ? lossless[sim_draw(world, 5)]
                                           : (enum sim_weather)sim_draw(world, SIM_WEATHERS);
    }
}

void sim_heal(struct sim_world *world)
{
    world->disk.weather = SIM_DISK_GOOD;
    hae_alloc_fail_after(-1);
    world->memory_may_fail = false;
    for (uint32_t i = 0; i < world->chain_count; i++) {
        for (uint32_t k = 0; k < world->chains[i].link_count; k++) {
            world->chains[i].links[k].weather = SIM_UP;
        }
    }
}

void sim_request_flush(struct sim_world *world)
{
    for (int i = 0; i < SIM_FLUSHES_MAX; i++) {
        if (!world->flushes[i].active) {
            world->flushes[i].active = true;
            world->flushes[i].upto = world->recorded;
            hae_flush_request(&world->pipeline.control, &world->flushes[i].flush);
            return;
        }
    }
}
