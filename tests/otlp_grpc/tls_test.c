/* SPDX-License-Identifier: Apache-2.0 */
/* TLS: the version of HTTP is agreed on by ALPN. What else TLS does is tested in otlp_http. */
#include <poll.h>

#include "otlp_grpc/harness.h"
#include "support/certificate.h"

static struct certificate certificate;

static struct http2_server *start_server(http2_handler handler, const char *alpn)
{
    return http2_server_start(handler, &(struct http2_options){.certificate_path = certificate.path,
                                                               .key_path = certificate.key_path,
                                                               .alpn = alpn});
}

static haetae_exporter *start_exporter(struct http2_server *server, const char *ca_file)
{
    char endpoint[64];

    /* Without a scheme TLS is used. */
    snprintf(endpoint, sizeof endpoint, "127.0.0.1:%u", http2_server_port(server));
    return grpc_exporter(OPTIONS({KEY("ENDPOINT"), endpoint}, {KEY("CERTIFICATE"), ca_file}));
}

static void otlp_grpc_delivers_over_tls_on_one_connection(void **state)
{
    enum { IN_FLIGHT = 8 };
    struct http2_server *server = start_server(grpc_accept, "h2");
    haetae_exporter *exporter = start_exporter(server, certificate.path);
    haetae_delivery deliveries[IN_FLIGHT];

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < IN_FLIGHT; i++) {
            deliveries[i] = a_delivery();
            fake_send(exporter, &deliveries[i]);
        }
        fake_wait(exporter, deliveries, IN_FLIGHT);
        for (size_t i = 0; i < IN_FLIGHT; i++) {
            assert_string_equal(deliveries[i].message, "");
            assert_int_equal(deliveries[i].result.verdict, HAETAE_VERDICT_OK);
        }
    }
    assert_int_equal(http2_server_request_count(server), 3 * IN_FLIGHT);
    assert_int_equal(http2_server_connection_count(server), 1);
    haetae_exporter_free(exporter);
    http2_server_stop(server);
}

static void otlp_grpc_sends_nothing_to_a_server_it_cannot_verify(void **state)
{
    struct http2_server *server = start_server(grpc_accept, "h2");
    haetae_exporter *exporter = start_exporter(server, ""); /* the system's certificates */
    haetae_delivery delivery = a_delivery();

    (void)state;
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_contains(delivery.message, "certificate");
    assert_int_equal(http2_server_request_count(server), 0);
    haetae_exporter_free(exporter);
    http2_server_stop(server);
}

static void answer_in_http1(struct http2_connection *connection,
                            const struct http2_request *request)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    (void)request;
    http2_write(connection, text, sizeof text - 1);
}

static void otlp_grpc_needs_a_server_that_agrees_to_http2(void **state)
{
    struct http2_server *server = start_server(answer_in_http1, "http/1.1");
    haetae_exporter *exporter = start_exporter(server, certificate.path);
    haetae_delivery delivery = a_delivery();

    (void)state;
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_contains(delivery.message, "the server speaks HTTP/1.1, and gRPC needs HTTP/2");
    haetae_exporter_free(exporter);
    http2_server_stop(server);
}

static void otlp_grpc_stops_trusting_a_server_at_once(void **state)
{
    struct http2_server *server = start_server(grpc_accept, "h2");
    struct certificate other;
    char path[TEMPORARY_FILE_MAX], command[512];
    haetae_exporter *exporter;
    haetae_delivery delivery = a_delivery();

    (void)state;
    certificate_make(&other);
    snprintf(path, sizeof path, "%s/trusted.pem", other.directory);
    snprintf(command, sizeof command, "cp %s %s", certificate.path, path);
    assert_int_equal(system(command), 0);
    exporter = start_exporter(server, path);
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    snprintf(command, sizeof command, "cp %s %s.new && mv %s.new %s", other.path, path, path, path);
    assert_int_equal(system(command), 0);
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_contains(delivery.message, "certificate");
    assert_int_equal(http2_server_request_count(server), 1);
    haetae_exporter_free(exporter);
    http2_server_stop(server);
    certificate_remove(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_grpc_delivers_over_tls_on_one_connection),
        cmocka_unit_test(otlp_grpc_sends_nothing_to_a_server_it_cannot_verify),
        cmocka_unit_test(otlp_grpc_stops_trusting_a_server_at_once),
        cmocka_unit_test(otlp_grpc_needs_a_server_that_agrees_to_http2),
    };
    int failed;

    if (!certificate_can_be_made()) {
        return 77;
    }
    certificate_make(&certificate);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    certificate_remove(&certificate);
    return failed;
}
