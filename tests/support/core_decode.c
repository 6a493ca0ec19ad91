/* SPDX-License-Identifier: Apache-2.0 */
#include "support/core_decode.h"

#include "wire/reader.h"

/* Checks that each field in the bit set `single` occurs at most once. */
static void check_single(const struct core_record *record, uint32_t single)
{
    struct hae_reader reader = hae_reader_over(record->data, record->size_bytes);
    struct hae_field field;
    uint32_t seen = 0;

    while (hae_read_field(&reader, &field)) {
        assert_true(field.number < 32);
        assert_int_equal(seen & single & UINT32_C(1) << field.number, 0);
        seen |= UINT32_C(1) << field.number;
    }
    assert_ptr_equal(reader.at, reader.end);
}

HaeOtlp__Span *core_span(const struct core_fixture *core, size_t index)
{
    const struct core_record *record = &core->records[index];
    HaeOtlp__Span *span;

    assert_true(index < core->record_count);
    assert_int_equal(record->signal, HAETAE_SIGNAL_TRACES);
    /* All but attributes (9), events (11) and links (13). */
    check_single(record, ~(UINT32_C(1) << 9 | UINT32_C(1) << 11 | UINT32_C(1) << 13));
    span = hae_otlp__span__unpack(NULL, record->size_bytes, record->data);
    assert_non_null(span);
    return span;
}

HaeOtlp__LogRecord *core_log(const struct core_fixture *core, size_t index)
{
    const struct core_record *record = &core->records[index];
    HaeOtlp__LogRecord *log;

    assert_true(index < core->record_count);
    assert_int_equal(record->signal, HAETAE_SIGNAL_LOGS);
    check_single(record, ~(UINT32_C(1) << 6)); /* attributes */
    log = hae_otlp__log_record__unpack(NULL, record->size_bytes, record->data);
    assert_non_null(log);
    return log;
}

void core_free_span(HaeOtlp__Span *span)
{
    hae_otlp__span__free_unpacked(span, NULL);
}

void core_free_log(HaeOtlp__LogRecord *log)
{
    hae_otlp__log_record__free_unpacked(log, NULL);
}

HaeOtlp__Span *core_only_span(struct core_fixture *core)
{
    core_forget(core);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 1);
    return core_span(core, 0);
}

HaeOtlp__LogRecord *core_only_log(struct core_fixture *core)
{
    core_forget(core);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 1);
    return core_log(core, 0);
}

HaeOtlp__Span *core_span_named(const struct core_fixture *core, const char *name)
{
    HaeOtlp__Span *found = NULL;

    for (size_t i = 0; i < core->record_count; i++) {
        HaeOtlp__Span *span = core_span(core, i);

        if (span->name != NULL && strcmp(span->name, name) == 0) {
            assert_null(found);
            found = span;
        } else {
            core_free_span(span);
        }
    }
    assert_non_null(found);
    return found;
}

const HaeOtlp__AnyValue *core_find(HaeOtlp__KeyValue *const *list, size_t count, const char *key)
{
    const HaeOtlp__AnyValue *found = NULL;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i]->key, key) == 0) {
            assert_null(found);
            found = list[i]->value;
            assert_non_null(found);
        }
    }
    return found;
}

void core_has_string(HaeOtlp__KeyValue *const *list, size_t count, const char *key,
                     const char *value)
{
    const HaeOtlp__AnyValue *found = core_find(list, count, key);

    assert_non_null(found);
    assert_int_equal(found->value_case, HAE_OTLP__ANY_VALUE__VALUE_STRING_VALUE);
    assert_string_equal(found->string_value, value);
}

void core_has_int(HaeOtlp__KeyValue *const *list, size_t count, const char *key, int64_t value)
{
    const HaeOtlp__AnyValue *found = core_find(list, count, key);

    assert_non_null(found);
    assert_int_equal(found->value_case, HAE_OTLP__ANY_VALUE__VALUE_INT_VALUE);
    assert_int_equal(found->int_value, value);
}
