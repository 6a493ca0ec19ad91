/* SPDX-License-Identifier: Apache-2.0 */
/* Spans that need much memory, and more memory than there is. */
#include "trace/trace_test.h"

static void long_span_goes_through_many_slots(void **state)
{
    enum { EVENTS = 60, TEXT = 1000 };
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    uint64_t free_before = core_free_slot_count(core->recorder);
    static char text[TEXT];
    HaeOtlp__Span *span;

    for (int i = 0; i < EVENTS; i++) {
        memset(text, 'a' + i % 26, TEXT);
        haetae_span_add_event(handle, text, TEXT, (uint64_t)i + 1, NULL, 0);
    }
    assert_true(core_free_slot_count(core->recorder) < free_before - 100);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_events, EVENTS);
    for (int i = 0; i < EVENTS; i++) {
        assert_int_equal(span->events[i]->time_unix_nano, i + 1);
        assert_int_equal(strlen(span->events[i]->name), TEXT);
        assert_int_equal(strspn(span->events[i]->name, (char[]){(char)('a' + i % 26), 0}), TEXT);
    }
    core_free_span(span);
}

/* When the record has its largest size, further attributes are dropped and counted. */
static void span_grows_to_the_largest_record_and_no_further(void **state)
{
    struct core_fixture *core = *state;
    uint32_t largest = core->recorder->record_size_max;
    static char text[4000];
    haetae_span handle = trace_start(core);
    HaeOtlp__Span *span;
    int set = 0;

    memset(text, 'x', sizeof text);
    core->traces.limits.event_count = UINT32_MAX;
    for (; set < 200; set++) {
        haetae_span_add_event(handle, text, sizeof text, 1, NULL, 0);
    }
    for (int i = 0; i < 300; i++) {
        haetae_span_add_event(handle, HAETAE_TEXT("small"), 1, NULL, 0);
    }
    span = trace_finish(core, handle);
    assert_int_equal(span->n_events + span->dropped_events_count, 500);
    assert_true(span->dropped_events_count > 0);
    assert_in_range(core->records[0].size_bytes, largest - 100, largest);
    core_free_span(span);
}

static void start_without_a_slot_is_counted(void **state)
{
    struct core_fixture *core = *state;
    uint64_t count = core_slot_count(core->recorder);
    haetae_span *spans = calloc((size_t)count + 10, sizeof *spans);
    uint64_t started = 0;

    for (uint64_t i = 0; i < count + 10; i++) {
        spans[i] = haetae_span_start(core->tracer, HAETAE_TEXT("x"), HAETAE_SPAN_KIND_INTERNAL);
        started += spans[i] != HAETAE_SPAN_NONE;
    }
    assert_int_equal(started, count);
    assert_int_equal(core_dropped(core, SPAN, HAETAE_DROP_NO_SLOT), 10);
    assert_int_equal(haetae_span_start_with(core->tracer, HAETAE_TEXT("x"), NULL),
                     HAETAE_SPAN_NONE);
    assert_int_equal(core_dropped(core, SPAN, HAETAE_DROP_NO_SLOT), 11);
    assert_int_equal(core_sums(core).open_count, count);
    /* An open span keeps its slots: attributes that need another slot are counted. */
    for (int i = 0; i < 100; i++) {
        char key[16];
        int length = snprintf(key, sizeof key, "k%d", i);

        haetae_span_set_int64(spans[0], key, (size_t)length, i);
    }
    haetae_span_set_status(spans[0], HAETAE_SPAN_STATUS_ERROR, HAETAE_TEXT("full"));
    for (uint64_t i = 0; i < count; i++) {
        haetae_span_end(spans[i]);
        assert_true(core_drain(core));
    }
    assert_int_equal(core->record_count, count);
    {
        HaeOtlp__Span *span = core_span(core, 0);

        assert_true(span->n_attributes > 10);
        assert_int_equal(span->n_attributes + span->dropped_attributes_count, 100);
        core_free_span(span);
    }
    free(spans);
}

/* Long texts until no slot is free: each text is complete, or dropped and counted. */
static void fields_without_slots_are_dropped_whole(void **state)
{
    struct core_fixture *core = *state;
    static char text[3000];
    haetae_span spans[64];
    unsigned whole = 0;
    unsigned dropped = 0;

    memset(text, 'x', sizeof text);
    for (int i = 0; i < 64; i++) {
        spans[i] = trace_start(core);
    }
    for (int i = 0; i < 64; i++) {
        haetae_link link = {.context = {.trace_flags = 1}, .trace_state = {text, 700}};

        for (int j = 0; j < 10; j++) {
            char key[16];
            int length = snprintf(key, sizeof key, "k%d", j);

            haetae_span_set_string(spans[i], key, (size_t)length, text, sizeof text);
            haetae_span_add_event(spans[i], text, 1000, 1, NULL, 0);
            haetae_span_add_link(spans[i], &link);
        }
    }
    for (int i = 0; i < 64; i++) {
        haetae_span_end(spans[i]);
        assert_true(core_drain(core));
    }
    assert_int_equal(core->record_count, 64);
    for (size_t i = 0; i < 64; i++) {
        HaeOtlp__Span *span = core_span(core, i);

        assert_int_equal(span->n_attributes + span->dropped_attributes_count, 10);
        assert_int_equal(span->n_events + span->dropped_events_count, 10);
        assert_int_equal(span->n_links + span->dropped_links_count, 10);
        for (size_t j = 0; j < span->n_attributes; j++) {
            assert_int_equal(strlen(span->attributes[j]->value->string_value), sizeof text);
        }
        whole += (unsigned)span->n_attributes;
        dropped += span->dropped_attributes_count;
        core_free_span(span);
    }
    assert_true(whole > 0 && dropped > 0); /* otherwise this tests nothing */
}

static void span_for_which_the_ring_has_no_room_is_kept_or_counted(void **state)
{
    struct core_fixture *core = *state;
    uint64_t started = 0;
    uint64_t dropped = 0;
    uint64_t published;

    while (dropped < 100) {
        haetae_span_end(trace_start(core));
        started++;
        dropped = core_dropped(core, SPAN, HAETAE_DROP_RING_FULL);
    }
    published = core_published(core, SPAN);
    assert_int_equal(started, published + dropped);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, published);
    assert_int_equal(core_sums(core).open_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACE_TEST(long_span_goes_through_many_slots),
        TRACE_TEST(span_grows_to_the_largest_record_and_no_further),
        TRACE_TEST(start_without_a_slot_is_counted),
        TRACE_TEST(fields_without_slots_are_dropped_whole),
        TRACE_TEST(span_for_which_the_ring_has_no_room_is_kept_or_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
