/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/trace_test.h"

static void setters_of_every_type_are_recorded(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    haetae_value array_items[] = {haetae_value_int64(1), haetae_value_string("x")};
    haetae_attribute map_items[] = {HAETAE_ATTR("in", 1)};
    haetae_value array = haetae_value_array(array_items, 2);
    haetae_value map = haetae_value_map(map_items, 1);
    haetae_value bytes = haetae_value_bytes("\0\xFF", 2);
    const HaeOtlp__AnyValue *value;
    HaeOtlp__Span *span;

    haetae_span_set_string(handle, HAETAE_TEXT("string"), HAETAE_TEXT("text"));
    haetae_span_set_bool(handle, HAETAE_TEXT("bool"), true);
    haetae_span_set_int64(handle, HAETAE_TEXT("int"), INT64_MIN);
    haetae_span_set_double(handle, HAETAE_TEXT("double"), -0.5);
    haetae_span_set_attribute(handle, HAETAE_TEXT("array"), &array);
    haetae_span_set_attribute(handle, HAETAE_TEXT("map"), &map);
    haetae_span_set_attribute(handle, HAETAE_TEXT("bytes"), &bytes);
    haetae_span_set_attribute(handle, HAETAE_TEXT("none"), NULL);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_attributes, 8);
    core_has_string(span->attributes, 8, "string", "text");
    core_has_int(span->attributes, 8, "int", INT64_MIN);
    assert_true(core_find(span->attributes, 8, "bool")->bool_value);
    assert_true(core_find(span->attributes, 8, "double")->double_value == -0.5);
    value = core_find(span->attributes, 8, "array");
    assert_int_equal(value->array_value->n_values, 2);
    assert_string_equal(value->array_value->values[1]->string_value, "x");
    value = core_find(span->attributes, 8, "map");
    core_has_int(value->kvlist_value->values, value->kvlist_value->n_values, "in", 1);
    assert_memory_equal(core_find(span->attributes, 8, "bytes")->bytes_value.data, "\0\xFF", 2);
    assert_int_equal(core_find(span->attributes, 8, "none")->value_case,
                     HAE_OTLP__ANY_VALUE__VALUE__NOT_SET);
    core_free_span(span);
}

static void setting_a_key_again_replaces_its_value(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    HaeOtlp__Span *span;

    haetae_span_set_attributes(
        handle, HAETAE_ATTRS(HAETAE_ATTR("a", 1), HAETAE_ATTR("b", 2), HAETAE_ATTR("c", 3)));
    haetae_span_set_string(handle, HAETAE_TEXT("b"), HAETAE_TEXT("of another type and length"));
    haetae_span_set_attributes(handle, HAETAE_ATTRS(HAETAE_ATTR("a", 4), HAETAE_ATTR("a", 5)));
    haetae_span_set_int64(handle, HAETAE_TEXT("c"), 6);
    haetae_span_set_int64(handle, HAETAE_TEXT("c"), 7);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_attributes, 3);
    core_has_int(span->attributes, 3, "a", 5);
    core_has_string(span->attributes, 3, "b", "of another type and length");
    core_has_int(span->attributes, 3, "c", 7);
    assert_false(span->has_dropped_attributes_count);
    core_free_span(span);
}

/* Many attributes, so that some lie on borders between slots. Each is replaced by a shorter
 * and by a longer one, forward and backward. */
static void keys_are_replaced_across_slots(void **state)
{
    enum { KEYS = 100 };
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    static char text[300];
    char key[16];
    HaeOtlp__Span *span;

    memset(text, 'v', sizeof text);
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < KEYS; i++) {
            int which = round % 2 == 0 ? i : KEYS - 1 - i;
            int length = snprintf(key, sizeof key, "key%02d", which);

            haetae_span_set_string(handle, key, (size_t)length, text,
                                   (size_t)(which * (round + 1) % 290));
        }
    }
    span = trace_finish(core, handle);
    assert_int_equal(span->n_attributes, KEYS);
    for (int i = 0; i < KEYS; i++) {
        snprintf(key, sizeof key, "key%02d", i);
        assert_int_equal(strlen(core_find(span->attributes, span->n_attributes, key)->string_value),
                         i * 4 % 290);
    }
    core_free_span(span);
}

static void keys_with_a_long_common_prefix_are_distinct(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    char key[200];
    HaeOtlp__Span *span;

    memset(key, 'k', sizeof key);
    for (size_t length = 1; length <= 100; length++) {
        haetae_span_set_int64(handle, key, length, (int64_t)length); /* k, kk, kkk */
    }
    for (int i = 0; i < 28; i++) {
        memset(key, 'm', 40);
        key[i] = 'n';
        haetae_span_set_int64(handle, key, 40, i);
    }
    span = trace_finish(core, handle);
    assert_int_equal(span->n_attributes, 128);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(strlen(span->attributes[i]->key), i + 1);
        assert_int_equal(span->attributes[i]->value->int_value, i + 1);
    }
    assert_false(span->has_dropped_attributes_count);
    core_free_span(span);
}

static void ill_formed_key_is_repaired_and_replaced(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    HaeOtlp__Span *span;

    haetae_span_set_int64(handle, "k\xFF", 2, 1);
    haetae_span_set_int64(handle, "k\xFF", 2, 2);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_attributes, 1);
    core_has_int(span->attributes, 1, "k\xEF\xBF\xBD", 2);
    core_free_span(span);
}

/* ---- Limits ------------------------------------------------------------------------------- */

static void attributes_beyond_the_count_are_dropped_and_counted(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle;
    HaeOtlp__Span *span;

    core->traces.limits.attributes.count = 3;
    handle = trace_start(core);
    haetae_span_set_attributes(handle, HAETAE_ATTRS(HAETAE_ATTR("a", 1), HAETAE_ATTR("b", 2)));
    haetae_span_set_attributes(
        handle, HAETAE_ATTRS(HAETAE_ATTR("c", 3), HAETAE_ATTR("d", 4), HAETAE_ATTR("e", 5)));
    haetae_span_set_int64(handle, HAETAE_TEXT("a"), 10); /* replacing adds no attribute */
    haetae_span_set_int64(handle, HAETAE_TEXT("f"), 6);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_attributes, 3);
    assert_int_equal(span->dropped_attributes_count, 3);
    core_has_int(span->attributes, 3, "a", 10);
    core_has_int(span->attributes, 3, "b", 2);
    core_has_int(span->attributes, 3, "c", 3);
    core_free_span(span);

    core->traces.limits.attributes.count = 0;
    handle = trace_start(core);
    haetae_span_set_int64(handle, HAETAE_TEXT("a"), 10);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_attributes, 0);
    assert_int_equal(span->dropped_attributes_count, 1);
    core_free_span(span);
}

static void values_are_cut_to_the_length_limit(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle;
    HaeOtlp__Span *span;

    core->traces.limits.attributes.value.length = 3;
    handle = trace_start(core);
    haetae_span_set_string(handle, HAETAE_TEXT("long key"), HAETAE_TEXT("abcdef"));
    haetae_span_set_string(handle, HAETAE_TEXT("points"),
                           HAETAE_TEXT("\xED\x95\xB4\xED\x83\x9C\xF0\x9F\x94\xA5\xED\x95\xB4"));
    haetae_span_set_int64(handle, HAETAE_TEXT("number"), 123456);
    span = trace_finish(core, handle);
    core_has_string(span->attributes, 3, "long key", "abc");
    core_has_string(span->attributes, 3, "points", "\xED\x95\xB4\xED\x83\x9C\xF0\x9F\x94\xA5");
    core_has_int(span->attributes, 3, "number", 123456);
    assert_false(span->has_dropped_attributes_count); /* truncated, not dropped */
    core_free_span(span);
}

static void invalid_attributes_are_dropped_and_counted(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    haetae_value invalid = haetae_value_text("x", SIZE_MAX);
    HaeOtlp__Span *span;

    haetae_span_set_int64(handle, NULL, 5, 1);
    haetae_span_set_int64(handle, "", 0, 1);
    haetae_span_set_int64(handle, "key", SIZE_MAX, 1);
    haetae_span_set_int64(handle, "key", (size_t)PTRDIFF_MAX + 1, 1);
    haetae_span_set_attribute(handle, HAETAE_TEXT("invalid"), &invalid);
    haetae_span_set_attributes(handle, NULL, 4);
    haetae_span_set_attributes(handle, NULL, 0);
    haetae_span_set_attributes(handle, &(haetae_attribute){{"a", 1}, {0, 0, {0}}}, SIZE_MAX);
    haetae_span_set_string(handle, HAETAE_TEXT("null"), NULL, 9); /* is empty text */
    span = trace_finish(core, handle);
    assert_int_equal(span->n_attributes, 1);
    core_has_string(span->attributes, 1, "null", "");
    assert_int_equal(span->dropped_attributes_count, 7);
    core_free_span(span);
}

static void value_that_does_not_fit_leaves_the_old_one(void **state)
{
    struct core_fixture *core = *state;
    size_t size = 2 << 20;
    char *text = malloc(size);
    haetae_span handle = trace_start(core);
    HaeOtlp__Span *span;

    memset(text, 'x', size);
    haetae_span_set_int64(handle, HAETAE_TEXT("kept"), 1);
    haetae_span_set_string(handle, HAETAE_TEXT("kept"), text, size);
    haetae_span_set_string(handle, HAETAE_TEXT("new"), text, size);
    haetae_span_set_int64(handle, HAETAE_TEXT("last"), 2);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_attributes, 2);
    core_has_int(span->attributes, 2, "kept", 1);
    core_has_int(span->attributes, 2, "last", 2);
    assert_int_equal(span->dropped_attributes_count, 2);
    core_free_span(span);
    free(text);
}

static void ill_formed_keys_that_are_recorded_the_same_replace_each_other(void **state)
{
    static const char *const keys[] = {"k\xFF", "k\xFE", "k\xEF\xBF\xBD", "k\xE2\x82"};
    struct core_fixture *core = *state;

    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) {
            haetae_span handle = trace_start(core);
            HaeOtlp__Span *span;

            haetae_span_set_int64(handle, keys[i], strlen(keys[i]), 1);
            haetae_span_set_int64(handle, HAETAE_TEXT("other"), 2);
            haetae_span_set_int64(handle, keys[j], strlen(keys[j]), 3);
            span = trace_finish(core, handle);
            assert_int_equal(span->n_attributes, 2);
            core_has_int(span->attributes, 2, "k\xEF\xBF\xBD", 3);
            core_free_span(span);
        }
    }
}

static void long_ill_formed_key_is_replaced(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    HaeOtlp__Span *span;
    char key[600];

    memset(key, 'k', sizeof key);
    key[300] = '\xFF';
    haetae_span_set_int64(handle, key, sizeof key, 1);
    key[300] = '\xFE';
    haetae_span_set_int64(handle, key, sizeof key, 2);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_attributes, 1);
    assert_int_equal(span->attributes[0]->value->int_value, 2);
    core_free_span(span);
}

static void character_whose_rest_lies_behind_the_text_is_replaced(void **state)
{
    struct core_fixture *core = *state;
    const char *text = "ab\xE2\x82\xAC"; /* of which all but the last byte is given */
    haetae_span handle = haetae_span_start(core->tracer, text, 4, HAETAE_SPAN_KIND_INTERNAL);
    HaeOtlp__Span *span;

    haetae_span_set_string(handle, text, 4, text, 4);
    span = trace_finish(core, handle);
    assert_string_equal(span->name, "ab\xEF\xBF\xBD");
    assert_int_equal(span->n_attributes, 1);
    core_has_string(span->attributes, 1, "ab\xEF\xBF\xBD", "ab\xEF\xBF\xBD");
    core_free_span(span);
}

static void limit_of_0_keeps_no_attribute(void **state)
{
    struct core_fixture *core = *state;
    haetae_attribute attributes[] = {HAETAE_ATTR("a", 1), HAETAE_ATTR("b", "x")};
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .attributes = attributes, .attribute_count = 2);
    haetae_span handle;
    HaeOtlp__Span *span;

    core->traces.limits.attributes.count = 0;
    handle = haetae_span_start_with(core->tracer, HAETAE_TEXT("x"), &options);
    haetae_span_set_attributes(handle, attributes, 2);
    haetae_span_set_bool(handle, HAETAE_TEXT("c"), true);
    span = trace_finish(core, handle);
    assert_int_equal(span->n_attributes, 0);
    assert_int_equal(span->dropped_attributes_count, 5);
    core_free_span(span);
}

/* A list of any length: the first up to the limit are kept, and a key among them gets its new value
 * as long as the call has not looked at too many. */
static void long_list_costs_no_more_than_its_length(void **state)
{
    enum { COUNT = 100000, KEPT = 128 };
    struct core_fixture *core = *state;
    haetae_attribute *list = calloc(COUNT, sizeof *list);
    char(*keys)[12] = calloc(COUNT, sizeof *keys);
    haetae_span handle = trace_start(core);
    HaeOtlp__Span *span;

    assert_non_null(list);
    assert_non_null(keys);
    for (int i = 0; i < COUNT; i++) {
        assert_true(snprintf(keys[i], sizeof keys[i], "key.%u", (unsigned)i % 100000) > 0);
        list[i] = haetae_attribute_of(keys[i], haetae_value_int64(i));
    }
    list[KEPT + 10] = haetae_attribute_of("key.0", haetae_value_int64(-1));
    list[COUNT - 1] = haetae_attribute_of("key.1", haetae_value_int64(-2));
    haetae_span_set_attributes(handle, list, COUNT);
    haetae_span_set_int64(handle, HAETAE_TEXT("key.2"), -3); /* each call for itself */
    span = trace_finish(core, handle);
    assert_int_equal(span->n_attributes, KEPT);
    assert_int_equal(span->dropped_attributes_count, COUNT - KEPT - 1);
    core_has_int(span->attributes, KEPT, "key.0", -1);
    core_has_int(span->attributes, KEPT, "key.1", 1); /* the last was not compared any more */
    core_has_int(span->attributes, KEPT, "key.2", -3);
    core_free_span(span);
    free(keys);
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACE_TEST(setters_of_every_type_are_recorded),
        TRACE_TEST(setting_a_key_again_replaces_its_value),
        TRACE_TEST(keys_are_replaced_across_slots),
        TRACE_TEST(keys_with_a_long_common_prefix_are_distinct),
        TRACE_TEST(ill_formed_key_is_repaired_and_replaced),
        TRACE_TEST(attributes_beyond_the_count_are_dropped_and_counted),
        TRACE_TEST(values_are_cut_to_the_length_limit),
        TRACE_TEST(invalid_attributes_are_dropped_and_counted),
        TRACE_TEST(value_that_does_not_fit_leaves_the_old_one),
        TRACE_TEST(ill_formed_keys_that_are_recorded_the_same_replace_each_other),
        TRACE_TEST(long_ill_formed_key_is_replaced),
        TRACE_TEST(character_whose_rest_lies_behind_the_text_is_replaced),
        TRACE_TEST(limit_of_0_keeps_no_attribute),
        TRACE_TEST(long_list_costs_no_more_than_its_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
