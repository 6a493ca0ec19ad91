/* SPDX-License-Identifier: Apache-2.0 */
/* Headers that a program makes for each call. What else they do is tested in otlp_http. */
#include <stdatomic.h>

#include "haetae/request_headers.h"
#include "otlp_grpc/harness.h"

static _Atomic unsigned calls;
static const char *name = "authorization";

static haetae_status add_header(void *user, int32_t signal, const char *label,
                                haetae_request_headers *headers)
{
    char value[32];

    (void)user;
    (void)signal;
    (void)label;
    snprintf(value, sizeof value, "token-%u", atomic_fetch_add(&calls, 1) + 1);
    return haetae_request_headers_add(headers, name, value);
}

static haetae_exporter *start(const struct http2_server *server)
{
    struct fake_endpoint endpoint = fake_endpoint("http", http2_server_port(server));
    haetae_config *config = grpc_config(OPTIONS({KEY("ENDPOINT"), endpoint.url}));
    haetae_exporter *exporter = NULL;

    atomic_store(&calls, 0);
    assert_int_equal(haetae_config_set_request_headers(config, add_header, NULL), HAETAE_OK);
    assert_int_equal(haetae_otlp_grpc_new(config, &exporter), HAETAE_OK);
    haetae_config_free(config);
    return exporter;
}

static void assert_sent(struct http2_server *server, unsigned number, const char *value)
{
    struct http2_request *request = http2_server_request(server, number);
    char *sent = http2_request_header(request, name);

    assert_non_null(sent);
    assert_string_equal(sent, value);
    free(sent);
    http2_request_free(request);
}

/* Refuses all calls but with the second token. */
static void expect_a_later_token(struct http2_connection *connection,
                                 const struct http2_request *request)
{
    char *token = http2_request_header(request, "authorization");

    if (strcmp(token, "token-2") == 0) {
        grpc_accept(connection, request);
    } else {
        http2_write_headers(connection, request->stream,
                            ":status: 200\ncontent-type: application/grpc\ngrpc-status: 16\n",
                            true);
    }
    free(token);
}

static void a_call_with_newer_headers_is_sent_again_at_once(void **state)
{
    struct http2_server *server = http2_server_start(expect_a_later_token, NULL);
    haetae_exporter *exporter = start(server);
    haetae_delivery delivery = a_delivery();

    (void)state;
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(http2_server_request_count(server), 2);
    assert_sent(server, 1, "token-1");
    assert_sent(server, 2, "token-2");
    /* The next token is refused, and so is the one after it. */
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_DROP);
    assert_contains(delivery.message, "UNAUTHENTICATED");
    assert_int_equal(http2_server_request_count(server), 4);
    haetae_exporter_free(exporter);
    http2_server_stop(server);
}

static void bytes_go_out_in_base64(void **state)
{
    struct http2_server *server = http2_server_start(grpc_accept, NULL);
    haetae_exporter *exporter = start(server);
    haetae_delivery delivery = a_delivery();

    (void)state;
    name = "x-token-bin";
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_sent(server, 1, "dG9rZW4tMQ");
    name = "grpc-timeout";
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_contains(delivery.message, "grpc-timeout: the exporter itself sets");
    name = "authorization";
    haetae_exporter_free(exporter);
    http2_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_with_newer_headers_is_sent_again_at_once),
        cmocka_unit_test(bytes_go_out_in_base64),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
