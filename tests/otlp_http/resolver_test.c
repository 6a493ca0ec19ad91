/* SPDX-License-Identifier: Apache-2.0 */
/* A name that takes for ever to look up must hold up nobody. The getaddrinfo()
 * here takes the place of the system's, for libcurl too. */
#include <netdb.h>
#include <pthread.h>

#include "otlp_http/harness.h"
#include "support/http_server_raw.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
/* All under `lock`. */
static unsigned entered_count;
static unsigned left_count;
static bool blocked;

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret_addresses);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret_addresses)
{
    (void)name;
    (void)service;
    (void)hints;
    (void)ret_addresses;
    pthread_mutex_lock(&lock);
    entered_count++;
    pthread_cond_broadcast(&changed);
    while (blocked) {
        pthread_cond_wait(&changed, &lock);
    }
    left_count++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return EAI_NONAME;
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

/* The tests below would never end if the look-up were waited for. */

static void otlp_http_times_out_while_the_resolver_hangs(void **state)
{
    haetae_exporter *exporter = exporter_with_timeout("200");
    haetae_delivery delivery = a_delivery();

    (void)state;
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    haetae_exporter_free(exporter);
}

static void otlp_http_cancels_while_the_resolver_hangs(void **state)
{
    haetae_exporter *exporter = exporter_with_timeout("0");
    haetae_delivery delivery = a_delivery();

    (void)state;
    fake_send(exporter, &delivery);
    fake_turn(exporter);
    wait_entered(1);
    fake_cancel(exporter, &delivery);
    haetae_exporter_free(exporter);
    assert_int_equal(delivery.completed_count, 0);
}

static void otlp_http_is_freed_while_the_resolver_hangs(void **state)
{
    haetae_exporter *exporter = exporter_with_timeout("0");
    haetae_delivery deliveries[8];

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        deliveries[i] = a_delivery();
        fake_send(exporter, &deliveries[i]);
    }
    while (exporter->ops.wait_ms(exporter->self) == 0) {
        fake_turn(exporter);
    }
    wait_entered(1);
    haetae_exporter_free(exporter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(otlp_http_retries_when_the_name_is_unknown, begin, end),
        cmocka_unit_test_setup_teardown(otlp_http_times_out_while_the_resolver_hangs, begin, end),
        cmocka_unit_test_setup_teardown(otlp_http_cancels_while_the_resolver_hangs, begin, end),
        cmocka_unit_test_setup_teardown(otlp_http_is_freed_while_the_resolver_hangs, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
