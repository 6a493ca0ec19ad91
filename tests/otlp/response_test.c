/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/response.h"

#include "otlp.pb-c.h"
#include "otlp_http/harness.h"
#include "otlp_http/protobuf.h"

/* A response in the making, and what came of it. */
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
    hae_http_response_init(&answer->response, &hae_http_protobuf, &answer->budget);
    answer->response.status = status;
    hae_http_text_init(&answer->message, answer->buffer, sizeof answer->buffer);
}

static void header(struct answer *answer, const char *line)
{
    assert_true(hae_http_response_header(&answer->response, line, strlen(line), 1000000000));
}

static void body(struct answer *answer, const void *data, size_t size)
{
    assert_true(hae_http_body_append(&answer->response.body, data, size));
}

static void end(struct answer *answer, uint64_t item_count, const struct curl_slist *secrets)
{
    answer->result =
        hae_http_response_result(&answer->response, item_count, secrets, &answer->message);
    hae_http_response_done(&answer->response);
    assert_int_equal(answer->result.struct_size, sizeof answer->result);
    assert_int_equal(answer->result.http_status, answer->response.status);
    assert_int_equal(answer->budget.used_bytes, 0);
}

#define PROTOBUF "Content-Type: application/x-protobuf\r\n"

/* A whole answer with a body of protobuf, or none. */
static void answer_with(struct answer *answer, long status, const void *data, size_t size)
{
    begin(answer, status);
    header(answer, PROTOBUF);
    body(answer, data, size);
    end(answer, 100, NULL);
}

static size_t pack_partial(uint8_t *out, int64_t rejected, const char *message)
{
    HaeOtlp__ExportTracePartialSuccess partial = HAE_OTLP__EXPORT_TRACE_PARTIAL_SUCCESS__INIT;
    HaeOtlp__ExportTraceServiceResponse response = HAE_OTLP__EXPORT_TRACE_SERVICE_RESPONSE__INIT;

    partial.has_rejected_spans = rejected != 0;
    partial.rejected_spans = rejected;
    partial.error_message = (char *)(uintptr_t)message;
    response.partial_success = &partial;
    return hae_otlp__export_trace_service_response__pack(&response, out);
}

static void response_of_success_is_ok_without_message(void **state)
{
    struct answer answer;

    (void)state;
    for (long status = 200; status < 300; status++) {
        answer_with(&answer, status, "", 0);
        assert_int_equal(answer.result.verdict, HAETAE_VERDICT_OK);
        assert_int_equal(answer.result.rejected_count, 0);
        assert_string_equal(answer.buffer, "");
    }
}

static void response_with_partial_success_counts_the_rejected(void **state)
{
    struct answer answer;
    uint8_t data[256];
    size_t size = pack_partial(data, 7, "seven were too old");

    (void)state;
    answer_with(&answer, 200, data, size);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(answer.result.rejected_count, 7);
    assert_string_equal(answer.buffer, "7 of 100 items were rejected: seven were too old");
}

static void response_with_advice_is_ok_with_a_message(void **state)
{
    struct answer answer;
    uint8_t data[256];
    size_t size = pack_partial(data, 0, "use v2");

    (void)state;
    answer_with(&answer, 200, data, size);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(answer.result.rejected_count, 0);
    assert_contains(answer.buffer, "use v2");
}

static void response_with_empty_partial_success_is_plain_success(void **state)
{
    struct answer answer;
    uint8_t data[256];
    size_t size = pack_partial(data, 0, NULL);

    (void)state;
    assert_int_equal(size, 2);
    answer_with(&answer, 200, data, size);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_OK);
    assert_string_equal(answer.buffer, "");
}

static void response_rejects_no_more_than_was_sent_and_no_less_than_none(void **state)
{
    struct answer answer;
    uint8_t data[256];
    size_t size = pack_partial(data, 101, NULL);

    (void)state;
    answer_with(&answer, 200, data, size);
    assert_int_equal(answer.result.rejected_count, 100);
    size = pack_partial(data, INT64_MAX, NULL);
    answer_with(&answer, 200, data, size);
    assert_int_equal(answer.result.rejected_count, 100);
    size = pack_partial(data, -1, NULL);
    answer_with(&answer, 200, data, size);
    assert_int_equal(answer.result.rejected_count, 0);
}

/* One decoder reads the responses of all signals. */
static void response_is_the_same_on_the_wire_for_each_signal(void **state)
{
    HaeOtlp__ExportMetricsPartialSuccess metrics = HAE_OTLP__EXPORT_METRICS_PARTIAL_SUCCESS__INIT;
    HaeOtlp__ExportMetricsServiceResponse of_metrics =
        HAE_OTLP__EXPORT_METRICS_SERVICE_RESPONSE__INIT;
    HaeOtlp__ExportLogsPartialSuccess logs = HAE_OTLP__EXPORT_LOGS_PARTIAL_SUCCESS__INIT;
    HaeOtlp__ExportLogsServiceResponse of_logs = HAE_OTLP__EXPORT_LOGS_SERVICE_RESPONSE__INIT;
    uint8_t expected[64], data[64];
    size_t size = pack_partial(expected, 3, "why");

    (void)state;
    metrics.has_rejected_data_points = 1;
    metrics.rejected_data_points = 3;
    metrics.error_message = (char *)"why";
    of_metrics.partial_success = &metrics;
    assert_int_equal(hae_otlp__export_metrics_service_response__pack(&of_metrics, data), size);
    assert_memory_equal(data, expected, size);

    logs.has_rejected_log_records = 1;
    logs.rejected_log_records = 3;
    logs.error_message = (char *)"why";
    of_logs.partial_success = &logs;
    assert_int_equal(hae_otlp__export_logs_service_response__pack(&of_logs, data), size);
    assert_memory_equal(data, expected, size);
}

static void response_of_success_that_is_unreadable_stays_ok(void **state)
{
    struct answer answer;

    (void)state;
    answer_with(&answer, 200, "\xff\xff\xff", 3);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(answer.result.rejected_count, 0);
    assert_contains(answer.buffer, "could not be read");

    begin(&answer, 200);
    header(&answer, "Content-Type: text/html\r\n");
    body(&answer, "<html>", 6);
    end(&answer, 1, NULL);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_OK);
    assert_contains(answer.buffer, "could not be read");
}

static void response_status_decides_the_verdict(void **state)
{
    (void)state;
    for (long status = 300; status < 600; status++) {
        struct answer answer;
        int expected = HAETAE_VERDICT_DROP;

        if (status == 429 || status == 502 || status == 503 || status == 504) {
            expected = HAETAE_VERDICT_RETRY;
        } else if (status == 413) {
            expected = HAETAE_VERDICT_TOO_LARGE;
        }
        answer_with(&answer, status, "", 0);
        assert_int_equal(answer.result.verdict, expected);
        assert_int_equal(answer.result.retry_after_ms, -1);
        assert_int_equal(answer.result.rejected_count, 0);
        assert_contains(answer.buffer, "HTTP ");
    }
}

static void response_shows_the_message_of_a_status_body(void **state)
{
    HaeOtlp__RpcStatus status = HAE_OTLP__RPC_STATUS__INIT;
    struct answer answer;
    uint8_t data[256];
    size_t size;

    (void)state;
    status.has_code = 1;
    status.code = 3;
    status.message = (char *)"no such\ntenant \x1b[2J";
    size = hae_otlp__rpc_status__pack(&status, data);
    answer_with(&answer, 400, data, size);
    assert_string_equal(answer.buffer, "HTTP 400: no such tenant ?[2J");
    answer_with(&answer, 400, "\x12\x7f", 2);
    assert_string_equal(answer.buffer, "HTTP 400: the response could not be read");
}

/* Only a 400 in the form of OTLP says that the data is invalid. */
static void response_400_with_a_status_message_calls_the_data_invalid(void **state)
{
    static const char said[] = "\x12\x03"
                               "bad";
    static const struct {
        long status;
        const char *type;
        const char *body;
        size_t size_bytes;
        int verdict;
    } cases[] = {
        {400, "application/x-protobuf", said, sizeof said - 1, HAETAE_VERDICT_INVALID},
        {400, "application/x-protobuf", "", 0, HAETAE_VERDICT_DROP},
        {400, "application/x-protobuf", "\x08\x03", 2, HAETAE_VERDICT_DROP},
        {400, "application/x-protobuf", "\x12\x7f", 2, HAETAE_VERDICT_DROP},
        {400, "text/html", said, sizeof said - 1, HAETAE_VERDICT_DROP},
        {401, "application/x-protobuf", said, sizeof said - 1, HAETAE_VERDICT_DROP},
        {404, "application/x-protobuf", said, sizeof said - 1, HAETAE_VERDICT_DROP},
        {500, "application/x-protobuf", said, sizeof said - 1, HAETAE_VERDICT_DROP},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer answer;
        char type[64];

        begin(&answer, cases[i].status);
        snprintf(type, sizeof type, "Content-Type: %s\r\n", cases[i].type);
        header(&answer, type);
        body(&answer, cases[i].body, cases[i].size_bytes);
        end(&answer, 1, NULL);
        assert_int_equal(answer.result.verdict, cases[i].verdict);
    }
}

static void response_shows_the_beginning_of_a_text_body(void **state)
{
    struct answer answer;
    char page[5000];

    (void)state;
    memset(page, 'x', sizeof page);
    begin(&answer, 500);
    header(&answer, "Content-Type: text/html; charset=utf-8\r\n");
    body(&answer, "<h1>Oops</h1>\n\n", 15);
    body(&answer, page, sizeof page);
    end(&answer, 1, NULL);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_DROP);
    assert_contains(answer.buffer, "HTTP 500: <h1>Oops</h1> xxxx");
    assert_true(strlen(answer.buffer) < 450);
    assert_string_equal(answer.buffer + strlen(answer.buffer) - 3, "...");
}

static void response_hides_secrets_that_the_server_repeats(void **state)
{
    struct curl_slist secrets = {(char *)"hunter2", NULL};
    HaeOtlp__RpcStatus status = HAE_OTLP__RPC_STATUS__INIT;
    struct answer answer;
    uint8_t data[256];
    size_t size;

    (void)state;
    begin(&answer, 401);
    body(&answer, "bad token hunter2", 17);
    end(&answer, 1, &secrets);
    assert_string_equal(answer.buffer, "HTTP 401: bad token ***");

    status.message = (char *)"bad token hunter2";
    size = hae_otlp__rpc_status__pack(&status, data);
    begin(&answer, 401);
    header(&answer, PROTOBUF);
    body(&answer, data, size);
    end(&answer, 1, &secrets);
    assert_string_equal(answer.buffer, "HTTP 401: bad token ***");

    size = pack_partial(data, 1, "hunter2 has no quota");
    begin(&answer, 200);
    header(&answer, PROTOBUF);
    body(&answer, data, size);
    end(&answer, 1, &secrets);
    assert_contains(answer.buffer, "*** has no quota");
    assert_lacks(answer.buffer, "hunter2");
}

static void response_reads_retry_after(void **state)
{
    static const struct {
        const char *value;
        int64_t expected_ms;
    } cases[] = {
        {"0", 0},
        {"1", 1000},
        {"120", 120000},
        {"600", 600000},
        {"601", 600000},
        {"99999999999999999999999999999", 600000},
        /* 1,000,000,000 s after the epoch is 2001-09-09T01:46:40Z. */
        {"Sun, 09 Sep 2001 01:46:50 GMT", 10000},
        {"Sunday, 09-Sep-01 01:46:50 GMT", 10000},
        {"Sun Sep  9 01:46:50 2001", 10000},
        {"Sun, 09 Sep 2001 01:46:40 GMT", 0},
        {"Sat, 08 Sep 2001 01:46:40 GMT", 0},
        {"Sun, 09 Sep 2035 01:46:40 GMT", 600000},
        {"", -1},
        {"-1", -1},
        {"+1", -1},
        {"1.5", -1},
        {"1 2", -1},
        {"10s", -1},
        {"soon", -1},
        {"Sun, 99 Sep 2001 01:46:50 GMT", -1},
        {"20010909 01:46:50 some time", -1},
        {"Tomorrow or the day after it, perhaps", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t got = hae_http_retry_after_ms(cases[i].value, strlen(cases[i].value), 1000000000);

        if (got != cases[i].expected_ms) {
            fail_msg("\"%s\" is read as %lld", cases[i].value, (long long)got);
        }
    }
}

static void response_honours_retry_after_where_it_retries(void **state)
{
    static const long statuses[] = {429, 502, 503, 504};
    struct answer answer;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        begin(&answer, statuses[i]);
        header(&answer, "rEtRy-aFtEr: \t 3 \r\n");
        end(&answer, 1, NULL);
        assert_int_equal(answer.result.verdict, HAETAE_VERDICT_RETRY);
        assert_int_equal(answer.result.retry_after_ms, 3000);
    }
    begin(&answer, 400);
    header(&answer, "Retry-After: 3\r\n");
    end(&answer, 1, NULL);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_DROP);
    assert_int_equal(answer.result.retry_after_ms, -1);
}

static void response_forgets_the_headers_of_an_interim_response(void **state)
{
    struct answer answer;

    (void)state;
    begin(&answer, 503);
    header(&answer, "HTTP/1.1 103 Early Hints\r\n");
    header(&answer, "Retry-After: 3\r\n");
    header(&answer, PROTOBUF);
    header(&answer, "\r\n");
    header(&answer, "HTTP/1.1 503 Busy\r\n");
    body(&answer, "busy", 4);
    end(&answer, 1, NULL);
    assert_int_equal(answer.result.retry_after_ms, -1);
    assert_string_equal(answer.buffer, "HTTP 503: busy");
}

static void response_knows_the_content_types_of_protobuf(void **state)
{
    static const struct {
        const char *line;
        bool expected;
    } cases[] = {
        {"Content-Type: application/x-protobuf", true},
        {"content-type:application/x-protobuf; charset=x\r\n", true},
        {"Content-Type: Application/X-Protobuf ;x\r\n", true},
        {"Content-Type: application/protobuf\r\n", true},
        {"Content-Type: application/x-protobuffer\r\n", false},
        {"Content-Type: application/json\r\n", false},
        {"Content-Type:\r\n", false},
        {"Content-Type\r\n", false},
        {"X-Content-Type: application/x-protobuf\r\n", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer answer;

        begin(&answer, 200);
        header(&answer, cases[i].line);
        assert_int_equal(answer.response.is_decodable, cases[i].expected);
        end(&answer, 1, NULL);
    }
}

static void response_that_is_too_large_counts_by_its_status(void **state)
{
    static const struct {
        long status;
        haetae_verdict verdict;
    } others[] = {{100, HAETAE_VERDICT_RETRY},
                  {400, HAETAE_VERDICT_DROP},
                  {413, HAETAE_VERDICT_TOO_LARGE},
                  {429, HAETAE_VERDICT_RETRY},
                  {503, HAETAE_VERDICT_RETRY}};
    static uint8_t zeros[65536];
    struct answer answer;
    size_t count = 0;

    (void)state;
    begin(&answer, 200);
    while (hae_http_body_append(&answer.response.body, zeros, sizeof zeros)) {
        count++;
    }
    assert_int_equal(count * sizeof zeros, HAE_HTTP_RESPONSE_MAX_BYTES);
    answer.response.too_large = true;
    end(&answer, 1, NULL);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(answer.result.rejected_count, 0);
    assert_contains(answer.buffer, "HTTP 200");
    assert_contains(answer.buffer, "broken off");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        begin(&answer, others[i].status);
        header(&answer, "Retry-After: 3\r\n");
        answer.response.too_large = true;
        end(&answer, 1, NULL);
        assert_int_equal(answer.result.verdict, others[i].verdict);
        assert_int_equal(answer.result.retry_after_ms,
                         others[i].verdict == HAETAE_VERDICT_RETRY ? 3000 : -1);
        assert_contains(answer.buffer, "broken off");
    }
}

static void response_headers_are_limited(void **state)
{
    struct answer answer;
    char line[1024];
    size_t size = 0;

    (void)state;
    memset(line, 'x', sizeof line);
    begin(&answer, 200);
    while (hae_http_response_header(&answer.response, line, sizeof line, 0)) {
        size += sizeof line;
    }
    assert_int_equal(size, HAE_HTTP_HEADERS_MAX_BYTES);
    assert_true(answer.response.too_large);
    end(&answer, 1, NULL);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_OK);
}

static void response_bodies_share_one_budget(void **state)
{
    static uint8_t zeros[HAE_HTTP_RESPONSE_MAX_BYTES];
    struct hae_http_body_budget budget = {0};
    struct hae_http_body first, second;

    (void)state;
    hae_http_body_init(&first, &budget);
    hae_http_body_init(&second, &budget);
    assert_true(hae_http_body_append(&first, zeros, sizeof zeros));
    assert_false(first.incomplete);
    assert_int_equal(budget.used_bytes, sizeof zeros);
    /* The second is received, but not kept. */
    assert_true(hae_http_body_append(&second, zeros, 1));
    assert_true(second.incomplete);
    assert_int_equal(second.size_bytes, 0);
    assert_int_equal(budget.used_bytes, sizeof zeros);
    hae_http_body_done(&first);
    hae_http_body_done(&second);
    assert_int_equal(budget.used_bytes, 0);
}

static void response_of_a_million_fields_is_not_decoded(void **state)
{
    /* Each pair of bytes is an unknown field, which would take a hundred bytes. */
    static uint8_t fields[1000000];
    struct answer answer;

    (void)state;
    for (size_t i = 0; i < sizeof fields; i += 2) {
        fields[i] = 0x78;
        fields[i + 1] = 0x01;
    }
    answer_with(&answer, 200, fields, sizeof fields);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_OK);
    assert_contains(answer.buffer, "could not be read");
    /* A few unknown fields are a newer server. */
    answer_with(&answer, 200, fields, 20);
    assert_int_equal(answer.result.verdict, HAETAE_VERDICT_OK);
    assert_string_equal(answer.buffer, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(response_of_success_is_ok_without_message),
        cmocka_unit_test(response_with_partial_success_counts_the_rejected),
        cmocka_unit_test(response_with_advice_is_ok_with_a_message),
        cmocka_unit_test(response_with_empty_partial_success_is_plain_success),
        cmocka_unit_test(response_rejects_no_more_than_was_sent_and_no_less_than_none),
        cmocka_unit_test(response_is_the_same_on_the_wire_for_each_signal),
        cmocka_unit_test(response_of_success_that_is_unreadable_stays_ok),
        cmocka_unit_test(response_status_decides_the_verdict),
        cmocka_unit_test(response_400_with_a_status_message_calls_the_data_invalid),
        cmocka_unit_test(response_shows_the_message_of_a_status_body),
        cmocka_unit_test(response_shows_the_beginning_of_a_text_body),
        cmocka_unit_test(response_hides_secrets_that_the_server_repeats),
        cmocka_unit_test(response_reads_retry_after),
        cmocka_unit_test(response_honours_retry_after_where_it_retries),
        cmocka_unit_test(response_forgets_the_headers_of_an_interim_response),
        cmocka_unit_test(response_knows_the_content_types_of_protobuf),
        cmocka_unit_test(response_that_is_too_large_counts_by_its_status),
        cmocka_unit_test(response_headers_are_limited),
        cmocka_unit_test(response_bodies_share_one_budget),
        cmocka_unit_test(response_of_a_million_fields_is_not_decoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
