/* SPDX-License-Identifier: Apache-2.0 */
/* Events, exceptions and links. */
#include "trace/trace_test.h"

static void event_is_recorded_with_every_field(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    const HaeOtlp__Span__Event *event;
    HaeOtlp__Span *span;

    haetae_span_add_event(handle, HAETAE_TEXT("retry"), 1700000000000000001,
                          HAETAE_ATTRS(HAETAE_ATTR("n", 1), HAETAE_ATTR("why", "timeout")));
    haetae_span_add_event(handle, HAETAE_TEXT("now"), 0, NULL, 0);
    haetae_span_add_event(handle, NULL, 0, 5, NULL, 0);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_events, 3);
    event = span->events[0];
    assert_string_equal(event->name, "retry");
    assert_int_equal(event->time_unix_nano, 1700000000000000001);
    assert_int_equal(event->n_attributes, 2);
    core_has_int(event->attributes, 2, "n", 1);
    core_has_string(event->attributes, 2, "why", "timeout");
    assert_false(event->has_dropped_attributes_count);
    event = span->events[1];
    assert_string_equal(event->name, "now");
    assert_true(event->time_unix_nano + 1000000 >= span->start_time_unix_nano);
    assert_true(event->time_unix_nano <= span->end_time_unix_nano + 1000000);
    assert_int_equal(event->n_attributes, 0);
    assert_null(span->events[2]->name);
    assert_false(span->has_dropped_events_count);
    core_free_span(span);
}

static void event_attributes_are_limited_cut_and_unique(void **state)
{
    struct core_fixture *core = *state;
    const HaeOtlp__Span__Event *event;
    haetae_span handle;
    HaeOtlp__Span *span;

    core->traces.limits.event_attributes = (struct hae_limits){2, {3, 8, 1 << 16}};
    handle = trace_start(core);
    haetae_span_add_event(handle, HAETAE_TEXT("e"), 1,
                          HAETAE_ATTRS(HAETAE_ATTR("a", 1), HAETAE_ATTR("b", "long text"),
                                       HAETAE_ATTR("a", 2), HAETAE_ATTR("c", 3),
                                       HAETAE_ATTR("", 4)));
    haetae_span_add_event(handle, HAETAE_TEXT("f"), 1, NULL, 9);
    span = trace_finish(core, handle);
    event = span->events[0];
    assert_int_equal(event->n_attributes, 2);
    core_has_string(event->attributes, 2, "b", "lon");
    core_has_int(event->attributes, 2, "a", 2);
    assert_int_equal(event->dropped_attributes_count, 2); /* c, and the empty key */
    assert_int_equal(span->events[1]->dropped_attributes_count, 1);
    core_free_span(span);
}

/* Events of each size from zero to several slots, so that names, attributes and counts lie
 * across the border between slots at every place. */
static void events_of_every_size_are_whole_across_slots(void **state)
{
    struct core_fixture *core = *state;
    static char text[2000];

    memset(text, 't', sizeof text);
    core->traces.limits.event_attributes.count = 3;
    for (size_t size = 0; size < sizeof text; size += size < 500 ? 7 : 61) {
        haetae_span handle = trace_start(core);
        haetae_attribute attributes[] = {{{text, 5 + size / 5}, haetae_value_text(text, size)},
                                         {{"b", 1}, haetae_value_text(text, size / 2)},
                                         {{"c", 1}, haetae_value_int64((int64_t)size)},
                                         {{"d", 1}, haetae_value_int64(1)}};
        HaeOtlp__Span *span;

        for (int i = 0; i < 5; i++) {
            haetae_span_add_event(handle, text, size / 3 + (size_t)i, 1, attributes, 4);
        }
        span = trace_finish(core, handle);
        assert_int_equal(span->n_events, 5);
        for (int i = 0; i < 5; i++) {
            const HaeOtlp__Span__Event *event = span->events[i];

            assert_int_equal(event->name != NULL ? strlen(event->name) : 0, size / 3 + (size_t)i);
            assert_int_equal(event->n_attributes, 3);
            assert_int_equal(strlen(event->attributes[0]->key), 5 + size / 5);
            assert_int_equal(strlen(event->attributes[0]->value->string_value), size);
            assert_int_equal(strlen(event->attributes[1]->value->string_value), size / 2);
            assert_int_equal(event->attributes[2]->value->int_value, size);
            assert_int_equal(event->dropped_attributes_count, 1);
        }
        core_free_span(span);
        assert_int_equal(core_free_slot_count(core->recorder), core_slot_count(core->recorder));
    }
}

static void events_beyond_the_limit_are_dropped_and_counted(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    HaeOtlp__Span *span;

    for (int i = 0; i < CORE_EVENT_LIMIT + 7; i++) {
        haetae_span_add_event(handle, HAETAE_TEXT("e"), (uint64_t)i + 1, NULL, 0);
    }
    haetae_span_add_event(handle, "invalid", SIZE_MAX, 1, NULL, 0);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_events, CORE_EVENT_LIMIT);
    assert_int_equal(span->events[CORE_EVENT_LIMIT - 1]->time_unix_nano, CORE_EVENT_LIMIT);
    assert_int_equal(span->dropped_events_count, 8);
    core_free_span(span);
}

/* ---- Exceptions ------------------------------------------------------------------------ */

static void exception_is_an_event_of_that_name(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    haetae_attribute more[] = {HAETAE_ATTR("exception.type", "TimedOut"),
                               HAETAE_ATTR("errno", 110)};
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
    const HaeOtlp__Span__Event *event;
    HaeOtlp__Span *span;

    exception.type = haetae_string_of("ETIMEDOUT");
    exception.message = haetae_string_of("no answer");
    exception.attributes = more;
    exception.attribute_count = 2;
    haetae_span_record_exception(handle, &exception);
    exception.stacktrace = haetae_string_of("main\nsend");
    exception.attribute_count = 0;
    exception.type.length = 0;
    haetae_span_record_exception(handle, &exception);
    haetae_span_record_exception(handle, NULL);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_events, 2);
    assert_null(span->status);
    event = span->events[0];
    assert_string_equal(event->name, "exception");
    assert_int_equal(event->n_attributes, 3);
    core_has_string(event->attributes, 3, "exception.type", "TimedOut"); /* it wins */
    core_has_string(event->attributes, 3, "exception.message", "no answer");
    core_has_int(event->attributes, 3, "errno", 110);
    event = span->events[1];
    assert_int_equal(event->n_attributes, 2);
    core_has_string(event->attributes, 2, "exception.stacktrace", "main\nsend");
    core_free_span(span);
}

static void exception_loses_no_attribute_uncounted(void **state)
{
    enum { MORE = 500 };
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    haetae_attribute more[MORE];
    char keys[MORE][16];
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
    const HaeOtlp__Span__Event *event;
    HaeOtlp__Span *span;

    for (int i = 0; i < MORE; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        more[i] = haetae_attribute_of(keys[i], haetae_value_int64(i));
    }
    exception.type = haetae_string_of("EIO");
    exception.attributes = more;
    exception.attribute_count = MORE;
    haetae_span_record_exception(handle, &exception);
    span = trace_finish(core, handle);
    event = span->events[0];
    core_has_string(event->attributes, event->n_attributes, "exception.type", "EIO");
    assert_int_equal(event->n_attributes + event->dropped_attributes_count, MORE + 1);
    core_free_span(span);
}

static void exception_of_a_wrong_size_is_counted(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    haetae_exception exception = {.struct_size = 8, .type = {"x", 1}};
    HaeOtlp__Span *span;

    haetae_span_record_exception(handle, &exception);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), 1);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_events, 0);
    core_free_span(span);
}

/* ---- Links --------------------------------------------------------------------------------- */

static haetae_link link_to(uint8_t byte, uint8_t flags, uint8_t is_remote)
{
    haetae_link link = {.context = {.trace_flags = flags, .is_remote = is_remote}};

    memset(link.context.trace_id, byte, 16);
    memset(link.context.span_id, byte, 8);
    return link;
}

static void link_is_recorded_with_every_field(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    haetae_attribute attributes[] = {HAETAE_ATTR("why", "batch"), HAETAE_ATTR("why", "later")};
    haetae_link link = link_to(0xD0, 1, 1);
    const HaeOtlp__Span__Link *found;
    HaeOtlp__Span *span;

    link.trace_state = haetae_string_of("a=1");
    link.attributes = attributes;
    link.attribute_count = 2;
    haetae_span_add_link(handle, &link);
    link = link_to(0xE0, 0, 0);
    haetae_span_add_link(handle, &link);
    haetae_span_add_link(handle, NULL);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_links, 2);
    found = span->links[0];
    assert_int_equal(found->trace_id.len, 16);
    assert_int_equal(found->trace_id.data[15], 0xD0);
    assert_int_equal(found->span_id.len, 8);
    assert_int_equal(found->span_id.data[7], 0xD0);
    assert_string_equal(found->trace_state, "a=1");
    assert_int_equal(found->n_attributes, 1);
    core_has_string(found->attributes, 1, "why", "later");
    assert_int_equal(found->flags, 0x301);
    found = span->links[1];
    assert_null(found->trace_state);
    assert_int_equal(found->flags, 0x100);
    core_free_span(span);
}

static void links_beyond_the_limits_are_dropped_and_counted(void **state)
{
    struct core_fixture *core = *state;
    haetae_attribute attributes[] = {HAETAE_ATTR("a", "long"), HAETAE_ATTR("b", 2)};
    haetae_link link = link_to(1, 1, 0);
    haetae_span handle;
    HaeOtlp__Span *span;

    core->traces.limits.link_attributes = (struct hae_limits){1, {2, 8, 1 << 16}};
    core->traces.limits.link_count = 2;
    link.attributes = attributes;
    link.attribute_count = 2;
    handle = trace_start(core);
    for (int i = 0; i < 5; i++) {
        haetae_span_add_link(handle, &link);
    }
    link.trace_state.data = "x";
    link.trace_state.length = SIZE_MAX;
    haetae_span_add_link(handle, &link);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_links, 2);
    assert_int_equal(span->dropped_links_count, 4);
    core_has_string(span->links[0]->attributes, span->links[0]->n_attributes, "a", "lo");
    assert_int_equal(span->links[0]->n_attributes, 1);
    assert_int_equal(span->links[0]->dropped_attributes_count, 1);
    core_free_span(span);
}

static void link_without_ids_is_recorded_only_if_it_says_something(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    haetae_attribute attribute = HAETAE_ATTR("why", "x");
    haetae_link link = {.trace_state = {NULL, 0}};
    static const uint8_t zero[16];
    HaeOtlp__Span *span;

    haetae_span_add_link(handle, &link); /* nothing at all */
    link.context.trace_id[0] = 1;
    haetae_span_add_link(handle, &link); /* half an identity */
    link.context.trace_id[0] = 0;
    link.attributes = &attribute;
    link.attribute_count = 1;
    haetae_span_add_link(handle, &link);
    link.attribute_count = 0;
    link.trace_state = haetae_string_of("k=v");
    haetae_span_add_link(handle, &link);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_links, 2);
    assert_int_equal(span->dropped_links_count, 2);
    assert_int_equal(span->links[0]->trace_id.len, 16);
    assert_memory_equal(span->links[0]->trace_id.data, zero, 16);
    assert_int_equal(span->links[0]->n_attributes, 1);
    assert_string_equal(span->links[1]->trace_state, "k=v");
    core_free_span(span);
}

static void limits_of_0_keep_no_attribute_event_or_link(void **state)
{
    struct core_fixture *core = *state;
    haetae_attribute attribute = HAETAE_ATTR("a", 1);
    haetae_link link = {.context = {.trace_id = {1}, .span_id = {2}},
                        .attributes = &attribute,
                        .attribute_count = 1};
    haetae_span handle = trace_start(core);
    HaeOtlp__Span *span;

    core->traces.limits.event_attributes.count = 0;
    core->traces.limits.link_attributes.count = 0;
    haetae_span_add_event(handle, HAETAE_TEXT("e"), 0, &attribute, 1);
    haetae_span_add_link(handle, &link);
    core->traces.limits.event_count = 0;
    core->traces.limits.link_count = 0;
    haetae_span_add_event(handle, HAETAE_TEXT("e"), 0, &attribute, 1);
    haetae_span_add_link(handle, &link);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_events, 1);
    assert_int_equal(span->dropped_events_count, 1);
    assert_int_equal(span->events[0]->n_attributes, 0);
    assert_int_equal(span->events[0]->dropped_attributes_count, 1);
    assert_int_equal(span->n_links, 1);
    assert_int_equal(span->dropped_links_count, 1);
    assert_int_equal(span->links[0]->n_attributes, 0);
    assert_int_equal(span->links[0]->dropped_attributes_count, 1);
    core_free_span(span);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACE_TEST(event_is_recorded_with_every_field),
        TRACE_TEST(event_attributes_are_limited_cut_and_unique),
        TRACE_TEST(events_of_every_size_are_whole_across_slots),
        TRACE_TEST(events_beyond_the_limit_are_dropped_and_counted),
        TRACE_TEST(exception_is_an_event_of_that_name),
        TRACE_TEST(exception_loses_no_attribute_uncounted),
        TRACE_TEST(exception_of_a_wrong_size_is_counted),
        TRACE_TEST(link_is_recorded_with_every_field),
        TRACE_TEST(links_beyond_the_limits_are_dropped_and_counted),
        TRACE_TEST(link_without_ids_is_recorded_only_if_it_says_something),
        TRACE_TEST(limits_of_0_keep_no_attribute_event_or_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
