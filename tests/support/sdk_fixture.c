/* SPDX-License-Identifier: Apache-2.0 */
#include "support/sdk_fixture.h"

#include <pthread.h>

haetae_config *sdk_config(const struct sdk_setting *settings, struct fake_exporter *const *fakes)
{
    haetae_config *config = NULL;

    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set_diagnostics(config, NULL, NULL), HAETAE_OK);
    for (; settings != NULL && settings->key != NULL; settings++) {
        if (haetae_config_set(config, settings->key, settings->value) != HAETAE_OK) {
            fail_msg("%s", haetae_config_error(config));
        }
    }
    for (; fakes != NULL && *fakes != NULL; fakes++) {
        fake_make(*fakes);
        assert_int_equal(haetae_config_add_exporter(config, (*fakes)->exporter), HAETAE_OK);
    }
    return config;
}

haetae_sdk *sdk_start(const struct sdk_setting *settings, struct fake_exporter *const *fakes)
{
    haetae_config *config = sdk_config(settings, fakes);
    haetae_sdk *sdk = NULL;

    if (haetae_sdk_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    haetae_config_free(config);
    assert_non_null(sdk);
    return sdk;
}

haetae_sdk *sdk_start_manual(struct fake_exporter *fake)
{
    return sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(fake));
}

haetae_sdk *sdk_start_for_flushes(struct fake_exporter *fake, const char *worker)
{
    return sdk_start(SDK_SETTINGS(SDK_ONLY_FLUSHES, {"HAETAE_WORKER", worker},
                                  {"HAETAE_RETRY_INITIAL_MS", "1"}, {"HAETAE_RETRY_MAX_MS", "2"}),
                     SDK_FAKES(fake));
}

void sdk_finish(haetae_sdk *sdk, struct fake_exporter *fake)
{
    haetae_sdk_free(sdk);
    assert_int_equal(fake->free_count, 1);
    fake_done(fake);
}

struct sdk_numbers sdk_numbers(haetae_sdk *sdk, haetae_signal signal)
{
    struct sdk_numbers numbers;
    haetae_stats *stats = NULL;

    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    numbers.recorded = haetae_stats_recorded(stats, signal);
    numbers.delivered = haetae_stats_delivered(stats, signal);
    numbers.held = haetae_stats_held(stats, signal);
    numbers.dropped_total = haetae_stats_dropped_total(stats, signal);
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        numbers.dropped[reason] = haetae_stats_dropped(stats, signal, (haetae_drop_reason)reason);
    }
    numbers.retries = haetae_stats_retries(stats, signal);
    numbers.sent_bytes = haetae_stats_sent_bytes(stats, signal);
    haetae_stats_free(stats);
    if (numbers.recorded != numbers.delivered + numbers.dropped_total + numbers.held) {
        fail_msg("%s: recorded %llu, delivered %llu, dropped %llu, held %llu",
                 haetae_signal_name(signal), (unsigned long long)numbers.recorded,
                 (unsigned long long)numbers.delivered, (unsigned long long)numbers.dropped_total,
                 (unsigned long long)numbers.held);
    }
    return numbers;
}

void sdk_all_delivered(haetae_sdk *sdk, haetae_signal signal, uint64_t count)
{
    struct sdk_numbers numbers = sdk_numbers(sdk, signal);

    assert_int_equal(numbers.recorded, count);
    assert_int_equal(numbers.delivered, count);
    assert_int_equal(numbers.held, 0);
}

void sdk_spans(haetae_sdk *sdk, unsigned count)
{
    sdk_spans_of(haetae_tracer_named(sdk, "test"), count);
}

void sdk_spans_of(haetae_tracer *tracer, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        haetae_span span =
            haetae_span_start(tracer, HAETAE_TEXT("work"), HAETAE_SPAN_KIND_INTERNAL);

        haetae_span_set_int64(span, HAETAE_TEXT("number"), i);
        haetae_span_end(span);
    }
}

void sdk_logs(haetae_sdk *sdk, unsigned count)
{
    sdk_logs_of(haetae_logger_named(sdk, "test"), count);
}

void sdk_logs_of(haetae_logger *logger, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        haetae_log(logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("something happened"),
                   HAETAE_ATTRS(HAETAE_ATTR("number", i)));
    }
}

void sdk_log_of(haetae_sdk *sdk, size_t body_size_bytes)
{
    char *body = malloc(body_size_bytes + 1);

    assert_non_null(body);
    memset(body, 'x', body_size_bytes);
    haetae_log(haetae_logger_named(sdk, "test"), HAETAE_SEVERITY_INFO, body, body_size_bytes, NULL,
               0);
    free(body);
}

void sdk_series(haetae_sdk *sdk, unsigned count)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_counter *counter = NULL;

    options.name = haetae_string_of("test.count");
    assert_int_equal(haetae_counter_create(haetae_meter_named(sdk, "test"), &options, &counter),
                     HAETAE_OK);
    for (unsigned i = 0; i < count; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("series", i)));
    }
}

/* ---- Threads --------------------------------------------------------------------------------- */

struct job {
    void (*body)(void *argument);
    void *argument;
};

static void *run(void *argument)
{
    struct job *job = argument;

    job->body(job->argument);
    return NULL;
}

void sdk_run_threads(unsigned count, void (*body)(void *argument), void *argument)
{
    pthread_t threads[64];
    struct job job = {body, argument};

    assert_true(count <= 64);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run, &job), 0);
    }
    for (unsigned i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
}

char sdk_diagnostics[1024];

void sdk_diagnose(void *user, haetae_diagnostic_level level, const char *text)
{
    size_t length = strlen(sdk_diagnostics);

    (void)user;
    (void)level;
    snprintf(sdk_diagnostics + length, sizeof sdk_diagnostics - length, "%s\n", text);
}
