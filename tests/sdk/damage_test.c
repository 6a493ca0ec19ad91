/* SPDX-License-Identifier: Apache-2.0 */
/* A recorder's memory that something has written over: what drains it survives, whatever bytes
 * are there. */
#include <unistd.h>

#include "recorder/region_file.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"
#include "support/temporary.h"

struct victim {
    char directory[TEMPORARY_PATH_MAX];
    struct fake_exporter fake;
    haetae_sdk *sdk;
    struct hae_recorder *recorder;
};

static void begin(struct victim *victim)
{
    fake_init(&victim->fake, "fake", fake_accept);
    victim->sdk = sdk_start(
        SDK_SETTINGS({"HAETAE_RECORDER_DIR", victim->directory}, {"HAETAE_WORKER", "manual"},
                     {"HAETAE_RECORDER_BYTES", "256k"}, {"HAETAE_QUEUE_BYTES", "256k"}),
        SDK_FAKES(&victim->fake));
    victim->recorder = victim->sdk->recorder;
}

static void end(struct victim *victim)
{
    (void)haetae_sdk_shutdown(victim->sdk, 0);
    hae_region_file_remove(victim->recorder->file);
    haetae_sdk_free(victim->sdk);
    fake_done(&victim->fake);
}

static void record_measurements(haetae_sdk *sdk)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_meter *meter = haetae_meter_named(sdk, "damage");
    haetae_counter *counter = NULL;
    haetae_histogram *histogram = NULL;
    haetae_gauge *gauge = NULL;

    options.name = haetae_string_of("counter");
    assert_int_equal(haetae_counter_create(meter, &options, &counter), HAETAE_OK);
    options.name = haetae_string_of("histogram");
    assert_int_equal(haetae_histogram_create(meter, &options, &histogram), HAETAE_OK);
    options.name = haetae_string_of("gauge");
    assert_int_equal(haetae_gauge_create(meter, &options, &gauge), HAETAE_OK);
    for (int i = 0; i < 3; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
        haetae_histogram_record(histogram, i, HAETAE_ATTRS(HAETAE_ATTR("i", "text")));
        haetae_gauge_record(gauge, i, NULL, 0);
    }
}

/* Something of everything: in the ring, in slots one by one and in chains, open, and in the
 * heap; some of it is in the journals already. */
static void record(struct victim *victim)
{
    haetae_tracer *tracer = haetae_tracer_named(victim->sdk, "damage");
    static char text[1500];
    haetae_span open;

    memset(text, 'x', sizeof text);
    for (int round = 0; round < 2; round++) {
        sdk_spans_of(tracer, 4);
        sdk_logs(victim->sdk, 4);
        open = haetae_span_start(tracer, "open", 4, HAETAE_SPAN_KIND_CLIENT);
        haetae_span_set_attributes(
            open, HAETAE_ATTRS(HAETAE_ATTR("long", haetae_value_text(text, sizeof text))));
        hae_thread.busy = 1; /* as in a signal handler: into slots */
        sdk_logs(victim->sdk, 2);
        sdk_log_of(victim->sdk, 1200);
        sdk_spans_of(tracer, 2);
        haetae_span_end(open);
        hae_thread.busy = 0;
        record_measurements(victim->sdk);
        if (round == 0) {
            assert_int_equal(haetae_sdk_step(victim->sdk, 0), HAETAE_OK);
        }
    }
    (void)haetae_span_start(tracer, "open", 4, HAETAE_SPAN_KIND_CLIENT);
}

/* Everything that reads the region, but for recording calls. */
static void use(struct victim *victim)
{
    haetae_stats *stats = NULL;

    (void)haetae_sdk_step(victim->sdk, 0);
    assert_int_equal(haetae_stats_take(victim->sdk, &stats), HAETAE_OK);
    haetae_stats_free(stats);
    (void)haetae_sdk_force_flush(victim->sdk, 0);
}

static void damage_one_word(struct victim *victim, uint64_t offset, uint64_t value)
{
    begin(victim);
    record(victim);
    memcpy((uint8_t *)victim->recorder->region + offset, &value, sizeof value);
    use(victim);
    end(victim);
}

enum { VALUES = 5 };

/* `values` of them for each word, in turn. */
static void damage_each_word(struct victim *victim, uint64_t begin_offset, uint64_t end_offset,
                             unsigned values)
{
    static const uint64_t all[VALUES] = {0, 3, UINT64_MAX, UINT64_C(0x8000000080000000),
                                         UINT64_C(0x0000ffff00007fff)};
    unsigned next = 0;

    for (uint64_t at = begin_offset; at < end_offset; at += 8) {
        for (unsigned i = 0; i < values; i++) {
            damage_one_word(victim, at, all[next++ % VALUES]);
        }
    }
}

static int set_up(void **state)
{
    static struct victim victim;

    *state = &victim;
    return temporary_directory(victim.directory) ? 0 : -1;
}

static int tear_down(void **state)
{
    const struct victim *victim = *state;

    return rmdir(victim->directory);
}

static void each_word_of_the_header_may_be_anything(void **state)
{
    damage_each_word(*state, 0, offsetof(struct hae_region, scope_offset) + 64, VALUES);
}

static void each_word_of_a_lane_may_be_anything(void **state)
{
    struct victim *victim = *state;
    uint64_t lanes;

    begin(victim);
    lanes = victim->recorder->region->lanes_offset;
    end(victim);
    damage_each_word(victim, lanes, lanes + sizeof(struct hae_lane) + 64, VALUES);
}

static void each_word_of_slots_and_heap_may_be_anything(void **state)
{
    struct victim *victim = *state;
    uint64_t slots;
    uint64_t heap;
    uint64_t used;

    begin(victim);
    slots = victim->recorder->region->slots_offset;
    heap = victim->recorder->region->heap_offset;
    record(victim);
    used = atomic_load(&victim->recorder->region->heap_used_bytes);
    end(victim);
    for (unsigned i = 1; i <= 12; i++) {
        uint64_t slot = slots + (uint64_t)i * HAE_SLOT_SIZE;

        damage_each_word(victim, slot, slot + 16 + (i == 1 ? 64 + sizeof(uint64_t) * 12 : 8),
                         VALUES);
    }
    damage_each_word(victim, heap, heap + (used < 4096 ? used : 4096), 1);
}

static void each_word_behind_the_region_may_be_anything(void **state)
{
    struct victim *victim = *state;
    uint64_t stored;

    begin(victim);
    stored = victim->recorder->region->stored_offset;
    end(victim);
    damage_each_word(victim, stored, stored + sizeof(struct hae_stored), VALUES);
}

/* Of the whole file, in pieces of any size; the numbers are made by an LCG, so that a failure can
 * be repeated. */
static void any_piece_may_be_anything(void **state)
{
    struct victim *victim = *state;
    unsigned rounds = sdk_repeat(300);
    uint64_t random = 1;

    for (unsigned round = 0; round < rounds; round++) {
        uint8_t *bytes;

        begin(victim);
        record(victim);
        bytes = (uint8_t *)victim->recorder->region;
        for (int piece = 0; piece < 6; piece++) {
            uint64_t size = victim->recorder->file->size_bytes;
            uint64_t at = (random = random * UINT64_C(6364136223846793005) + 1) >> 20;
            uint64_t length = (random = random * UINT64_C(6364136223846793005) + 1) >> 52;

            at = piece < 3 ? at % (64 * 1024) : at % size;
            for (uint64_t i = at; i < at + length && i < size; i++) {
                random = random * UINT64_C(6364136223846793005) + 1;
                bytes[i] = (round % 3 == 0)   ? 0xFF
                           : (round % 3 == 1) ? (uint8_t)(random >> 56)
                                              : (uint8_t)(random >> 62);
            }
        }
        use(victim);
        end(victim);
    }
}

/* What is intact beside what was written over is delivered. */
static void other_records_are_delivered_and_the_damage_is_reported(void **state)
{
    struct victim *victim = *state;
    haetae_config *config;

    fake_init(&victim->fake, "fake", fake_accept);
    config = sdk_config(SDK_SETTINGS({"HAETAE_RECORDER_DIR", victim->directory},
                                     {"HAETAE_WORKER", "manual"}, {"HAETAE_RECORDER_BYTES", "256k"},
                                     {"HAETAE_QUEUE_BYTES", "256k"}),
                        SDK_FAKES(&victim->fake));
    sdk_diagnostics[0] = '\0';
    assert_int_equal(haetae_config_set_diagnostics(config, sdk_diagnose, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &victim->sdk), HAETAE_OK);
    haetae_config_free(config);
    victim->recorder = victim->sdk->recorder;
    sdk_logs(victim->sdk, 3);
    hae_thread.busy = 1;
    sdk_logs(victim->sdk, 2);
    hae_thread.busy = 0;
    atomic_store(&hae_lane_at(victim->recorder, 0)->tail, UINT64_MAX / 2);
    assert_int_equal(haetae_sdk_force_flush(victim->sdk, 1000), HAETAE_OK);
    assert_int_equal(fake_count(&victim->fake, &victim->fake.item_count[HAETAE_SIGNAL_LOGS]), 2);
    assert_non_null(strstr(sdk_diagnostics, "written over"));
    end(victim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_word_of_the_header_may_be_anything),
        cmocka_unit_test(each_word_of_a_lane_may_be_anything),
        cmocka_unit_test(each_word_of_slots_and_heap_may_be_anything),
        cmocka_unit_test(each_word_behind_the_region_may_be_anything),
        cmocka_unit_test(any_piece_may_be_anything),
        cmocka_unit_test(other_records_are_delivered_and_the_damage_is_reported),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
