/* SPDX-License-Identifier: Apache-2.0 */
/* Limits, invalid arguments, ill-formed text, full memory: what cannot be recorded is
 * truncated or dropped, and counted. No record is torn. */
#include "logs/logs_test.h"

static uint64_t dropped(struct core_fixture *core, haetae_drop_reason reason)
{
    return core_dropped(core, LOG, reason);
}

/* ---- Limits of attributes ------------------------------------------------------------------ */

static void attributes_beyond_the_count_are_dropped_and_counted(void **state)
{
    struct core_fixture *core = *state;
    haetae_attribute attributes[300];
    char keys[300][16];
    HaeOtlp__LogRecord *log;

    for (int i = 0; i < 300; i++) {
        snprintf(keys[i], sizeof keys[i], "key%d", i);
        attributes[i] = haetae_attribute_of(keys[i], haetae_value_int64(i));
    }
    log = logs_logged(core, attributes, 300);
    assert_int_equal(log->n_attributes, 128);
    assert_int_equal(log->dropped_attributes_count, 172);
    for (int i = 0; i < 128; i++) { /* the first ones are kept, in order */
        assert_string_equal(log->attributes[i]->key, keys[i]);
        assert_int_equal(log->attributes[i]->value->int_value, i);
    }
    core_free_log(log);

    core->logs.limits.count = 0;
    log = logs_logged(core, attributes, 300);
    assert_int_equal(log->n_attributes, 0);
    assert_int_equal(log->dropped_attributes_count, 300);
    core_free_log(log);

    core->logs.limits.count = UINT32_MAX;
    log = logs_logged(core, attributes, 300);
    assert_int_equal(log->n_attributes, 300);
    assert_false(log->has_dropped_attributes_count);
    core_free_log(log);
}

/* A replaced attribute does not count towards the limit. */
static void replaced_attributes_do_not_count(void **state)
{
    struct core_fixture *core = *state;
    haetae_attribute attributes[] = {HAETAE_ATTR("a", 1), HAETAE_ATTR("a", 2), HAETAE_ATTR("a", 3),
                                     HAETAE_ATTR("b", 4), HAETAE_ATTR("c", 5)};
    HaeOtlp__LogRecord *log;

    core->logs.limits.count = 2;
    log = logs_logged(core, attributes, 5);
    assert_int_equal(log->n_attributes, 2);
    core_has_int(log->attributes, 2, "a", 3);
    core_has_int(log->attributes, 2, "b", 4);
    assert_int_equal(log->dropped_attributes_count, 1);
    core_free_log(log);
}

static void values_are_cut_on_code_points_and_the_body_is_not(void **state)
{
    struct core_fixture *core = *state;
    haetae_value items[] = {haetae_value_string("abcdef"), haetae_value_int64(123456)};
    haetae_attribute entries[] = {HAETAE_ATTR("long key", "abcdef")};
    haetae_attribute attributes[] = {
        HAETAE_ATTR("a long key stays", "abcdef"),
        HAETAE_ATTR("points", "\xED\x95\xB4\xED\x83\x9C\xF0\x9F\x94\xA5\xED\x95\xB4"),
        HAETAE_ATTR("bytes", haetae_value_bytes("\1\2\3\4", 4)),
        HAETAE_ATTR("array", haetae_value_array(items, 2)),
        HAETAE_ATTR("map", haetae_value_map(entries, 1)),
        HAETAE_ATTR("number", 123456)};
    HaeOtlp__LogRecord *log;
    const HaeOtlp__AnyValue *array;

    core->logs.limits.value.length = 3;
    log = logs_logged(core, attributes, 6);
    assert_string_equal(log->body->string_value, "text");
    core_has_string(log->attributes, 6, "a long key stays", "abc");
    core_has_string(log->attributes, 6, "points", "\xED\x95\xB4\xED\x83\x9C\xF0\x9F\x94\xA5");
    core_has_int(log->attributes, 6, "number", 123456);
    assert_int_equal(core_find(log->attributes, 6, "bytes")->bytes_value.len, 3);
    array = core_find(log->attributes, 6, "array");
    assert_string_equal(array->array_value->values[0]->string_value, "abc");
    assert_int_equal(array->array_value->values[1]->int_value, 123456);
    core_has_string(core_find(log->attributes, 6, "map")->kvlist_value->values, 1, "long key",
                    "abc");
    assert_false(log->has_dropped_attributes_count); /* truncated, not dropped */
    core_free_log(log);
}

/* ---- Invalid arguments ------------------------------------------------------------------------
 */

static const size_t invalid[] = {SIZE_MAX, (size_t)PTRDIFF_MAX + 1};

static void invalid_attributes_are_dropped_alone(void **state)
{
    struct core_fixture *core = *state;

    for (int i = 0; i < 2; i++) {
        haetae_attribute inner = {{"x", invalid[i]}, haetae_value_int64(1)};
        haetae_attribute attributes[] = {
            {{NULL, 5}, haetae_value_int64(1)},
            {{"", 0}, haetae_value_int64(1)},
            {{"x", invalid[i]}, haetae_value_int64(1)},
            HAETAE_ATTR("text", haetae_value_text("x", invalid[i])),
            HAETAE_ATTR("bytes", haetae_value_bytes("x", invalid[i])),
            HAETAE_ATTR("array", haetae_value_array(&inner.value, invalid[i])),
            HAETAE_ATTR("map", haetae_value_map(&inner, invalid[i])),
            HAETAE_ATTR("inner", haetae_value_map(&inner, 1)),
            HAETAE_ATTR("null", haetae_value_text(NULL, invalid[i])),
            HAETAE_ATTR("kept", 1)};
        HaeOtlp__LogRecord *log = logs_logged(core, attributes, 10);

        assert_string_equal(log->body->string_value, "text");
        assert_int_equal(log->n_attributes, 3);
        core_has_int(log->attributes, 3, "kept", 1);
        core_has_string(log->attributes, 3, "null", "");
        /* Of a map only the pair is left out. */
        assert_string_equal(log->attributes[0]->key, "inner");
        assert_int_equal(log->attributes[0]->value->kvlist_value->n_values, 0);
        assert_int_equal(log->dropped_attributes_count, 7);
        core_free_log(log);
    }
}

static void invalid_counts_of_attributes_cost_the_attributes_only(void **state)
{
    static const size_t counts[] = {1, SIZE_MAX,
                                    (size_t)PTRDIFF_MAX / sizeof(haetae_attribute) + 1};
    struct core_fixture *core = *state;
    haetae_attribute attribute = HAETAE_ATTR("key", 1);

    for (unsigned i = 0; i < 3; i++) {
        HaeOtlp__LogRecord *log = logs_logged(core, i == 0 ? NULL : &attribute, counts[i]);

        assert_string_equal(log->body->string_value, "text");
        assert_int_equal(log->n_attributes, 0);
        assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), i + 1);
        core_free_log(log);
    }
}

/* When the body, the severity text or the event name is invalid, the whole record is dropped. */
static void invalid_records_are_dropped_and_counted(void **state)
{
    struct core_fixture *core = *state;
    uint64_t count = 0;

    for (int i = 0; i < 2; i++) {
        haetae_value item = haetae_value_int64(1);
        haetae_attribute entry = HAETAE_ATTR("key", haetae_value_text("x", invalid[i]));
        haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
        haetae_value bodies[] = {
            haetae_value_text("x", invalid[i]), haetae_value_bytes("x", invalid[i]),
            haetae_value_array(&item, invalid[i]), haetae_value_map(&entry, invalid[i])};

        for (int j = 0; j < 4; j++) {
            record.body = bodies[j];
            haetae_log_emit(core->logger, &record);
            assert_int_equal(dropped(core, HAETAE_DROP_INVALID), ++count);
        }
        record.body = haetae_value_empty();
        record.severity_text = (haetae_string){"x", invalid[i]};
        haetae_log_emit(core->logger, &record);
        record.severity_text.length = 1;
        record.event_name = (haetae_string){"x", invalid[i]};
        haetae_log_emit(core->logger, &record);
        haetae_log(core->logger, HAETAE_SEVERITY_INFO, "x", invalid[i], NULL, 0);
        count += 3;
        assert_int_equal(dropped(core, HAETAE_DROP_INVALID), count);
    }
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 0);
    assert_int_equal(core_published(core, LOG), 0);
}

static void null_is_nothing(void **state)
{
    struct core_fixture *core = *state;
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    haetae_log_record old = {.struct_size = sizeof(size_t), .body = {HAETAE_VALUE_INT64, 0, {0}}};
    HaeOtlp__LogRecord *log;

    haetae_log(NULL, HAETAE_SEVERITY_INFO, HAETAE_TEXT("x"), NULL, 0);
    haetae_log_emit(NULL, &record);
    haetae_log_emit(core->logger, NULL);
    assert_int_equal(core_published(core, LOG), 0);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), 0);
    haetae_log_emit(core->logger, &old);
    assert_int_equal(core_published(core, LOG), 0);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), 1);

    haetae_log(core->logger, HAETAE_SEVERITY_INFO, NULL, 100, NULL, 0);
    log = core_only_log(core);
    assert_string_equal(log->body->string_value, "");
    core_free_log(log);
    record.body = haetae_value_bytes(NULL, 100);
    log = logs_emitted(core, &record);
    assert_int_equal(log->body->bytes_value.len, 0);
    core_free_log(log);
}

/* ---- Ill-formed text --------------------------------------------------------------- */

#define BAD  "a\xFF\xE2\x82z" /* a byte that never occurs, and a character cut short */
#define GOOD "a\xEF\xBF\xBD\xEF\xBF\xBDz"

static void ill_formed_text_is_repaired(void **state)
{
    struct core_fixture *core = *state;
    haetae_attribute attribute = {{BAD, 5}, haetae_value_text(BAD, 5)};
    haetae_value items[] = {attribute.value, haetae_value_map(&attribute, 1)};
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    HaeOtlp__LogRecord *log;

    haetae_log(core->logger, HAETAE_SEVERITY_INFO, BAD, 5, &attribute, 1);
    log = core_only_log(core);
    assert_string_equal(log->body->string_value, GOOD);
    core_has_string(log->attributes, 1, GOOD, GOOD);
    core_free_log(log);
    record.body = haetae_value_array(items, 2);
    record.severity_text = (haetae_string){BAD, 5};
    record.event_name = (haetae_string){BAD, 5};
    log = logs_emitted(core, &record);
    assert_string_equal(log->body->array_value->values[0]->string_value, GOOD);
    core_has_string(log->body->array_value->values[1]->kvlist_value->values, 1, GOOD, GOOD);
    assert_string_equal(log->severity_text, GOOD);
    assert_string_equal(log->event_name, GOOD);
    core_free_log(log);
}

/* Ill-formed bytes at each place, so that the fast path for plain text is left at each.
 * Three bytes replace each wrong byte. */
static void ill_formed_bytes_are_found_at_every_place(void **state)
{
    struct core_fixture *core = *state;

    for (size_t length = 1; length < 70; length++) {
        for (size_t at = 0; at < length; at++) {
            char text[70];
            HaeOtlp__LogRecord *log;

            memset(text, 'x', length);
            text[at] = '\x80';
            haetae_log(core->logger, HAETAE_SEVERITY_INFO, text, length, NULL, 0);
            log = core_only_log(core);
            assert_int_equal(strlen(log->body->string_value), length + 2);
            assert_memory_equal(log->body->string_value + at, "\xEF\xBF\xBD", 3);
            core_free_log(log);
        }
    }
}

static void nul_in_text_is_kept(void **state)
{
    struct core_fixture *core = *state;
    const struct core_record *record;

    haetae_log(core->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("before\0after"), NULL, 0);
    assert_true(core_drain(core));
    record = &core->records[0];
    assert_int_equal(core->record_count, 1);
    assert_non_null(memmem(record->data, record->size_bytes, "before\0after", 12));
}

/* ---- Room -------------------------------------------------------------------------- */

static void what_is_larger_than_a_record_is_dropped_and_counted(void **state)
{
    struct core_fixture *core = *state;
    size_t size = core->recorder->record_size_max;
    char *text = malloc(size + 1);
    haetae_attribute attribute;

    assert_non_null(text);
    memset(text, 'x', size + 1);
    attribute = HAETAE_ATTR("large", haetae_value_text(text, size));
    haetae_log(core->logger, HAETAE_SEVERITY_INFO, text, size, NULL, 0);
    haetae_log(core->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("x"), &attribute, 1);
    text[0] = '\xFF'; /* repaired text would be even larger */
    haetae_log(core->logger, HAETAE_SEVERITY_INFO, text, size - 200, NULL, 0);
    assert_true(dropped(core, HAETAE_DROP_TOO_LARGE) >= 2);
    assert_int_equal(dropped(core, HAETAE_DROP_TOO_LARGE) + core_published(core, LOG), 3);
    free(text);
}

/* A record of the largest size is recorded; one byte more is not. */
static void records_grow_to_the_largest_size_and_no_further(void **state)
{
    struct core_fixture *core = *state;
    size_t size = core->recorder->record_size_max;
    char *text = malloc(size);
    size_t largest = 0;

    assert_non_null(text);
    memset(text, 'x', size);
    for (size_t length = size - 100; length < size; length++) {
        haetae_log(core->logger, HAETAE_SEVERITY_INFO, text, length, NULL, 0);
        core_forget(core);
        assert_true(core_drain(core));
        if (core->record_count == 1) {
            assert_true(largest == 0 || length == largest + 1);
            assert_true(core->records[0].size_bytes <= size);
            largest = length;
        }
    }
    assert_true(largest > size - 100 && largest < size);
    assert_int_equal(dropped(core, HAETAE_DROP_TOO_LARGE), size - 1 - largest);
    free(text);
}

static void what_finds_no_room_is_dropped_and_counted(void **state)
{
    enum { EXTRA = 50 };
    struct core_fixture *core = *state;
    static char text[2000];
    uint64_t recorded = 0;

    memset(text, 'x', sizeof text);
    while (dropped(core, HAETAE_DROP_RING_FULL) < EXTRA) {
        haetae_log(core->logger, HAETAE_SEVERITY_INFO, text, sizeof text, NULL, 0);
        assert_true(++recorded < 100000);
    }
    assert_int_equal(core_published(core, LOG), recorded - EXTRA);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, recorded - EXTRA);
    for (size_t i = 0; i < core->record_count; i++) {
        HaeOtlp__LogRecord *log = core_log(core, i);

        assert_int_equal(strlen(log->body->string_value), sizeof text);
        core_free_log(log);
    }
    core_forget(core);
    haetae_log(core->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("again"), NULL, 0);
    core_free_log(core_only_log(core));
}

static void after_the_end_records_are_counted(void **state)
{
    struct core_fixture *core = *state;
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);

    atomic_store(&core->recorder->accepting, false);
    haetae_log(core->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("late"), NULL, 0);
    haetae_log_emit(core->logger, &record);
    assert_int_equal(dropped(core, HAETAE_DROP_SHUTDOWN), 2);
    assert_int_equal(core_published(core, LOG), 0);
    assert_false(haetae_logger_enabled(core->logger, HAETAE_SEVERITY_FATAL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGS_TESTS(attributes_beyond_the_count_are_dropped_and_counted),
        LOGS_TESTS(replaced_attributes_do_not_count),
        LOGS_TESTS(values_are_cut_on_code_points_and_the_body_is_not),
        LOGS_TESTS(invalid_attributes_are_dropped_alone),
        LOGS_TESTS(invalid_counts_of_attributes_cost_the_attributes_only),
        LOGS_TESTS(invalid_records_are_dropped_and_counted),
        LOGS_TESTS(null_is_nothing),
        LOGS_TESTS(ill_formed_text_is_repaired),
        LOGS_TESTS(ill_formed_bytes_are_found_at_every_place),
        LOGS_TESTS(nul_in_text_is_kept),
        LOGS_TESTS(what_is_larger_than_a_record_is_dropped_and_counted),
        LOGS_TESTS(records_grow_to_the_largest_size_and_no_further),
        LOGS_TESTS(what_finds_no_room_is_dropped_and_counted),
        LOGS_TESTS(after_the_end_records_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
