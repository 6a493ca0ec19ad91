/* SPDX-License-Identifier: Apache-2.0 */
/* From headers, trailers and messages to verdicts. */
#include "answer.h"

#include <zlib.h>

#include "base/base64.h"
#include "grpc.h"
#include "otlp.pb-c.h"
#include "otlp_grpc/harness.h"
#include "status.h"

/* An answer in the making, and what came of it. */
struct answer {
    struct hae_http_body_budget budget;
    struct hae_http_response response;
    char buffer[768];
    struct hae_http_text message;
    haetae_result result;
};

static void begin(struct answer *answer, long status)
{
    memset(answer, 0, sizeof *answer);
    hae_http_response_init(&answer->response, &hae_grpc, &answer->budget);
    answer->response.status = status;
    hae_http_text_init(&answer->message, answer->buffer, sizeof answer->buffer);
}

static void header(struct answer *answer, const char *line)
{
    assert_true(hae_http_response_header(&answer->response, line, strlen(line), 1000000000));
}

static void end(struct answer *answer)
{
    answer->result = hae_http_response_result(&answer->response, 100, NULL, &answer->message);
    hae_http_response_done(&answer->response);
    assert_int_equal(answer->budget.used_bytes, 0);
}

static void begin_grpc(struct answer *answer)
{
    begin(answer, 200);
    header(answer, "HTTP/2 200\r\n");
    header(answer, "content-type: application/grpc+proto\r\n");
}

static struct answer answer_with_status(const char *line)
{
    struct answer answer;

    begin_grpc(&answer);
    header(&answer, line);
    end(&answer);
    return answer;
}

/* ---- Statuses ------------------------------------------------------------------------------ */

/* Specification: the table of "OTLP/gRPC", "Failures". */
static void verdicts_follow_the_table_of_the_specification(void **state)
{
    static const haetae_verdict verdicts[HAE_GRPC_STATUS_COUNT] = {
        HAETAE_VERDICT_OK,    HAETAE_VERDICT_RETRY, HAETAE_VERDICT_DROP,  HAETAE_VERDICT_INVALID,
        HAETAE_VERDICT_RETRY, HAETAE_VERDICT_DROP,  HAETAE_VERDICT_DROP,  HAETAE_VERDICT_DROP,
        HAETAE_VERDICT_DROP,  HAETAE_VERDICT_DROP,  HAETAE_VERDICT_RETRY, HAETAE_VERDICT_RETRY,
        HAETAE_VERDICT_DROP,  HAETAE_VERDICT_DROP,  HAETAE_VERDICT_RETRY, HAETAE_VERDICT_RETRY,
        HAETAE_VERDICT_DROP};

    (void)state;
    for (int status = 0; status < HAE_GRPC_STATUS_COUNT; status++) {
        struct answer answer;
        char line[64];

        snprintf(line, sizeof line, "Grpc-Status: %d\r\n", status);
        answer = answer_with_status(line);
        assert_int_equal(answer.result.verdict, verdicts[status]);
        assert_int_equal(answer.result.retry_after_ms, -1);
        assert_int_equal(answer.result.http_status, 0);
        if (status != 0) {
            snprintf(line, sizeof line, "gRPC status %d (%s)", status,
                     hae_grpc_status_name((enum hae_grpc_status)status));
            assert_string_equal(answer.buffer, line);
        }
    }
}

static void a_status_that_is_none_is_unknown(void **state)
{
    static const char *const values[] = {"17",  "-1", "",    "x", "1x", "999999999999999999999",
                                         "100", " ",  "0x0", "+0"};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct answer answer;
        char line[64];

        snprintf(line, sizeof line, "grpc-status: %s\r\n", values[i]);
        answer = answer_with_status(line);
        assert_int_equal(answer.result.verdict, HAETAE_VERDICT_DROP);
        assert_contains(answer.buffer, "gRPC status 2 (UNKNOWN)");
    }
    assert_int_equal(answer_with_status("grpc-status: 00\r\n").result.verdict, HAETAE_VERDICT_OK);
}

/* ---- When to try again ----------------------------------------------------------------------- */

static const char retry_info[] = "type.googleapis.com/google.rpc.RetryInfo";

/* A line with the details of a status: one of another type, then one of this. */
static void write_details(char *line, const char *type, int64_t seconds, int32_t nanos)
{
    HaeOtlp__RpcDuration delay = HAE_OTLP__RPC_DURATION__INIT;
    HaeOtlp__RpcRetryInfo info = HAE_OTLP__RPC_RETRY_INFO__INIT;
    HaeOtlp__RpcAny details[2] = {HAE_OTLP__RPC_ANY__INIT, HAE_OTLP__RPC_ANY__INIT};
    HaeOtlp__RpcAny *list[2] = {&details[0], &details[1]};
    HaeOtlp__RpcStatus status = HAE_OTLP__RPC_STATUS__INIT;
    uint8_t packed[64], whole[512];

    delay.has_seconds = delay.has_nanos = 1;
    delay.seconds = seconds;
    delay.nanos = nanos;
    info.retry_delay = &delay;
    details[0].type_url = (char *)(uintptr_t) "type.googleapis.com/google.rpc.DebugInfo";
    details[1].type_url = (char *)(uintptr_t)type;
    details[1].has_value = 1;
    details[1].value.data = packed;
    details[1].value.len = hae_otlp__rpc_retry_info__pack(&info, packed);
    status.has_code = 1;
    status.code = 14;
    status.n_details = 2;
    status.details = list;
    strcpy(line, "grpc-status-details-bin: ");
    hae_base64_encode(whole, hae_otlp__rpc_status__pack(&status, whole), line + strlen(line));
}

static struct answer answer_with_details(const char *status, const char *details)
{
    struct answer answer;

    begin_grpc(&answer);
    header(&answer, status);
    header(&answer, details);
    end(&answer);
    return answer;
}

static void retry_info_says_when_to_try_again(void **state)
{
    static const struct {
        int64_t seconds;
        int32_t nanos;
        int64_t pause_ms;
    } cases[] = {
        {3, 0, 3000},     {0, 1, 1},        {1, 500000000, 1500},
        {0, 0, 0},        {-5, 0, 0},       {0, -1, 0},
        {600, 0, 600000}, {601, 0, 600000}, {INT64_MAX, 999999999, 600000},
    };
    char line[1024];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer answer;

        write_details(line, retry_info, cases[i].seconds, cases[i].nanos);
        answer = answer_with_details("grpc-status: 14\r\n", line);
        assert_int_equal(answer.result.verdict, HAETAE_VERDICT_RETRY);
        assert_int_equal(answer.result.retry_after_ms, cases[i].pause_ms);
    }
}

static void resource_exhausted_is_tried_again_with_retry_info_only(void **state)
{
    char line[1024];
    struct answer answer;

    (void)state;
    write_details(line, retry_info, 2, 0);
    answer = answer_with_details("grpc-status: 8\r\n", line);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_RETRY);
    assert_int_equal(answer.result.retry_after_ms, 2000);
    write_details(line, "type.googleapis.com/google.rpc.QuotaFailure", 2, 0);
    answer = answer_with_details("grpc-status: 8\r\n", line);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_DROP);
    assert_int_equal(answer.result.retry_after_ms, -1);
    answer = answer_with_details("grpc-status: 8\r\n", "grpc-retry-pushback-ms: 100\r\n");
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_DROP);
    /* What is not tried again has no pause. */
    write_details(line, retry_info, 2, 0);
    answer = answer_with_details("grpc-status: 13\r\n", line);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_DROP);
    assert_int_equal(answer.result.retry_after_ms, -1);
}

/* The details come behind the status. */
static void resource_exhausted_is_tried_again_where_the_answer_was_cut(void **state)
{
    struct answer answer;

    (void)state;
    begin_grpc(&answer);
    header(&answer, "grpc-status: 8\r\n");
    answer.response.is_cut = true;
    end(&answer);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_RETRY);
}

static void details_that_cannot_be_read_say_nothing(void **state)
{
    static const char *const lines[] = {
        "grpc-status-details-bin: \r\n", "grpc-status-details-bin: ////\r\n",
        "grpc-status-details-bin: !!\r\n", "grpc-status-details-bin: GgA\r\n"};

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct answer answer = answer_with_details("grpc-status: 8\r\n", lines[i]);

        assert_int_equal(answer.result.verdict, HAETAE_VERDICT_DROP);
        answer = answer_with_details("grpc-status: 14\r\n", lines[i]);
        assert_int_equal(answer.result.verdict, HAETAE_VERDICT_RETRY);
        assert_int_equal(answer.result.retry_after_ms, -1);
    }
}

static void pushback_says_when_to_try_again(void **state)
{
    static const struct {
        const char *line;
        int64_t pause_ms;
    } cases[] = {
        {"grpc-retry-pushback-ms: 0\r\n", 0},
        {"grpc-retry-pushback-ms: 1500\r\n", 1500},
        {"grpc-retry-pushback-ms: 99999999999999999999\r\n", 600000},
        {"grpc-retry-pushback-ms: -1\r\n", -1},
        {"grpc-retry-pushback-ms: soon\r\n", -1},
        {"grpc-retry-pushback-ms:\r\n", -1},
        {"Retry-After: 4\r\n", 4000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer answer = answer_with_details("grpc-status: 14\r\n", cases[i].line);

        assert_int_equal(answer.result.verdict, HAETAE_VERDICT_RETRY);
        assert_int_equal(answer.result.retry_after_ms, cases[i].pause_ms);
    }
}

/* ---- Messages of servers --------------------------------------------------------------------- */

static void messages_are_percent_decoded(void **state)
{
    static const char *const cases[][2] = {
        {"plain", ": plain"},
        {"a%20b", ": a b"},
        {"100%", ": 100%"},
        {"%zz%4", ": %zz%4"},
        {"%e4%bd%a0", ": \xe4\xbd\xa0"},
        {"%ff%00x", ": ??x"},
        {"%0d%0aX: y", ":  X: y"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer answer;
        char line[128];

        begin_grpc(&answer);
        snprintf(line, sizeof line, "grpc-message: %s\r\n", cases[i][0]);
        header(&answer, line);
        header(&answer, "grpc-status: 3\r\n");
        end(&answer);
        snprintf(line, sizeof line, "gRPC status 3 (INVALID_ARGUMENT)%s", cases[i][1]);
        assert_string_equal(answer.buffer, line);
    }
}

/* An answer of success with this body. */
static struct answer answer_with_body(const void *body, size_t size, bool gzip)
{
    struct answer answer;

    begin_grpc(&answer);
    if (gzip) {
        header(&answer, "grpc-encoding: gzip\r\n");
    }
    assert_true(hae_http_body_append(&answer.response.body, body, size));
    header(&answer, "grpc-status: 0\r\n");
    end(&answer);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_OK);
    return answer;
}

static void partial_success_counts_what_was_rejected(void **state)
{
    static const struct {
        int64_t rejected;
        const char *text;
        uint64_t count;
        const char *message;
    } cases[] = {
        {0, "", 0, ""},
        {7, "too old", 7, "7 of 100 items were rejected: too old"},
        {1000, "", 100, "100 of 100 items were rejected"},
        {-3, "odd", 0, "all items were accepted, with a remark: odd"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t packed[128], body[256];
        size_t size = grpc_pack_partial(packed, cases[i].rejected, cases[i].text);
        struct answer answer = answer_with_body(body, grpc_frame(body, 0, packed, size), false);

        assert_int_equal(answer.result.rejected_count, cases[i].count);
        assert_string_equal(answer.buffer, cases[i].message);
    }
}

static void a_success_stays_one_however_its_message_is_malformed(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } bodies[] = {
        {"", 0},                      /* no message              */
        {"\0\0\0\0", 4},              /* half a prefix           */
        {"\0\0\0\0\5ab", 7},          /* truncated               */
        {"\0\xff\xff\xff\xff\0", 6},  /* a size that is not true */
        {"\2\0\0\0\0", 5},            /* a flag that is none     */
        {"\0\0\0\0\0\0\0\0\0\0", 10}, /* two messages            */
        {"\1\0\0\0\1x", 6},           /* packed, and not said so */
        {"\0\0\0\0\1\xff", 6},        /* not protobuf            */
    };

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct answer answer = answer_with_body(bodies[i].bytes, bodies[i].size, false);

        assert_int_equal(answer.result.rejected_count, 0);
        assert_string_equal(answer.buffer, "gRPC status 0, but the response could not be read");
    }
}

/* Packs with gzip to `out`, and returns the size. */
static size_t gzip(const void *data, size_t size, uint8_t *out, size_t room)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)data,
                       .avail_in = (uInt)size,
                       .next_out = out,
                       .avail_out = (uInt)room};

    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return room - stream.avail_out;
}

static void a_compressed_message_is_unpacked(void **state)
{
    uint8_t packed[128], zipped[256], body[300];
    size_t size = grpc_pack_partial(packed, 5, "five of them");
    struct answer answer;

    (void)state;
    size = gzip(packed, size, zipped, sizeof zipped);
    size = grpc_frame(body, 1, zipped, size);
    answer = answer_with_body(body, size, true);
    assert_int_equal(answer.result.rejected_count, 5);
    assert_string_equal(answer.buffer, "5 of 100 items were rejected: five of them");
    /* Cut, damaged, or not what it is said to be. */
    answer = answer_with_body(body, grpc_frame(body, 1, zipped, size - 5 - 3), true);
    assert_contains(answer.buffer, "could not be read");
    zipped[size - 5 - 7] ^= 1;
    answer = answer_with_body(body, grpc_frame(body, 1, zipped, size - 5), true);
    assert_contains(answer.buffer, "could not be read");
    zipped[size - 5 - 7] ^= 1;
    answer = answer_with_body(body, grpc_frame(body, 1, zipped, size - 5), false);
    assert_contains(answer.buffer, "could not be read");
    answer = answer_with_body(body, grpc_frame(body, 1, packed, 4), true);
    assert_contains(answer.buffer, "could not be read");
}

static void a_message_that_unpacks_to_too_much_is_not_read(void **state)
{
    enum { HUGE = 64 * 1024 * 1024 };
    uint8_t *zeros = calloc(1, HUGE);
    uint8_t *body = malloc(HUGE / 100);
    size_t size = gzip(zeros, HUGE, body + 5, HUGE / 100 - 5);
    struct answer answer;

    (void)state;
    memmove(zeros, body + 5, size);
    answer = answer_with_body(body, grpc_frame(body, 1, zeros, size), true);
    assert_contains(answer.buffer, "could not be read");
    free(zeros);
    free(body);
}

static void a_large_answer_of_success_is_one(void **state)
{
    struct answer answer;

    (void)state;
    begin_grpc(&answer);
    header(&answer, "grpc-status: 0\r\n");
    answer.response.too_large = true;
    assert_true(hae_grpc_is_answered(&answer.response));
    end(&answer);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_OK);
}

static void an_answer_in_another_version_of_http_is_tried_again(void **state)
{
    struct answer answer;

    (void)state;
    begin(&answer, 200);
    header(&answer, "HTTP/1.1 200 OK\r\n");
    header(&answer, "content-type: application/grpc\r\n");
    header(&answer, "grpc-status: 0\r\n");
    end(&answer);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_RETRY);
    assert_string_equal(answer.buffer, "the server speaks HTTP/1.1, and gRPC needs HTTP/2");
}

static void only_types_of_grpc_are_its_own(void **state)
{
    static const struct {
        const char *type;
        bool is_grpc;
    } types[] = {
        {"application/grpc", true},     {"application/grpc+proto", true},
        {"Application/GRPC;x=y", true}, {"application/grpc-web", false},
        {"application/grpcx", false},   {"text/html", false},
        {"application/json", false},    {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct answer answer;
        char line[64];

        begin(&answer, 200);
        header(&answer, "HTTP/2 200\r\n");
        snprintf(line, sizeof line, "Content-Type: %s\r\n", types[i].type);
        header(&answer, line);
        assert_int_equal(answer.response.rpc.is_grpc, types[i].is_grpc);
        end(&answer);
        assert_int_equal(answer.result.verdict,
                         types[i].is_grpc ? HAETAE_VERDICT_RETRY : HAETAE_VERDICT_DROP);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_follow_the_table_of_the_specification),
        cmocka_unit_test(a_status_that_is_none_is_unknown),
        cmocka_unit_test(retry_info_says_when_to_try_again),
        cmocka_unit_test(resource_exhausted_is_tried_again_with_retry_info_only),
        cmocka_unit_test(resource_exhausted_is_tried_again_where_the_answer_was_cut),
        cmocka_unit_test(details_that_cannot_be_read_say_nothing),
        cmocka_unit_test(pushback_says_when_to_try_again),
        cmocka_unit_test(messages_are_percent_decoded),
        cmocka_unit_test(partial_success_counts_what_was_rejected),
        cmocka_unit_test(a_success_stays_one_however_its_message_is_malformed),
        cmocka_unit_test(a_compressed_message_is_unpacked),
        cmocka_unit_test(a_message_that_unpacks_to_too_much_is_not_read),
        cmocka_unit_test(a_large_answer_of_success_is_one),
        cmocka_unit_test(an_answer_in_another_version_of_http_is_tried_again),
        cmocka_unit_test(only_types_of_grpc_are_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
