/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver that is away for some time, under load, with little memory: with a spool nothing is
 * lost, whether it is the same process that sends what waited, or the next one. */
#include <time.h>

#include "haetae/haetae.h"
#include "haetae/otlp_http.h"
#include "support/core_cmocka.h"
#include "support/http_server_mhd.h"
#include "support/repeat.h"
#include "support/temporary.h"

enum { ITEMS_MAX = 20000, PER_MOMENT = 20, TIMEOUT_MS = 60000 };

static const struct http_reply accepted = {.status = 200};
static const struct http_reply away = {.status = 503};

struct fixture {
    char directory[TEMPORARY_PATH_MAX];
    struct http_server_mhd *server;
    haetae_sdk *sdk;
    unsigned item_count;
};

static void start_sdk(struct fixture *fixture)
{
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;
    char endpoint[64];
    const char *const settings[][2] = {
        {"OTEL_EXPORTER_OTLP_ENDPOINT", endpoint}, {"HAETAE_SPOOL_DIR", fixture->directory},
        {"HAETAE_SPOOL_AFTER_MS", "300"},          {"HAETAE_QUEUE_BYTES", "262144"},
        {"HAETAE_RETRY_INITIAL_MS", "50"},         {"HAETAE_RETRY_MAX_MS", "200"},
        {"OTEL_BLRP_SCHEDULE_DELAY", "20"},        {"OTEL_EXPORTER_OTLP_COMPRESSION", "none"}};

    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u",
             http_server_mhd_port(fixture->server));
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        assert_int_equal(haetae_config_set(config, settings[i][0], settings[i][1]), HAETAE_OK);
    }
    assert_int_equal(haetae_config_set_diagnostics(config, NULL, NULL), HAETAE_OK);
    assert_int_equal(haetae_otlp_http_new(config, &exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, exporter), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &fixture->sdk), HAETAE_OK);
    haetae_config_free(config);
}

static void begin(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    assert_true(temporary_directory(fixture->directory));
    fixture->server = http_server_mhd_start(&accepted, NULL);
    start_sdk(fixture);
}

static void end(struct fixture *fixture)
{
    char command[TEMPORARY_PATH_MAX + 16];

    http_server_mhd_stop(fixture->server);
    snprintf(command, sizeof command, "rm -r '%s'", fixture->directory);
    assert_int_equal(system(command), 0);
}

/* Some thousand records a second. */
static void record(struct fixture *fixture, unsigned moments)
{
    static const struct timespec moment = {0, 5000000};
    haetae_logger *logger = haetae_logger_named(fixture->sdk, "outage");

    for (unsigned i = 0; i < moments; i++) {
        for (int item = 0; item < PER_MOMENT; item++) {
            char text[16];
            int length = snprintf(text, sizeof text, "item-%06u", fixture->item_count++);

            haetae_log(logger, HAETAE_SEVERITY_INFO, text, (size_t)length, NULL, 0);
        }
        (void)nanosleep(&moment, NULL);
    }
}

static uint64_t number(const struct fixture *fixture,
                       uint64_t (*of)(const haetae_stats *stats, haetae_signal signal))
{
    haetae_stats *stats = NULL;
    uint64_t value;

    assert_int_equal(haetae_stats_take(fixture->sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_recorded(stats, HAETAE_SIGNAL_LOGS),
                     haetae_stats_delivered(stats, HAETAE_SIGNAL_LOGS) +
                         haetae_stats_held(stats, HAETAE_SIGNAL_LOGS) +
                         haetae_stats_dropped_total(stats, HAETAE_SIGNAL_LOGS));
    value = of(stats, HAETAE_SIGNAL_LOGS);
    haetae_stats_free(stats);
    return value;
}

static void await_delivered(const struct fixture *fixture, uint64_t count)
{
    static const struct timespec moment = {0, 10000000};

    for (int i = 0; i < TIMEOUT_MS / 10 && number(fixture, haetae_stats_delivered) < count; i++) {
        (void)nanosleep(&moment, NULL);
    }
    assert_int_equal(number(fixture, haetae_stats_delivered), count);
    assert_int_equal(number(fixture, haetae_stats_spooled), 0);
}

/* How many different records are in the requests from one on up to another. */
static unsigned count_items(const struct fixture *fixture, size_t from, size_t to,
                            bool seen[ITEMS_MAX])
{
    unsigned count = 0;

    for (size_t i = from; i < to; i++) {
        const struct http_request *request = http_server_mhd_request(fixture->server, i);
        const uint8_t *at = request->body;
        const uint8_t *behind = at + request->body_size;

        while ((at = memmem(at, (size_t)(behind - at), "item-", 5)) != NULL) {
            char digits[7] = {0};
            unsigned long item;

            memcpy(digits, at + 5, sizeof digits - 1);
            item = strtoul(digits, NULL, 10);
            assert_true(item < ITEMS_MAX);
            count += !seen[item];
            seen[item] = true;
            at += 11;
        }
    }
    return count;
}

static void nothing_is_lost_in_an_outage(void **state)
{
    static bool seen[ITEMS_MAX];
    struct fixture fixture;
    unsigned moments = test_repeat(300);
    size_t last_accepted;
    size_t first_again;

    (void)state;
    begin(&fixture);
    record(&fixture, 20);
    await_delivered(&fixture, fixture.item_count);
    last_accepted = http_server_mhd_request_count(fixture.server);
    http_server_mhd_set_reply(fixture.server, &away);
    record(&fixture, moments);
    while (number(&fixture, haetae_stats_spooled) == 0 && fixture.item_count < ITEMS_MAX / 2) {
        record(&fixture, 5);
    }
    assert_true(number(&fixture, haetae_stats_spooled) != 0);
    first_again = http_server_mhd_request_count(fixture.server);
    http_server_mhd_set_reply(fixture.server, &accepted);
    record(&fixture, 20);
    await_delivered(&fixture, fixture.item_count);
    assert_int_equal(number(&fixture, haetae_stats_dropped_total), 0);
    assert_int_equal(
        count_items(&fixture, 0, last_accepted, seen) +
            count_items(&fixture, first_again, http_server_mhd_request_count(fixture.server), seen),
        fixture.item_count);
    haetae_sdk_free(fixture.sdk);
    end(&fixture);
}

static void the_next_process_sends_what_was_left(void **state)
{
    static bool seen[ITEMS_MAX];
    struct fixture fixture;
    size_t first_again;

    (void)state;
    begin(&fixture);
    http_server_mhd_set_reply(fixture.server, &away);
    record(&fixture, test_repeat(100));
    (void)haetae_sdk_shutdown(fixture.sdk, 5000);
    assert_int_equal(number(&fixture, haetae_stats_spooled), fixture.item_count);
    haetae_sdk_free(fixture.sdk);
    first_again = http_server_mhd_request_count(fixture.server);
    http_server_mhd_set_reply(fixture.server, &accepted);
    start_sdk(&fixture);
    await_delivered(&fixture, fixture.item_count);
    assert_int_equal(number(&fixture, haetae_stats_recovered), fixture.item_count);
    assert_int_equal(
        count_items(&fixture, first_again, http_server_mhd_request_count(fixture.server), seen),
        fixture.item_count);
    haetae_sdk_free(fixture.sdk);
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_in_an_outage),
        cmocka_unit_test(the_next_process_sends_what_was_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
