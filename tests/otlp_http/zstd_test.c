/* SPDX-License-Identifier: Apache-2.0 */
/* Requests in zstd format, and receivers that take only gzip. */
#include <zlib.h>
#include <zstd.h>

#include "otlp.pb-c.h"
#include "otlp_http/harness.h"
#include "support/http_server_mhd.h"

static const struct http_reply accepted = {.status = 200};
static const struct http_reply unsupported = {.status = 415};
static const struct http_reply bad_request = {.status = 400, .body = "what?", .body_size = 5};

struct pair {
    struct http_server_mhd *server;
    haetae_exporter *exporter;
};

/* A server that answers requests with zstd by another reply. */
static struct pair start(const struct http_reply *reply, const struct http_reply *to_zstd)
{
    struct pair pair = {.server = http_server_mhd_start(reply, NULL)};
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_mhd_port(pair.server));

    http_server_mhd_set_reply_to(pair.server, "zstd", to_zstd);
    pair.exporter =
        make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("COMPRESSION"), "zstd"}));
    return pair;
}

static void stop(struct pair *pair)
{
    haetae_exporter_free(pair->exporter);
    http_server_mhd_stop(pair->server);
}

static void assert_encoding(struct pair *pair, size_t number, const char *expected)
{
    char *value =
        http_request_header(http_server_mhd_request(pair->server, number), "content-encoding");

    assert_non_null(value);
    assert_string_equal(value, expected);
    free(value);
}

/* What a request carries, unpacked by its encoding. */
static void assert_carries(struct pair *pair, size_t number, const haetae_delivery *delivery)
{
    const struct http_request *request = http_server_mhd_request(pair->server, number);
    char *encoding = http_request_header(request, "content-encoding");
    uint8_t *out = malloc(delivery->size + 1);
    size_t size;

    assert_non_null(encoding);
    if (strcmp(encoding, "zstd") == 0) {
        size = ZSTD_decompress(out, delivery->size + 1, request->body, request->body_size);
    } else {
        z_stream stream = {.next_in = request->body, .avail_in = (unsigned)request->body_size};

        assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
        stream.next_out = out;
        stream.avail_out = (unsigned)delivery->size + 1;
        assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
        size = stream.total_out;
        inflateEnd(&stream);
    }
    assert_int_equal(size, delivery->size);
    assert_memory_equal(out, delivery->data, size);
    free(encoding);
    free(out);
}

static void zstd_is_sent_when_asked(void **state)
{
    static const size_t sizes[] = {1, 100, 70000, 3000000};
    struct pair pair = start(&bad_request, &accepted);
    uint8_t *data = malloc(3000000);

    (void)state;
    for (size_t i = 0; i < 3000000; i++) {
        data[i] = (uint8_t)((unsigned char)"rides and routes"[i % 16] + i / 100000);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        haetae_delivery delivery = a_delivery();

        delivery.data = data;
        delivery.size = sizes[i];
        fake_deliver(pair.exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
        assert_null(delivery.result.message);
        assert_encoding(&pair, i, "zstd");
        assert_carries(&pair, i, &delivery);
    }
    assert_int_equal(http_server_mhd_request_count(pair.server), sizeof sizes / sizeof sizes[0]);
    stop(&pair);
    free(data);
}

/* The refused request is sent once more with gzip, and what follows has gzip at once. */
static void falls_back(const struct http_reply *refusal)
{
    struct pair pair = start(&accepted, refusal);
    haetae_delivery first = a_delivery();
    haetae_delivery second = a_delivery();
    haetae_delivery of_logs = a_delivery();

    fake_deliver(pair.exporter, &first);
    assert_int_equal(first.completed_count, 1);
    assert_int_equal(first.result.verdict, HAETAE_VERDICT_OK);
    assert_contains(first.result.message, "zstd was refused");
    fake_deliver(pair.exporter, &second);
    assert_int_equal(second.result.verdict, HAETAE_VERDICT_OK);
    assert_null(second.result.message);
    assert_int_equal(http_server_mhd_request_count(pair.server), 3);
    assert_encoding(&pair, 0, "zstd");
    assert_encoding(&pair, 1, "gzip");
    assert_encoding(&pair, 2, "gzip");
    assert_carries(&pair, 0, &first);
    assert_carries(&pair, 1, &first);
    assert_carries(&pair, 2, &second);

    /* Another signal may have another receiver. */
    of_logs.signal = HAETAE_SIGNAL_LOGS;
    fake_deliver(pair.exporter, &of_logs);
    assert_encoding(&pair, 3, "zstd");
    assert_encoding(&pair, 4, "gzip");
    stop(&pair);
}

static void a_415_makes_it_fall_back_to_gzip(void **state)
{
    (void)state;
    falls_back(&unsupported);
}

static void a_400_makes_it_fall_back_to_gzip(void **state)
{
    (void)state;
    falls_back(&bad_request);
}

static void a_400_to_both_is_an_answer_to_the_data(void **state)
{
    struct pair pair = start(&bad_request, &bad_request);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        haetae_delivery delivery = a_delivery();

        fake_deliver(pair.exporter, &delivery);
        assert_int_equal(delivery.completed_count, 1);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_DROP);
        assert_contains(delivery.result.message, "HTTP 400: what?");
        assert_encoding(&pair, 2 * i, "zstd");
        assert_encoding(&pair, 2 * i + 1, "gzip");
    }
    assert_int_equal(http_server_mhd_request_count(pair.server), 4);
    stop(&pair);
}

static void a_400_from_who_takes_zstd_is_an_answer_to_the_data(void **state)
{
    struct pair pair = start(&accepted, &accepted);
    haetae_delivery delivery = a_delivery();

    (void)state;
    fake_deliver(pair.exporter, &delivery);
    http_server_mhd_set_reply_to(pair.server, "zstd", &bad_request);
    delivery = a_delivery();
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_DROP);
    assert_int_equal(http_server_mhd_request_count(pair.server), 2);
    /* A 415 says it plainly, as of a receiver that was replaced. */
    http_server_mhd_set_reply_to(pair.server, "zstd", &unsupported);
    delivery = a_delivery();
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_encoding(&pair, 3, "gzip");
    stop(&pair);
}

static void a_retry_with_gzip_keeps_its_verdict(void **state)
{
    static const char *const headers[] = {"Retry-After", "7", NULL};
    static const struct http_reply busy = {.status = 503, .headers = headers};
    struct pair pair = start(&busy, &unsupported);
    haetae_delivery delivery = a_delivery();

    (void)state;
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_int_equal(delivery.result.retry_after_ms, 7000);
    /* Not known to be the compression: the next one tries zstd again. */
    http_server_mhd_set_reply(pair.server, &accepted);
    delivery = a_delivery();
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_encoding(&pair, 2, "zstd");
    assert_encoding(&pair, 3, "gzip");
    stop(&pair);
}

/* Each of those under way is sent once more, and each is completed once. */
static void several_refused_at_once_are_all_delivered_once(void **state)
{
    enum { IN_FLIGHT = 8 };
    struct pair pair = start(&accepted, &unsupported);
    haetae_delivery deliveries[IN_FLIGHT];
    unsigned remarks = 0;

    (void)state;
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        deliveries[i] = a_delivery();
        fake_send(pair.exporter, &deliveries[i]);
    }
    fake_wait(pair.exporter, deliveries, IN_FLIGHT);
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        assert_int_equal(deliveries[i].completed_count, 1);
        assert_int_equal(deliveries[i].result.verdict, HAETAE_VERDICT_OK);
        remarks += deliveries[i].result.message != NULL;
    }
    assert_int_equal(remarks, 1);
    assert_int_equal(http_server_mhd_request_count(pair.server), 2 * IN_FLIGHT);
    stop(&pair);
}

static void a_request_that_is_sent_again_can_be_cancelled(void **state)
{
    struct pair pair = start(&accepted, &unsupported);
    haetae_delivery delivery = a_delivery();
    haetae_delivery next = a_delivery();

    (void)state;
    fake_send(pair.exporter, &delivery);
    while (http_server_mhd_request_count(pair.server) < 1) {
        fake_run_once(pair.exporter);
    }
    http_server_mhd_hold(pair.server, true);
    while (http_server_mhd_request_count(pair.server) < 2 && delivery.completed_count == 0) {
        fake_run_once(pair.exporter);
    }
    fake_cancel(pair.exporter, &delivery);
    http_server_mhd_hold(pair.server, false);
    fake_deliver(pair.exporter, &next);
    assert_int_equal(next.result.verdict, HAETAE_VERDICT_OK);
    stop(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zstd_is_sent_when_asked),
        cmocka_unit_test(a_415_makes_it_fall_back_to_gzip),
        cmocka_unit_test(a_400_makes_it_fall_back_to_gzip),
        cmocka_unit_test(a_400_to_both_is_an_answer_to_the_data),
        cmocka_unit_test(a_400_from_who_takes_zstd_is_an_answer_to_the_data),
        cmocka_unit_test(a_retry_with_gzip_keeps_its_verdict),
        cmocka_unit_test(several_refused_at_once_are_all_delivered_once),
        cmocka_unit_test(a_request_that_is_sent_again_can_be_cancelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
