/* SPDX-License-Identifier: Apache-2.0 */
/* Each format of headers: what is written, what is read, what is malformed. */
#include "propagation/formats.h"

#include "context/context.h"
#include "propagation/headers.h"
#include "support/live.h"

#define TRACE     "4bf92f3577b34da6a3ce929d0e0e4736"
#define TRACE_LOW "a3ce929d0e0e4736"
#define SPAN      "00f067aa0ba902b7"

static const haetae_propagator *named(const char *name)
{
    const haetae_propagator *propagator = haetae_propagator_find(name);

    assert_non_null(propagator);
    return propagator;
}

static haetae_context *extract(const char *format, struct headers *headers)
{
    haetae_context *context = NULL;

    assert_int_equal(haetae_propagator_extract(named(format), haetae_context_root(), &headers_ops,
                                               headers, &context),
                     HAETAE_OK);
    return context;
}

/* What a format reads of headers, as a traceparent; "" for nothing. */
static void check_read(const char *format, struct headers headers, const char *expected)
{
    haetae_context *context = extract(format, &headers);
    haetae_span_context span;
    char text[HAETAE_TRACEPARENT_LENGTH + 1];

    assert_int_equal(haetae_context_span_context(context, &span), expected[0] != '\0');
    (void)haetae_traceparent_format(&span, text, sizeof text);
    assert_string_equal(text, expected);
    assert_int_equal(span.is_remote, expected[0] != '\0');
    haetae_context_unref(context);
}

static const char sampled[] = "00-" TRACE "-" SPAN "-01";
static const char unsampled[] = "00-" TRACE "-" SPAN "-00";
static const char short_sampled[] = "00-0000000000000000" TRACE_LOW "-" SPAN "-01";

static haetae_context *context_of(const char *traceparent, const char *baggage)
{
    haetae_span_context span;
    haetae_baggage *read = NULL;
    haetae_context *context = NULL;
    haetae_context *with_baggage = NULL;

    assert_int_equal(haetae_traceparent_parse(traceparent, strlen(traceparent), &span), HAETAE_OK);
    assert_int_equal(haetae_context_with_span_context(haetae_context_root(), &span, &context),
                     HAETAE_OK);
    assert_int_equal(haetae_baggage_parse(baggage, strlen(baggage), &read), HAETAE_OK);
    assert_int_equal(haetae_context_with_baggage(context, read, &with_baggage), HAETAE_OK);
    haetae_baggage_unref(read);
    haetae_context_unref(context);
    return with_baggage;
}

/* A format writes exactly these headers, in this order. */
static void check_written(const char *format, const haetae_context *context,
                          struct headers expected)
{
    struct headers written = {.count = 0};

    haetae_propagator_inject(named(format), HAETAE_SPAN_NONE, context, &headers_ops, &written);
    assert_int_equal(written.count, expected.count);
    for (size_t i = 0; i < written.count; i++) {
        assert_string_equal(written.names[i], expected.names[i]);
        assert_string_equal(written.values[i], expected.values[i]);
    }
}

static void check_baggage(const haetae_context *context, const char *expected)
{
    assert_string_equal(haetae_baggage_header(haetae_context_baggage(context)).data, expected);
}

/* ---- Names and fields --------------------------------------------------------------------- */

static void formats_are_found_by_name(void **state)
{
    static const struct {
        const char *name;
        const char *fields[5];
    } formats[] = {{"tracecontext", {"traceparent", "tracestate"}},
                   {"baggage", {"baggage"}},
                   {"b3", {"b3"}},
                   {"b3multi", {"X-B3-TraceId", "X-B3-SpanId", "X-B3-Sampled", "X-B3-Flags"}},
                   {"jaeger", {"uber-trace-id"}},
                   {"xray", {"X-Amzn-Trace-Id"}},
                   {"ottrace", {"ot-tracer-traceid", "ot-tracer-spanid", "ot-tracer-sampled"}},
                   {"none", {NULL}}};

    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        const haetae_propagator *propagator = named(formats[i].name);

        for (size_t j = 0; j < 5; j++) {
            const char *field = haetae_propagator_field(propagator, j);

            if (formats[i].fields[j] == NULL) {
                assert_null(field);
                break;
            }
            assert_string_equal(field, formats[i].fields[j]);
        }
    }
    assert_ptr_equal(named("B3"), named("b3"));
    assert_null(haetae_propagator_find("b3single"));
    assert_null(haetae_propagator_find(""));
    assert_null(haetae_propagator_find(NULL));
}

static void nothing_to_carry_sets_nothing(void **state)
{
    static const char *const names[] = {"tracecontext", "baggage", "b3",      "b3multi",
                                        "jaeger",       "xray",    "ottrace", "none"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        check_written(names[i], haetae_context_root(), (struct headers){.count = 0});
    }
}

/* ---- W3C ---------------------------------------------------------------------------------- */

static void tracestate_and_baggage_are_carried(void **state)
{
    struct headers headers = HEADERS("traceparent", sampled, "tracestate", "a=1", "baggage",
                                     "k=v,l=w;m", "Baggage", "k=%41", "tracestate", "b=2");
    haetae_context *context = extract("tracecontext", &headers);
    haetae_context *with_baggage = extract("baggage", &headers);

    (void)state;
    check_written("tracecontext", context,
                  HEADERS("traceparent", sampled, "tracestate", "a=1,b=2"));
    check_baggage(context, "");
    check_baggage(with_baggage, "k=A,l=w;m");
    check_written("baggage", with_baggage, HEADERS("baggage", "k=A,l=w;m"));
    assert_false(haetae_context_span_context(with_baggage, NULL));
    haetae_context_unref(context);
    haetae_context_unref(with_baggage);
}

static void malformed_baggage_keeps_what_was_there(void **state)
{
    haetae_context *before = context_of(sampled, "kept=1");
    haetae_context *after = NULL;
    struct headers malformed = HEADERS("baggage", "nonsense");
    struct headers good = HEADERS("baggage", "new=1");

    (void)state;
    assert_int_equal(
        haetae_propagator_extract(named("baggage"), before, &headers_ops, &malformed, &after),
        HAETAE_OK);
    check_baggage(after, "kept=1");
    haetae_context_unref(after);
    assert_int_equal(
        haetae_propagator_extract(named("baggage"), before, &headers_ops, &good, &after),
        HAETAE_OK);
    check_baggage(after, "new=1");
    haetae_context_unref(after);
    haetae_context_unref(before);
}

/* ---- B3 ----------------------------------------------------------------------------------- */

static void b3_is_read_from_one_header(void **state)
{
    static const char *const names[] = {"b3", "b3multi"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        check_read(names[i], HEADERS("b3", TRACE "-" SPAN "-1"), sampled);
        check_read(names[i], HEADERS("B3", TRACE "-" SPAN "-0"), unsampled);
        check_read(names[i], HEADERS("b3", TRACE "-" SPAN), unsampled);
        check_read(names[i], HEADERS("b3", TRACE "-" SPAN "-d"), sampled);
        check_read(names[i], HEADERS("b3", TRACE "-" SPAN "-1-" TRACE_LOW), sampled);
        check_read(names[i], HEADERS("b3", TRACE_LOW "-" SPAN "-1"), short_sampled);
    }
}

static void b3_is_read_from_several_headers(void **state)
{
    static const char *const names[] = {"b3", "b3multi"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        check_read(names[i],
                   HEADERS("X-B3-TraceId", TRACE, "X-B3-SpanId", SPAN, "X-B3-Sampled", "1"),
                   sampled);
        check_read(names[i],
                   HEADERS("x-b3-traceid", TRACE, "x-b3-spanid", SPAN, "x-b3-sampled", "0"),
                   unsampled);
        check_read(names[i],
                   HEADERS("X-B3-TraceId", TRACE_LOW, "X-B3-SpanId", SPAN, "X-B3-Sampled", "true"),
                   short_sampled);
        check_read(names[i], HEADERS("X-B3-TraceId", TRACE, "X-B3-SpanId", SPAN, "X-B3-Flags", "1"),
                   sampled);
        check_read(names[i], HEADERS("X-B3-TraceId", TRACE, "X-B3-SpanId", SPAN), unsampled);
        check_read(names[i],
                   HEADERS("X-B3-TraceId", TRACE, "X-B3-SpanId", SPAN, "X-B3-Sampled", "d",
                           "X-B3-ParentSpanId", "x"),
                   unsampled);
        /* One header goes before several, if it is not malformed. */
        check_read(
            names[i],
            HEADERS("X-B3-TraceId", TRACE_LOW, "X-B3-SpanId", SPAN, "b3", TRACE "-" SPAN "-1"),
            sampled);
        check_read(names[i],
                   HEADERS("X-B3-TraceId", TRACE, "X-B3-SpanId", SPAN, "X-B3-Sampled", "1", "b3",
                           TRACE "-" SPAN "-2"),
                   sampled);
    }
}

static void malformed_b3_is_not_read(void **state)
{
    static const char *const values[] = {"",
                                         "0",
                                         "d",
                                         "-",
                                         TRACE,
                                         TRACE "-",
                                         TRACE "-" SPAN "-x",
                                         TRACE "-" SPAN "-1-",
                                         TRACE "-" SPAN "-1-x",
                                         TRACE "-" SPAN "-1-" SPAN "-",
                                         TRACE "-" SPAN "0-1",
                                         TRACE "0-" SPAN "-1",
                                         "4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-1",
                                         "00000000000000000000000000000000-" SPAN "-1",
                                         TRACE "-0000000000000000-1",
                                         " " TRACE "-" SPAN "-1"};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        /* A trailing dash leaves nothing behind it, which is as good as nothing. */
        bool ends_early = strcmp(values[i], TRACE "-" SPAN "-1-") == 0;

        check_read("b3", HEADERS("b3", values[i]), ends_early ? sampled : "");
    }
    check_read("b3", HEADERS("b3", TRACE "-" SPAN "-1", "b3", TRACE "-" SPAN "-1"), "");
    check_read("b3", HEADERS("X-B3-TraceId", TRACE), "");
    check_read("b3", HEADERS("X-B3-SpanId", SPAN), "");
    check_read("b3multi", HEADERS("X-B3-TraceId", "x", "X-B3-SpanId", SPAN), "");
    check_read("b3multi", HEADERS("X-B3-TraceId", TRACE, "X-B3-SpanId", "x"), "");
}

static void b3_is_written_in_both_ways(void **state)
{
    haetae_context *context = context_of(sampled, "");
    haetae_context *other = context_of(unsampled, "");

    (void)state;
    check_written("b3", context, HEADERS("b3", TRACE "-" SPAN "-1"));
    check_written("b3", other, HEADERS("b3", TRACE "-" SPAN "-0"));
    check_written("b3multi", context,
                  HEADERS("X-B3-TraceId", TRACE, "X-B3-SpanId", SPAN, "X-B3-Sampled", "1"));
    check_written("b3multi", other,
                  HEADERS("X-B3-TraceId", TRACE, "X-B3-SpanId", SPAN, "X-B3-Sampled", "0"));
    haetae_context_unref(context);
    haetae_context_unref(other);
}

static void debug_flag_goes_on(void **state)
{
    struct headers headers = HEADERS("b3", TRACE "-" SPAN "-d");
    struct headers plain = HEADERS("b3", TRACE "-" SPAN "-1");
    haetae_context *context = extract("b3", &headers);
    haetae_context *later = NULL;
    struct headers written = {.count = 0};
    haetae_context_token token;

    (void)state;
    check_written("b3", context, HEADERS("b3", TRACE "-" SPAN "-d"));
    check_written("b3multi", context,
                  HEADERS("X-B3-TraceId", TRACE, "X-B3-SpanId", SPAN, "X-B3-Flags", "1"));
    check_written("jaeger", context, HEADERS("uber-trace-id", TRACE ":" SPAN ":0:3"));
    /* Also from the current context. */
    haetae_context_attach_context(context, &token);
    haetae_propagator_inject(named("b3"), HAETAE_SPAN_NONE, NULL, &headers_ops, &written);
    haetae_context_detach(&token);
    assert_string_equal(headers_only(&written, "b3"), TRACE "-" SPAN "-d");
    /* A trace without it takes it away. */
    assert_int_equal(haetae_propagator_extract(named("b3"), context, &headers_ops, &plain, &later),
                     HAETAE_OK);
    check_written("b3", later, HEADERS("b3", TRACE "-" SPAN "-1"));
    haetae_context_unref(context);
    haetae_context_unref(later);
}

/* ---- Jaeger ------------------------------------------------------------------------------- */

static void jaeger_is_read_and_written(void **state)
{
    haetae_context *context = context_of(sampled, "");

    (void)state;
    check_read("jaeger", HEADERS("uber-trace-id", TRACE ":" SPAN ":0:1"), sampled);
    check_read("jaeger", HEADERS("Uber-Trace-Id", TRACE ":" SPAN ":0:0"), unsampled);
    check_read("jaeger", HEADERS("uber-trace-id", TRACE ":f067aa0ba902b7::01"), sampled);
    check_read("jaeger", HEADERS("uber-trace-id", TRACE_LOW ":" SPAN ":1:2"), short_sampled);
    check_read("jaeger", HEADERS("uber-trace-id", TRACE "%3A" SPAN "%3a0%3A3"), sampled);
    check_written("jaeger", context, HEADERS("uber-trace-id", TRACE ":" SPAN ":0:1"));
    haetae_context_unref(context);
}

static void malformed_jaeger_is_not_read(void **state)
{
    static const char *const values[] = {"",
                                         ":::",
                                         TRACE ":" SPAN ":0",
                                         TRACE ":" SPAN ":0:",
                                         TRACE ":" SPAN ":0:001",
                                         TRACE ":" SPAN ":0:x",
                                         TRACE ":" SPAN ":x:1",
                                         TRACE ":" SPAN ":0:1:1",
                                         TRACE ":0:0:1",
                                         "0:" SPAN ":0:1",
                                         TRACE "0:" SPAN ":0:1",
                                         TRACE ":" SPAN "0:0:1",
                                         TRACE ":" SPAN ":0:1 "};
    char longest[HEADER_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        check_read("jaeger", HEADERS("uber-trace-id", values[i]), "");
    }
    memset(longest, '0', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    check_read("jaeger", HEADERS("uber-trace-id", longest), "");
    check_read(
        "jaeger",
        HEADERS("uber-trace-id", TRACE ":" SPAN ":0:1", "uber-trace-id", TRACE ":" SPAN ":0:1"),
        "");
}

static void jaeger_carries_baggage_in_headers_of_its_own(void **state)
{
    struct headers headers =
        HEADERS("uberctx-user", "%EC%9D%B4", "accept", "*/*", "Uberctx-Tier", "gold", "uberctx-",
                "x", "jaeger-baggage", "a=1, b = 2", "uberctx-bad name", "x", "uberctx-empty", "");
    haetae_context *context = extract("jaeger", &headers);
    haetae_context *other = context_of(sampled, "user=%EC%9D%B4,a=1;meta,%2B=2");

    (void)state;
    assert_false(haetae_context_span_context(context, NULL));
    check_baggage(context, "a=1,b=2,user=%EC%9D%B4,Tier=gold");
    check_written("jaeger", other,
                  HEADERS("uber-trace-id", TRACE ":" SPAN ":0:1", "uberctx-user", "%EC%9D%B4",
                          "uberctx-a", "1", "uberctx-%2B", "2"));
    haetae_context_unref(context);
    haetae_context_unref(other);
}

static void baggage_that_is_no_header_is_left_out(void **state)
{
    haetae_baggage *baggage = NULL;
    haetae_context *context = NULL;
    char longest[1026];
    char name[HAE_HEADER_NAME_MAX + 1];
    struct {
        const char *name;
        const char *value;
    } entries[] = {{"a b", "1"}, {name, "1"}, {"x", longest}, {"", NULL}, {"ok", "2"}};

    (void)state;
    memset(longest, 'v', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        haetae_baggage *next = NULL;

        if (entries[i].value != NULL) {
            assert_int_equal(haetae_baggage_set(baggage, entries[i].name, strlen(entries[i].name),
                                                entries[i].value, strlen(entries[i].value), NULL, 0,
                                                &next),
                             HAETAE_OK);
            haetae_baggage_unref(baggage);
            baggage = next;
        }
    }
    assert_int_equal(haetae_context_with_baggage(haetae_context_root(), baggage, &context),
                     HAETAE_OK);
    check_written("jaeger", context, HEADERS("uberctx-ok", "2"));
    haetae_context_unref(context);
    haetae_baggage_unref(baggage);
}

/* ---- X-Ray -------------------------------------------------------------------------------- */

#define ROOT "1-4bf92f35-77b34da6a3ce929d0e0e4736"

static void xray_is_read_and_written(void **state)
{
    haetae_context *context = context_of(sampled, "");
    haetae_context *other = context_of(unsampled, "");

    (void)state;
    check_read("xray", HEADERS("X-Amzn-Trace-Id", "Root=" ROOT ";Parent=" SPAN ";Sampled=1"),
               sampled);
    check_read("xray", HEADERS("x-amzn-trace-id", "Sampled=0 ; Parent=" SPAN "; Root=" ROOT " "),
               unsampled);
    check_read("xray", HEADERS("X-Amzn-Trace-Id", "Root=" ROOT ";Parent=" SPAN ";Sampled=?"),
               unsampled);
    check_read("xray", HEADERS("X-Amzn-Trace-Id", "Root=" ROOT ";Parent=" SPAN), unsampled);
    check_read("xray",
               HEADERS("X-Amzn-Trace-Id",
                       "Self=1-x;Root=" ROOT ";Parent=" SPAN ";Sampled=1;Lineage=a:1;;"),
               sampled);
    check_written("xray", context,
                  HEADERS("X-Amzn-Trace-Id", "Root=" ROOT ";Parent=" SPAN ";Sampled=1"));
    check_written("xray", other,
                  HEADERS("X-Amzn-Trace-Id", "Root=" ROOT ";Parent=" SPAN ";Sampled=0"));
    haetae_context_unref(context);
    haetae_context_unref(other);
}

static void malformed_xray_is_not_read(void **state)
{
    static const char *const values[] = {"",
                                         ";;;",
                                         "Root=" ROOT,
                                         "Parent=" SPAN,
                                         "Root=;Parent=" SPAN,
                                         "Root=" ROOT ";Parent=",
                                         "Root=" ROOT "0;Parent=" SPAN,
                                         "Root=2" ROOT ";Parent=" SPAN,
                                         "Root=2-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=" SPAN,
                                         "Root=1-4bf92f3577b34da6a3ce929d0e0e47360;Parent=" SPAN,
                                         "Root=1-00000000-000000000000000000000000;Parent=" SPAN,
                                         "Root=1-4BF92F35-77b34da6a3ce929d0e0e4736;Parent=" SPAN,
                                         "Root=" ROOT ";Parent=0000000000000000",
                                         "Root=" ROOT ";Parent=f067aa0ba902b7"};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        check_read("xray", HEADERS("X-Amzn-Trace-Id", values[i]), "");
    }
}

/* ---- OT Trace ------------------------------------------------------------------------------ */

static void ottrace_is_read_and_written(void **state)
{
    haetae_context *context = context_of(sampled, "a=1,b=2%2C3,c=%EC%9D%B4");
    struct headers headers =
        HEADERS("ot-tracer-traceid", TRACE_LOW, "ot-tracer-spanid", SPAN, "ot-tracer-sampled",
                "true", "ot-baggage-a", "1%41", "OT-Baggage-b", "2, 3");
    haetae_context *read = extract("ottrace", &headers);

    (void)state;
    check_baggage(read, "a=1%2541,b=2%2C%203");
    check_read("ottrace", headers, short_sampled);
    check_read(
        "ottrace",
        HEADERS("ot-tracer-traceid", TRACE, "ot-tracer-spanid", SPAN, "ot-tracer-sampled", "false"),
        unsampled);
    check_read("ottrace", HEADERS("ot-tracer-traceid", TRACE, "ot-tracer-spanid", "x"), "");
    check_read("ottrace", HEADERS("ot-tracer-traceid", "0", "ot-tracer-spanid", SPAN), "");
    check_read("ottrace", HEADERS("ot-tracer-traceid", TRACE), "");
    check_written("ottrace", context,
                  HEADERS("ot-tracer-traceid", TRACE_LOW, "ot-tracer-spanid", SPAN,
                          "ot-tracer-sampled", "true", "ot-baggage-a", "1", "ot-baggage-b", "2,3"));
    haetae_context_unref(context);
    haetae_context_unref(read);
    /* The half that it carries is zero. */
    context = context_of("00-4bf92f3577b34da60000000000000000-" SPAN "-01", "");
    check_written("ottrace", context, (struct headers){.count = 0});
    haetae_context_unref(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE_TEST(formats_are_found_by_name),
        LIVE_TEST(nothing_to_carry_sets_nothing),
        LIVE_TEST(tracestate_and_baggage_are_carried),
        LIVE_TEST(malformed_baggage_keeps_what_was_there),
        LIVE_TEST(b3_is_read_from_one_header),
        LIVE_TEST(b3_is_read_from_several_headers),
        LIVE_TEST(malformed_b3_is_not_read),
        LIVE_TEST(b3_is_written_in_both_ways),
        LIVE_TEST(debug_flag_goes_on),
        LIVE_TEST(jaeger_is_read_and_written),
        LIVE_TEST(malformed_jaeger_is_not_read),
        LIVE_TEST(jaeger_carries_baggage_in_headers_of_its_own),
        LIVE_TEST(baggage_that_is_no_header_is_left_out),
        LIVE_TEST(xray_is_read_and_written),
        LIVE_TEST(malformed_xray_is_not_read),
        LIVE_TEST(ottrace_is_read_and_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
