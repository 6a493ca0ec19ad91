/* SPDX-License-Identifier: Apache-2.0 */
/* Every field of a log record. */
#include <math.h>

#include "logs/logs_test.h"

static haetae_log_record of_body(haetae_value body)
{
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);

    record.body = body;
    return record;
}

/* ---- Severity --------------------------------------------------------------------------- */

static void every_severity_is_recorded(void **state)
{
    struct core_fixture *core = *state;

    for (int severity = HAETAE_SEVERITY_UNSPECIFIED; severity <= HAETAE_SEVERITY_FATAL4;
         severity++) {
        haetae_log_record record = of_body(haetae_value_empty());
        HaeOtlp__LogRecord *log;

        record.severity = severity;
        log = logs_emitted(core, &record);
        assert_int_equal(log->severity_number, severity);
        assert_null(log->severity_text);
        core_free_log(log);
        haetae_log(core->logger, (haetae_severity)severity, "x", 1, NULL, 0);
        log = core_only_log(core);
        assert_int_equal(log->severity_number, severity);
        core_free_log(log);
    }
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), 0);
}

static void unknown_severities_are_unspecified_and_counted(void **state)
{
    static const int32_t unknown[] = {-1, HAETAE_SEVERITY_FATAL4 + 1, INT32_MIN, INT32_MAX};
    struct core_fixture *core = *state;

    for (unsigned i = 0; i < 4; i++) {
        haetae_log_record record = of_body(haetae_value_int64(1));
        HaeOtlp__LogRecord *log;

        record.severity = unknown[i];
        log = logs_emitted(core, &record);
        assert_int_equal(log->severity_number, 0);
        assert_int_equal(log->body->int_value, 1);
        assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), i + 1);
        core_free_log(log);
    }
}

static void severity_text_and_event_name_are_recorded(void **state)
{
    struct core_fixture *core = *state;
    haetae_log_record record = of_body(haetae_value_empty());
    HaeOtlp__LogRecord *log;

    record.severity = HAETAE_SEVERITY_WARN2;
    record.severity_text = haetae_string_of("warning");
    record.event_name = haetae_string_of("ride.cancelled");
    log = logs_emitted(core, &record);
    assert_int_equal(log->severity_number, 14);
    assert_string_equal(log->severity_text, "warning");
    assert_string_equal(log->event_name, "ride.cancelled");
    assert_null(log->body);
    core_free_log(log);

    /* NULL is the empty text, which is not encoded. */
    record.severity_text = (haetae_string){NULL, 5};
    record.event_name = (haetae_string){"", 0};
    log = logs_emitted(core, &record);
    assert_null(log->severity_text);
    assert_null(log->event_name);
    core_free_log(log);
}

/* ---- Bodies ------------------------------------------------------------------------------- */

static void bodies_of_text_are_whole(void **state)
{
    struct core_fixture *core = *state;
    size_t largest = core->recorder->record_size_max - 200;
    size_t lengths[] = {0, 1, 127, 128, 129, 500, 16383, 16384, largest};
    char *text = malloc(largest);

    assert_non_null(text);
    assert_true(largest > 16384);
    for (size_t i = 0; i < largest; i++) {
        text[i] = (char)('a' + i % 26);
    }
    for (int i = 0; i < 9; i++) {
        HaeOtlp__LogRecord *log;

        haetae_log(core->logger, HAETAE_SEVERITY_INFO, text, lengths[i], NULL, 0);
        log = core_only_log(core);
        assert_int_equal(log->body->value_case, HAE_OTLP__ANY_VALUE__VALUE_STRING_VALUE);
        assert_int_equal(strlen(log->body->string_value), lengths[i]);
        assert_memory_equal(log->body->string_value, text, lengths[i]);
        core_free_log(log);
    }
    free(text);
}

static void bodies_of_numbers_are_exact(void **state)
{
    static const int64_t integers[] = {0, 1, -1, 127, 128, INT64_MAX, INT64_MIN};
    static const double reals[] = {0.0, -0.0, 0.1, 1e308, -1e-308, INFINITY, -INFINITY, NAN};
    struct core_fixture *core = *state;
    haetae_log_record record;
    HaeOtlp__LogRecord *log;

    for (int i = 0; i < 7; i++) {
        record = of_body(haetae_value_int64(integers[i]));
        log = logs_emitted(core, &record);
        assert_int_equal(log->body->value_case, HAE_OTLP__ANY_VALUE__VALUE_INT_VALUE);
        assert_true(log->body->int_value == integers[i]);
        core_free_log(log);
    }
    for (int i = 0; i < 8; i++) {
        record = of_body(haetae_value_double(reals[i]));
        log = logs_emitted(core, &record);
        assert_int_equal(log->body->value_case, HAE_OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE);
        assert_memory_equal(&log->body->double_value, &reals[i], sizeof reals[i]);
        core_free_log(log);
    }
    for (int i = 0; i < 2; i++) {
        record = of_body(haetae_value_bool(i != 0));
        log = logs_emitted(core, &record);
        assert_int_equal(log->body->value_case, HAE_OTLP__ANY_VALUE__VALUE_BOOL_VALUE);
        assert_int_equal(log->body->bool_value, i);
        core_free_log(log);
    }
}

static void bodies_of_bytes_are_whole(void **state)
{
    static const size_t lengths[] = {0, 1, 256, 20000};
    struct core_fixture *core = *state;
    uint8_t bytes[20000];

    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
    }
    for (int i = 0; i < 4; i++) {
        haetae_log_record record = of_body(haetae_value_bytes(bytes, lengths[i]));
        HaeOtlp__LogRecord *log = logs_emitted(core, &record);

        assert_int_equal(log->body->value_case, HAE_OTLP__ANY_VALUE__VALUE_BYTES_VALUE);
        assert_int_equal(log->body->bytes_value.len, lengths[i]);
        assert_memory_equal(log->body->bytes_value.data, bytes, lengths[i]);
        core_free_log(log);
    }
}

static void bodies_of_arrays_and_maps_keep_order_and_nesting(void **state)
{
    struct core_fixture *core = *state;
    haetae_value inner[] = {haetae_value_bool(false), haetae_value_empty()};
    haetae_attribute entries[] = {HAETAE_ATTR("list", haetae_value_array(inner, 2)),
                                  HAETAE_ATTR("text", "in a map")};
    haetae_value items[] = {haetae_value_int64(7), haetae_value_map(entries, 2),
                            haetae_value_bytes("\0", 1), haetae_value_array(NULL, 0)};
    haetae_log_record record = of_body(haetae_value_array(items, 4));
    HaeOtlp__LogRecord *log = logs_emitted(core, &record);
    const HaeOtlp__ArrayValue *array = log->body->array_value;
    const HaeOtlp__KeyValueList *map;

    assert_int_equal(log->body->value_case, HAE_OTLP__ANY_VALUE__VALUE_ARRAY_VALUE);
    assert_int_equal(array->n_values, 4);
    assert_int_equal(array->values[0]->int_value, 7);
    map = array->values[1]->kvlist_value;
    assert_int_equal(map->n_values, 2);
    core_has_string(map->values, 2, "text", "in a map");
    array = core_find(map->values, 2, "list")->array_value;
    assert_int_equal(array->n_values, 2);
    assert_int_equal(array->values[0]->value_case, HAE_OTLP__ANY_VALUE__VALUE_BOOL_VALUE);
    assert_int_equal(array->values[1]->value_case, HAE_OTLP__ANY_VALUE__VALUE__NOT_SET);
    array = log->body->array_value;
    assert_int_equal(array->values[2]->bytes_value.len, 1);
    assert_int_equal(array->values[3]->array_value->n_values, 0);
    core_free_log(log);

    record = of_body(haetae_value_map(entries, 2));
    log = logs_emitted(core, &record);
    assert_int_equal(log->body->value_case, HAE_OTLP__ANY_VALUE__VALUE_KVLIST_VALUE);
    core_has_string(log->body->kvlist_value->values, 2, "text", "in a map");
    core_free_log(log);
}

static void bodies_deeper_than_the_limit_end_empty(void **state)
{
    enum { LEVELS = HAETAE_VALUE_DEPTH_MAX + 3 };
    struct core_fixture *core = *state;
    haetae_value values[LEVELS];
    const HaeOtlp__AnyValue *value;
    haetae_log_record record;
    HaeOtlp__LogRecord *log;
    int depth = 0;

    values[0] = haetae_value_int64(1);
    for (int i = 1; i < LEVELS; i++) {
        values[i] = haetae_value_array(&values[i - 1], 1);
    }
    record = of_body(values[LEVELS - 1]);
    log = logs_emitted(core, &record);
    for (value = log->body; value->value_case == HAE_OTLP__ANY_VALUE__VALUE_ARRAY_VALUE;
         value = value->array_value->values[0]) {
        assert_int_equal(value->array_value->n_values, 1);
        depth++;
    }
    assert_int_equal(depth, HAETAE_VALUE_DEPTH_MAX);
    assert_int_equal(value->value_case, HAE_OTLP__ANY_VALUE__VALUE__NOT_SET);
    core_free_log(log);
}

static void pair_with_an_empty_key_is_left_out_of_a_body(void **state)
{
    struct core_fixture *core = *state;
    haetae_attribute pairs[] = {HAETAE_ATTR("a", 1),
                                HAETAE_ATTR("", 2),
                                {{NULL, 5}, haetae_value_int64(3)},
                                HAETAE_ATTR("b", 4)};
    haetae_log_record record = of_body(haetae_value_map(pairs, 4));
    HaeOtlp__LogRecord *log = logs_emitted(core, &record);

    assert_int_equal(log->body->kvlist_value->n_values, 2);
    assert_string_equal(log->body->kvlist_value->values[0]->key, "a");
    assert_string_equal(log->body->kvlist_value->values[1]->key, "b");
    core_free_log(log);
}

static void empty_bodies_and_unknown_types_are_none(void **state)
{
    static const int32_t types[] = {HAETAE_VALUE_EMPTY, -1, 8, INT32_MAX, INT32_MIN};
    struct core_fixture *core = *state;

    for (int i = 0; i < 5; i++) {
        haetae_value strange = haetae_value_int64(7);
        haetae_log_record record;
        HaeOtlp__LogRecord *log;

        strange.type = types[i];
        record = of_body(strange);
        log = logs_emitted(core, &record);
        assert_true(log->body == NULL ||
                    log->body->value_case == HAE_OTLP__ANY_VALUE__VALUE__NOT_SET);
        core_free_log(log);
    }
}

/* ---- Attributes ---------------------------------------------------------------------------- */

static void attributes_of_every_type_are_recorded(void **state)
{
    struct core_fixture *core = *state;
    haetae_value items[] = {haetae_value_int64(1), haetae_value_string("two")};
    haetae_attribute entries[] = {HAETAE_ATTR("in", 3)};
    haetae_attribute attributes[] = {HAETAE_ATTR("string", "text"),
                                     HAETAE_ATTR("int", INT64_MIN),
                                     HAETAE_ATTR("double", -0.5),
                                     HAETAE_ATTR("bool", (bool)true),
                                     HAETAE_ATTR("bytes", haetae_value_bytes("\0\xFF", 2)),
                                     HAETAE_ATTR("array", haetae_value_array(items, 2)),
                                     HAETAE_ATTR("map", haetae_value_map(entries, 1)),
                                     HAETAE_ATTR("empty", haetae_value_empty())};
    HaeOtlp__LogRecord *log = logs_logged(core, attributes, 8);
    HaeOtlp__KeyValue *const *list = log->attributes;

    assert_int_equal(log->n_attributes, 8);
    assert_false(log->has_dropped_attributes_count);
    core_has_string(list, 8, "string", "text");
    core_has_int(list, 8, "int", INT64_MIN);
    assert_true(core_find(list, 8, "double")->double_value == -0.5);
    assert_true(core_find(list, 8, "bool")->bool_value);
    assert_memory_equal(core_find(list, 8, "bytes")->bytes_value.data, "\0\xFF", 2);
    assert_string_equal(core_find(list, 8, "array")->array_value->values[1]->string_value, "two");
    core_has_int(core_find(list, 8, "map")->kvlist_value->values, 1, "in", 3);
    assert_int_equal(core_find(list, 8, "empty")->value_case, HAE_OTLP__ANY_VALUE__VALUE__NOT_SET);
    core_free_log(log);
}

static void of_equal_keys_the_last_counts(void **state)
{
    struct core_fixture *core = *state;
    haetae_attribute attributes[] = {HAETAE_ATTR("a", 1), HAETAE_ATTR("b", 2),
                                     HAETAE_ATTR("a", "three"), HAETAE_ATTR("b", 4)};
    HaeOtlp__LogRecord *log = logs_logged(core, attributes, 4);

    assert_int_equal(log->n_attributes, 2);
    core_has_string(log->attributes, 2, "a", "three");
    core_has_int(log->attributes, 2, "b", 4);
    assert_false(log->has_dropped_attributes_count);
    core_free_log(log);
}

/* ---- Times --------------------------------------------------------------------------------- */

/* Whether a time is between two readings of the wall clock, within the anchor's accuracy. */
static bool is_about_now(uint64_t time_unix_ns, uint64_t before_unix_ns)
{
    enum { SLACK_NS = 1000000000 };

    return time_unix_ns + SLACK_NS > before_unix_ns &&
           time_unix_ns < hae_time_ns(CLOCK_REALTIME) + SLACK_NS;
}

static void given_times_are_recorded(void **state)
{
    static const uint64_t times[] = {1, UINT64_C(1700000000123456789), UINT64_MAX};
    struct core_fixture *core = *state;

    for (int i = 0; i < 3; i++) {
        haetae_log_record record = of_body(haetae_value_empty());
        HaeOtlp__LogRecord *log;

        record.time_unix_ns = times[i];
        record.observed_time_unix_ns = times[2 - i];
        log = logs_emitted(core, &record);
        assert_int_equal(log->time_unix_nano, times[i]);
        assert_int_equal(log->observed_time_unix_nano, times[2 - i]);
        core_free_log(log);
    }
}

static void what_was_not_given_is_observed_now_and_happened_at_no_known_time(void **state)
{
    struct core_fixture *core = *state;
    haetae_log_record record = of_body(haetae_value_empty());
    uint64_t before = hae_time_ns(CLOCK_REALTIME);
    HaeOtlp__LogRecord *log = logs_emitted(core, &record);

    assert_int_equal(log->time_unix_nano, 0);
    assert_true(is_about_now(log->observed_time_unix_nano, before));
    core_free_log(log);
}

static void a_line_of_text_happens_now(void **state)
{
    struct core_fixture *core = *state;
    uint64_t before = hae_time_ns(CLOCK_REALTIME);
    HaeOtlp__LogRecord *log = logs_logged(core, NULL, 0);

    assert_true(is_about_now(log->time_unix_nano, before));
    assert_int_equal(log->time_unix_nano, log->observed_time_unix_nano);
    core_free_log(log);
}

/* ---- Correlation ----------------------------------------------------------------------------- */

static void is_correlated(const HaeOtlp__LogRecord *log, const haetae_span_context *context)
{
    assert_int_equal(log->trace_id.len, 16);
    assert_memory_equal(log->trace_id.data, context->trace_id, 16);
    assert_int_equal(log->span_id.len, 8);
    assert_memory_equal(log->span_id.data, context->span_id, 8);
    assert_int_equal(log->flags, context->trace_flags);
}

static void is_not_correlated(const HaeOtlp__LogRecord *log)
{
    assert_int_equal(log->trace_id.len, 0);
    assert_int_equal(log->span_id.len, 0);
    assert_int_equal(log->flags, 0);
}

static void logs_are_correlated_with_the_current_span(void **state)
{
    struct core_fixture *core = *state;
    haetae_log_record record = of_body(haetae_value_empty());
    haetae_span span =
        haetae_span_start(core->tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_span_context context;
    haetae_context_token token;
    HaeOtlp__LogRecord *log = logs_logged(core, NULL, 0);

    is_not_correlated(log); /* a started span is not the current one yet */
    core_free_log(log);
    assert_true(haetae_span_get_context(span, &context));
    haetae_context_attach(span, &token);
    log = logs_logged(core, NULL, 0);
    is_correlated(log, &context);
    core_free_log(log);
    log = logs_emitted(core, &record);
    is_correlated(log, &context);
    core_free_log(log);
    haetae_context_detach(&token);
    log = logs_emitted(core, &record);
    is_not_correlated(log);
    core_free_log(log);
    haetae_span_end(span);
}

static void a_given_context_wins_over_the_current_one(void **state)
{
    struct core_fixture *core = *state;
    haetae_span span =
        haetae_span_start(core->tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_span_context given = {.trace_flags = 3, .is_remote = 1};
    haetae_span_context none = {.trace_flags = 1};
    haetae_log_record record = of_body(haetae_value_empty());
    haetae_context_token token;
    HaeOtlp__LogRecord *log;

    memset(given.trace_id, 0xA1, 16);
    memset(given.span_id, 0xB2, 8);
    haetae_context_attach(span, &token);
    record.context = &given;
    log = logs_emitted(core, &record);
    is_correlated(log, &given);
    core_free_log(log);
    /* A given context without a span: explicitly uncorrelated. */
    record.context = &none;
    log = logs_emitted(core, &record);
    is_not_correlated(log);
    core_free_log(log);
    haetae_context_detach(&token);
    haetae_span_end(span);
}

static void a_given_span_wins_over_a_given_context(void **state)
{
    struct core_fixture *core = *state;
    haetae_span spans[2];
    haetae_span_context contexts[2];
    haetae_span_context given = {.trace_flags = 3, .is_remote = 1};
    haetae_log_record record = of_body(haetae_value_empty());
    haetae_context_token token;
    HaeOtlp__LogRecord *log;

    for (int i = 0; i < 2; i++) {
        spans[i] = haetae_span_start(core->tracer, HAETAE_TEXT("s"), HAETAE_SPAN_KIND_INTERNAL);
        assert_true(haetae_span_get_context(spans[i], &contexts[i]));
    }
    memset(given.trace_id, 0xA1, 16);
    memset(given.span_id, 0xB2, 8);
    haetae_context_attach(spans[0], &token);
    record.span = spans[1];
    record.context = &given;
    log = logs_emitted(core, &record);
    is_correlated(log, &contexts[1]);
    core_free_log(log);
    /* The span has ended: the context counts, and without one the current span. */
    haetae_span_end(spans[1]);
    (void)core_drain(core);
    core_forget(core);
    log = logs_emitted(core, &record);
    is_correlated(log, &given);
    core_free_log(log);
    record.context = NULL;
    log = logs_emitted(core, &record);
    is_correlated(log, &contexts[0]);
    core_free_log(log);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 2);
    haetae_context_detach(&token);
    haetae_span_end(spans[0]);
}

static void logs_are_correlated_with_a_remote_context(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context remote = {.trace_flags = 0, .is_remote = 1};
    haetae_context_token token;
    HaeOtlp__LogRecord *log;

    memset(remote.trace_id, 0xC3, 16);
    memset(remote.span_id, 0xD4, 8);
    haetae_context_attach_remote(&remote, &token);
    log = logs_logged(core, NULL, 0);
    is_correlated(log, &remote);
    core_free_log(log);
    haetae_context_detach(&token);
}

/* A log in a span that is not sampled still gets the ids of that span. */
static void logs_are_correlated_with_a_span_that_is_not_sampled(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context context;
    haetae_context_token token;
    haetae_span span;
    HaeOtlp__LogRecord *log;

    assert_true(hae_sampling_set(&core->traces.sampling, "always_off", 0));
    span = haetae_span_start(core->tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);
    assert_true(haetae_span_get_context(span, &context));
    assert_int_equal(context.trace_flags, HAETAE_TRACE_FLAG_RANDOM);
    haetae_context_attach(span, &token);
    log = logs_logged(core, NULL, 0);
    is_correlated(log, &context);
    core_free_log(log);
    haetae_context_detach(&token);
    haetae_span_end(span);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGS_TESTS(every_severity_is_recorded),
        LOGS_TESTS(unknown_severities_are_unspecified_and_counted),
        LOGS_TESTS(severity_text_and_event_name_are_recorded),
        LOGS_TESTS(bodies_of_text_are_whole),
        LOGS_TESTS(bodies_of_numbers_are_exact),
        LOGS_TESTS(bodies_of_bytes_are_whole),
        LOGS_TESTS(bodies_of_arrays_and_maps_keep_order_and_nesting),
        LOGS_TESTS(bodies_deeper_than_the_limit_end_empty),
        LOGS_TESTS(pair_with_an_empty_key_is_left_out_of_a_body),
        LOGS_TESTS(empty_bodies_and_unknown_types_are_none),
        LOGS_TESTS(attributes_of_every_type_are_recorded),
        LOGS_TESTS(of_equal_keys_the_last_counts),
        LOGS_TESTS(given_times_are_recorded),
        LOGS_TESTS(what_was_not_given_is_observed_now_and_happened_at_no_known_time),
        LOGS_TESTS(a_line_of_text_happens_now),
        LOGS_TESTS(logs_are_correlated_with_the_current_span),
        LOGS_TESTS(a_given_context_wins_over_the_current_one),
        LOGS_TESTS(a_given_span_wins_over_a_given_context),
        LOGS_TESTS(logs_are_correlated_with_a_remote_context),
        LOGS_TESTS(logs_are_correlated_with_a_span_that_is_not_sampled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
