/* SPDX-License-Identifier: Apache-2.0 */
/* Each call of libcurl and of zlib fails in turn, under an SDK that ships all three signals to
 * real servers: nothing crashes, hangs or leaks, everything is accounted for, no secret is shown,
 * and what is recorded later arrives. */
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "haetae/otlp_http.h"
#include "otlp_http/failing_calls.h"
#include "support/certificate.h"
#include "support/fake_address.h"
#include "support/http_server_mhd.h"
#include "support/sdk_fixture.h"

enum {
    SHORT_MS = 3,      /* when nothing gets through                              */
    LONG_MS = 3600000, /* never passes: the alarm is before it                   */
    HANG_S = 60,
    SPANS = 3,
    LOGS = 2,
    SERIES = 2
};

#define SECRET_OF_HEADER "hunter2-of-the-header"
#define SECRET_OF_URL    "swordfish-of-the-url"

/* ---- The receivers ---------------------------------------------------------------------- */

struct receivers {
    struct http_server_mhd *plain;
    struct http_server_mhd *tls; /* for traces */
    struct certificate certificate;
};

/* A wait that is over, for the reader of dates. */
static const char *const headers[] = {"Retry-After", "Thu, 01 Jan 2015 00:00:00 GMT", NULL};
static const struct http_reply accepted = {.status = 200, .headers = headers};

int getaddrinfo(const char *name, const char *port, const struct addrinfo *hints,
                struct addrinfo **ret_addresses);

/* Stands in for the system's. Nobody listens at the first address: the second one has to be
 * tried. */
int getaddrinfo(const char *name, const char *port, const struct addrinfo *hints,
                struct addrinfo **ret_addresses)
{
    (void)name;
    (void)hints;
    *ret_addresses = fake_address("127.0.0.2", port);
    (*ret_addresses)->ai_next = fake_address("127.0.0.1", port);
    return 0;
}

static void start_receivers(struct receivers *receivers)
{
    certificate_make(&receivers->certificate);
    receivers->plain = http_server_mhd_start(&accepted, NULL);
    receivers->tls = http_server_mhd_start(
        &accepted, &(struct http_server_tls){.key = receivers->certificate.key,
                                             .certificate = receivers->certificate.text,
                                             .client_ca = receivers->certificate.text});
}

static void stop_receivers(struct receivers *receivers)
{
    http_server_mhd_stop(receivers->plain);
    http_server_mhd_stop(receivers->tls);
    certificate_remove(&receivers->certificate);
}

/* How many requests came to each of the three URLs. */
struct arrivals {
    unsigned traces, metrics, logs;
};

static struct arrivals arrivals_at(const struct receivers *receivers)
{
    struct arrivals arrivals = {0};

    arrivals.traces = (unsigned)http_server_mhd_request_count(receivers->tls);
    for (size_t i = 0; i < http_server_mhd_request_count(receivers->plain); i++) {
        bool logs = strcmp(http_server_mhd_request(receivers->plain, i)->url, "/logs") == 0;

        arrivals.logs += logs;
        arrivals.metrics += !logs;
    }
    return arrivals;
}

static void assert_all_arrived_since(const struct receivers *receivers, struct arrivals before)
{
    struct arrivals now = arrivals_at(receivers);

    assert_true(now.traces > before.traces);
    assert_true(now.metrics > before.metrics);
    assert_true(now.logs > before.logs);
}

/* ---- The SDK ---------------------------------------------------------------------------- */

static void assert_no_secret(const char *text)
{
    assert_null(strstr(text, SECRET_OF_HEADER));
    assert_null(strstr(text, SECRET_OF_URL));
}

/* The first that held a secret; "". Written by the thread that diagnoses. */
static char leaked_text[1024];
static _Atomic unsigned diagnostic_count;

static void check_diagnostic(void *user, haetae_diagnostic_level level, const char *text)
{
    (void)user;
    (void)level;
    atomic_fetch_add(&diagnostic_count, 1);
    if (strstr(text, SECRET_OF_HEADER) != NULL || strstr(text, SECRET_OF_URL) != NULL) {
        snprintf(leaked_text, sizeof leaked_text, "%s", text);
    }
}

#ifdef HAETAE_TEST_ZSTD
#define COMPRESSION_OF_LOGS "zstd"
#else
#define COMPRESSION_OF_LOGS "gzip"
#endif

/* No try ends for its length: what hangs hangs until the deadline of who waits. */
static haetae_config *configure(const struct receivers *receivers)
{
    const struct certificate *certificate = &receivers->certificate;
    char traces[128], metrics[128], logs[128];
    haetae_config *config;

    snprintf(traces, sizeof traces, "https://127.0.0.1:%u/traces",
             http_server_mhd_port(receivers->tls));
    snprintf(metrics, sizeof metrics, "http://receiver.example:%u/metrics",
             http_server_mhd_port(receivers->plain));
    snprintf(logs, sizeof logs, "http://someone:" SECRET_OF_URL "@127.0.0.1:%u/logs",
             http_server_mhd_port(receivers->plain));
    config = sdk_config(
        SDK_SETTINGS({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", traces},
                     {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", metrics},
                     {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", logs},
                     {"OTEL_EXPORTER_OTLP_HEADERS", "a=1,authorization=Bearer%20" SECRET_OF_HEADER},
                     {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
                     {"OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", COMPRESSION_OF_LOGS},
                     {"OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", certificate->path},
                     {"OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", certificate->path},
                     {"OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", certificate->key_path},
                     {"OTEL_EXPORTER_OTLP_TIMEOUT", "0"}, {"OTEL_BSP_EXPORT_TIMEOUT", "0"},
                     {"OTEL_BLRP_EXPORT_TIMEOUT", "0"}, {"OTEL_METRIC_EXPORT_TIMEOUT", "0"},
                     {"HAETAE_RETRY_ELAPSED_MS", "0"}, {"HAETAE_RETRY_INITIAL_MS", "1"},
                     {"HAETAE_RETRY_MAX_MS", "1"}),
        NULL);
    assert_int_equal(haetae_config_set_diagnostics(config, check_diagnostic, NULL), HAETAE_OK);
    return config;
}

/* NULL: the exporter was refused, with a clear word. */
static haetae_sdk *start(const struct receivers *receivers)
{
    haetae_config *config = configure(receivers);
    haetae_exporter *untouched = (haetae_exporter *)config;
    haetae_exporter *exporter = untouched;
    haetae_status status = haetae_otlp_http_new(config, &exporter);
    haetae_sdk *sdk = NULL;

    if (status == HAETAE_OK) {
        assert_int_equal(haetae_config_add_exporter(config, exporter), HAETAE_OK);
        assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    } else {
        assert_true(calls_have_failed());
        assert_true(status == HAETAE_ENOMEM || status == HAETAE_EVALUE ||
                    status == HAETAE_EUNSUPPORTED);
        assert_true(haetae_config_error(config)[0] != '\0');
        assert_no_secret(haetae_config_error(config));
        assert_ptr_equal(exporter, untouched);
    }
    haetae_config_free(config);
    return sdk;
}

static void record(haetae_sdk *sdk)
{
    sdk_spans(sdk, SPANS);
    sdk_logs(sdk, LOGS);
    sdk_series(sdk, SERIES);
}

/* ---- One life --------------------------------------------------------------------------- */

static void assert_nothing_lost(haetae_sdk *sdk, bool in_the_end)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct sdk_numbers numbers = sdk_numbers(sdk, (haetae_signal)signal);

        if (numbers.dropped_total != numbers.dropped[HAETAE_DROP_REPLACED]) {
            fail_msg("%llu items of %s are dropped after %s failed",
                     (unsigned long long)numbers.dropped_total,
                     haetae_signal_name((haetae_signal)signal), calls_first_failed());
        }
        assert_true(numbers.recorded != 0);
        assert_true(!in_the_end || numbers.held == 0);
    }
}

/* All that is recorded now arrives. */
static void deliver(const struct receivers *receivers, haetae_sdk *sdk)
{
    struct arrivals before = arrivals_at(receivers);

    record(sdk);
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_OK);
    assert_nothing_lost(sdk, true);
    assert_all_arrived_since(receivers, before);
}

/* Nothing that is not delivered before the failure is now. */
static void record_in_vain(haetae_sdk *sdk)
{
    haetae_status status;

    record(sdk);
    do {
        status = haetae_sdk_force_flush(sdk, SHORT_MS);
    } while (status == HAETAE_ETIMEOUT && !calls_have_failed());
    if (status == HAETAE_ETIMEOUT) {
        status = haetae_sdk_force_flush(sdk, SHORT_MS);
    }
    assert_true(status == HAETAE_OK || status == HAETAE_ETIMEOUT);
    assert_nothing_lost(sdk, status == HAETAE_OK);
}

/* When a call fails: that one, all from it on until the first flush has ended, or all. */
enum outage { ONCE, A_WHILE, FOR_EVER };

static void live(const struct receivers *receivers, haetae_sdk *sdk, enum outage outage)
{
    haetae_status status;

    if (outage == ONCE) {
        deliver(receivers, sdk);
    } else {
        record_in_vain(sdk);
    }
    if (outage != FOR_EVER) {
        calls_heal();
        deliver(receivers, sdk);
        assert_int_equal(haetae_sdk_shutdown(sdk, LONG_MS), HAETAE_OK);
        assert_nothing_lost(sdk, true);
        return;
    }
    status = haetae_sdk_shutdown(sdk, SHORT_MS);
    assert_true(status == HAETAE_OK || status == HAETAE_ETIMEOUT);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct sdk_numbers numbers = sdk_numbers(sdk, (haetae_signal)signal);

        assert_int_equal(numbers.held, 0);
        assert_int_equal(numbers.dropped_total, numbers.dropped[HAETAE_DROP_SHUTDOWN] +
                                                    numbers.dropped[HAETAE_DROP_REPLACED]);
    }
}

static void live_and_end(const struct receivers *receivers, enum outage outage)
{
    haetae_sdk *sdk;

    alarm(HANG_S);
    sdk = start(receivers);
    if (sdk != NULL) {
        live(receivers, sdk, outage);
        haetae_sdk_free(sdk);
    }
    calls_heal();
    calls_assert_balance();
    if (leaked_text[0] != '\0') {
        fail_msg("a secret is shown: %s", leaked_text);
    }
}

/* True: a call has failed in it. */
static bool live_with_failure(const struct receivers *receivers, long number, enum outage outage)
{
    calls_begin(number, outage == ONCE ? 1 : LONG_MAX);
    live_and_end(receivers, outage);
    return calls_have_failed();
}

/* ---- Tests ------------------------------------------------------------------------------ */

/* The first of all: libcurl is initialised once in a process. */
static void otlp_http_tells_when_libcurl_cannot_be_initialised(void **state)
{
    struct receivers receivers;

    (void)state;
    start_receivers(&receivers);
    for (int i = 0; i < 2; i++) {
        calls_begin(1, 1);
        assert_null(start(&receivers));
        assert_string_equal(calls_first_failed(), "curl_global_init");
        calls_assert_balance();
    }
    assert_false(live_with_failure(&receivers, LONG_MAX, ONCE));
    stop_receivers(&receivers);
}

/* Every `step`th call in turn; fewer where it is slow, but when just one fails. */
static void sweep(enum outage outage, long step)
{
    struct receivers receivers;
    long number = 1;

    step *= sdk_repeat(100) < 100 && outage != ONCE ? 4 : 1;
    start_receivers(&receivers);
    while (live_with_failure(&receivers, number, outage)) {
        number += step;
    }
    print_message("every %ld. of %ld calls has failed\n", step, number - 1);
    assert_true(number > 100);
    stop_receivers(&receivers);
}

static void otlp_http_goes_on_after_any_call_that_fails(void **state)
{
    (void)state;
    sweep(ONCE, 1);
}

static void otlp_http_goes_on_after_a_while_in_which_all_calls_fail(void **state)
{
    (void)state;
    sweep(A_WHILE, 1);
}

static void otlp_http_ends_in_time_while_all_calls_fail(void **state)
{
    (void)state;
    sweep(FOR_EVER, 3);
}

/* What a sweep meets is not quite the same each time: here no function is left out. */
static void otlp_http_goes_on_after_the_first_call_of_each_function_fails(void **state)
{
    struct receivers receivers;

    (void)state;
    start_receivers(&receivers);
    for (const char *const *name = calls_names; *name != NULL; name++) {
        calls_begin_of(*name, 1, 1);
        live_and_end(&receivers, ONCE);
        if (calls_made(*name) != 0 && calls_failed(*name) == 0) {
            fail_msg("%s has not failed", *name);
        }
    }
    assert_true(atomic_load(&diagnostic_count) > 0);
    stop_receivers(&receivers);
}

static void hangs(int signal)
{
    static const char text[] = "it hangs after this call has failed: ";
    const char *name = calls_first_failed();

    (void)signal;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    (void)!write(STDERR_FILENO, name, strlen(name));
    (void)!write(STDERR_FILENO, "\n", 1);
    _exit(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_http_tells_when_libcurl_cannot_be_initialised),
        cmocka_unit_test(otlp_http_goes_on_after_any_call_that_fails),
        cmocka_unit_test(otlp_http_goes_on_after_a_while_in_which_all_calls_fail),
        cmocka_unit_test(otlp_http_ends_in_time_while_all_calls_fail),
        cmocka_unit_test(otlp_http_goes_on_after_the_first_call_of_each_function_fails),
    };

    if (!certificate_can_be_made()) {
        return 77;
    }
    unsetenv("http_proxy");
    unsetenv("https_proxy");
    unsetenv("HTTPS_PROXY");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    signal(SIGALRM, hangs);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
