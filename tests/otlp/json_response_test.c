/* SPDX-License-Identifier: Apache-2.0 */
/* Answers in JSON: what they say, and those that say nothing that could be read. */
#include "otlp_http/json_response.h"

#include "otlp/response.h"
#include "otlp_http/harness.h"
#include "otlp_http/json.h"

struct said {
    bool read;
    uint64_t rejected;
    char buffer[256];
};

static struct said read_response(const char *body, const struct curl_slist *secrets)
{
    struct said said = {.rejected = 77};
    struct hae_http_text text;

    hae_http_text_init(&text, said.buffer, sizeof said.buffer);
    said.read =
        hae_http_json_response((const uint8_t *)body, strlen(body), secrets, &said.rejected, &text);
    return said;
}

static struct said read_status(const char *body)
{
    struct said said = {.rejected = 0};
    struct hae_http_text text;

    hae_http_text_init(&text, said.buffer, sizeof said.buffer);
    said.read = hae_http_json_status((const uint8_t *)body, strlen(body), NULL, &text);
    return said;
}

static void partial_success_is_read_in_all_its_forms(void **state)
{
    static const struct {
        const char *body;
        uint64_t rejected;
        const char *text;
    } cases[] = {
        {"{}", 0, ""},
        {" { } \n", 0, ""},
        {"{\"partialSuccess\":null}", 0, ""},
        {"{\"partialSuccess\":{}}", 0, ""},
        {"{\"partialSuccess\":{\"rejectedSpans\":\"2\",\"errorMessage\":\"too old\"}}", 2,
         "too old"},
        {"{\"partialSuccess\":{\"errorMessage\":\"a\\nb "
         "\\ud55c\\uad6d\",\"rejectedDataPoints\":3}}",
         3, "a b \xED\x95\x9C\xEA\xB5\xAD"},
        {"{\"partial_success\":{\"rejected_log_records\":4.0,\"error_message\":\"x\"}}", 4, "x"},
        {"{\"partialSuccess\":{\"rejectedLogRecords\":\"9223372036854775807\"}}", INT64_MAX, ""},
        {"{\"partialSuccess\":{\"rejectedSpans\":\"-2\"}}", 0, ""},
        {"{\"partialSuccess\":{\"rejectedSpans\":-2}}", 0, ""},
        {"{\"partialSuccess\":{\"rejectedSpans\":null,\"errorMessage\":null}}", 0, ""},
        {"{\"other\":[1,{\"a\":true}],\"partialSuccess\":{\"new\":{},\"rejectedSpans\":1}}", 1, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct said said = read_response(cases[i].body, NULL);

        if (!said.read || said.rejected != cases[i].rejected) {
            fail_msg("%s: %d, %llu", cases[i].body, said.read, (unsigned long long)said.rejected);
        }
        assert_string_equal(said.buffer, cases[i].text);
    }
}

static void what_is_malformed_changes_nothing(void **state)
{
    static const char *const bodies[] = {
        "",
        "[]",
        "null",
        "\"\"",
        "{",
        "{}x",
        "{} {}",
        "{\"partialSuccess\":[]}",
        "{\"partialSuccess\":1}",
        "{\"partialSuccess\":{\"rejectedSpans\":\"2\",\"errorMessage\":\"x\"}",
        "{\"partialSuccess\":{\"rejectedSpans\":\"2x\"}}",
        "{\"partialSuccess\":{\"rejectedSpans\":\"\"}}",
        "{\"partialSuccess\":{\"rejectedSpans\":\"9223372036854775808\"}}",
        "{\"partialSuccess\":{\"rejectedSpans\":\"00000000000000000000000000000000000000001\"}}",
        "{\"partialSuccess\":{\"rejectedSpans\":1e300}}",
        "{\"partialSuccess\":{\"rejectedSpans\":0.5}}",
        "{\"partialSuccess\":{\"rejectedSpans\":true}}",
        "{\"partialSuccess\":{\"errorMessage\":\"x\",\"rejectedSpans\":{}}}",
        "{\"partialSuccess\":{\"errorMessage\":5}}",
        "{\"partialSuccess\":{\"errorMessage\":\"a\nb\"}}",
        "{\"partialSuccess\":{\"errorMessage\":\"\\x\"}}",
        "{\"partialSuccess\":{\"errorMessage\":\"x\"}} trailing",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct said said = read_response(bodies[i], NULL);

        if (said.read || said.rejected != 77 || said.buffer[0] != '\0') {
            fail_msg("%s was read", bodies[i]);
        }
    }
}

static void nesting_is_bounded(void **state)
{
    char body[2 * 1000 + 16];

    (void)state;
    for (size_t depth = 10; depth <= 1000; depth += 990) {
        size_t length = (size_t)sprintf(body, "{\"x\":");

        memset(body + length, '[', depth);
        memset(body + length + depth, ']', depth);
        strcpy(body + length + 2 * depth, "}");
        assert_int_equal(read_response(body, NULL).read, depth == 10);
    }
}

static void secrets_are_hidden_however_they_are_escaped(void **state)
{
    struct curl_slist secret = {(char *)"hunter2", NULL};
    struct said said = read_response(
        "{\"partialSuccess\":{\"errorMessage\":\"not hunter2, nor h\\u0075nter2\"}}", &secret);

    (void)state;
    assert_true(said.read);
    assert_string_equal(said.buffer, "not ***, nor ***");
}

static void a_status_has_its_message(void **state)
{
    (void)state;
    assert_string_equal(
        read_status("{\"code\":3,\"message\":\"no name\",\"details\":[{\"@type\":\"x\"}]}").buffer,
        "no name");
    assert_true(read_status("{\"code\":3}").read);
    assert_true(read_status("{\"message\":null}").read);
    assert_false(read_status("{\"message\":3}").read);
    assert_false(read_status("<html>").read);
    assert_false(read_status("{\"message\":\"x\"").read);
}

/* ---- Verdicts ---------------------------------------------------------------------------------
 */

static haetae_result result_of(long status, const char *type, const char *body, char text[256])
{
    struct hae_http_body_budget budget = {0};
    struct hae_http_response response;
    struct hae_http_text message;
    haetae_result result;

    hae_http_response_init(&response, &hae_http_json, &budget);
    response.status = status;
    assert_true(hae_http_response_header(&response, type, strlen(type), 0));
    assert_true(hae_http_body_append(&response.body, body, strlen(body)));
    hae_http_text_init(&message, text, 256);
    result = hae_http_response_result(&response, 10, NULL, &message);
    hae_http_response_done(&response);
    assert_int_equal(budget.used_bytes, 0);
    return result;
}

#define JSON "Content-Type: application/json; charset=utf-8\r\n"

static void verdicts_follow_from_what_was_read(void **state)
{
    char text[256];
    haetae_result result;

    (void)state;
    result = result_of(200, JSON, "{\"partialSuccess\":{\"rejectedSpans\":\"2\"}}", text);
    assert_int_equal(result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(result.rejected_count, 2);
    result = result_of(200, JSON, "{\"partialSuccess\":{\"rejectedSpans\":\"200\"}}", text);
    assert_int_equal(result.rejected_count, 10);
    result = result_of(200, JSON, "not JSON", text);
    assert_int_equal(result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(result.rejected_count, 0);
    assert_contains(text, "could not be read");

    /* Only in the form of OTLP does 400 say that the data is invalid. */
    result = result_of(400, JSON, "{\"code\":3,\"message\":\"no\"}", text);
    assert_int_equal(result.verdict, HAETAE_VERDICT_INVALID);
    assert_string_equal(text, "HTTP 400: no");
    assert_int_equal(result_of(400, JSON, "{}", text).verdict, HAETAE_VERDICT_DROP);
    assert_int_equal(
        result_of(400, "Content-Type: text/html\r\n", "{\"message\":\"no\"}", text).verdict,
        HAETAE_VERDICT_DROP);
    assert_int_equal(result_of(503, JSON, "{\"message\":\"later\"}", text).verdict,
                     HAETAE_VERDICT_RETRY);
    assert_string_equal(text, "HTTP 503: later");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(partial_success_is_read_in_all_its_forms),
        cmocka_unit_test(what_is_malformed_changes_nothing),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(secrets_are_hidden_however_they_are_escaped),
        cmocka_unit_test(a_status_has_its_message),
        cmocka_unit_test(verdicts_follow_from_what_was_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
