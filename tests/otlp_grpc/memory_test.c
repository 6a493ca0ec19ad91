/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that runs out at every single allocation, of the exporter, of libcurl, of what compresses
 * and of protobuf-c: nothing crashes, nothing leaks, each delivery still ends, and none is dropped.
 */
#include <zlib.h>

#include "base/base64.h"
#include "otlp.pb-c.h"
#include "otlp_grpc/harness.h"
#include "support/failing_malloc.h"

/* What the server answers in turn: a partial success, compressed, and a status that it recovers
 * from. */
static uint8_t partial[512];
static size_t partial_bytes;
static char exhausted[512];

static void answer(struct http2_connection *connection, const struct http2_request *request)
{
    if (request->number % 2 == 0) {
        grpc_answer(connection, request, NULL, 0, exhausted);
        return;
    }
    http2_write_headers(connection, request->stream, GRPC_HEADERS "grpc-encoding: gzip\n", false);
    http2_write_frame(connection, HTTP2_DATA, 0, request->stream, partial, partial_bytes);
    http2_write_headers(connection, request->stream, "grpc-status: 0\n", true);
}

static unsigned port;

/* Whether nothing went wrong. */
static bool deliver(haetae_exporter *exporter)
{
    haetae_delivery delivery = a_delivery();

    fake_deliver(exporter, &delivery);
    if (delivery.result.verdict == HAETAE_VERDICT_OK) {
        return delivery.result.rejected_count == 4;
    }
    if (delivery.result.verdict != HAETAE_VERDICT_RETRY) {
        fail_msg("failure %ld: verdict %d: %s", failing_number(), (int)delivery.result.verdict,
                 delivery.message);
    }
    return delivery.result.retry_after_ms == 2000;
}

/* Makes an exporter, delivers, frees it. Returns whether it got that far with nothing going wrong.
 */
static bool live_a_life(haetae_config *config)
{
    haetae_exporter *exporter = NULL;
    haetae_status status = haetae_otlp_grpc_new(config, &exporter);
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
    for (int i = 0; i < 4; i++) {
        untroubled = deliver(exporter) && untroubled;
    }
    haetae_exporter_free(exporter);
    return untroubled;
}

static bool live_with_failure(long number, bool stays)
{
    struct fake_endpoint endpoint = fake_endpoint("http", port);
    haetae_config *config = grpc_config(OPTIONS(
        {KEY("ENDPOINT"), endpoint.url}, {KEY("COMPRESSION"), "gzip"},
        {KEY("TIMEOUT"), number == 0 ? "10000" : "100"}, {KEY("LOGS_ENDPOINT"), "127.0.0.1:1"},
        {KEY("HEADERS"), "a=1,x-bin=%00hunter2,authorization=Basic%20YTpi"}));
    bool untroubled;

    failing_arm(number, stays);
    untroubled = live_a_life(config);
    failing_disarm();
    haetae_config_free(config);
    return untroubled;
}

static void sweep(bool stays)
{
    struct http2_server *server = http2_server_start(answer, NULL);

    port = http2_server_port(server);
    failing_sweep(stays, live_with_failure);
    http2_server_stop(server);
}

static void otlp_grpc_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    sweep(false);
}

static void otlp_grpc_survives_the_end_of_memory_at_any_allocation(void **state)
{
    (void)state;
    sweep(true);
}

static void make_partial(void)
{
    uint8_t packed[128], zipped[256];
    z_stream stream = {.next_in = packed, .next_out = zipped, .avail_out = sizeof zipped};

    stream.avail_in = (uInt)grpc_pack_partial(packed, 4, "four of them");
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    partial_bytes = grpc_frame(partial, 1, zipped, sizeof zipped - stream.avail_out);
}

static void make_exhausted(void)
{
    HaeOtlp__RpcDuration delay = HAE_OTLP__RPC_DURATION__INIT;
    HaeOtlp__RpcRetryInfo info = HAE_OTLP__RPC_RETRY_INFO__INIT;
    HaeOtlp__RpcAny detail = HAE_OTLP__RPC_ANY__INIT;
    HaeOtlp__RpcAny *details[] = {&detail};
    HaeOtlp__RpcStatus status = HAE_OTLP__RPC_STATUS__INIT;
    uint8_t packed[32], whole[256];
    size_t size;

    delay.has_seconds = 1;
    delay.seconds = 2;
    info.retry_delay = &delay;
    detail.type_url = (char *)(uintptr_t) "type.googleapis.com/google.rpc.RetryInfo";
    detail.has_value = 1;
    detail.value.data = packed;
    detail.value.len = hae_otlp__rpc_retry_info__pack(&info, packed);
    status.n_details = 1;
    status.details = details;
    size = hae_otlp__rpc_status__pack(&status, whole);
    strcpy(exhausted, "grpc-status: 8\ngrpc-message: not%20today\ngrpc-status-details-bin: ");
    size = hae_base64_encode(whole, size, exhausted + strlen(exhausted));
    strcat(exhausted, "\n");
}

static int prepare(void **state)
{
    (void)state;
    make_partial();
    make_exhausted();
    return failing_curl_init() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_grpc_survives_the_failure_of_any_allocation),
        cmocka_unit_test(otlp_grpc_survives_the_end_of_memory_at_any_allocation),
    };

    return cmocka_run_group_tests(tests, prepare, NULL);
}
