/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, keys and authorities that change while connections are open. */
#include <arpa/inet.h>
#include <sys/socket.h>

#include "otlp_http/pair.h"
#include "support/authority.h"
#include "support/certificate.h"

static int make_certificates(void **state)
{
    (void)state;
    authority_begin();
    authority_make_ca("ca");
    authority_make_ca("next-ca");
    authority_make_certificate("server", "ca", "IP:127.0.0.1");
    authority_make_certificate("next-server", "next-ca", "IP:127.0.0.1");
    authority_make_certificate("first", "ca", "DNS:client.example");
    authority_make_certificate("second", "ca", "DNS:client.example");
    return 0;
}

static int remove_certificates(void **state)
{
    (void)state;
    authority_end();
    return 0;
}

/* At a port; 0: at any. */
static int new_listener(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)},
                                  .sin_port = htons((uint16_t)port)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int yes = 1;

    assert_int_equal(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 16), 0);
    return listener;
}

static struct http_server_mhd *start_server(unsigned port, const char *key_name,
                                            const char *certificate_name)
{
    char *key = authority_read(key_name);
    char *certificate = authority_read(certificate_name);
    char *client_ca = authority_read("ca.pem");
    struct http_server_mhd *server = http_server_mhd_start_on(
        new_listener(port), &accepted,
        &(struct http_server_tls){.key = key, .certificate = certificate, .client_ca = client_ca});

    free(key);
    free(certificate);
    free(client_ca);
    return server;
}

static haetae_exporter *start_exporter(struct http_server_mhd *server)
{
    struct fake_endpoint endpoint = fake_endpoint("https", http_server_mhd_port(server));

    authority_replace("trusted.pem", "ca.pem");
    authority_replace("own.pem", "first.pem");
    authority_replace("own.key", "first.key");
    return make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("TIMEOUT"), "60000"},
                                 {KEY("CERTIFICATE"), authority_path("trusted.pem")},
                                 {KEY("CLIENT_CERTIFICATE"), authority_path("own.pem")},
                                 {KEY("CLIENT_KEY"), authority_path("own.key")}));
}

static haetae_verdict deliver(haetae_exporter *exporter)
{
    haetae_delivery delivery = a_delivery();

    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.completed_count, 1);
    return (haetae_verdict)delivery.result.verdict;
}

/* No open connection, and no session of TLS, outlives the trust in who is at its other end. */
static void otlp_http_stops_trusting_a_server_at_once(void **state)
{
    struct http_server_mhd *server = start_server(0, "server.key", "server.pem");
    haetae_exporter *exporter = start_exporter(server);

    (void)state;
    assert_int_equal(deliver(exporter), HAETAE_VERDICT_OK);
    assert_int_equal(deliver(exporter), HAETAE_VERDICT_OK);
    assert_int_equal(http_server_mhd_connection_count(server), 1);
    authority_replace("trusted.pem", "next-ca.pem");
    assert_int_equal(deliver(exporter), HAETAE_VERDICT_RETRY);
    assert_int_equal(http_server_mhd_request_count(server), 2);
    authority_replace("trusted.pem", "ca.pem");
    assert_int_equal(deliver(exporter), HAETAE_VERDICT_OK);
    haetae_exporter_free(exporter);
    http_server_mhd_stop(server);
}

static void otlp_http_shows_the_client_certificate_of_now(void **state)
{
    struct http_server_mhd *server = start_server(0, "server.key", "server.pem");
    haetae_exporter *exporter = start_exporter(server);

    (void)state;
    assert_int_equal(deliver(exporter), HAETAE_VERDICT_OK);
    authority_replace("own.pem", "second.pem");
    /* The key is still that of the first: nothing is sent, and nothing is lost. */
    assert_int_equal(deliver(exporter), HAETAE_VERDICT_RETRY);
    authority_replace("own.key", "second.key");
    assert_int_equal(deliver(exporter), HAETAE_VERDICT_OK);
    assert_int_equal(http_server_mhd_request_count(server), 2);
    assert_string_equal(http_server_mhd_request(server, 0)->client, "first");
    assert_string_equal(http_server_mhd_request(server, 1)->client, "second");
    assert_true(http_server_mhd_request(server, 1)->client_verified);
    haetae_exporter_free(exporter);
    http_server_mhd_stop(server);
}

/* As an operator does it: first both authorities are trusted, then the server changes, then the old
 * authority goes. Nothing has to be tried again. */
static void otlp_http_follows_a_server_to_another_authority(void **state)
{
    struct http_server_mhd *server = start_server(0, "server.key", "server.pem");
    haetae_exporter *exporter = start_exporter(server);
    char command[512];
    unsigned port;

    (void)state;
    assert_int_equal(deliver(exporter), HAETAE_VERDICT_OK);
    snprintf(command, sizeof command, "cat %s %s >%s", authority_path("ca.pem"),
             authority_path("next-ca.pem"), authority_path("both.pem"));
    authority_run(command);
    authority_replace("trusted.pem", "both.pem");
    assert_int_equal(deliver(exporter), HAETAE_VERDICT_OK);
    assert_int_equal(http_server_mhd_connection_count(server), 2);
    port = http_server_mhd_port(server);
    http_server_mhd_stop(server);
    server = start_server(port, "next-server.key", "next-server.pem");
    assert_int_equal(deliver(exporter), HAETAE_VERDICT_OK);
    authority_replace("trusted.pem", "next-ca.pem");
    assert_int_equal(deliver(exporter), HAETAE_VERDICT_OK);
    assert_int_equal(http_server_mhd_request_count(server), 2);
    haetae_exporter_free(exporter);
    http_server_mhd_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_http_stops_trusting_a_server_at_once),
        cmocka_unit_test(otlp_http_shows_the_client_certificate_of_now),
        cmocka_unit_test(otlp_http_follows_a_server_to_another_authority),
    };

    if (!certificate_can_be_made()) {
        return 77;
    }
    return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
