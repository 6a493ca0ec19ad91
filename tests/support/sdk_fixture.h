/* SPDX-License-Identifier: Apache-2.0 */
/* An SDK with fake exporters, through the public API only. A call that fails fails the
 * test. */
#ifndef HAETAE_TESTS_SUPPORT_SDK_FIXTURE_H
#define HAETAE_TESTS_SUPPORT_SDK_FIXTURE_H

#include "haetae/haetae.h"
#include "support/core_cmocka.h"
#include "support/fake_exporter.h"
#include "support/repeat.h"

struct sdk_setting {
    const char *key;
    const char *value;
};

/* Makes a configuration with these settings (up to a NULL key), these exporters (up to a
 * NULL; each is made here), and no diagnostics. The caller owns it. */
haetae_config *sdk_config(const struct sdk_setting *settings, struct fake_exporter *const *fakes);

/* Starts an SDK with such a configuration. The SDK owns the fakes' exporters. */
haetae_sdk *sdk_start(const struct sdk_setting *settings, struct fake_exporter *const *fakes);

#define SDK_SETTINGS(...) ((const struct sdk_setting[]){__VA_ARGS__, {NULL, NULL}})
#define SDK_FAKES(...)    ((struct fake_exporter *const[]){__VA_ARGS__, NULL})

/* Starts an SDK that the test drives, with one exporter. */
haetae_sdk *sdk_start_manual(struct fake_exporter *fake);

/* Settings under which only a flush or the shutdown sends anything. */
#define SDK_ONLY_FLUSHES                                                                           \
    {"OTEL_BSP_SCHEDULE_DELAY", "2000000"}, {"OTEL_BLRP_SCHEDULE_DELAY", "2000000"},               \
        {"OTEL_BSP_EXPORT_TIMEOUT", "0"}, {"OTEL_BLRP_EXPORT_TIMEOUT", "0"},                       \
    {                                                                                              \
        "OTEL_METRIC_EXPORT_INTERVAL", "2000000"                                                   \
    }

/* Starts an SDK with such settings and short pauses. `worker` is the value of HAETAE_WORKER. */
haetae_sdk *sdk_start_for_flushes(struct fake_exporter *fake, const char *worker);

/* Frees the SDK and its one exporter. */
void sdk_finish(haetae_sdk *sdk, struct fake_exporter *fake);

/* The statistics of a signal's items. Fails the test unless they add up. */
struct sdk_numbers {
    uint64_t recorded;
    uint64_t delivered;
    uint64_t held;
    uint64_t dropped_total;
    uint64_t dropped[HAETAE_DROP_COUNT];
    uint64_t retries;
    uint64_t sent_bytes;
};
struct sdk_numbers sdk_numbers(haetae_sdk *sdk, haetae_signal signal);

/* Checks that nothing was dropped, and `count` items were delivered. */
void sdk_all_delivered(haetae_sdk *sdk, haetae_signal signal, uint64_t count);

/* Record `count` items. */
void sdk_spans(haetae_sdk *sdk, unsigned count);
void sdk_spans_of(haetae_tracer *tracer, unsigned count);
void sdk_logs(haetae_sdk *sdk, unsigned count);
void sdk_logs_of(haetae_logger *logger, unsigned count);
void sdk_log_of(haetae_sdk *sdk, size_t body_size_bytes);
void sdk_series(haetae_sdk *sdk, unsigned count); /* one measurement each */

/* For haetae_config_set_diagnostics(): keeps each message as a line, while there is room. */
extern char sdk_diagnostics[1024];
void sdk_diagnose(void *user, haetae_diagnostic_level level, const char *text);

/* Runs `body` on `count` threads and waits for them. */
void sdk_run_threads(unsigned count, void (*body)(void *argument), void *argument);

/* How much a test repeats. */
static inline unsigned sdk_repeat(unsigned count)
{
    return test_repeat(count);
}

#endif
