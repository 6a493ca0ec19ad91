/* SPDX-License-Identifier: Apache-2.0 */
/* Names that take for ever to look up, and names with several addresses. The
 * getaddrinfo() here takes the place of the system's, for libcurl too. */
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "otlp_http/harness.h"
#include "support/fake_address.h"
#include "support/http_server_raw.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
/* All under `lock`. */
static unsigned entered_count;
static unsigned left_count;
static bool blocked;

/* What a name is looked up to, in this order; else it is unknown. */
static const char *const *addresses;

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret_addresses);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret_addresses)
{
    (void)name;
    (void)hints;
    pthread_mutex_lock(&lock);
    entered_count++;
    pthread_cond_broadcast(&changed);
    while (blocked) {
        pthread_cond_wait(&changed, &lock);
    }
    left_count++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    if (addresses == NULL) {
        return EAI_NONAME;
    }
    for (size_t i = 0; addresses[i] != NULL; i++) {
        *ret_addresses = fake_address(addresses[i], service);
        ret_addresses = &(*ret_addresses)->ai_next;
    }
    return 0;
}

static void set_blocked(bool value)
{
    pthread_mutex_lock(&lock);
    blocked = value;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void wait_entered(unsigned count)
{
    pthread_mutex_lock(&lock);
    while (entered_count < count) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
}

static int begin(void **state)
{
    (void)state;
    entered_count = 0;
    left_count = 0;
    set_blocked(true);
    return 0;
}

/* No look-up outlives its test. */
static int end(void **state)
{
    (void)state;
    set_blocked(false);
    pthread_mutex_lock(&lock);
    while (left_count < entered_count) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
    return 0;
}

static haetae_exporter *exporter_with_timeout(const char *timeout_ms)
{
    return make_exporter(
        OPTIONS({KEY("ENDPOINT"), "http://collector.example:4318"}, {KEY("TIMEOUT"), timeout_ms}));
}

/* For the tests that would never end if the look-up were waited for. */
static haetae_exporter *exporter_before_hang(const char *timeout_ms)
{
    skip_before_curl(7, 87, "waits for a look-up");
    return exporter_with_timeout(timeout_ms);
}

static void otlp_http_retries_when_the_name_is_unknown(void **state)
{
    haetae_exporter *exporter = exporter_with_timeout("60000");
    haetae_delivery delivery = a_delivery();

    (void)state;
    set_blocked(false);
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_contains(delivery.message, "collector.example");
    haetae_exporter_free(exporter);
}

static void otlp_http_times_out_while_the_resolver_hangs(void **state)
{
    haetae_exporter *exporter = exporter_before_hang("200");
    haetae_delivery delivery = a_delivery();

    (void)state;
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    haetae_exporter_free(exporter);
}

static void otlp_http_cancels_while_the_resolver_hangs(void **state)
{
    haetae_exporter *exporter = exporter_before_hang("0");
    haetae_delivery delivery = a_delivery();

    (void)state;
    fake_send(exporter, &delivery);
    fake_run_once(exporter);
    wait_entered(1);
    fake_cancel(exporter, &delivery);
    haetae_exporter_free(exporter);
    assert_int_equal(delivery.completed_count, 0);
}

static void otlp_http_is_freed_while_the_resolver_hangs(void **state)
{
    haetae_exporter *exporter = exporter_before_hang("0");
    haetae_delivery deliveries[8];

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        deliveries[i] = a_delivery();
        fake_send(exporter, &deliveries[i]);
    }
    while (exporter->ops.wait_ms(exporter->self) == 0) {
        fake_run_once(exporter);
    }
    wait_entered(1);
    haetae_exporter_free(exporter);
}

static void answer_one(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_read_request(server, connection);
    http_server_raw_write_text(server, connection, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

static void otlp_http_tries_the_next_address_when_one_refuses(void **state)
{
    /* Nobody listens on any but the last. */
    static const char *const lists[][16] = {
        {"::1", "127.0.0.1"},
        {"127.0.0.2", "127.0.0.1"},
        {"127.0.0.2", "::1", "127.0.0.3", "127.0.0.4", "127.0.0.1"},
        {"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6", "127.0.0.7", "127.0.0.8",
         "127.0.0.9", "127.0.0.10", "127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.0.14",
         "127.0.0.1"},
    };
    struct http_server_raw *server = http_server_raw_start(answer_one);
    char endpoint[64];

    (void)state;
    set_blocked(false);
    snprintf(endpoint, sizeof endpoint, "http://collector.example:%u",
             http_server_raw_port(server));
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        haetae_exporter *exporter =
            make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint}, {KEY("TIMEOUT"), "60000"}));
        haetae_delivery deliveries[3];

        addresses = lists[i];
        for (size_t k = 0; k < 3; k++) {
            deliveries[k] = a_delivery();
            fake_send(exporter, &deliveries[k]);
        }
        fake_wait(exporter, deliveries, 3);
        for (size_t k = 0; k < 3; k++) {
            assert_string_equal(deliveries[k].message, "");
            assert_int_equal(deliveries[k].result.verdict, HAETAE_VERDICT_OK);
        }
        haetae_exporter_free(exporter);
    }
    addresses = NULL;
    http_server_raw_stop(server);
}

/* The receiver moves to another address. The server ends each connection. */
static void otlp_http_follows_a_name_to_its_new_address(void **state)
{
    static const char *const first[] = {"127.0.0.1", NULL};
    static const char *const second[] = {"127.0.0.2", NULL};
    static const char *const cache_ms[] = {"0", "60000"};
    struct http_server_raw *server = http_server_raw_start(answer_one);
    char endpoint[64];

    (void)state;
    set_blocked(false);
    snprintf(endpoint, sizeof endpoint, "http://collector.example:%u",
             http_server_raw_port(server));
    for (unsigned i = 0; i < 2; i++) {
        haetae_exporter *exporter =
            make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint}, {KEY("TIMEOUT"), "60000"},
                                  {"HAETAE_OTLP_DNS_CACHE_MS", cache_ms[i]}));
        haetae_delivery delivery = a_delivery();

        addresses = first;
        fake_deliver(exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
        addresses = second;
        fake_deliver(exporter, &delivery);
        /* Nobody listens at the new one; the old one still takes requests. */
        assert_int_equal(delivery.result.verdict,
                         i == 0 ? HAETAE_VERDICT_RETRY : HAETAE_VERDICT_OK);
        haetae_exporter_free(exporter);
    }
    addresses = NULL;
    http_server_raw_stop(server);
}

/* libcurl leaves the first address at half of the timeout, and the socket for
 * the second has the number of the first one's. */
static void otlp_http_tries_the_next_address_when_one_is_silent(void **state)
{
    enum { FILLERS = 8 };
    static const char *const both[] = {"127.0.0.2", "127.0.0.1", NULL};
    struct http_server_raw *server = http_server_raw_start(answer_one);
    struct sockaddr_in silent = {.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)http_server_raw_port(server))};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int fillers[FILLERS];
    haetae_delivery delivery = a_delivery();
    haetae_exporter *exporter;
    char endpoint[64];

    (void)state;
    set_blocked(false);
    inet_pton(AF_INET, both[0], &silent.sin_addr);
    assert_int_equal(bind(listener, (struct sockaddr *)&silent, sizeof silent), 0);
    assert_int_equal(listen(listener, 0), 0);
    for (int i = 0; i < FILLERS; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(fillers[i], (struct sockaddr *)&silent, sizeof silent);
    }
    snprintf(endpoint, sizeof endpoint, "http://collector.example:%u",
             http_server_raw_port(server));
    exporter = make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint}, {KEY("TIMEOUT"), "3000"}));
    addresses = both;
    fake_deliver(exporter, &delivery);
    assert_string_equal(delivery.message, "");
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    addresses = NULL;
    haetae_exporter_free(exporter);
    for (int i = 0; i < FILLERS; i++) {
        close(fillers[i]);
    }
    close(listener);
    http_server_raw_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(otlp_http_retries_when_the_name_is_unknown, begin, end),
        cmocka_unit_test_setup_teardown(otlp_http_tries_the_next_address_when_one_refuses, begin,
                                        end),
        cmocka_unit_test_setup_teardown(otlp_http_follows_a_name_to_its_new_address, begin, end),
        cmocka_unit_test_setup_teardown(otlp_http_tries_the_next_address_when_one_is_silent, begin,
                                        end),
        cmocka_unit_test_setup_teardown(otlp_http_times_out_while_the_resolver_hangs, begin, end),
        cmocka_unit_test_setup_teardown(otlp_http_cancels_while_the_resolver_hangs, begin, end),
        cmocka_unit_test_setup_teardown(otlp_http_is_freed_while_the_resolver_hangs, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
