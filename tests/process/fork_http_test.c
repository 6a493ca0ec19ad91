/* SPDX-License-Identifier: Apache-2.0 */
/* Forks of a process with open OTLP/HTTP connections. */
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "haetae/otlp_http.h"
#include "process.h"
#include "support/http_server_mhd.h"

enum { CHILDREN = 20, ITEMS = 10 };

static const struct http_reply accepted = {.status = 200};

struct http_fixture {
    struct fixture f;
    struct http_server_mhd *server;
    unsigned process; /* of the next child */
};

static void begin(struct http_fixture *h, const char *compression)
{
    haetae_config *config = sdk_config(SDK_SETTINGS({"OTEL_EXPORTER_OTLP_COMPRESSION", compression},
                                                    {"HAETAE_WORKER", PROCESS_WORKER}),
                                       NULL);
    haetae_exporter *exporter = NULL;
    haetae_sdk *sdk = NULL;
    char endpoint[64];

    memset(h, 0, sizeof *h);
    h->server = http_server_mhd_start(&accepted, NULL);
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", http_server_mhd_port(h->server));
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), HAETAE_OK);
    assert_int_equal(haetae_otlp_http_new(config, &exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, exporter), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    h->f.receiver = receiver_start();
    fixture_use(&h->f, sdk);
}

static void end(struct http_fixture *h)
{
    haetae_sdk_free(h->f.sdk);
    http_server_mhd_stop(h->server);
    receiver_free(h->f.receiver);
}

static haetae_signal signal_of(const struct http_request *request)
{
    return strcmp(request->url, "/v1/traces") == 0    ? HAETAE_SIGNAL_TRACES
           : strcmp(request->url, "/v1/metrics") == 0 ? HAETAE_SIGNAL_METRICS
                                                      : HAETAE_SIGNAL_LOGS;
}

static void finish(struct http_fixture *h)
{
    fixture_finish(&h->f);
    for (size_t i = 0; i < http_server_mhd_request_count(h->server); i++) {
        const struct http_request *request = http_server_mhd_request(h->server, i);

        receiver_read(h->f.receiver, signal_of(request), request->body, request->body_size);
    }
}

/* The number of sockets of this process that are connected to the server's port. */
static unsigned count_connections(struct http_fixture *h)
{
    unsigned count = 0;

    for (int fd = 0; fd < 256; fd++) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;

        count += getpeername(fd, (struct sockaddr *)&peer, &size) == 0 &&
                 peer.sin_family == AF_INET &&
                 ntohs(peer.sin_port) == http_server_mhd_port(h->server);
    }
    return count;
}

/* Whether a child only frees the SDK. */
static bool records_nothing(unsigned process)
{
    return process % 4 == 3;
}

static void be_child(void *argument)
{
    struct http_fixture *h = argument;

    CHILD_EXPECT(count_connections(h) == 0);
    if (records_nothing(h->process)) {
        haetae_sdk_free(h->f.sdk); /* its exporter was never used here */
        return;
    }
    fixture_record(&h->f, h->process, 0, ITEMS);
    CHILD_EXPECT(haetae_sdk_force_flush(h->f.sdk, 60000) == HAETAE_OK);
    CHILD_EXPECT(count_connections(h) != 0);
    fixture_record(&h->f, h->process, 1, ITEMS);
    CHILD_EXPECT(haetae_sdk_shutdown(h->f.sdk, 60000) == HAETAE_OK);
    haetae_sdk_free(h->f.sdk);
    CHILD_EXPECT(count_connections(h) == 0);
}

/* Checks that everything of the parent's first group and of the children has arrived once. */
static void check_received(struct http_fixture *h, unsigned child_count)
{
    fixture_has(&h->f, PARENT, 0, ITEMS);
    for (unsigned process = 1; process <= child_count; process++) {
        unsigned long items = records_nothing(process) ? 0 : ITEMS;

        fixture_has(&h->f, process, 0, items);
        fixture_has(&h->f, process, 1, items);
    }
    receiver_has_no_others(h->f.receiver);
}

static void children_have_connections_of_their_own(void **state)
{
    const struct http_request *last;
    struct http_fixture h;
    unsigned before;

    (void)state;
    begin(&h, "none");
    fixture_record(&h.f, PARENT, 0, ITEMS);
    assert_int_equal(haetae_sdk_force_flush(h.f.sdk, 60000), HAETAE_OK);
    before = http_server_mhd_connection_count(h.server);
    assert_true(count_connections(&h) > 0);
    for (h.process = 1; h.process <= CHILDREN; h.process++) {
        process_run(be_child, &h);
    }
    /* The parent's connections still work. */
    fixture_record(&h.f, PARENT, 1, ITEMS);
    assert_int_equal(haetae_sdk_force_flush(h.f.sdk, 60000), HAETAE_OK);
    last = http_server_mhd_request(h.server, http_server_mhd_request_count(h.server) - 1);
    assert_true(last->connection <= before);
    finish(&h);
    fixture_has(&h.f, PARENT, 1, ITEMS);
    check_received(&h, CHILDREN);
    receiver_has_unique_ids(h.f.receiver);
    end(&h);
}

static void request_under_way_at_the_fork_is_the_parents(void **state)
{
    struct http_fixture h;

    (void)state;
    begin(&h, "none");
    http_server_mhd_hold(h.server, true);
    fixture_record(&h.f, PARENT, 0, ITEMS);
    (void)haetae_sdk_force_flush(h.f.sdk, 200); /* as long as the server is held */
    http_server_mhd_wait_requests(h.server, 1);
    for (h.process = 1; h.process <= 2; h.process++) {
        pid_t pid = process_begin(be_child, &h);

        /* The same server holds this request as well. */
        http_server_mhd_hold(h.server, false);
        process_await(pid);
    }
    finish(&h);
    check_received(&h, 2);
    end(&h);
}

static void compression_continues_in_the_child(void **state)
{
    struct http_fixture h;

    (void)state;
    begin(&h, "gzip");
    fixture_record(&h.f, PARENT, 0, ITEMS);
    assert_int_equal(haetae_sdk_force_flush(h.f.sdk, 60000), HAETAE_OK);
    h.process = 1;
    process_run(be_child, &h);
    assert_int_equal(haetae_sdk_shutdown(h.f.sdk, 60000), HAETAE_OK);
    receiver_stop(h.f.receiver);
    end(&h);
}

/* ---- A daemon that has closed everything ---------------------------------------------------- */

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void be_daemon(void *argument)
{
    struct http_fixture *h = argument;

    for (int fd = 0; fd < 256; fd++) {
        close(fd);
    }
    fixture_record(&h->f, h->process, 0, ITEMS);
    if (haetae_sdk_force_flush(h->f.sdk, 60000) != HAETAE_OK || count_connections(h) == 0 ||
        is_open(0) || is_open(1) || is_open(2)) {
        _exit(1);
    }
    haetae_sdk_free(h->f.sdk);
}

static void connections_are_no_standard_descriptors(void **state)
{
    struct http_fixture h;

    (void)state;
    begin(&h, "none");
    fixture_record(&h.f, PARENT, 0, ITEMS);
    assert_int_equal(haetae_sdk_force_flush(h.f.sdk, 60000), HAETAE_OK);
    h.process = 1;
    process_run(be_daemon, &h);
    finish(&h);
    fixture_has(&h.f, PARENT, 0, ITEMS);
    fixture_has(&h.f, 1, 0, ITEMS);
    receiver_has_no_others(h.f.receiver);
    end(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_have_connections_of_their_own),
        cmocka_unit_test(request_under_way_at_the_fork_is_the_parents),
        cmocka_unit_test(compression_continues_in_the_child),
        cmocka_unit_test(connections_are_no_standard_descriptors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
