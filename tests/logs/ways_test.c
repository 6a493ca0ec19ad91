/* SPDX-License-Identifier: Apache-2.0 */
/* haetae_log() has a fast path for common records and a general path for all others.
 * haetae_log_emit() has only the general path. Both paths must write the same bytes. */
#include "logs/logs_test.h"
#include "support/core_attributes.h"

static void set_limits(struct hae_limits *limits, uint64_t *random)
{
    limits->count = core_below(random, 4) == 0 ? (uint32_t)core_below(random, 8) : 128;
    limits->value.length = core_below(random, 4) == 0 ? core_below(random, 40) : HAE_NO_LIMIT;
}

/* Drains the only record. False: it was dropped. The caller frees its bytes with free(). */
static bool take(struct core_fixture *core, struct core_record *ret_record)
{
    bool taken;

    assert_true(core_drain(core));
    assert_true(core->record_count <= 1);
    taken = core->record_count == 1;
    if (taken) {
        *ret_record = core->records[0];
        ret_record->data = malloc(ret_record->size_bytes);
        assert_non_null(ret_record->data);
        memcpy(ret_record->data, core->records[0].data, ret_record->size_bytes);
    }
    core_forget(core);
    return taken;
}

static uint64_t time_of(const struct core_record *record)
{
    uint64_t time;

    assert_int_equal(record->data[0], HAE_TAG(1, HAE_WIRE_FIXED64));
    memcpy(&time, record->data + 1, sizeof time);
    return hae_le64(time);
}

/* With the time that haetae_log() read, haetae_log_emit() must write the same bytes. */
static void both_paths_of_a_record_write_the_same(void **state)
{
    static struct core_attributes attributes;
    static char body[CORE_TEXT_MAX];
    struct core_fixture *core = *state;
    uint64_t *random = &attributes.random;
    unsigned compared = 0;

    for (unsigned i = 0; i < core_repeat(20000); i++) {
        haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
        struct core_record by_log;
        struct core_record by_emit;
        haetae_string text = core_text(random, body);

        set_limits(&core->logs.limits, random);
        core_attributes_next(&attributes);
        record.severity = (int32_t)core_below(random, 26);
        record.body = haetae_value_of(text);
        record.attributes = attributes.list;
        record.attribute_count = attributes.count;
        haetae_log(core->logger, (haetae_severity)record.severity, text.data, text.length,
                   attributes.list, attributes.count);
        if (!take(core, &by_log)) {
            haetae_log_emit(core->logger, &record);
            assert_false(take(core, &by_emit));
            continue;
        }
        record.time_unix_ns = time_of(&by_log);
        record.observed_time_unix_ns = record.time_unix_ns;
        haetae_log_emit(core->logger, &record);
        assert_true(take(core, &by_emit));
        assert_int_equal(by_log.size_bytes, by_emit.size_bytes);
        assert_memory_equal(by_log.data, by_emit.data, by_log.size_bytes);
        free(by_log.data);
        free(by_emit.data);
        compared++;
    }
    assert_true(compared > core_repeat(20000) / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {LOGS_TESTS(both_paths_of_a_record_write_the_same)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
