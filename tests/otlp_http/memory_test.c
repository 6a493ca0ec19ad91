/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that runs out at every single allocation, of the exporter, of libcurl,
 * of zlib and of protobuf-c: nothing crashes, nothing leaks, and each delivery
 * still ends. */
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "haetae/request_headers.h"
#include "otlp.pb-c.h"
#include "otlp_http/harness.h"
#include "support/failing_malloc.h"
#include "support/http_server_raw.h"
#include "support/temporary.h"

/* The linker leads the exporter's calls here (--wrap). */
int __real_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event);

static bool watches_are_used_up;

int __wrap_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    if (operation == EPOLL_CTL_ADD && watches_are_used_up) {
        errno = ENOSPC;
        return -1;
    }
    return __real_epoll_ctl(epoll_fd, operation, fd, event);
}

/* A protocol, with an answer that refuses a request. */
struct variant {
    const char *protocol;
    const char *media_type;
    uint8_t body[256];
    size_t size;
};
static struct variant protobuf = {"http/protobuf", "application/x-protobuf", {0}, 0};
static const char json_answer[] = "{\"code\":3,\"message\":\"not today\"}";
static struct variant json = {"http/json", "application/json", {0}, 0};
static const struct variant *variant = &protobuf;

/* A request with a span that has an attribute: as JSON it takes some memory. */
static const uint8_t spans[] = {0x0a, 0x16, 0x12, 0x14, 0x12, 0x12, 0x2a, 0x01,
                                0x61, 0x4a, 0x0d, 0x0a, 0x01, 0x6b, 0x12, 0x08,
                                0x0a, 0x06, 0x76, 0x00, 0x61, 0x6c, 0x75, 0x65};

static haetae_delivery of_spans(void)
{
    haetae_delivery delivery = a_delivery();

    delivery.data = spans;
    delivery.size = sizeof spans;
    return delivery;
}

static void reject(struct http_server_raw *server, int connection, unsigned number)
{
    char head[128];

    (void)number;
    snprintf(head, sizeof head,
             "HTTP/1.1 400 Bad\r\nContent-Type: %s\r\n"
             "Content-Length: %zu\r\n\r\n",
             variant->media_type, variant->size);
    while (http_server_raw_read_request(server, connection) &&
           http_server_raw_write_text(server, connection, head) &&
           http_server_raw_write(server, connection, variant->body, variant->size)) {
    }
}

static unsigned port;

/* Makes an exporter, delivers twice, frees it. Returns whether it got that far
 * with nothing going wrong. */
static bool live_a_life(haetae_config *config)
{
    haetae_exporter *exporter = NULL;
    haetae_status status = haetae_otlp_http_new(config, &exporter);
    bool untroubled = true;

    if (status != HAETAE_OK) {
        if (status != HAETAE_ENOMEM) {
            fail_msg("failure %ld: %d: %s", failing_number(), (int)status,
                     haetae_config_error(config));
        }
        assert_true(haetae_config_error(config)[0] != '\0');
        assert_null(exporter);
        return false;
    }
    for (int i = 0; i < 2; i++) {
        haetae_delivery delivery = of_spans();
        bool rejected;

        fake_deliver(exporter, &delivery);
        /* Without memory to read the reason it is not known that the data is invalid. */
        rejected = delivery.result.verdict == HAETAE_VERDICT_DROP ||
                   delivery.result.verdict == HAETAE_VERDICT_INVALID;
        if (!rejected) {
            assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
        }
        untroubled = untroubled && rejected && strstr(delivery.message, "not today") != NULL;
    }
    haetae_exporter_free(exporter);
    return untroubled;
}

static haetae_status add_header(void *user, int32_t signal, const char *label,
                                haetae_request_headers *headers)
{
    (void)user;
    (void)signal;
    (void)label;
    return haetae_request_headers_add(headers, "x-token", "hunter2 hunter3");
}

static char token_path[TEMPORARY_PATH_MAX];

static bool live_with_failure(long number, bool stays)
{
    struct fake_endpoint endpoint = fake_endpoint("http", port);
    haetae_config *config = make_config(OPTIONS(
        {KEY("PROTOCOL"), variant->protocol}, {KEY("ENDPOINT"), endpoint.url},
        {KEY("COMPRESSION"), "gzip"}, {KEY("TIMEOUT"), "3000"},
        {KEY("HEADERS"), "a=1,authorization=Bearer%20hunter2,b="},
        {KEY("LOGS_ENDPOINT"), "https://user:password@127.0.0.1/x"},
        {KEY("METRICS_ENDPOINT"), "unix:///nowhere:/v1/metrics"},
        {"HAETAE_OTLP_BEARER_TOKEN_FILE", token_path}, {"HAETAE_OTLP_USER_AGENT", "shop/1.4"}));
    bool untroubled;

    assert_int_equal(haetae_config_set_request_headers(config, add_header, NULL), HAETAE_OK);
    failing_arm(number, stays);
    untroubled = live_a_life(config);
    failing_disarm();
    haetae_config_free(config);
    return untroubled;
}

/* Requests that are signed, which goes with no other Authorization. */
static bool live_signed_with_failure(long number, bool stays)
{
    struct fake_endpoint endpoint = fake_endpoint("http", port);
    haetae_config *config = make_config(
        OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("TIMEOUT"), "3000"},
                {"HAETAE_OTLP_AWS_SIGV4", "eu-west-1/xray"},
                {"HAETAE_OTLP_AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
                {"HAETAE_OTLP_AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
                {"HAETAE_OTLP_AWS_SESSION_TOKEN", "hunter2"}));
    bool untroubled;

    failing_arm(number, stays);
    untroubled = live_a_life(config);
    failing_disarm();
    haetae_config_free(config);
    return untroubled;
}

static void sweep_with(bool stays, bool (*body)(long number, bool stays))
{
    struct http_server_raw *server = http_server_raw_start(reject);

    port = http_server_raw_port(server);
    failing_sweep(stays, body);
    http_server_raw_stop(server);
}

static void sweep(bool stays)
{
    sweep_with(stays, live_with_failure);
}

static void otlp_http_signs_or_retries_when_any_allocation_fails(void **state)
{
    (void)state;
    skip_before_curl(7, 75, "cannot sign");
    sweep_with(false, live_signed_with_failure);
    sweep_with(true, live_signed_with_failure);
}

static void otlp_http_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    sweep(false);
}

static void otlp_http_survives_the_end_of_memory_at_any_allocation(void **state)
{
    (void)state;
    sweep(true);
}

static void json_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    variant = &json;
    sweep(false);
    sweep(true);
    variant = &protobuf;
}

/* A socket that cannot be watched is looked at from time to time. */
static void otlp_http_sends_though_a_socket_cannot_be_watched(void **state)
{
    struct http_server_raw *server = http_server_raw_start(reject);
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_raw_port(server));
    haetae_exporter *exporter = make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}));

    (void)state;
    for (int round = 0; round < 2; round++) {
        haetae_delivery delivery = a_delivery();

        watches_are_used_up = round == 0;
        fake_deliver(exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_INVALID);
        assert_contains(delivery.message, "not today");
    }
    assert_int_equal(http_server_raw_connection_count(server), 1);
    haetae_exporter_free(exporter);
    http_server_raw_stop(server);
}

static int remove_token(void **state)
{
    (void)state;
    return unlink(token_path);
}

static int prepare(void **state)
{
    int file = temporary_file(token_path);

    HaeOtlp__RpcStatus status = HAE_OTLP__RPC_STATUS__INIT;

    (void)state;
    status.message = (char *)"not today";
    json.size = sizeof json_answer - 1;
    memcpy(json.body, json_answer, json.size);
    protobuf.size = hae_otlp__rpc_status__pack(&status, protobuf.body);
    setenv("SSL_CERT_DIR", "/", 1);
    assert_int_equal(write(file, "hunter4", 7), 7);
    close(file);
    return failing_curl_init() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_http_survives_the_failure_of_any_allocation),
        cmocka_unit_test(otlp_http_survives_the_end_of_memory_at_any_allocation),
        cmocka_unit_test(otlp_http_signs_or_retries_when_any_allocation_fails),
        cmocka_unit_test(json_survives_the_failure_of_any_allocation),
        cmocka_unit_test(otlp_http_sends_though_a_socket_cannot_be_watched),
    };

    return cmocka_run_group_tests(tests, prepare, remove_token);
}
