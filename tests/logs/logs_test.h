/* SPDX-License-Identifier: Apache-2.0 */
/* The common part of the tests of logs. Most tests run twice: with the ring of the thread's
 * lane, and without a free lane, when a record goes through slots. */
#ifndef HAETAE_TESTS_LOGS_LOGS_TEST_H
#define HAETAE_TESTS_LOGS_LOGS_TEST_H

#include "support/core_decode.h"

#define LOG HAETAE_SIGNAL_LOGS

static inline int logs_set_up(void **state)
{
    struct core_fixture *core = calloc(1, sizeof *core);

    assert_non_null(core);
    core_begin(core, 0, 4);
    *state = core;
    return 0;
}

/* No test leaves a slot in use. */
static inline int logs_tear_down(void **state)
{
    struct core_fixture *core = *state;

    (void)core_drain(core);
    assert_int_equal(core_free_slot_count(core->recorder), core_slot_count(core->recorder));
    core_end(core);
    free(core);
    return 0;
}

static inline int logs_set_up_without_lane(void **state)
{
    (void)logs_set_up(state);
    core_busy_begin();
    return 0;
}

static inline int logs_tear_down_without_lane(void **state)
{
    core_busy_end();
    return logs_tear_down(state);
}

#define LOGS_TEST(name) cmocka_unit_test_setup_teardown(name, logs_set_up, logs_tear_down)
#define LOGS_TESTS(name)                                                                           \
    LOGS_TEST(name),                                                                               \
    {                                                                                              \
#name "_without_a_lane", name, logs_set_up_without_lane, logs_tear_down_without_lane, NULL \
    }

/* Emits `record`, which must be the only one, and decodes it. The caller frees the result
 * with core_free_log(). */
static inline HaeOtlp__LogRecord *logs_emitted(struct core_fixture *core,
                                               const haetae_log_record *record)
{
    haetae_log_emit(core->logger, record);
    return core_only_log(core);
}

/* Logs a line of text, and decodes it in the same way. */
static inline HaeOtlp__LogRecord *logs_logged(struct core_fixture *core,
                                              const haetae_attribute *attributes, size_t count)
{
    haetae_log(core->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("text"), attributes, count);
    return core_only_log(core);
}

#endif
