/* SPDX-License-Identifier: Apache-2.0 */
/* What the limits drop, truncate and count. everything.c sets them to:
 *     attributes of a span 3, of an event 1, of a link 1, of a log record 2,
 *     events 2, links 1, length of values 5, series of an instrument 3. */
#include "everything.h"

static const char scope_id[] = "interop/limits";

static void record_limited_span(const struct run *run)
{
    haetae_tracer *tracer = haetae_tracer_named(run->sdk, scope_id);
    const haetae_span_context other = {.trace_id = {1}, .span_id = {2}, .trace_flags = 1};
    const haetae_attribute given[] = {HAETAE_ATTR("a", 1), HAETAE_ATTR("b", "x"),
                                      HAETAE_ATTR("c", 3), HAETAE_ATTR("d", 4)};
    const haetae_attribute kept[] = {HAETAE_ATTR("a", 11), HAETAE_ATTR("b", "x"),
                                     HAETAE_ATTR("c", 3)};
    const haetae_link link = {other, STRING_OF("s=1"), given, COUNT_OF(given)};
    const struct expected_event events[] = {{STRING_OF("one"), AT(1), given, 1, 3},
                                            {STRING_OF("two"), AT(2), NULL, 0, 0}};
    const struct expected_link links[] = {{other, STRING_OF("s=1"), given, 1, 3}};
    haetae_span span = haetae_span_start(tracer, HAETAE_TEXT("limited"), HAETAE_SPAN_KIND_CLIENT);
    struct expected_span expected = expected_root(span, STRING_OF("limited"));

    haetae_span_set_attributes(span, given, COUNT_OF(given));
    haetae_span_set_int64(span, HAETAE_TEXT("e"), 5);
    haetae_span_set_int64(span, HAETAE_TEXT("a"),
                          11); /* replaces an attribute, so the limit allows it */
    haetae_span_add_event(span, HAETAE_TEXT("one"), AT(1), given, COUNT_OF(given));
    haetae_span_add_event(span, HAETAE_TEXT("two"), AT(2), NULL, 0);
    haetae_span_add_event(span, HAETAE_TEXT("three"), AT(3), NULL, 0);
    haetae_span_record_exception(span, NULL);
    haetae_span_add_link(span, &link);
    haetae_span_add_link(span, &link);
    haetae_span_add_link(span, &link);
    haetae_span_end(span);

    expected.kind = HAETAE_SPAN_KIND_CLIENT;
    expected.attributes = kept;
    expected.attribute_count = COUNT_OF(kept);
    expected.dropped_attribute_count = 2;
    expected.events = events;
    expected.event_count = COUNT_OF(events);
    expected.dropped_event_count = 1;
    expected.links = links;
    expected.link_count = COUNT_OF(links);
    expected.dropped_link_count = 2;
    expect_span(run, scope_id, &expected);
}

/* The limit counts code points, and applies inside arrays and maps. */
static void record_cut_values(const struct run *run)
{
    haetae_tracer *tracer = haetae_tracer_named(run->sdk, scope_id);
    const haetae_value items[] = {HAETAE_VALUE("123456"), HAETAE_VALUE(123456)};
    const haetae_attribute in_map[] = {HAETAE_ATTR("long key", "abcdefgh")};
    const haetae_value cut_items[] = {HAETAE_VALUE("12345"), HAETAE_VALUE(123456)};
    const haetae_attribute cut_in_map[] = {HAETAE_ATTR("long key", "abcde")};
    const haetae_attribute given[] = {
        HAETAE_ATTR("unicode", "\xC3\xA9\xED\x95\xB4\xF0\x9F\x94\xA5\xFF-more"),
        HAETAE_ATTR("array", haetae_value_array(items, COUNT_OF(items))),
        HAETAE_ATTR("map", haetae_value_map(in_map, COUNT_OF(in_map))),
    };
    const haetae_attribute cut[] = {
        HAETAE_ATTR("unicode", "\xC3\xA9\xED\x95\xB4\xF0\x9F\x94\xA5\xEF\xBF\xBD-"),
        HAETAE_ATTR("array", haetae_value_array(cut_items, COUNT_OF(cut_items))),
        HAETAE_ATTR("map", haetae_value_map(cut_in_map, COUNT_OF(cut_in_map))),
    };
    haetae_span span =
        haetae_span_start(tracer, HAETAE_TEXT("names are not cut"), HAETAE_SPAN_KIND_INTERNAL);
    struct expected_span expected = expected_root(span, STRING_OF("names are not cut"));

    haetae_span_set_attributes(span, given, COUNT_OF(given));
    haetae_span_end(span);
    expected.attributes = cut;
    expected.attribute_count = COUNT_OF(cut);
    expect_span(run, scope_id, &expected);
}

static void record_limited_log(const struct run *run)
{
    haetae_logger *logger = haetae_logger_named(run->sdk, scope_id);
    const haetae_attribute given[] = {HAETAE_ATTR("a", "123456789"),
                                      HAETAE_ATTR("b", haetae_value_bytes("abcdefgh", 8)),
                                      HAETAE_ATTR("c", 3), HAETAE_ATTR("d", 4)};
    const haetae_attribute kept[] = {HAETAE_ATTR("a", "12345"),
                                     HAETAE_ATTR("b", haetae_value_bytes("abcde", 5))};
    struct expected_log expected = {.attributes = kept, .attribute_count = COUNT_OF(kept)};

    haetae_log(logger, HAETAE_SEVERITY_ERROR, HAETAE_TEXT("bodies are not cut"), given,
               COUNT_OF(given));
    expected.body = haetae_value_string("bodies are not cut");
    expected.severity = HAETAE_SEVERITY_ERROR;
    expected.time_is_now = true;
    expected.dropped_attribute_count = 2;
    expect_log(run, scope_id, &expected);
}

static void expect_series(const struct run *run, const haetae_attribute *attributes,
                          const char *value)
{
    struct json_out *out = run->out;

    item_begin(run, scope_id, "metric");
    json_string(out, "name", "limited");
    json_object(out, "sum");
    json_number(out, "aggregationTemporality", 2);
    json_bool(out, "isMonotonic", true);
    json_array(out, "dataPoints");
    json_object(out, NULL);
    json_attributes(out, "attributes", attributes, 1);
    json_time(out, "startTimeUnixNano", 0);
    json_time(out, "timeUnixNano", 0);
    json_string(out, "asInt", value);
    json_object_end(out);
    json_array_end(out);
    json_object_end(out);
    item_end(run);
}

/* The limit does not count the overflow series. Metric attributes are not truncated.
 * Specification: "Overflow attribute". */
static void record_overflow(const struct run *run)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_meter *meter = haetae_meter_named(run->sdk, scope_id);
    const haetae_attribute sets[] = {HAETAE_ATTR("n", "not cut 0"), HAETAE_ATTR("n", "not cut 1"),
                                     HAETAE_ATTR("n", "not cut 2"), HAETAE_ATTR("n", "not cut 3")};
    const haetae_attribute overflow = HAETAE_ATTR("otel.metric.overflow", (bool)true);
    haetae_bound_counter *bound = NULL;
    haetae_counter *counter = NULL;

    options.name = STRING_OF("limited");
    EXPECT_OK(run, haetae_counter_create(meter, &options, &counter));
    for (int i = 0; i < (int)COUNT_OF(sets); i++) {
        haetae_counter_add(counter, 1 << i, &sets[i], 1);
    }
    EXPECT_OK(run, haetae_counter_bind(counter, &sets[3], 1, &bound));
    haetae_bound_counter_add(bound, 16);
    haetae_counter_add(counter, 32, &sets[0], 1);
    expect_series(run, &sets[0], "33");
    expect_series(run, &sets[1], "2");
    expect_series(run, &sets[2], "4");
    expect_series(run, &overflow, "24");
}

void record_limits(const struct run *run)
{
    define_named_scope(run, scope_id);
    record_limited_span(run);
    record_cut_values(run);
    record_limited_log(run);
    record_overflow(run);
}
