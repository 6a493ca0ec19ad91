/* SPDX-License-Identifier: Apache-2.0 */
/* Spans: everything that can be set on them. */
#include <float.h>
#include <math.h>

#include "everything.h"

static const char scope_id[] = "traces";

static haetae_tracer *make_tracer(const struct run *run)
{
    const haetae_value versions[] = {HAETAE_VALUE(1), HAETAE_VALUE(2.5), HAETAE_VALUE("three")};
    const haetae_attribute attributes[] = {
        HAETAE_ATTR("scope.text", "t\xC3\xA9l\xC3\xA9"),
        HAETAE_ATTR("scope.flag", (bool)true),
        HAETAE_ATTR("scope.list", haetae_value_array(versions, COUNT_OF(versions))),
    };
    haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);
    haetae_tracer *tracer = NULL, *again = NULL;

    scope.name = STRING_OF("interop/traces");
    scope.version = STRING_OF("1.2.3-rc.1+build");
    scope.schema_url = STRING_OF("https://opentelemetry.io/schemas/1.27.0");
    scope.attributes = attributes;
    scope.attribute_count = COUNT_OF(attributes);
    EXPECT_OK(run, haetae_tracer_get(run->sdk, &scope, &tracer));
    EXPECT_OK(run, haetae_tracer_get(run->sdk, &scope, &again));
    EXPECT(run, tracer != NULL && tracer == again);
    EXPECT(run, haetae_tracer_enabled(tracer));
    define_scope(run, scope_id, &scope);
    return tracer;
}

/* ---- One span on which every call is made, with every time given ------------------- */

static const haetae_span_context remote = {
    .trace_id = {0xA0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    .span_id = {0xB0, 1, 2, 3, 4, 5, 6, 7},
    .trace_flags = HAETAE_TRACE_FLAG_SAMPLED,
    .is_remote = 1};
static const haetae_span_context local = {.trace_id = {[15] = 1}, .span_id = {[7] = 2}};

static haetae_span start_full_span(haetae_tracer *tracer)
{
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    const haetae_attribute attributes[] = {HAETAE_ATTR("start.kept", 1),
                                           HAETAE_ATTR("start.replaced", "old")};
    const haetae_attribute of_link[] = {HAETAE_ATTR("link.n", 3), HAETAE_ATTR("link.s", "l")};
    const haetae_link links[] = {{remote, STRING_OF("v=1"), of_link, COUNT_OF(of_link)}};

    options.kind = HAETAE_SPAN_KIND_SERVER;
    options.parent = &remote;
    options.trace_state = STRING_OF("vendor=a:b,other=1");
    options.start_time_unix_ns = AT(1);
    options.attributes = attributes;
    options.attribute_count = COUNT_OF(attributes);
    options.links = links;
    options.link_count = COUNT_OF(links);
    return haetae_span_start_with(tracer, HAETAE_TEXT("first name"), &options);
}

static void set_full_span(haetae_span span)
{
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
    const haetae_attribute list[] = {HAETAE_ATTR("list.text", "x"), HAETAE_ATTR("list.int", -7)};
    const haetae_attribute of_event[] = {HAETAE_ATTR("event.ok", (bool)false)};
    const haetae_attribute of_exception[] = {HAETAE_ATTR("exception.code", 111)};
    const haetae_link link = {local, STRING_OF("w=2,v=3"), NULL, 0};
    const haetae_value empty = haetae_value_empty();

    haetae_span_set_attributes(span, list, COUNT_OF(list));
    haetae_span_set_attribute(span, HAETAE_TEXT("one.empty"), &empty);
    haetae_span_set_string(span, HAETAE_TEXT("one.string"), HAETAE_TEXT("s\0t"));
    haetae_span_set_bool(span, HAETAE_TEXT("one.bool"), true);
    haetae_span_set_int64(span, HAETAE_TEXT("one.int"), INT64_MIN);
    haetae_span_set_double(span, HAETAE_TEXT("one.double"), 0.1);
    haetae_span_set(span, "start.replaced", 2.5);
    haetae_span_add_event(span, HAETAE_TEXT("event at a time"), AT(5), of_event,
                          COUNT_OF(of_event));
    haetae_span_add_event(span, HAETAE_TEXT("event now"), 0, NULL, 0);
    haetae_span_add_link(span, &link);
    exception.type = STRING_OF("ECONNREFUSED");
    exception.message = STRING_OF("connection refused");
    exception.stacktrace = STRING_OF("at f\nat g");
    exception.attributes = of_exception;
    exception.attribute_count = COUNT_OF(of_exception);
    haetae_span_record_exception(span, &exception);
    haetae_span_set_status(span, HAETAE_SPAN_STATUS_ERROR, HAETAE_TEXT("it broke"));
    haetae_span_update_name(span, HAETAE_TEXT("second name"));
}

static void expect_full_lists(const struct run *run, struct expected_span *expected)
{
    const haetae_attribute of_link[] = {HAETAE_ATTR("link.n", 3), HAETAE_ATTR("link.s", "l")};
    const haetae_attribute of_event[] = {HAETAE_ATTR("event.ok", (bool)false)};
    const haetae_attribute attributes[] = {
        HAETAE_ATTR("start.kept", 1),
        HAETAE_ATTR("start.replaced", 2.5),
        HAETAE_ATTR("list.text", "x"),
        HAETAE_ATTR("list.int", -7),
        HAETAE_ATTR("one.empty", haetae_value_empty()),
        HAETAE_ATTR("one.string", haetae_value_text(HAETAE_TEXT("s\0t"))),
        HAETAE_ATTR("one.bool", (bool)true),
        HAETAE_ATTR("one.int", (long long)INT64_MIN),
        HAETAE_ATTR("one.double", 0.1),
    };
    const haetae_attribute of_exception[] = {
        HAETAE_ATTR("exception.type", "ECONNREFUSED"),
        HAETAE_ATTR("exception.message", "connection refused"),
        HAETAE_ATTR("exception.stacktrace", "at f\nat g"),
        HAETAE_ATTR("exception.code", 111),
    };
    const struct expected_event events[] = {
        {STRING_OF("event at a time"), AT(5), of_event, COUNT_OF(of_event), 0},
        {STRING_OF("event now"), 0, NULL, 0, 0},
        {STRING_OF("exception"), 0, of_exception, COUNT_OF(of_exception), 0},
    };
    const struct expected_link links[] = {
        {remote, STRING_OF("v=1"), of_link, COUNT_OF(of_link), 0},
        {local, STRING_OF("w=2,v=3"), NULL, 0, 0},
    };

    expected->attributes = attributes;
    expected->attribute_count = COUNT_OF(attributes);
    expected->events = events;
    expected->event_count = COUNT_OF(events);
    expected->links = links;
    expected->link_count = COUNT_OF(links);
    expect_span(run, scope_id, expected);
}

static void record_full_span(const struct run *run, haetae_tracer *tracer)
{
    haetae_span span = start_full_span(tracer);
    struct expected_span expected = expected_root(span, STRING_OF("second name"));

    EXPECT(run, haetae_span_is_recording(span));
    EXPECT(run, memcmp(expected.context.trace_id, remote.trace_id, 16) == 0);
    set_full_span(span);
    haetae_span_end_at(span, AT(1000000001));
    memcpy(expected.parent_span_id, remote.span_id, sizeof remote.span_id);
    expected.flags = FLAGS_REMOTE;
    expected.kind = HAETAE_SPAN_KIND_SERVER;
    expected.trace_state = STRING_OF("vendor=a:b,other=1");
    expected.start_unix_ns = AT(1);
    expected.end_unix_ns = AT(1000000001);
    expected.status_code = HAETAE_SPAN_STATUS_ERROR;
    expected.status_message = STRING_OF("it broke");
    expect_full_lists(run, &expected);
}

static void record_kinds(const struct run *run, haetae_tracer *tracer)
{
    static const haetae_span_kind kinds[] = {
        HAETAE_SPAN_KIND_UNSPECIFIED, HAETAE_SPAN_KIND_INTERNAL, HAETAE_SPAN_KIND_SERVER,
        HAETAE_SPAN_KIND_CLIENT,      HAETAE_SPAN_KIND_PRODUCER, HAETAE_SPAN_KIND_CONSUMER,
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        haetae_span span = haetae_span_start(tracer, HAETAE_TEXT("kind"), kinds[i]);
        struct expected_span expected = expected_root(span, STRING_OF("kind"));

        expected.kind = i == 0 ? (uint32_t)HAETAE_SPAN_KIND_INTERNAL : (uint32_t)kinds[i];
        (void)haetae_span_end_timed(span);
        expect_span(run, scope_id, &expected);
    }
}

/* ---- Values ------------------------------------------------------------------------ */

/* Arrays nested `depth` deep, with `innermost` inside. */
static haetae_value nest(haetae_value *room, size_t depth, haetae_value innermost)
{
    room[0] = innermost;
    for (size_t i = 1; i <= depth; i++) {
        room[i] = haetae_value_array(&room[i - 1], 1);
    }
    return room[depth];
}

static void expect_attributes(const struct run *run, haetae_tracer *tracer, const char *name,
                              const haetae_attribute *attributes, size_t count)
{
    haetae_span span = haetae_span_start(tracer, name, strlen(name), HAETAE_SPAN_KIND_INTERNAL);
    struct expected_span expected = expected_root(span, haetae_string_of(name));

    expected.attributes = attributes;
    expected.attribute_count = count;
    haetae_span_set_attributes(span, attributes, count);
    haetae_span_end(span);
    expect_span(run, scope_id, &expected);
}

static void record_numbers(const struct run *run, haetae_tracer *tracer)
{
    const haetae_attribute numbers[] = {
        HAETAE_ATTR("int.zero", 0),
        HAETAE_ATTR("int.max", (long long)INT64_MAX),
        HAETAE_ATTR("int.min", (long long)INT64_MIN),
        HAETAE_ATTR("int.char", 'A'),
        HAETAE_ATTR("int.unsigned", 4000000000u),
        HAETAE_ATTR("uint64.fits", (unsigned long long)INT64_MAX),
        HAETAE_ATTR("uint64.cut", (unsigned long long)UINT64_MAX),
        HAETAE_ATTR("double.zero", 0.0),
        HAETAE_ATTR("double.minus_zero", -0.0),
        HAETAE_ATTR("double.max", DBL_MAX),
        HAETAE_ATTR("double.denormal", DBL_TRUE_MIN),
        HAETAE_ATTR("double.nan", (double)NAN),
        HAETAE_ATTR("double.inf", (double)INFINITY),
        HAETAE_ATTR("double.minus_inf", -(double)INFINITY),
        HAETAE_ATTR("float", 0.5f),
        HAETAE_ATTR("bool.true", (bool)true),
        HAETAE_ATTR("bool.false", (bool)false),
    };

    expect_attributes(run, tracer, "numbers", numbers, COUNT_OF(numbers));
}

static void record_texts(const struct run *run, haetae_tracer *tracer)
{
    static char longer[20000];
    static const uint8_t bytes[] = {0x00, 0xFF, 0x80, 0x22, 0x5C};

    memset(longer, 'z', sizeof longer);
    const haetae_attribute texts[] = {
        HAETAE_ATTR("text.empty", ""),
        HAETAE_ATTR("text.unicode", "\xED\x95\xB4\xED\x83\x9C \xF0\x9F\x94\xA5 \xC3\xA9\xCC\x81"),
        HAETAE_ATTR("text.controls", "\x01\t\r\n\"\\/\x7F"),
        HAETAE_ATTR("text.html", "<a href='&'>\xE2\x80\xA8"),
        HAETAE_ATTR("text.long", haetae_value_text(longer, sizeof longer)),
        HAETAE_ATTR("text.null", haetae_value_string(NULL)),
        HAETAE_ATTR("\xED\x82\xA4 key", "unicode key"),
        HAETAE_ATTR("bytes.empty", haetae_value_bytes(NULL, 0)),
        HAETAE_ATTR("bytes.1", haetae_value_bytes(bytes, 1)),
        HAETAE_ATTR("bytes.2", haetae_value_bytes(bytes, 2)),
        HAETAE_ATTR("bytes.3", haetae_value_bytes(bytes, 3)),
        HAETAE_ATTR("bytes.5", haetae_value_bytes(bytes, 5)),
    };

    expect_attributes(run, tracer, "texts", texts, COUNT_OF(texts));
}

static void record_nested(const struct run *run, haetae_tracer *tracer)
{
    const haetae_value mixed[] = {HAETAE_VALUE(1), HAETAE_VALUE("two"), haetae_value_empty(),
                                  HAETAE_VALUE(4.0), haetae_value_bytes("5", 1)};
    const haetae_attribute inner[] = {HAETAE_ATTR("a", -1),
                                      HAETAE_ATTR("empty", haetae_value_empty()),
                                      HAETAE_ATTR("list", haetae_value_array(mixed, 2))};
    const haetae_value maps[] = {haetae_value_map(inner, COUNT_OF(inner)),
                                 haetae_value_map(NULL, 0)};
    const haetae_attribute outer[] = {
        HAETAE_ATTR("maps", haetae_value_array(maps, COUNT_OF(maps))),
        HAETAE_ATTR("map", haetae_value_map(inner, 1)),
        HAETAE_ATTR("text", "t"),
    };
    haetae_value room[HAETAE_VALUE_DEPTH_MAX + 1];
    const haetae_attribute nested[] = {
        HAETAE_ATTR("array.empty", haetae_value_array(NULL, 0)),
        HAETAE_ATTR("array.mixed", haetae_value_array(mixed, COUNT_OF(mixed))),
        HAETAE_ATTR("map.empty", haetae_value_map(NULL, 0)),
        HAETAE_ATTR("map.deep", haetae_value_map(outer, COUNT_OF(outer))),
        HAETAE_ATTR("depth.max", nest(room, HAETAE_VALUE_DEPTH_MAX, HAETAE_VALUE("bottom"))),
    };

    expect_attributes(run, tracer, "nested", nested, COUNT_OF(nested));
}

/* Values that the library changes: too deep, of an unknown type, with a duplicate
 * key. */
static void record_repaired_values(const struct run *run, haetae_tracer *tracer)
{
    haetae_value room[HAETAE_VALUE_DEPTH_MAX + 2], expected_room[HAETAE_VALUE_DEPTH_MAX + 1];
    haetae_value unknown = HAETAE_VALUE(1);
    const haetae_attribute twice[] = {HAETAE_ATTR("k", 1), HAETAE_ATTR("k", 2)};
    haetae_span span;
    struct expected_span expected;

    unknown.type = 99;
    span = haetae_span_start(tracer, HAETAE_TEXT("repaired values"), HAETAE_SPAN_KIND_CLIENT);
    haetae_span_set_attributes(
        span, HAETAE_ATTRS(HAETAE_ATTR("deep", nest(room, HAETAE_VALUE_DEPTH_MAX + 1,
                                                    HAETAE_VALUE("too deep"))),
                           HAETAE_ATTR("unknown", unknown),
                           HAETAE_ATTR("map", haetae_value_map(twice, COUNT_OF(twice))),
                           HAETAE_ATTR("twice", "first"), HAETAE_ATTR("twice", "second"),
                           HAETAE_ATTR("", "no key")));

    const haetae_attribute attributes[] = {
        HAETAE_ATTR("deep", nest(expected_room, HAETAE_VALUE_DEPTH_MAX, haetae_value_empty())),
        HAETAE_ATTR("unknown", haetae_value_empty()),
        HAETAE_ATTR("map", haetae_value_map(&twice[1], 1)),
        HAETAE_ATTR("twice", "second"),
    };
    expected = expected_root(span, STRING_OF("repaired values"));
    expected.kind = HAETAE_SPAN_KIND_CLIENT;
    expected.attributes = attributes;
    expected.attribute_count = COUNT_OF(attributes);
    expected.dropped_attribute_count = 1;
    haetae_span_end(span);
    expect_span(run, scope_id, &expected);
}

/* ---- UTF-8 ------------------------------------------------------------------------- */

#define FFFD "\xEF\xBF\xBD"

static void record_repaired_text(const struct run *run, haetae_tracer *tracer)
{
    const haetae_value inside[] = {HAETAE_VALUE("\xFE")};
    const haetae_attribute in_map[] = {HAETAE_ATTR("m\xC0", "\x80")};
    const haetae_value fixed_inside[] = {HAETAE_VALUE(FFFD)};
    const haetae_attribute fixed_in_map[] = {HAETAE_ATTR("m" FFFD, FFFD)};
    const haetae_attribute given[] = {
        HAETAE_ATTR("bad.byte", "a\xFFz"),
        HAETAE_ATTR("bad.cut", "cut \xE2\x82"),
        HAETAE_ATTR("bad.surrogate", "\xED\xA0\x80"),
        HAETAE_ATTR("bad.overlong", "\xC0\x80."),
        HAETAE_ATTR("bad.range", "\xF4\x90\x80\x80"),
        HAETAE_ATTR("bad.array", haetae_value_array(inside, 1)),
        HAETAE_ATTR("bad.map", haetae_value_map(in_map, 1)),
        HAETAE_ATTR("bad key \x80", 1),
    };
    const haetae_attribute fixed[] = {
        HAETAE_ATTR("bad.byte", "a" FFFD "z"),
        HAETAE_ATTR("bad.cut", "cut " FFFD),
        HAETAE_ATTR("bad.surrogate", FFFD FFFD FFFD),
        HAETAE_ATTR("bad.overlong", FFFD FFFD "."),
        HAETAE_ATTR("bad.range", FFFD FFFD FFFD FFFD),
        HAETAE_ATTR("bad.array", haetae_value_array(fixed_inside, 1)),
        HAETAE_ATTR("bad.map", haetae_value_map(fixed_in_map, 1)),
        HAETAE_ATTR("bad key " FFFD, 1),
    };
    const struct expected_event event = {STRING_OF("event " FFFD), 0, fixed, 1, 0};
    haetae_span span =
        haetae_span_start(tracer, HAETAE_TEXT("bad \xF0\x9F\x94 name"), HAETAE_SPAN_KIND_INTERNAL);
    struct expected_span expected = expected_root(span, STRING_OF("bad " FFFD " name"));

    haetae_span_set_attributes(span, given, COUNT_OF(given));
    haetae_span_add_event(span, HAETAE_TEXT("event \xBF"), 0, given, 1);
    haetae_span_set_status(span, HAETAE_SPAN_STATUS_ERROR, HAETAE_TEXT("\xC3 status"));
    haetae_span_end(span);
    expected.attributes = fixed;
    expected.attribute_count = COUNT_OF(fixed);
    expected.events = &event;
    expected.event_count = 1;
    expected.status_code = HAETAE_SPAN_STATUS_ERROR;
    expected.status_message = STRING_OF(FFFD " status");
    expect_span(run, scope_id, &expected);
}

void record_traces(const struct run *run)
{
    haetae_tracer *tracer = make_tracer(run);

    record_full_span(run, tracer);
    record_kinds(run, tracer);
    record_numbers(run, tracer);
    record_texts(run, tracer);
    record_nested(run, tracer);
    record_repaired_values(run, tracer);
    record_repaired_text(run, tracer);
}
