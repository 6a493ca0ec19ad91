/* SPDX-License-Identifier: Apache-2.0 */
/* Counts that a dead process had kept: of what its open spans had dropped, and of what it had
 * dropped itself. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "recovery/dead.h"
#include "recovery/mark.h"
#include "recovery/witness.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"
#include "wire/envelope.h"
#include "wire/otlp.h"
#include "wire/reader.h"

/* ---- An open span ------------------------------------------------------------------------ */

enum { LIMIT = 2, ATTRIBUTES = 5, EVENTS = 6, LINKS = 9 };

static void record_span(haetae_sdk *sdk)
{
    haetae_link links[LINKS];
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .links = links, .link_count = LINKS);
    haetae_span span;

    for (unsigned i = 0; i < LINKS; i++) {
        links[i] = (haetae_link){.context = {.trace_id = {1}, .span_id = {(uint8_t)(i + 1)}}};
    }
    span = haetae_span_start_with(haetae_tracer_named(sdk, "t"), "span", 4, &options);
    for (unsigned i = 0; i < ATTRIBUTES; i++) {
        char key[] = "a0";

        key[1] = (char)('0' + i);
        haetae_span_set_int64(span, key, 2, i);
    }
    for (unsigned i = 0; i < EVENTS; i++) {
        haetae_span_add_event(span, "event", 5, 0, NULL, 0);
    }
    _exit(0);
}

struct dropped {
    uint64_t attributes;
    uint64_t events;
    uint64_t links;
    uint64_t links_kept;
    bool found;
};

/* The only item of a request lies three messages deep. */
static void read_dropped(struct dropped *dropped, const uint8_t *data, size_t size_bytes, int depth)
{
    static const uint32_t leads[] = {HAE_ENVELOPE_RESOURCES, HAE_ENVELOPE_SCOPES,
                                     HAE_ENVELOPE_ITEMS};
    struct hae_reader reader = hae_reader_over(data, size_bytes);
    struct hae_field field;

    while (hae_read_field(&reader, &field)) {
        if (depth < 3) {
            if (field.number == leads[depth]) {
                read_dropped(dropped, field.data, field.size_bytes, depth + 1);
            }
            continue;
        }
        dropped->found = true;
        if (field.number == HAE_OTLP_SPAN_DROPPED_ATTRIBUTES_COUNT) {
            dropped->attributes = field.value;
        } else if (field.number == HAE_OTLP_SPAN_DROPPED_EVENTS_COUNT) {
            dropped->events = field.value;
        } else if (field.number == HAE_OTLP_SPAN_DROPPED_LINKS_COUNT) {
            dropped->links = field.value;
        } else if (field.number == HAE_OTLP_SPAN_LINKS) {
            dropped->links_kept++;
        }
    }
}

static void take(struct fake_exporter *fake, haetae_delivery *delivery)
{
    read_dropped(fake->user, haetae_delivery_data(delivery), haetae_delivery_size(delivery), 0);
    fake_answer(fake, delivery, HAETAE_VERDICT_OK);
}

static void a_recovered_open_span_has_its_dropped_counts(void **state)
{
    const struct sdk_setting settings[] = {
        {"HAETAE_RECORDER_DIR", *state},          {"HAETAE_WORKER", "manual"},
        {"OTEL_SPAN_LINK_COUNT_LIMIT", "2"},      {"OTEL_SPAN_EVENT_COUNT_LIMIT", "2"},
        {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "2"}, {NULL, NULL}};
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    struct dropped dropped = {0};
    struct fake_exporter fake;
    haetae_config *config;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        fake_init(&fake, "fake", fake_hold);
        record_span(sdk_start(settings, SDK_FAKES(&fake)));
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    fake_init(&fake, "fake", take);
    fake.user = &dropped;
    config = sdk_config(NULL, SDK_FAKES(&fake));
    assert_int_equal(haetae_recover(config, *state, 60000, &recovery), HAETAE_OK);
    haetae_config_free(config);
    fake_done(&fake);
    assert_int_equal(recovery.open_spans, 1);
    assert_true(dropped.found);
    assert_int_equal(dropped.attributes, ATTRIBUTES - LIMIT);
    assert_int_equal(dropped.events, EVENTS - LIMIT);
    assert_int_equal(dropped.links, LINKS - LIMIT);
    assert_int_equal(dropped.links_kept, LIMIT);
}

/* ---- What the process had dropped --------------------------------------------------------- */

enum { REGION_BYTES = 512 * 1024, FILE_BYTES = REGION_BYTES + HAE_FILE_PART_ALIGNMENT };

static struct hae_region *make_region(void)
{
    struct hae_region_plan plan;
    struct hae_region *region = aligned_alloc(4096, FILE_BYTES);

    assert_non_null(region);
    assert_int_equal(hae_region_plan(REGION_BYTES, 4, &plan), HAETAE_OK);
    /* All that is not written below is anything but zero. */
    memset(region, 0xA5, FILE_BYTES);
    memset(region, 0, sizeof *region);
    hae_region_lay_out(region, &plan);
    region->layout_mark = hae_recovery_mark();
    region->stored_offset = hae_stored_offset(REGION_BYTES);
    hae_region_set_ready(region);
    return region;
}

/* Each counter has a value of its own, and what lies beside the counters has another. */
static void only_what_was_dropped_is_counted(void **state)
{
    struct hae_region *region = make_region();
    struct hae_stored *stored = hae_region_at(region, region->stored_offset);
    uint64_t expected[HAETAE_SIGNAL_COUNT] = {0};
    uint64_t counts[HAETAE_SIGNAL_COUNT];
    struct hae_dead dead;
    uint64_t value = 1;

    (void)state;
    region->lanes_touched = 2; /* of 4: the others were never used, whatever stands there */
    stored->file_size_bytes = FILE_BYTES;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        for (int reason = 0; reason < HAE_DROP_ROOM; reason++) {
            for (uint32_t i = 0; i < 2; i++) {
                struct hae_lane *lane =
                    hae_region_at(region, region->lanes_offset + i * region->lane_stride_bytes);

                lane->counts.dropped[signal][reason] = value;
                expected[signal] += value++;
            }
            region->shared.dropped[signal][reason] = value;
            expected[signal] += value++;
            stored->dropped[signal][reason] = value;
            expected[signal] += value++;
        }
    }
    assert_int_equal(hae_dead_open(&dead, region, FILE_BYTES, FILE_BYTES), HAE_DEAD_READABLE);
    hae_dead_dropped(&dead, counts);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        assert_int_equal(counts[signal], expected[signal]);
    }
    hae_dead_close(&dead);
    free(region);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_recovered_open_span_has_its_dropped_counts),
        TEST(only_what_was_dropped_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
