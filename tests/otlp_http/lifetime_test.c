/* SPDX-License-Identifier: Apache-2.0 */
/* How long connections live. */
#include "otlp_http/pair.h"
#include "support/jumping_clock.h"

/* An exporter without a timeout, which a jump of the clock would reach. */
static struct pair start(const char *key, const char *value)
{
    struct pair pair = pair_start(&accepted, KEY("TIMEOUT"), "0");
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_mhd_port(pair.server));

    haetae_exporter_free(pair.exporter);
    pair.exporter = make_exporter(
        OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("TIMEOUT"), "0"}, {key, value}));
    return pair;
}

/* Delivers once, and returns the number of the connection. */
static unsigned deliver(struct pair *pair)
{
    size_t count = http_server_mhd_request_count(pair->server);
    haetae_delivery delivery = a_delivery();

    fake_deliver(pair->exporter, &delivery);
    assert_string_equal(delivery.message, "");
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(http_server_mhd_request_count(pair->server), count + 1);
    return http_server_mhd_request(pair->server, count)->connection;
}

static void a_connection_serves_until_its_age(void **state)
{
    struct pair pair = start("HAETAE_OTLP_CONNECTION_MAX_AGE_MS", "600000");

    (void)state;
    for (unsigned generation = 1; generation <= 3; generation++) {
        assert_int_equal(deliver(&pair), generation);
        jump_s(90);
        assert_int_equal(deliver(&pair), generation);
        jump_s(90);
        assert_int_equal(deliver(&pair), generation);
        jump_s(450);
    }
    pair_stop(&pair);
}

static void a_connection_serves_for_ever_by_default(void **state)
{
    struct pair pair = start("HAETAE_OTLP_CONNECTION_MAX_AGE_MS", "");

    (void)state;
    for (int i = 0; i < 50; i++) {
        assert_int_equal(deliver(&pair), 1);
        jump_s(100);
    }
    pair_stop(&pair);
}

static void a_connection_that_was_idle_serves_no_more(void **state)
{
    static const struct {
        const char *value;
        long stays_s, ends_s;
    } cases[] = {{"", 117, 119}, {"3600000", 3599, 3601}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pair pair = start("HAETAE_OTLP_CONNECTION_MAX_IDLE_MS", cases[i].value);

        assert_int_equal(deliver(&pair), 1);
        jump_s(cases[i].stays_s);
        assert_int_equal(deliver(&pair), 1);
        jump_s(cases[i].ends_s);
        assert_int_equal(deliver(&pair), 2);
        pair_stop(&pair);
    }
}

/* Nothing that is under way is lost: the old connection ends when its request has. */
static void requests_under_way_keep_their_connection(void **state)
{
    struct pair pair = start("HAETAE_OTLP_CONNECTION_MAX_AGE_MS", "600000");
    haetae_delivery deliveries[3] = {a_delivery(), a_delivery(), a_delivery()};

    (void)state;
    http_server_mhd_hold(pair.server, true);
    fake_send(pair.exporter, &deliveries[0]);
    while (http_server_mhd_request_count(pair.server) < 1) {
        fake_run_once(pair.exporter);
    }
    jump_s(700);
    fake_send(pair.exporter, &deliveries[1]);
    fake_send(pair.exporter, &deliveries[2]);
    while (http_server_mhd_request_count(pair.server) < 3) {
        fake_run_once(pair.exporter);
    }
    http_server_mhd_hold(pair.server, false);
    fake_wait(pair.exporter, deliveries, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(deliveries[i].completed_count, 1);
        assert_int_equal(deliveries[i].result.verdict, HAETAE_VERDICT_OK);
    }
    /* One of the new ones, though the first was the first to end. */
    for (int i = 0; i < 3; i++) {
        assert_int_not_equal(deliver(&pair), 1);
    }
    assert_int_equal(http_server_mhd_connection_count(pair.server), 3);
    pair_stop(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_serves_until_its_age),
        cmocka_unit_test(a_connection_serves_for_ever_by_default),
        cmocka_unit_test(a_connection_that_was_idle_serves_no_more),
        cmocka_unit_test(requests_under_way_keep_their_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
