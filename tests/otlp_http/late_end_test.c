/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl that reports late how a transfer ended. */
#include "otlp_http/failing_calls.h"
#include "otlp_http/harness.h"
#include "support/http_server_raw.h"

static void accept_all(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    while (http_server_raw_read_request(server, connection) &&
           http_server_raw_write_text(server, connection,
                                      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
    }
}

/* fake_deliver() fails when it is asked to sleep for ever. */
static void otlp_http_asks_again_for_an_end_that_it_was_not_told_of(void **state)
{
    struct http_server_raw *server = http_server_raw_start(accept_all);
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_raw_port(server));
    haetae_exporter *exporter =
        make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("TIMEOUT"), "0"}));

    (void)state;
    for (long failures = 1; failures <= 20; failures += 4) {
        haetae_delivery delivery = a_delivery();

        calls_begin_of("curl_multi_info_read", 1, failures);
        fake_deliver(exporter, &delivery);
        assert_true(calls_have_failed());
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    }
    haetae_exporter_free(exporter);
    http_server_raw_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_http_asks_again_for_an_end_that_it_was_not_told_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
