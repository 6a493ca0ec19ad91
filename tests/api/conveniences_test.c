/* SPDX-License-Identifier: Apache-2.0 */
/* The conveniences for C11: attribute lists typed by _Generic, spans that end with their
 * block. */
#include "capture.h"

#include <limits.h>
#include <math.h>

/* ---- Attributes
 * ---------------------------------------------------------------------------------- */

static const HaeOtlp__AnyValue *value_of(const HaeOtlp__Span *span, const char *key)
{
    const HaeOtlp__AnyValue *value = capture_find(span->attributes, span->n_attributes, key);

    assert_non_null(value);
    return value;
}

static void is_int(const HaeOtlp__Span *span, const char *key, int64_t expected)
{
    assert_int_equal(value_of(span, key)->value_case, HAE_OTLP__ANY_VALUE__VALUE_INT_VALUE);
    assert_true(value_of(span, key)->int_value == expected);
}

static void is_double(const HaeOtlp__Span *span, const char *key, double expected)
{
    assert_int_equal(value_of(span, key)->value_case, HAE_OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE);
    assert_true(value_of(span, key)->double_value == expected);
}

static void is_text(const HaeOtlp__Span *span, const char *key, const char *expected)
{
    assert_int_equal(value_of(span, key)->value_case, HAE_OTLP__ANY_VALUE__VALUE_STRING_VALUE);
    assert_string_equal(value_of(span, key)->string_value, expected);
}

static void integers_of_every_type_are_integers(void **state)
{
    struct capture *c = *state;
    haetae_span span = haetae_span_start(c->tracer, "x", 1, HAETAE_SPAN_KIND_INTERNAL);
    const HaeOtlp__Span *got;

    haetae_span_set_attributes(
        span, HAETAE_ATTRS(HAETAE_ATTR("char", (char)'c'), HAETAE_ATTR("schar", (signed char)-1),
                           HAETAE_ATTR("uchar", (unsigned char)200),
                           HAETAE_ATTR("short", (short)SHRT_MIN),
                           HAETAE_ATTR("ushort", (unsigned short)USHRT_MAX),
                           HAETAE_ATTR("int", INT_MIN), HAETAE_ATTR("uint", UINT_MAX),
                           HAETAE_ATTR("long", -5L), HAETAE_ATTR("ulong", 6UL),
                           HAETAE_ATTR("llong", LLONG_MIN), HAETAE_ATTR("ullong", ULLONG_MAX)));
    haetae_span_end(span);
    got = capture_span(c);
    assert_int_equal(got->n_attributes, 11);
    is_int(got, "char", 'c');
    is_int(got, "schar", -1);
    is_int(got, "uchar", 200);
    is_int(got, "short", SHRT_MIN);
    is_int(got, "ushort", USHRT_MAX);
    is_int(got, "int", INT_MIN);
    is_int(got, "uint", UINT_MAX);
    is_int(got, "long", -5);
    is_int(got, "ulong", 6);
    is_int(got, "llong", INT64_MIN);
    is_int(got, "ullong", INT64_MAX); /* OTLP has no larger integer */
}

static void other_types_are_what_they_are(void **state)
{
    struct capture *c = *state;
    haetae_span span = haetae_span_start(c->tracer, "x", 1, HAETAE_SPAN_KIND_INTERNAL);
    const char *constant = "constant";
    const char *none = NULL;
    char array[] = "array";
    bool yes = true;
    haetae_value list[] = {haetae_value_int64(1), haetae_value_string("two")};
    const HaeOtlp__Span *got;

    haetae_span_set_attributes(
        span, HAETAE_ATTRS(HAETAE_ATTR("literal", "text"), HAETAE_ATTR("constant", constant),
                           HAETAE_ATTR("array", array), HAETAE_ATTR("none", none),
                           HAETAE_ATTR("bool", yes), HAETAE_ATTR("float", 0.5f),
                           HAETAE_ATTR("double", 0.25), HAETAE_ATTR("infinite", INFINITY),
                           HAETAE_ATTR("bytes", haetae_value_bytes("\0\xFF", 2)),
                           HAETAE_ATTR("list", haetae_value_array(list, 2)),
                           HAETAE_ATTR("empty", haetae_value_empty())));
    haetae_span_end(span);
    got = capture_span(c);
    assert_int_equal(got->n_attributes, 11);
    is_text(got, "literal", "text");
    is_text(got, "constant", "constant");
    is_text(got, "array", "array");
    is_text(got, "none", "");
    assert_int_equal(value_of(got, "bool")->value_case, HAE_OTLP__ANY_VALUE__VALUE_BOOL_VALUE);
    assert_true(value_of(got, "bool")->bool_value);
    is_double(got, "float", 0.5);
    is_double(got, "double", 0.25);
    is_double(got, "infinite", (double)INFINITY);
    assert_int_equal(value_of(got, "bytes")->bytes_value.len, 2);
    assert_int_equal(value_of(got, "list")->array_value->n_values, 2);
    assert_int_equal(value_of(got, "empty")->value_case, HAE_OTLP__ANY_VALUE__VALUE__NOT_SET);
}

static void arguments_are_evaluated_once(void **state)
{
    struct capture *c = *state;
    haetae_span span = haetae_span_start(c->tracer, "x", 1, HAETAE_SPAN_KIND_INTERNAL);
    int count = 0;

    haetae_span_set(span, "count", ++count);
    haetae_span_set_attributes(span, HAETAE_ATTRS(HAETAE_ATTR("other", ++count)));
    haetae_span_end(span);
    assert_int_equal(count, 2);
    assert_int_equal(capture_span(c)->n_attributes, 2);
}

/* ---- Scopes
 * --------------------------------------------------------------------------------------- */

/* Leaves a block that has a span in each possible way. */
enum way { BY_END, BY_RETURN, BY_BREAK, BY_CONTINUE, BY_GOTO, WAYS };

static void leave(haetae_tracer *tracer, enum way way)
{
    for (int i = 0; i < 1; i++) {
        HAETAE_SPAN_SCOPE(span, tracer, "scoped", HAETAE_SPAN_KIND_SERVER);

        assert_int_equal(haetae_current_span(), span);
        haetae_span_set(span, "way", (int)way);
        switch (way) {
        case BY_RETURN:
            return;
        case BY_CONTINUE:
            continue;
        case BY_GOTO:
            goto out;
        default:
            break;
        }
        if (way == BY_BREAK) {
            break;
        }
    }
out:
    return;
}

static void a_scope_ends_its_span_on_every_way_out(void **state)
{
    struct capture *c = *state;

    for (int way = 0; way < WAYS; way++) {
        const HaeOtlp__Span *got;

        leave(c->tracer, (enum way)way);
        assert_int_equal(haetae_current_span(), HAETAE_SPAN_NONE);
        got = capture_span(c);
        assert_string_equal(got->name, "scoped");
        assert_int_equal(got->kind, HAE_OTLP__SPAN__SPAN_KIND__SPAN_KIND_SERVER);
        is_int(got, "way", way);
    }
    assert_int_equal(capture_misuse(c, HAETAE_MISUSE_ENDED_SPAN), 0);
}

static void scopes_nest(void **state)
{
    struct capture *c = *state;
    haetae_span_context outer_context, inner_context;
    const HaeOtlp__ScopeSpans *got;

    {
        HAETAE_SPAN_SCOPE(outer, c->tracer, "outer", HAETAE_SPAN_KIND_INTERNAL);
        haetae_span_get_context(outer, &outer_context);
        {
            HAETAE_SPAN_SCOPE(inner, c->tracer, "inner", HAETAE_SPAN_KIND_INTERNAL);
            haetae_span_get_context(inner, &inner_context);
            assert_int_equal(haetae_current_span(), inner);
        }
        assert_int_equal(haetae_current_span(), outer);
    }
    assert_int_equal(haetae_sdk_force_flush(c->sdk, 0), HAETAE_OK);
    got = c->traces->resource_spans[0]->scope_spans[0];
    assert_int_equal(got->n_spans, 2);
    assert_string_equal(got->spans[0]->name, "inner");
    assert_memory_equal(got->spans[0]->parent_span_id.data, outer_context.span_id, 8);
    assert_memory_equal(got->spans[0]->trace_id.data, outer_context.trace_id, 16);
    assert_memory_equal(got->spans[0]->span_id.data, inner_context.span_id, 8);
}

static void a_scope_without_a_tracer_is_none(void **state)
{
    struct capture *c = *state;
    HAETAE_SPAN_SCOPE(outer, c->tracer, "outer", HAETAE_SPAN_KIND_INTERNAL);
    {
        HAETAE_SPAN_SCOPE(none, NULL, "none", HAETAE_SPAN_KIND_INTERNAL);

        assert_int_equal(none, HAETAE_SPAN_NONE);
        /* Spans started here still have the caller's span as parent. */
        assert_int_equal(haetae_current_span(), outer);
    }
    assert_int_equal(haetae_current_span(), outer);
}

static void a_span_ended_in_its_scope_ends_once(void **state)
{
    struct capture *c = *state;
    {
        HAETAE_SPAN_SCOPE(span, c->tracer, "early", HAETAE_SPAN_KIND_INTERNAL);
        haetae_span_end(span);
    }
    (void)capture_span(c);
    sdk_all_delivered(c->sdk, HAETAE_SIGNAL_TRACES, 1);
    assert_int_equal(capture_misuse(c, HAETAE_MISUSE_ENDED_SPAN), 1);
}

/* ---- Text
 * ------------------------------------------------------------------------------------------ */

static size_t length_of(const char *text, size_t length)
{
    assert_true(text[length] == '\0');
    return length;
}

/* ---- More of them ------------------------------------------------------------------------- */

static void text_with_a_length_is_an_attribute(void **state)
{
    struct capture *c = *state;
    haetae_span span = haetae_span_start(c->tracer, "x", 1, HAETAE_SPAN_KIND_INTERNAL);
    const char *path = "/rides/17?key=1";
    const HaeOtlp__Span *got;

    haetae_span_set_attributes(
        span, HAETAE_ATTRS(HAETAE_ATTR_TEXT("path", path, 9), HAETAE_ATTR_TEXT("none", NULL, 0)));
    haetae_span_end(span);
    got = capture_span(c);
    assert_int_equal(got->n_attributes, 2);
    is_text(got, "path", "/rides/17");
    is_text(got, "none", "");
}

static void a_scope_takes_a_name_and_options(void **state)
{
    struct capture *c = *state;
    haetae_span_context remote = {.trace_id = {7}, .span_id = {8}, .trace_flags = 1};
    char name[] = "GET /rides/{id}";
    const HaeOtlp__Span *got;

    {
        HAETAE_SPAN_SCOPE_WITH(span, c->tracer, name, sizeof name - 1,
                               .kind = HAETAE_SPAN_KIND_SERVER, .parent = &remote);
        assert_true(haetae_current_span() == span);
    }
    assert_true(haetae_current_span() == HAETAE_SPAN_NONE);
    got = capture_span(c);
    assert_string_equal(got->name, name);
    assert_int_equal(got->kind, HAE_OTLP__SPAN__SPAN_KIND__SPAN_KIND_SERVER);
    assert_memory_equal(got->trace_id.data, remote.trace_id, 16);
    assert_memory_equal(got->parent_span_id.data, remote.span_id, 8);
}

static void the_end_returns_the_duration(void **state)
{
    struct capture *c = *state;
    haetae_span span = haetae_span_start(c->tracer, "x", 1, HAETAE_SPAN_KIND_INTERNAL);
    uint64_t duration = haetae_span_end_timed(span);
    const HaeOtlp__Span *got = capture_span(c);

    assert_true(duration == got->end_time_unix_nano - got->start_time_unix_nano);
    assert_int_equal(haetae_span_end_timed(span), 0);
    assert_int_equal(capture_misuse(c, HAETAE_MISUSE_ENDED_SPAN), 1);
}

static void the_clock_is_that_of_the_records(void **state)
{
    struct capture *c = *state;
    uint64_t before = haetae_now_unix_ns(c->sdk);
    haetae_span span = haetae_span_start(c->tracer, "x", 1, HAETAE_SPAN_KIND_INTERNAL);
    uint64_t between = haetae_now_unix_ns(c->sdk);
    const HaeOtlp__Span *got;

    haetae_span_end(span);
    got = capture_span(c);
    assert_true(before <= got->start_time_unix_nano);
    assert_true(got->start_time_unix_nano <= between);
    assert_true(between <= got->end_time_unix_nano);
    assert_true(haetae_now_unix_ns(NULL) > UINT64_C(1700000000000000000));
}

static void instruments_are_made_by_name_and_unit(void **state)
{
    struct capture *c = *state;
    haetae_histogram *histogram = haetae_histogram_named(c->meter, "duration", "s");
    const HaeOtlp__Metric *got;

    assert_non_null(histogram);
    assert_ptr_equal(haetae_histogram_named(c->meter, "duration", "s"), histogram);
    assert_null(haetae_counter_named(c->meter, "not a name", "s"));
    assert_non_null(haetae_counter_named(c->meter, "requests", "{request}"));
    assert_non_null(haetae_up_down_counter_named(c->meter, "active", NULL));
    assert_non_null(haetae_gauge_named(c->meter, "load", "1"));
    haetae_histogram_record_double(histogram, 0.5, NULL, 0);
    got = capture_metric(c);
    assert_string_equal(got->name, "duration");
    assert_string_equal(got->unit, "s");
    assert_int_equal(got->data_case, HAE_OTLP__METRIC__DATA_HISTOGRAM);
    assert_true(got->histogram->data_points[0]->sum == 0.5);
    assert_int_equal(capture_misuse(c, HAETAE_MISUSE_MEASUREMENT), 0);
}

static void literals_are_text_with_their_length(void **state)
{
    (void)state;
    assert_int_equal(length_of(HAETAE_TEXT("")), 0);
    assert_int_equal(length_of(HAETAE_TEXT("with\0nul")), 8);
    assert_int_equal(haetae_string_of(NULL).length, 0);
    assert_int_equal(haetae_string_of("four").length, 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, capture_begin, capture_end)
    const struct CMUnitTest tests[] = {
        TEST(integers_of_every_type_are_integers),
        TEST(other_types_are_what_they_are),
        TEST(arguments_are_evaluated_once),
        TEST(a_scope_ends_its_span_on_every_way_out),
        TEST(scopes_nest),
        TEST(a_scope_without_a_tracer_is_none),
        TEST(a_span_ended_in_its_scope_ends_once),
        TEST(text_with_a_length_is_an_attribute),
        TEST(a_scope_takes_a_name_and_options),
        TEST(the_end_returns_the_duration),
        TEST(the_clock_is_that_of_the_records),
        TEST(instruments_are_made_by_name_and_unit),
        cmocka_unit_test(literals_are_text_with_their_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
