/* SPDX-License-Identifier: Apache-2.0 */
/* TLS, with certificates that are made here by the openssl program. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "otlp_http/harness.h"
#include "support/authority.h"
#include "support/certificate.h"
#include "support/http_server_mhd.h"

static const struct http_reply accepted = {.status = 200};

static const char *priorities; /* of the servers that are started */
static bool directory_was_removed;
static bool sessions_were_kept;
static uintptr_t least_version;

/* The linker leads the exporter's calls here (--wrap). All values are as wide as
 * a pointer. */
CURLcode __real_curl_easy_setopt(CURL *easy, CURLoption option, ...);
CURLcode __wrap_curl_easy_setopt(CURL *easy, CURLoption option, ...);

CURLcode __wrap_curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
    va_list arguments;
    void *value;

    va_start(arguments, option);
    value = va_arg(arguments, void *);
    va_end(arguments);
    if (option == CURLOPT_CAPATH && value == NULL) {
        directory_was_removed = true;
    }
    if (option == CURLOPT_SSL_SESSIONID_CACHE) {
        sessions_were_kept = value != NULL;
    }
    if (option == CURLOPT_SSLVERSION) {
        least_version = (uintptr_t)value;
    }
    return __real_curl_easy_setopt(easy, option, value);
}

static int make_certificates(void **state)
{
    char command[256];

    (void)state;
    authority_begin();
    authority_make_ca("ca");
    authority_make_ca("other-ca");
    authority_make_certificate("server", "ca", "IP:127.0.0.1");
    authority_make_certificate("stranger", "ca", "DNS:elsewhere.example");
    authority_make_certificate("client", "ca", "DNS:client.example");
    snprintf(command, sizeof command, "printf -- '%s' >%s",
             "-----BEGIN CERTIFICATE-----\\nnone\\n-----END CERTIFICATE-----\\n",
             authority_path("broken.pem"));
    authority_run(command);
    return 0;
}

static int remove_certificates(void **state)
{
    (void)state;
    authority_end();
    return 0;
}

static struct http_server_mhd *start_tls_server(const char *name, bool with_client_ca)
{
    char key_name[64], certificate_name[64];
    char *key, *certificate, *client_ca = NULL;
    struct http_server_mhd *server;

    snprintf(key_name, sizeof key_name, "%s.key", name);
    snprintf(certificate_name, sizeof certificate_name, "%s.pem", name);
    key = authority_read(key_name);
    certificate = authority_read(certificate_name);
    if (with_client_ca) {
        client_ca = authority_read("ca.pem");
    }
    server = http_server_mhd_start(
        &accepted, &(struct http_server_tls){key, certificate, client_ca, priorities});
    free(key);
    free(certificate);
    free(client_ca);
    return server;
}

/* Delivers over TLS to a server, with one more option. */
static haetae_delivery deliver(struct http_server_mhd *server, const char *key, const char *value)
{
    struct fake_endpoint endpoint = fake_endpoint("https", http_server_mhd_port(server));
    haetae_exporter *exporter =
        make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {key, value}));
    haetae_delivery delivery = a_delivery();

    fake_deliver(exporter, &delivery);
    haetae_exporter_free(exporter);
    delivery.result.message = NULL;
    return delivery;
}

static void otlp_http_delivers_over_tls(void **state)
{
    struct http_server_mhd *server = start_tls_server("server", false);
    haetae_delivery delivery = deliver(server, KEY("CERTIFICATE"), authority_path("ca.pem"));

    (void)state;
    assert_string_equal(delivery.message, "");
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    delivery = deliver(server, KEY("TRACES_CERTIFICATE"), authority_path("ca.pem"));
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(http_server_mhd_request_count(server), 2);
    http_server_mhd_stop(server);
}

static void otlp_http_keeps_its_connection_over_tls(void **state)
{
    struct http_server_mhd *server = start_tls_server("server", false);
    struct fake_endpoint endpoint = fake_endpoint("https", http_server_mhd_port(server));
    haetae_exporter *exporter = make_exporter(
        OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("CERTIFICATE"), authority_path("ca.pem")},
                {KEY("COMPRESSION"), "gzip"}));

    (void)state;
    for (int i = 0; i < 20; i++) {
        haetae_delivery delivery = a_delivery();

        fake_deliver(exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    }
    assert_int_equal(http_server_mhd_connection_count(server), 1);
    haetae_exporter_free(exporter);
    http_server_mhd_stop(server);
}

static void assert_refused(haetae_delivery delivery, struct http_server_mhd *server,
                           const char *reason)
{
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_contains(delivery.message, reason);
    assert_int_equal(http_server_mhd_request_count(server), 0);
}

static void otlp_http_sends_nothing_to_a_server_it_cannot_verify(void **state)
{
    struct http_server_mhd *server = start_tls_server("server", false);

    (void)state;
    assert_refused(deliver(server, KEY("CERTIFICATE"), authority_path("other-ca.pem")), server,
                   "certificate");
    /* The system's certificates. */
    assert_refused(deliver(server, KEY("CERTIFICATE"), ""), server, "certificate");
    http_server_mhd_stop(server);
}

static void otlp_http_sends_nothing_to_a_server_of_another_name(void **state)
{
    struct http_server_mhd *server = start_tls_server("stranger", false);

    (void)state;
    assert_refused(deliver(server, KEY("CERTIFICATE"), authority_path("ca.pem")), server,
                   "127.0.0.1");
    http_server_mhd_stop(server);
}

static void otlp_http_says_which_certificate_file_is_broken(void **state)
{
    struct http_server_mhd *server;

    (void)state;
    skip_before_curl(7, 88, "does not name the file");
    server = start_tls_server("server", false);
    assert_refused(deliver(server, KEY("CERTIFICATE"), authority_path("broken.pem")), server,
                   "broken.pem");
    assert_refused(deliver(server, KEY("CLIENT_CERTIFICATE"), authority_path("broken.pem")), server,
                   "broken.pem");
    http_server_mhd_stop(server);
}

/* The system's directory of certificates must not widen what a file narrows. A
 * test can't put its own there, so this looks at the options that libcurl gets. */
static void otlp_http_trusts_only_the_configured_certificates(void **state)
{
    struct http_server_mhd *server = start_tls_server("server", false);

    (void)state;
    directory_was_removed = false;
    sessions_were_kept = true;
    assert_int_equal(deliver(server, KEY("CERTIFICATE"), authority_path("ca.pem")).result.verdict,
                     HAETAE_VERDICT_OK);
    assert_true(directory_was_removed);
    /* A session could be taken up again after the file has changed. */
    assert_false(sessions_were_kept);
    /* Without a file, it is the system's business. */
    directory_was_removed = false;
    deliver(server, KEY("CERTIFICATE"), "");
    assert_false(directory_was_removed);
    http_server_mhd_stop(server);
}

/* The system's TLS library may take an older one, and the test cannot make it do so. */
static void otlp_http_asks_for_a_version_that_is_safe(void **state)
{
    struct http_server_mhd *server = start_tls_server("server", false);

    (void)state;
    least_version = 0;
    assert_int_equal(deliver(server, KEY("CERTIFICATE"), authority_path("ca.pem")).result.verdict,
                     HAETAE_VERDICT_OK);
    assert_int_equal(least_version, CURL_SSLVERSION_TLSv1_2);
    http_server_mhd_stop(server);
}

static void otlp_http_speaks_no_older_version_than_it_should(void **state)
{
    struct http_server_mhd *server;

    (void)state;
    priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.2";
    server = start_tls_server("server", false);
    priorities = NULL;
    for (int i = 0; i < 2; i++) {
        struct fake_endpoint endpoint = fake_endpoint("https", http_server_mhd_port(server));
        haetae_exporter *exporter = make_exporter(
            OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("CERTIFICATE"), authority_path("ca.pem")},
                    {"HAETAE_OTLP_TLS_MIN_VERSION", i == 0 ? "1.2" : "1.3"}));
        haetae_delivery delivery = a_delivery();

        fake_deliver(exporter, &delivery);
        assert_int_equal(delivery.result.verdict,
                         i == 0 ? HAETAE_VERDICT_OK : HAETAE_VERDICT_RETRY);
        haetae_exporter_free(exporter);
    }
    assert_int_equal(http_server_mhd_request_count(server), 1);
    http_server_mhd_stop(server);
}

static void otlp_http_shows_a_client_certificate(void **state)
{
    struct http_server_mhd *server = start_tls_server("server", true);
    struct fake_endpoint endpoint = fake_endpoint("https", http_server_mhd_port(server));
    haetae_exporter *exporter = make_exporter(
        OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("CERTIFICATE"), authority_path("ca.pem")},
                {KEY("CLIENT_CERTIFICATE"), authority_path("client.pem")},
                {KEY("CLIENT_KEY"), authority_path("client.key")},
                {KEY("LOGS_CLIENT_CERTIFICATE"), authority_path("client-both.pem")},
                {KEY("LOGS_CLIENT_KEY"), authority_path("client-both.pem")}));
    haetae_delivery delivery = a_delivery();

    (void)state;
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_true(http_server_mhd_request(server, 0)->client_verified);
    delivery.signal = HAETAE_SIGNAL_LOGS;
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_true(http_server_mhd_request(server, 1)->client_verified);
    haetae_exporter_free(exporter);

    delivery = deliver(server, KEY("CERTIFICATE"), authority_path("ca.pem"));
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_false(http_server_mhd_request(server, 2)->client_verified);
    http_server_mhd_stop(server);
}

static void otlp_http_takes_key_and_certificate_from_one_file(void **state)
{
    struct http_server_mhd *server = start_tls_server("server", true);
    struct fake_endpoint endpoint = fake_endpoint("https", http_server_mhd_port(server));
    haetae_exporter *exporter = make_exporter(
        OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("CERTIFICATE"), authority_path("ca.pem")},
                {KEY("CLIENT_CERTIFICATE"), authority_path("client-both.pem")}));
    haetae_delivery delivery = a_delivery();

    (void)state;
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_true(http_server_mhd_request(server, 0)->client_verified);
    haetae_exporter_free(exporter);
    http_server_mhd_stop(server);
}

static void otlp_http_retries_when_one_side_speaks_no_tls(void **state)
{
    struct http_server_mhd *tls_server = start_tls_server("server", false);
    struct http_server_mhd *plain_server = http_server_mhd_start(&accepted, NULL);
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_mhd_port(tls_server));
    haetae_exporter *exporter = make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}));
    haetae_delivery delivery = a_delivery();

    (void)state;
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_refused(deliver(plain_server, KEY("CERTIFICATE"), authority_path("ca.pem")),
                   plain_server, "https://127.0.0.1");
    haetae_exporter_free(exporter);
    http_server_mhd_stop(plain_server);
    http_server_mhd_stop(tls_server);
}

static void otlp_http_retries_when_a_tls_server_is_gone(void **state)
{
    struct http_server_mhd *server = start_tls_server("server", false);
    struct fake_endpoint endpoint = fake_endpoint("https", http_server_mhd_port(server));
    haetae_exporter *exporter = make_exporter(
        OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("CERTIFICATE"), authority_path("ca.pem")}));
    haetae_delivery delivery = a_delivery();

    (void)state;
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    http_server_mhd_stop(server);
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    haetae_exporter_free(exporter);
}

static void otlp_http_reads_a_replaced_ca_file(void **state)
{
    struct http_server_mhd *server = start_tls_server("server", false);
    struct fake_endpoint endpoint = fake_endpoint("https", http_server_mhd_port(server));
    haetae_exporter *exporter;
    haetae_delivery delivery = a_delivery();

    (void)state;
    authority_replace("rotated.pem", "other-ca.pem");
    exporter = make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("TIMEOUT"), "60000"},
                                     {KEY("CERTIFICATE"), authority_path("rotated.pem")}));
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    authority_replace("rotated.pem", "ca.pem");
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    haetae_exporter_free(exporter);
    http_server_mhd_stop(server);
}

static void otlp_http_trusts_whom_the_environment_names(void **state)
{
    struct http_server_mhd *server = start_tls_server("server", false);
    static const struct {
        const char *variable, *value, *option;
        haetae_verdict verdict;
    } cases[] = {
        {"SSL_CERT_FILE", "ca.pem", NULL, HAETAE_VERDICT_OK},
        {"SSL_CERT_FILE", "other-ca.pem", NULL, HAETAE_VERDICT_RETRY},
        {"SSL_CERT_DIR", "hashed", NULL, HAETAE_VERDICT_OK},
        /* The option wins. */
        {"SSL_CERT_FILE", "other-ca.pem", "ca.pem", HAETAE_VERDICT_OK},
        {"SSL_CERT_FILE", "ca.pem", "other-ca.pem", HAETAE_VERDICT_RETRY},
        {"SSL_CERT_DIR", "hashed", "other-ca.pem", HAETAE_VERDICT_RETRY},
    };
    char command[512];

    (void)state;
    snprintf(command, sizeof command, "mkdir %s && cp %s %s/$(openssl x509 -hash -noout -in %s).0",
             authority_path("hashed"), authority_path("ca.pem"), authority_path("hashed"),
             authority_path("ca.pem"));
    authority_run(command);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        setenv(cases[i].variable, authority_path(cases[i].value), 1);
        assert_int_equal(deliver(server, KEY("CERTIFICATE"),
                                 cases[i].option != NULL ? authority_path(cases[i].option) : "")
                             .result.verdict,
                         cases[i].verdict);
        unsetenv(cases[i].variable);
    }
    http_server_mhd_stop(server);
}

static void otlp_http_refuses_a_variable_that_names_nothing(void **state)
{
    static const char *const names[] = {"SSL_CERT_FILE", "SSL_CERT_DIR"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (int tls = 0; tls < 2; tls++) {
            haetae_config *config = make_config(
                OPTIONS({KEY("ENDPOINT"), tls ? "https://127.0.0.1:1" : "http://127.0.0.1:1"}));
            haetae_exporter *exporter = NULL;

            setenv(names[i], "/nowhere/at/all", 1);
            assert_int_equal(haetae_otlp_http_new(config, &exporter),
                             tls ? HAETAE_EVALUE : HAETAE_OK);
            unsetenv(names[i]);
            if (tls) {
                assert_contains(haetae_config_error(config), names[i]);
                assert_contains(haetae_config_error(config), "=\"/nowhere/at/all\": No such file");
            }
            haetae_exporter_free(exporter);
            haetae_config_free(config);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_http_delivers_over_tls),
        cmocka_unit_test(otlp_http_keeps_its_connection_over_tls),
        cmocka_unit_test(otlp_http_sends_nothing_to_a_server_it_cannot_verify),
        cmocka_unit_test(otlp_http_sends_nothing_to_a_server_of_another_name),
        cmocka_unit_test(otlp_http_says_which_certificate_file_is_broken),
        cmocka_unit_test(otlp_http_trusts_only_the_configured_certificates),
        cmocka_unit_test(otlp_http_asks_for_a_version_that_is_safe),
        cmocka_unit_test(otlp_http_speaks_no_older_version_than_it_should),
        cmocka_unit_test(otlp_http_shows_a_client_certificate),
        cmocka_unit_test(otlp_http_takes_key_and_certificate_from_one_file),
        cmocka_unit_test(otlp_http_retries_when_one_side_speaks_no_tls),
        cmocka_unit_test(otlp_http_retries_when_a_tls_server_is_gone),
        cmocka_unit_test(otlp_http_reads_a_replaced_ca_file),
        cmocka_unit_test(otlp_http_trusts_whom_the_environment_names),
        cmocka_unit_test(otlp_http_refuses_a_variable_that_names_nothing),
    };

    if (!certificate_can_be_made()) {
        return 77;
    }
    return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
