/* SPDX-License-Identifier: Apache-2.0 */
/* Values of many items that share one text: together they are larger than what 32 bits can count,
 * and a sum that wraps is small. Each is left out and counted, and what is beside it is kept. */
#include "capture.h"

/* A text of this length makes an item of an array 15006 bytes long, and a pair of a map with a
 * key of one byte 15012: the second numbers are the first whose sum is above 4 GiB, by a few KiB.
 */
enum { TEXT_BYTES = 15000, FEW = 100000, ITEMS_AROUND = 286217, PAIRS_AROUND = 286103 };
_Static_assert((uint64_t)ITEMS_AROUND * 15006 % (UINT64_C(1) << 32) < TEXT_BYTES, "wraps to few");
_Static_assert((uint64_t)PAIRS_AROUND * 15012 % (UINT64_C(1) << 32) < TEXT_BYTES, "wraps to few");

static char text[TEXT_BYTES];
static haetae_value *items;
static haetae_attribute *pairs;

enum { LARGE = 6 };
static haetae_attribute attributes[LARGE + 1];
static haetae_value halves[2];

static int set_up(void **state)
{
    memset(text, 'x', sizeof text);
    items = calloc(ITEMS_AROUND, sizeof *items);
    pairs = calloc(PAIRS_AROUND, sizeof *pairs);
    if (items == NULL || pairs == NULL) {
        return -1;
    }
    for (size_t i = 0; i < ITEMS_AROUND; i++) {
        items[i] = haetae_value_text(text, sizeof text);
    }
    for (size_t i = 0; i < PAIRS_AROUND; i++) {
        pairs[i] = haetae_attribute_of("k", haetae_value_text(text, sizeof text));
    }
    /* The same, of two that are each below it. */
    halves[0] = haetae_value_array(items, ITEMS_AROUND / 2);
    halves[1] = haetae_value_array(items, ITEMS_AROUND - ITEMS_AROUND / 2);
    attributes[0] = HAETAE_ATTR("few", haetae_value_array(items, FEW));
    attributes[1] = HAETAE_ATTR("array", haetae_value_array(items, ITEMS_AROUND));
    attributes[2] = HAETAE_ATTR("few pairs", haetae_value_map(pairs, FEW));
    attributes[3] = HAETAE_ATTR("map", haetae_value_map(pairs, PAIRS_AROUND));
    attributes[4] = HAETAE_ATTR("halves", haetae_value_array(halves, 2));
    /* More than its memory can be, though as many bytes would be few. */
    attributes[5] = HAETAE_ATTR("count", haetae_value_array(items, SIZE_MAX / sizeof *items + 2));
    attributes[LARGE] = HAETAE_ATTR("kept", 1);
    return capture_begin(state);
}

static int tear_down(void **state)
{
    free(items);
    free(pairs);
    return capture_end(state);
}

static void check_kept(HaeOtlp__KeyValue *const *list, size_t count, uint32_t dropped_count)
{
    assert_int_equal(count, 1);
    assert_string_equal(list[0]->key, "kept");
    assert_int_equal(dropped_count, LARGE);
}

static void spans_leave_out_what_no_size_counts(void **state)
{
    struct capture *c = *state;
    haetae_link link = {.context = {.trace_id = {1}, .span_id = {2}},
                        .attributes = attributes,
                        .attribute_count = LARGE + 1};
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .attributes = attributes, .attribute_count = LARGE + 1,
                       .links = &link, .link_count = 1);
    haetae_span span = haetae_span_start_with(c->tracer, HAETAE_TEXT("span"), &options);
    const HaeOtlp__Span *got;

    haetae_span_add_event(span, HAETAE_TEXT("event"), 0, attributes, LARGE + 1);
    haetae_span_add_link(span, &link);
    haetae_span_end(span);
    got = capture_span(c);
    check_kept(got->attributes, got->n_attributes, got->dropped_attributes_count);
    assert_int_equal(got->n_events, 1);
    check_kept(got->events[0]->attributes, got->events[0]->n_attributes,
               got->events[0]->dropped_attributes_count);
    assert_int_equal(got->n_links, 2);
    for (size_t i = 0; i < 2; i++) {
        check_kept(got->links[i]->attributes, got->links[i]->n_attributes,
                   got->links[i]->dropped_attributes_count);
    }
}

static void attributes_that_are_set_alone_leave_it_out(void **state)
{
    struct capture *c = *state;
    haetae_span span = haetae_span_start(c->tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);
    const HaeOtlp__Span *got;

    for (int i = 0; i <= LARGE; i++) {
        haetae_span_set_attribute(span, attributes[i].key.data, attributes[i].key.length,
                                  &attributes[i].value);
    }
    haetae_span_end(span);
    got = capture_span(c);
    check_kept(got->attributes, got->n_attributes, got->dropped_attributes_count);
}

/* A log record is written at once, and is dropped with what has no room in it. */
static void logs_with_it_are_too_large(void **state)
{
    struct capture *c = *state;

    for (int i = 0; i < LARGE - 1; i++) {
        haetae_log_record record =
            HAETAE_OPTIONS(haetae_log_record, .severity = HAETAE_SEVERITY_INFO);

        haetae_log(c->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("log"), &attributes[i], 1);
        record.body = attributes[i].value;
        haetae_log_emit(c->logger, &record);
        assert_int_equal(capture_dropped(c, HAETAE_SIGNAL_LOGS, HAETAE_DROP_TOO_LARGE),
                         2 * (i + 1));
    }
    haetae_log(c->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("log"), &attributes[LARGE - 1], 2);
    assert_int_equal(capture_log(c)->n_attributes, 1);
}

static void measurements_with_it_go_to_the_overflow_series(void **state)
{
    struct capture *c = *state;
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("counter"));
    haetae_counter *counter = NULL;
    const HaeOtlp__Metric *got;

    assert_int_equal(haetae_counter_create(c->meter, &options, &counter), HAETAE_OK);
    for (int i = 0; i < LARGE - 1; i++) {
        haetae_counter_add(counter, 1, &attributes[i], 1);
    }
    got = capture_metric(c);
    assert_int_equal(got->sum->n_data_points, 1);
    assert_int_equal(got->sum->data_points[0]->as_int, LARGE - 1);
    assert_string_equal(got->sum->data_points[0]->attributes[0]->key, "otel.metric.overflow");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(spans_leave_out_what_no_size_counts),
        TEST(attributes_that_are_set_alone_leave_it_out),
        TEST(logs_with_it_are_too_large),
        TEST(measurements_with_it_go_to_the_overflow_series),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
