/* SPDX-License-Identifier: Apache-2.0 */
/* Loggers: their scopes, and the records that they leave out. */
#include "base/alloc.h"
#include "logs/logs_test.h"
#include "recorder/scope.h"

static haetae_scope_options named(const char *name)
{
    haetae_scope_options options = HAETAE_OPTIONS(haetae_scope_options);

    options.name = haetae_string_of(name);
    return options;
}

/* ---- Scopes -------------------------------------------------------------------------------- */

static void same_scope_gives_the_same_logger(void **state)
{
    struct core_fixture *core = *state;
    haetae_scope_options a = named("a");
    haetae_scope_options b = named("b");
    haetae_logger *loggers[4] = {NULL};

    assert_int_equal(hae_logger_get(&core->logs, &a, &loggers[0]), HAETAE_OK);
    assert_int_equal(hae_logger_get(&core->logs, &b, &loggers[1]), HAETAE_OK);
    assert_int_equal(hae_logger_get(&core->logs, &a, &loggers[2]), HAETAE_OK);
    assert_int_equal(hae_logger_get(&core->logs, NULL, &loggers[3]), HAETAE_OK);
    assert_ptr_equal(loggers[0], loggers[2]);
    assert_ptr_not_equal(loggers[0], loggers[1]);
    assert_ptr_equal(loggers[3], core->logger);
}

static void records_name_the_scope_of_their_logger(void **state)
{
    struct core_fixture *core = *state;
    haetae_scope_options options = named("library");
    struct hae_scope_view scope;
    haetae_logger *logger = NULL;

    assert_int_equal(hae_logger_get(&core->logs, &options, &logger), HAETAE_OK);
    haetae_log(logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("x"), NULL, 0);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 1);
    scope = hae_scope_at(&core->recorder->heap, core->records[0].scope);
    assert_int_equal(scope.scope_size_bytes, 2 + strlen("library"));
    assert_memory_equal(scope.bytes + 2, "library", strlen("library"));
}

static void logger_get_survives_lack_of_memory(void **state)
{
    struct core_fixture *core = *state;
    haetae_scope_options options = named("wanted");
    haetae_status status = HAETAE_ENOMEM;
    haetae_logger *logger = NULL;
    long live = hae_alloc_live_count();

    for (long fail = 0; status != HAETAE_OK; fail++) {
        hae_alloc_fail_after(fail);
        status = hae_logger_get(&core->logs, &options, &logger);
        hae_alloc_fail_after(-1);
        if (status != HAETAE_OK) {
            assert_int_equal(status, HAETAE_ENOMEM);
            assert_null(logger);
            assert_int_equal(hae_alloc_live_count(), live);
        }
        assert_true(fail < 100);
    }
    assert_int_equal(hae_alloc_live_count(), live + 1);
}

static void logger_get_reports_each_error(void **state)
{
    struct core_fixture *core = *state;
    haetae_scope_options options = named("x");
    haetae_logger *logger = core->logger;

    options.struct_size = 3;
    assert_int_equal(hae_logger_get(&core->logs, &options, &logger), HAETAE_EINVAL);
    assert_ptr_equal(logger, core->logger);
}

enum { THREADS = 4, SCOPES = 50 };

struct race {
    struct core_fixture *core;
    haetae_logger *loggers[THREADS][SCOPES];
};

static void get_all(void *argument, unsigned number)
{
    struct race *race = argument;

    for (unsigned i = 0; i < SCOPES; i++) {
        unsigned which = (i + number * 12) % SCOPES;
        haetae_scope_options options;
        char name[32];

        snprintf(name, sizeof name, "scope %u", which);
        options = named(name);
        (void)hae_logger_get(&race->core->logs, &options, &race->loggers[number][which]);
    }
}

static void threads_get_the_same_loggers(void **state)
{
    struct race race = {.core = *state};

    core_run_threads(THREADS, get_all, &race);
    for (int i = 0; i < SCOPES; i++) {
        assert_non_null(race.loggers[0][i]);
        for (int j = 1; j < THREADS; j++) {
            assert_ptr_equal(race.loggers[j][i], race.loggers[0][i]);
        }
    }
}

/* ---- What is left out ------------------------------------------------------------------------ */

/* Logs one record of each severity with each call, and checks that it is recorded exactly when
 * the logger is enabled for it. Returns a bit set of the recorded severities. */
static uint32_t recorded_severities(struct core_fixture *core, haetae_logger *logger)
{
    uint32_t recorded = 0;

    for (int severity = 0; severity <= HAETAE_SEVERITY_FATAL4; severity++) {
        haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
        uint64_t before = core_published(core, LOG);
        uint64_t count;

        record.severity = severity;
        haetae_log(logger, (haetae_severity)severity, HAETAE_TEXT("x"), NULL, 0);
        haetae_log_emit(logger, &record);
        count = core_published(core, LOG) - before;
        assert_int_equal(count, haetae_logger_enabled(logger, (haetae_severity)severity) ? 2 : 0);
        recorded |= (uint32_t)(count != 0) << severity;
        (void)core_drain(core);
        core_forget(core);
    }
    return recorded;
}

enum { ALL = (1 << (HAETAE_SEVERITY_FATAL4 + 1)) - 1, UNSPECIFIED = 1 };

static void what_is_less_severe_is_left_out(void **state)
{
    struct core_fixture *core = *state;

    assert_int_equal(recorded_severities(core, core->logger), ALL);
    for (int minimum = 0; minimum <= HAETAE_SEVERITY_FATAL4; minimum++) {
        uint32_t below = (UINT32_C(1) << minimum) - 1;

        haetae_logger_set_min_severity(core->logger, (haetae_severity)minimum);
        assert_int_equal(recorded_severities(core, core->logger), (ALL & ~below) | UNSPECIFIED);
    }
    haetae_logger_set_min_severity(core->logger, HAETAE_SEVERITY_UNSPECIFIED);
    assert_int_equal(recorded_severities(core, core->logger), ALL);
    /* A record that is left out does not count as dropped. */
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        assert_int_equal(core_dropped(core, LOG, (haetae_drop_reason)reason), 0);
    }
}

static void loggers_begin_with_the_configured_severity_and_change_alone(void **state)
{
    struct core_fixture *core = *state;
    haetae_scope_options a = named("a");
    haetae_scope_options b = named("b");
    haetae_logger *one = NULL;
    haetae_logger *other = NULL;

    core->logs.min_severity = HAETAE_SEVERITY_WARN;
    assert_int_equal(hae_logger_get(&core->logs, &a, &one), HAETAE_OK);
    assert_int_equal(hae_logger_get(&core->logs, &b, &other), HAETAE_OK);
    haetae_logger_set_min_severity(one, HAETAE_SEVERITY_FATAL4);
    assert_int_equal(recorded_severities(core, one),
                     UINT32_C(1) << HAETAE_SEVERITY_FATAL4 | UNSPECIFIED);
    assert_int_equal(recorded_severities(core, other),
                     (ALL & ~((UINT32_C(1) << HAETAE_SEVERITY_WARN) - 1)) | UNSPECIFIED);
    assert_int_equal(recorded_severities(core, core->logger), ALL); /* made before */
}

static void disabled_loggers_record_nothing_whatever_is_set(void **state)
{
    struct core_fixture *core = *state;
    haetae_scope_options options = named("off");
    haetae_logger *logger = NULL;

    core->logs.enabled = false;
    assert_int_equal(hae_logger_get(&core->logs, &options, &logger), HAETAE_OK);
    assert_int_equal(recorded_severities(core, logger), 0);
    haetae_logger_set_min_severity(logger, HAETAE_SEVERITY_UNSPECIFIED);
    assert_int_equal(recorded_severities(core, logger), 0);
    /* Without an exporter for logs, a log call is neither a misuse nor a drop. */
    atomic_store(&core->recorder->accepting, false);
    assert_int_equal(recorded_severities(core, logger), 0);
    assert_int_equal(core_dropped(core, LOG, HAETAE_DROP_SHUTDOWN), 0);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGS_TESTS(same_scope_gives_the_same_logger),
        LOGS_TESTS(records_name_the_scope_of_their_logger),
        LOGS_TEST(logger_get_survives_lack_of_memory),
        LOGS_TEST(logger_get_reports_each_error),
        LOGS_TEST(threads_get_the_same_loggers),
        LOGS_TESTS(what_is_less_severe_is_left_out),
        LOGS_TESTS(loggers_begin_with_the_configured_severity_and_change_alone),
        LOGS_TESTS(disabled_loggers_record_nothing_whatever_is_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
