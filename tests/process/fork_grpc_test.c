/* SPDX-License-Identifier: Apache-2.0 */
/* Forks of a process with an open OTLP/gRPC connection. */
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "haetae/otlp_grpc.h"
#include "process.h"
#include "support/http2_server.h"

/* The server keeps the last 64 requests; a flush makes up to three. */
enum { CHILDREN = 6, ITEMS = 10 };

struct grpc_fixture {
    struct fixture f;
    struct http2_server *server;
    unsigned process; /* of the next child */
};

static void accept_all(struct http2_connection *connection, const struct http2_request *request)
{
    http2_write_headers(connection, request->stream,
                        ":status: 200\ncontent-type: application/grpc\n", false);
    http2_write_frame(connection, HTTP2_DATA, 0, request->stream, "\0\0\0\0", 5);
    http2_write_headers(connection, request->stream, "grpc-status: 0\n", true);
}

static void begin(struct grpc_fixture *g)
{
    haetae_config *config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", PROCESS_WORKER}), NULL);
    haetae_exporter *exporter = NULL;
    haetae_sdk *sdk = NULL;
    char endpoint[64];

    memset(g, 0, sizeof *g);
    g->server = http2_server_start(accept_all, NULL);
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", http2_server_port(g->server));
    assert_int_equal(haetae_otlp_grpc_register(), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), HAETAE_OK);
    assert_int_equal(haetae_otlp_grpc_new(config, &exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, exporter), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    g->f.receiver = receiver_start();
    fixture_use(&g->f, sdk);
}

static void end(struct grpc_fixture *g)
{
    haetae_sdk_free(g->f.sdk);
    http2_server_stop(g->server);
    receiver_free(g->f.receiver);
}

static haetae_signal signal_of(const struct http2_request *request)
{
    return strstr(request->headers, "TraceService") != NULL     ? HAETAE_SIGNAL_TRACES
           : strstr(request->headers, "MetricsService") != NULL ? HAETAE_SIGNAL_METRICS
                                                                : HAETAE_SIGNAL_LOGS;
}

static void finish(struct grpc_fixture *g)
{
    fixture_finish(&g->f);
    for (unsigned i = 1; i <= http2_server_request_count(g->server); i++) {
        struct http2_request *request = http2_server_request(g->server, i);

        receiver_read(g->f.receiver, signal_of(request), request->body + 5,
                      request->body_bytes - 5);
        http2_request_free(request);
    }
}

/* The number of sockets of this process that are connected to the server's port. */
static unsigned count_connections(unsigned port)
{
    unsigned count = 0;

    for (int fd = 0; fd < 256; fd++) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;

        count += getpeername(fd, (struct sockaddr *)&peer, &size) == 0 &&
                 peer.sin_family == AF_INET && ntohs(peer.sin_port) == port;
    }
    return count;
}

/* Whether a child only frees the SDK. */
static bool records_nothing(unsigned process)
{
    return process % 3 == 0;
}

static void be_child(void *argument)
{
    struct grpc_fixture *g = argument;
    unsigned port = http2_server_port(g->server);

    CHILD_EXPECT(count_connections(port) == 0);
    if (records_nothing(g->process)) {
        haetae_sdk_free(g->f.sdk); /* its exporter was never used here */
        return;
    }
    fixture_record(&g->f, g->process, 0, ITEMS);
    CHILD_EXPECT(haetae_sdk_force_flush(g->f.sdk, 60000) == HAETAE_OK);
    CHILD_EXPECT(count_connections(port) != 0);
    CHILD_EXPECT(haetae_sdk_shutdown(g->f.sdk, 60000) == HAETAE_OK);
    haetae_sdk_free(g->f.sdk);
    CHILD_EXPECT(count_connections(port) == 0);
}

static void children_have_connections_of_their_own(void **state)
{
    struct grpc_fixture g;
    struct http2_request *last;

    (void)state;
    begin(&g);
    fixture_record(&g.f, PARENT, 0, ITEMS);
    assert_int_equal(haetae_sdk_force_flush(g.f.sdk, 60000), HAETAE_OK);
    assert_int_equal(http2_server_connection_count(g.server), 1);
    for (g.process = 1; g.process <= CHILDREN; g.process++) {
        process_run(be_child, &g);
    }
    /* The parent's connection still works. */
    fixture_record(&g.f, PARENT, 1, ITEMS);
    assert_int_equal(haetae_sdk_force_flush(g.f.sdk, 60000), HAETAE_OK);
    last = http2_server_request(g.server, http2_server_request_count(g.server));
    assert_int_equal(last->connection, 1);
    http2_request_free(last);
    finish(&g);
    fixture_has(&g.f, PARENT, 0, ITEMS);
    fixture_has(&g.f, PARENT, 1, ITEMS);
    for (unsigned process = 1; process <= CHILDREN; process++) {
        fixture_has(&g.f, process, 0, records_nothing(process) ? 0 : ITEMS);
    }
    receiver_has_no_others(g.f.receiver);
    receiver_has_unique_ids(g.f.receiver);
    end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_have_connections_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
