/* SPDX-License-Identifier: Apache-2.0 */
/* No descriptors, or none for epoll: what the server has taken is not sent again, and the reason
 * that is given is the right one. */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "otlp_http/harness.h"
#include "support/http_server_mhd.h"

enum { FILL_MAX = 4096 };

static const struct http_reply accepted = {.status = 200};

struct shortage {
    struct rlimit before;
    int fill[FILL_MAX];
    size_t fill_count;
};

/* Leaves `left` descriptors to be had. */
static void run_short(struct shortage *shortage, size_t left)
{
    struct rlimit limit;
    int number = 0;

    shortage->fill_count = 0;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &shortage->before), 0);
    limit = shortage->before;
    limit.rlim_cur = 1024;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    while (shortage->fill_count < FILL_MAX &&
           (number = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0) {
        shortage->fill[shortage->fill_count++] = number;
    }
    assert_int_equal(number, -1);
    while (left-- > 0) {
        close(shortage->fill[--shortage->fill_count]);
    }
}

static void end_shortage(struct shortage *shortage)
{
    while (shortage->fill_count > 0) {
        close(shortage->fill[--shortage->fill_count]);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &shortage->before), 0);
}

static haetae_exporter *exporter_for(struct http_server_mhd *server)
{
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_mhd_port(server));

    return make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("TIMEOUT"), "60000"}));
}

/* Whatever is left when the second request is sent, the first one, which the server has, ends with
 * its answer. */
static void requests_that_the_server_took_are_not_sent_again(void **state)
{
    (void)state;
    for (size_t left = 0; left < 4; left++) {
        struct http_server_mhd *server = http_server_mhd_start(&accepted, NULL);
        haetae_exporter *exporter = exporter_for(server);
        haetae_delivery deliveries[2] = {a_delivery(), a_delivery()};
        struct shortage shortage;

        http_server_mhd_hold(server, true);
        fake_send(exporter, &deliveries[0]);
        while (http_server_mhd_request_count(server) < 1) {
            fake_run_once(exporter);
        }
        run_short(&shortage, left);
        fake_send(exporter, &deliveries[1]);
        for (int i = 0; i < 100; i++) {
            exporter->ops.step(exporter->self);
        }
        end_shortage(&shortage);
        assert_int_equal(deliveries[0].completed_count, 0);
        http_server_mhd_hold(server, false);
        fake_wait(exporter, deliveries, 2);
        assert_int_equal(deliveries[0].result.verdict, HAETAE_VERDICT_OK);
        assert_int_equal(deliveries[1].result.verdict,
                         left == 0 ? HAETAE_VERDICT_RETRY : HAETAE_VERDICT_OK);
        haetae_exporter_free(exporter);
        http_server_mhd_stop(server);
    }
}

static void the_reason_is_that_there_is_no_descriptor(void **state)
{
    static const char *const endpoints[] = {"http://127.0.0.1:1", "http://localhost:1",
                                            "https://127.0.0.1:1"};

    (void)state;
    for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++) {
        haetae_exporter *exporter =
            make_exporter(OPTIONS({KEY("ENDPOINT"), endpoints[i]}, {KEY("TIMEOUT"), "60000"}));
        haetae_delivery delivery = a_delivery();
        struct shortage shortage;

        run_short(&shortage, 0);
        fake_deliver(exporter, &delivery);
        end_shortage(&shortage);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
        assert_contains(delivery.message, strerror(EMFILE));
        haetae_exporter_free(exporter);
    }
}

/* A host that refuses is one, whether or not descriptors are short later. */
static void a_host_that_refuses_is_not_a_shortage(void **state)
{
    haetae_exporter *exporter = make_exporter(OPTIONS({KEY("ENDPOINT"), "http://127.0.0.1:1"}));
    haetae_delivery delivery = a_delivery();
    struct shortage shortage;

    (void)state;
    run_short(&shortage, 1); /* the exporter's own socket */
    fake_deliver(exporter, &delivery);
    end_shortage(&shortage);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_lacks(delivery.message, strerror(EMFILE));
    haetae_exporter_free(exporter);
}

static void an_exporter_that_cannot_be_made_says_why(void **state)
{
    haetae_config *config = make_config(OPTIONS({KEY("TIMEOUT"), "1"}));
    haetae_exporter *exporter = NULL;
    struct shortage shortage;

    (void)state;
    run_short(&shortage, 0);
    assert_int_equal(haetae_otlp_http_new(config, &exporter), HAETAE_EIO);
    end_shortage(&shortage);
    assert_contains(haetae_config_error(config), strerror(EMFILE));
    haetae_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_that_the_server_took_are_not_sent_again),
        cmocka_unit_test(the_reason_is_that_there_is_no_descriptor),
        cmocka_unit_test(a_host_that_refuses_is_not_a_shortage),
        cmocka_unit_test(an_exporter_that_cannot_be_made_says_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
