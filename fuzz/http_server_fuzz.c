/* SPDX-License-Identifier: Apache-2.0 */
/* What receivers may do: statuses with and without Retry-After, partial success, connections that
 * are refused, reset, cut short or silent, slow and unreadable answers. The whole SDK sends log
 * records by libcurl to a receiver in the same thread (fuzz/http_server), with a clock that the
 * fuzzer moves. No record that was taken or refused for good is sent again; all that was recorded
 * is delivered or counted as dropped; what the receiver never saw is not called delivered; and
 * when the receiver is well again, everything that is held gets there.
 * Input: bytes in pairs: steps, and a script of answers. */
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "haetae/haetae.h"
#include "haetae/otlp_http.h"
#include "http_server/server.h"
#include "support/check.h"
#include "support/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t now_ms;

static uint64_t clock_ms(void)
{
    return now_ms;
}

struct numbers {
    uint64_t recorded, delivered, dropped, held;
};

static struct numbers numbers_of(haetae_sdk *sdk)
{
    struct numbers n;
    haetae_stats *stats = NULL;

    FUZZ_CHECK(haetae_stats_take(sdk, &stats) == HAETAE_OK, "no statistics");
    n.recorded = haetae_stats_recorded(stats, HAETAE_SIGNAL_LOGS);
    n.delivered = haetae_stats_delivered(stats, HAETAE_SIGNAL_LOGS);
    n.dropped = haetae_stats_dropped_total(stats, HAETAE_SIGNAL_LOGS);
    n.held = haetae_stats_held(stats, HAETAE_SIGNAL_LOGS);
    haetae_stats_free(stats);
    FUZZ_CHECK(n.recorded == n.delivered + n.dropped + n.held, "%llu = %llu + %llu + %llu",
               (unsigned long long)n.recorded, (unsigned long long)n.delivered,
               (unsigned long long)n.dropped, (unsigned long long)n.held);
    return n;
}

static haetae_sdk *start(struct fuzz_input *input)
{
    static const char *const sizes[] = {"1", "3", "10", "100"};
    static const char *const elapsed[] = {"0", "5000", "60000", "300000"};
    const char *const settings[][2] = {
        {"HAETAE_WORKER", "manual"},
        {"HAETAE_CLOCK", "system"},
        {"HAETAE_RECORDER_BYTES", "2m"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"},
        {"OTEL_TRACES_EXPORTER", "none"},
        {"OTEL_METRICS_EXPORTER", "none"},
        {"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", sizes[fuzz_below(input, 4)]},
        {"HAETAE_RETRY_ELAPSED_MS", elapsed[fuzz_below(input, 4)]}};
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;
    haetae_sdk *sdk = NULL;

    FUZZ_CHECK(haetae_otlp_http_register() == HAETAE_OK && haetae_config_new(&config) == HAETAE_OK,
               "no configuration");
    haetae_config_set_diagnostics(config, NULL, NULL);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        FUZZ_CHECK(haetae_config_set(config, settings[i][0], settings[i][1]) == HAETAE_OK, "%s",
                   haetae_config_error(config));
    }
    FUZZ_CHECK(haetae_otlp_http_new(config, &exporter) == HAETAE_OK &&
                   haetae_config_add_exporter(config, exporter) == HAETAE_OK &&
                   haetae_sdk_start(config, &sdk) == HAETAE_OK,
               "%s", haetae_config_error(config));
    haetae_config_free(config);
    return sdk;
}

/* Lets both sides do what they can. */
static void exchange(haetae_sdk *sdk, bool flush)
{
    enum { QUIET = 4, MOST = 2000 };
    int quiet = 0;

    if (flush) {
        (void)haetae_sdk_force_flush(sdk, 0);
    }
    for (int i = 0; i < MOST && quiet < QUIET; i++) {
        (void)haetae_sdk_step(sdk, 0);
        quiet = server_step() ? 0 : quiet + 1;
    }
}

/* An answer is read before the time of its request is up, or never. */
static void pass_time(haetae_sdk *sdk, uint64_t time_ms)
{
    exchange(sdk, false);
    now_ms += time_ms;
}

/* The body of each record is its number. */
static void record(haetae_sdk *sdk, uint64_t *count, unsigned more)
{
    haetae_logger *logger = haetae_logger_named(sdk, "fuzz");
    char body[32];

    while (more-- > 0 && *count < SERVER_ITEMS_MAX) {
        int length = snprintf(body, sizeof body, "%llu", (unsigned long long)(*count)++);

        haetae_log(logger, HAETAE_SEVERITY_INFO, body, (size_t)length, NULL, 0);
    }
}

static void one_step(struct fuzz_input *input, haetae_sdk *sdk, uint64_t *count)
{
    uint8_t what = fuzz_byte(input);
    uint8_t how = fuzz_byte(input);

    switch (what % 8) {
    case 0:
    case 1:
        record(sdk, count, how % 40);
        break;
    case 2:
        pass_time(sdk, how * 10u);
        break;
    case 3:
        pass_time(sdk, how * 1000u);
        break;
    case 4:
        server.connected = how % 4 != 0;
        break;
    case 5:
        exchange(sdk, true);
        break;
    case 6:
        (void)haetae_sdk_step(sdk, 0);
        break;
    default:
        exchange(sdk, false);
        break;
    }
    (void)numbers_of(sdk);
}

/* After an outage all that is held gets through. */
static void recover(haetae_sdk *sdk)
{
    enum { ROUNDS = 300 };

    server.well = true;
    server.connected = true;
    for (int i = 0; i < ROUNDS && (i == 0 || numbers_of(sdk).held != 0); i++) {
        pass_time(sdk, 61000);
        exchange(sdk, true);
    }
    FUZZ_CHECK(numbers_of(sdk).held == 0, "%llu are held though the receiver is well",
               (unsigned long long)numbers_of(sdk).held);
}

static void check_end(haetae_sdk *sdk, uint64_t count)
{
    struct numbers n = numbers_of(sdk);
    uint64_t seen = 0;

    for (uint64_t i = 0; i < count; i++) {
        seen += server.fate[i] != SERVER_NEVER_SEEN;
    }
    FUZZ_CHECK(n.recorded == count && n.held == 0, "%llu recorded, %llu held",
               (unsigned long long)n.recorded, (unsigned long long)n.held);
    FUZZ_CHECK(n.delivered <= seen, "%llu delivered, %llu seen", (unsigned long long)n.delivered,
               (unsigned long long)seen);
    FUZZ_CHECK(n.delivered + server.rejected >= server.taken &&
                   n.delivered + server.rejected <= server.taken + server.maybe,
               "%llu delivered; taken %llu, maybe %llu, rejected %llu",
               (unsigned long long)n.delivered, (unsigned long long)server.taken,
               (unsigned long long)server.maybe, (unsigned long long)server.rejected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, data + size};
    long live = hae_alloc_live_count();
    uint64_t count = 0;
    bool recovers;
    haetae_sdk *sdk;

    server_reset();
    now_ms = 1000000;
    hae_set_clock_ms(clock_ms);
    sdk = start(&input);
    recovers = fuzz_byte(&input) % 4 != 0;
    server.script_length = fuzz_below(&input, SERVER_SCRIPT_MAX + 1);
    for (size_t i = 0; i < server.script_length; i++) {
        server.script[i] = fuzz_byte(&input);
    }
    while (fuzz_more(&input)) {
        one_step(&input, sdk, &count);
    }
    if (recovers) {
        recover(sdk);
    }
    (void)haetae_sdk_shutdown(sdk, 0);
    check_end(sdk, count);
    haetae_sdk_free(sdk);
    server_close_all();
    hae_set_clock_ms(NULL);
    FUZZ_CHECK(hae_alloc_live_count() == live, "%ld blocks are left",
               hae_alloc_live_count() - live);
    return 0;
}
