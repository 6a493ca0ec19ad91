/* SPDX-License-Identifier: Apache-2.0 */
/* What the exporter makes of an answer, and shows of it. */
#include "otlp.pb-c.h"
#include "otlp_http/pair.h"

/* Delivers once to a server that answers with this. */
static haetae_delivery deliver_to(const struct http_reply *reply)
{
    struct pair pair = pair_start(reply, KEY("HEADERS"), "authorization=Bearer hunter2");
    haetae_delivery delivery = a_delivery();

    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(http_server_mhd_request_count(pair.server), 1);
    pair_stop(&pair);
    /* The copy that is returned has its message elsewhere. */
    delivery.result.message = NULL;
    return delivery;
}

static void otlp_http_maps_each_status_to_its_verdict(void **state)
{
    static const struct {
        unsigned status;
        haetae_verdict verdict;
    } cases[] = {
        {200, HAETAE_VERDICT_OK},    {202, HAETAE_VERDICT_OK},        {204, HAETAE_VERDICT_OK},
        {301, HAETAE_VERDICT_DROP},  {302, HAETAE_VERDICT_DROP},      {304, HAETAE_VERDICT_DROP},
        {307, HAETAE_VERDICT_DROP},  {308, HAETAE_VERDICT_DROP},      {400, HAETAE_VERDICT_DROP},
        {401, HAETAE_VERDICT_DROP},  {403, HAETAE_VERDICT_DROP},      {404, HAETAE_VERDICT_DROP},
        {408, HAETAE_VERDICT_DROP},  {413, HAETAE_VERDICT_TOO_LARGE}, {415, HAETAE_VERDICT_DROP},
        {429, HAETAE_VERDICT_RETRY}, {500, HAETAE_VERDICT_DROP},      {501, HAETAE_VERDICT_DROP},
        {502, HAETAE_VERDICT_RETRY}, {503, HAETAE_VERDICT_RETRY},     {504, HAETAE_VERDICT_RETRY},
        {505, HAETAE_VERDICT_DROP},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_reply reply = {.status = cases[i].status};
        haetae_delivery delivery = deliver_to(&reply);
        char text[16];

        snprintf(text, sizeof text, "HTTP %u", cases[i].status);
        assert_int_equal(delivery.result.verdict, cases[i].verdict);
        if (cases[i].verdict != HAETAE_VERDICT_OK) {
            assert_contains(delivery.message, text);
            assert_contains(delivery.message, "/v1/traces");
        }
    }
}

/* What may be secret in it is not shown, nor what the server repeats of a header. */
static void otlp_http_names_where_a_redirect_leads(void **state)
{
    const char *const headers[] = {
        "Location", "https://user:hunter3@elsewhere.example:4318/hunter2/v2?token=hunter4#hunter5",
        NULL};
    struct http_reply reply = {.status = 308, .headers = headers};
    haetae_delivery delivery = deliver_to(&reply);

    (void)state;
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_DROP);
    assert_contains(delivery.message, "HTTP 308, a redirect that is not followed, to "
                                      "https://***@elsewhere.example:4318/***/v2?***");
    assert_lacks(delivery.message, "hunter");
    reply.headers = NULL;
    assert_lacks(deliver_to(&reply).message, "redirect");
}

/* The default lets it through. */
static void otlp_http_reads_a_response_up_to_its_limit(void **state)
{
    static const char body[1001];
    struct http_reply reply = {.status = 200, .body = body, .body_size = sizeof body};
    static const char *const cases[][2] = {{"HAETAE_OTLP_RESPONSE_MAX_BYTES", "1000"},
                                           {"HAETAE_OTLP_TRACES_RESPONSE_MAX_BYTES", "1000"},
                                           {"HAETAE_OTLP_RESPONSE_MAX_BYTES", "1001"},
                                           {"HAETAE_OTLP_LOGS_RESPONSE_MAX_BYTES", "1000"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pair pair = pair_start(&reply, cases[i][0], cases[i][1]);
        haetae_delivery delivery = a_delivery();

        fake_deliver(pair.exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
        if (i < 2) {
            assert_contains(delivery.message, "broken off");
        } else {
            assert_lacks(delivery.message, "broken off");
        }
        pair_stop(&pair);
    }
}

static void otlp_http_follows_no_redirect(void **state)
{
    struct http_server_mhd *other = http_server_mhd_start(&accepted, NULL);
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_mhd_port(other));
    const char *const headers[] = {"Location", endpoint.url, NULL};
    static const unsigned statuses[] = {301, 302, 303, 307, 308};

    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        struct http_reply reply = {.status = statuses[i], .headers = headers};

        assert_int_equal(deliver_to(&reply).result.verdict, HAETAE_VERDICT_DROP);
    }
    assert_int_equal(http_server_mhd_connection_count(other), 0);
    http_server_mhd_stop(other);
}

static void otlp_http_passes_retry_after_on(void **state)
{
    static const char *const headers[] = {"Retry-After", "7", NULL};
    struct http_reply reply = {.status = 429, .headers = headers};
    haetae_delivery delivery = deliver_to(&reply);

    (void)state;
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_int_equal(delivery.result.retry_after_ms, 7000);
    reply.headers = NULL;
    assert_int_equal(deliver_to(&reply).result.retry_after_ms, -1);
}

static const char *const protobuf[] = {"Content-Type", "application/x-protobuf", NULL};

static void otlp_http_counts_a_partial_success(void **state)
{
    HaeOtlp__ExportTracePartialSuccess partial = HAE_OTLP__EXPORT_TRACE_PARTIAL_SUCCESS__INIT;
    HaeOtlp__ExportTraceServiceResponse response = HAE_OTLP__EXPORT_TRACE_SERVICE_RESPONSE__INIT;
    uint8_t body[128];
    struct http_reply reply = {.status = 200, .headers = protobuf, .body = body};
    haetae_delivery delivery;

    (void)state;
    partial.has_rejected_spans = 1;
    partial.rejected_spans = 2;
    partial.error_message = (char *)"too old";
    response.partial_success = &partial;
    reply.body_size = hae_otlp__export_trace_service_response__pack(&response, body);
    delivery = deliver_to(&reply);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(delivery.result.rejected_count, 2);
    assert_contains(delivery.message, "2 of 5 items were rejected: too old");
}

static void otlp_http_shows_what_the_server_says(void **state)
{
    HaeOtlp__RpcStatus status = HAE_OTLP__RPC_STATUS__INIT;
    uint8_t body[128];
    struct http_reply reply = {.status = 400, .headers = protobuf, .body = body};

    (void)state;
    status.message = (char *)"span 3 has no name";
    reply.body_size = hae_otlp__rpc_status__pack(&status, body);
    assert_contains(deliver_to(&reply).message, "HTTP 400: span 3 has no name");

    reply = (struct http_reply){.status = 404, .body = "no page\nhere", .body_size = 12};
    assert_contains(deliver_to(&reply).message, "HTTP 404: no page here");
}

static void otlp_http_shows_no_secret_that_the_server_repeats(void **state)
{
    struct http_reply reply = {
        .status = 401, .body = "bad 'Bearer hunter2' (hunter2)", .body_size = 30};
    haetae_delivery delivery = deliver_to(&reply);

    (void)state;
    assert_contains(delivery.message, "HTTP 401: bad '***' (***)");
    assert_lacks(delivery.message, "hunter2");
}

static void otlp_http_authenticates_by_user_information(void **state)
{
    static const char said[] = "hunter2 of rider; authorization: Basic cmlkZXI6aHVudGVyMg==, "
                               "cmlkZXI6aHVudGVyMg; see http://rider:hunter2@host/?token=hunter2, "
                               "rider%3Ahunter2, r%69der:hunter%32";
    static const struct http_reply refused = {
        .status = 403, .body = said, .body_size = sizeof said - 1};
    struct http_server_mhd *server = http_server_mhd_start(&refused, NULL);
    haetae_delivery delivery = a_delivery();
    haetae_exporter *exporter;
    char endpoint[128];

    (void)state;
    snprintf(endpoint, sizeof endpoint, "http://rider:hunter2@127.0.0.1:%u/x?token=hunter2",
             http_server_mhd_port(server));
    exporter = make_exporter(OPTIONS({KEY("TRACES_ENDPOINT"), endpoint}));
    fake_deliver(exporter, &delivery);
    assert_header(http_server_mhd_request(server, 0), "authorization",
                  "Basic cmlkZXI6aHVudGVyMg==");
    assert_string_equal(http_server_mhd_request(server, 0)->url, "/x");
    assert_contains(delivery.message, "HTTP 403");
    assert_lacks(delivery.message, "hunter2");
    assert_lacks(delivery.message, "rider");
    assert_lacks(delivery.message, "cmlkZXI6");
    assert_lacks(delivery.message, "hunter%32");
    haetae_exporter_free(exporter);
    http_server_mhd_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_http_maps_each_status_to_its_verdict),
        cmocka_unit_test(otlp_http_follows_no_redirect),
        cmocka_unit_test(otlp_http_names_where_a_redirect_leads),
        cmocka_unit_test(otlp_http_reads_a_response_up_to_its_limit),
        cmocka_unit_test(otlp_http_passes_retry_after_on),
        cmocka_unit_test(otlp_http_counts_a_partial_success),
        cmocka_unit_test(otlp_http_shows_what_the_server_says),
        cmocka_unit_test(otlp_http_shows_no_secret_that_the_server_repeats),
        cmocka_unit_test(otlp_http_authenticates_by_user_information),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
