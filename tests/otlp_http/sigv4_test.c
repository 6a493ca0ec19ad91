/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that are signed for AWS: the signature is computed here again, from what the server got.
 * Specification: AWS, "Create a signed AWS API request". */
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "otlp_http/pair.h"

#define OWN(name) "HAETAE_OTLP_" name

static const char key_id[] = "AKIDEXAMPLE";
static const char key[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

enum { DIGEST_BYTES = 32, TEXT_BYTES = 8192 };

static void put_hex(const uint8_t *bytes, char *out)
{
    for (int i = 0; i < DIGEST_BYTES; i++) {
        snprintf(out + (ptrdiff_t)2 * i, 3, "%02x", bytes[i]);
    }
}

static void hash_hex(const void *data, size_t size, char *out)
{
    uint8_t digest[DIGEST_BYTES];

    assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, data, size, digest), 0);
    put_hex(digest, out);
}

/* Signs `text` by what `digest` holds, into it. */
static void sign(uint8_t *digest, const char *text)
{
    uint8_t result[DIGEST_BYTES];

    assert_int_equal(
        gnutls_hmac_fast(GNUTLS_MAC_SHA256, digest, DIGEST_BYTES, text, strlen(text), result), 0);
    memcpy(digest, result, sizeof result);
}

/* The text behind `name` in the header, up to a comma; to be freed. */
static char *part_of(const char *authorization, const char *name)
{
    const char *at = strstr(authorization, name);

    assert_non_null(at);
    at += strlen(name);
    return strndup(at, strcspn(at, ","));
}

/* Each header that was signed has arrived: a receiver could not check the signature otherwise. */
static void make_canonical(const struct http_request *request, const char *signed_headers,
                           char *out)
{
    char names[512], digest[65];
    size_t used = (size_t)snprintf(out, TEXT_BYTES, "%s\n%s\n\n", request->method, request->url);
    char *rest = names;
    char *name;

    snprintf(names, sizeof names, "%s", signed_headers);
    while ((name = strsep(&rest, ";")) != NULL) {
        char *value = http_request_header(request, name);

        if (value == NULL) {
            fail_msg("%s was signed, and not sent", name);
        }
        used += (size_t)snprintf(out + used, TEXT_BYTES - used, "%s:%s\n", name, value);
        free(value);
    }
    hash_hex(request->body, request->body_size, digest);
    snprintf(out + used, TEXT_BYTES - used, "\n%s\n%s", signed_headers, digest);
}

static void make_signature(const struct http_request *request, const char *signed_headers,
                           char *out)
{
    char canonical[TEXT_BYTES], text[512], digest_text[65], first[128];
    char *date = http_request_header(request, "x-amz-date");
    uint8_t digest[DIGEST_BYTES];

    assert_int_equal(strlen(date), strlen("20260101T000000Z"));
    make_canonical(request, signed_headers, canonical);
    hash_hex(canonical, strlen(canonical), digest_text);
    snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%.8s/eu-west-1/xray/aws4_request\n%s", date,
             date, digest_text);
    snprintf(first, sizeof first, "AWS4%s", key);
    date[8] = '\0';
    assert_int_equal(
        gnutls_hmac_fast(GNUTLS_MAC_SHA256, first, strlen(first), date, strlen(date), digest), 0);
    sign(digest, "eu-west-1");
    sign(digest, "xray");
    sign(digest, "aws4_request");
    sign(digest, text);
    put_hex(digest, out);
    free(date);
}

static void assert_signed(const struct http_request *request)
{
    char *authorization = http_request_header(request, "authorization");
    char *date = http_request_header(request, "x-amz-date");
    char *signature, *headers, *credential;
    char expected[65], scope[128];

    assert_non_null(authorization);
    assert_int_equal(strncmp(authorization, "AWS4-HMAC-SHA256 Credential=", 28), 0);
    signature = part_of(authorization, "Signature=");
    headers = part_of(authorization, "SignedHeaders=");
    credential = part_of(authorization, "Credential=");
    snprintf(scope, sizeof scope, "%s/%.8s/eu-west-1/xray/aws4_request", key_id, date);
    assert_string_equal(credential, scope);
    assert_non_null(strstr(headers, "host"));
    assert_non_null(strstr(headers, "x-amz-date"));
    make_signature(request, headers, expected);
    assert_string_equal(signature, expected);
    free(authorization);
    free(date);
    free(signature);
    free(headers);
    free(credential);
}

static struct pair start(const struct http_reply *reply, const char *option, const char *value)
{
    struct pair pair = {.server = http_server_mhd_start(reply, NULL)};
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_mhd_port(pair.server));

    pair.exporter = make_exporter(OPTIONS(
        {KEY("ENDPOINT"), endpoint.url}, {OWN("AWS_SIGV4"), "eu-west-1/xray"},
        {OWN("AWS_ACCESS_KEY_ID"), key_id}, {OWN("AWS_SECRET_ACCESS_KEY"), key}, {option, value}));
    return pair;
}

static void otlp_http_signs_its_requests(void **state)
{
    static const char *const options[][2] = {{KEY("COMPRESSION"), "none"},
                                             {KEY("COMPRESSION"), "gzip"},
                                             {KEY("HEADERS"), "x-tenant=blue"},
                                             {OWN("AWS_SESSION_TOKEN"), "a-session-token"},
                                             {OWN("USER_AGENT"), "shop/1.4"}};

    (void)state;
    skip_before_curl(7, 75, "cannot sign");
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        struct pair pair = start(&accepted, options[i][0], options[i][1]);

        for (int k = 0; k < 2; k++) {
            haetae_delivery delivery = a_delivery();

            fake_deliver(pair.exporter, &delivery);
            assert_string_equal(delivery.message, "");
            assert_signed(http_server_mhd_request(pair.server, (size_t)k));
        }
        assert_header(http_server_mhd_request(pair.server, 0), "x-amz-security-token",
                      i == 3 ? "a-session-token" : NULL);
        pair_stop(&pair);
    }
}

/* libcurl asks for leave first from 1 MiB on. */
static void otlp_http_signs_a_large_body(void **state)
{
    enum { SIZE = 3 << 20 };
    struct pair pair;
    haetae_delivery delivery = a_delivery();
    char *data = calloc(1, SIZE);

    (void)state;
    skip_before_curl(7, 75, "cannot sign");
    pair = start(&accepted, KEY("COMPRESSION"), "none");
    delivery.data = data;
    delivery.size = SIZE;
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_signed(http_server_mhd_request(pair.server, 0));
    pair_stop(&pair);
    free(data);
}

static void otlp_http_shows_no_key(void **state)
{
    static const char *const headers[] = {"Content-Type", "text/plain", NULL};
    char body[256];
    struct http_reply reply = {.status = 403, .headers = headers, .body = body};
    haetae_delivery delivery = a_delivery();
    struct pair pair;

    (void)state;
    skip_before_curl(7, 75, "cannot sign");
    snprintf(body, sizeof body, "no: %s %s a-session-token", key_id, key);
    reply.body_size = strlen(body);
    pair = start(&reply, OWN("AWS_SESSION_TOKEN"), "a-session-token");
    fake_deliver(pair.exporter, &delivery);
    assert_contains(delivery.message, "HTTP 403: no: *** *** ***");
    pair_stop(&pair);
}

static void otlp_http_refuses_what_goes_with_no_signature(void **state)
{
    static const struct {
        const char *key, *value, *endpoint, *part;
    } cases[] = {
        {OWN("AWS_SIGV4"), "xray", "http://host", "=\"xray\": expected region/service"},
        {OWN("AWS_SIGV4"), "EU/xray", "http://host", "expected region/service"},
        {OWN("AWS_SIGV4"), "eu/x/y", "http://host", "expected region/service"},
        {OWN("AWS_ACCESS_KEY_ID"), "", "http://host", OWN("AWS_ACCESS_KEY_ID")},
        {OWN("AWS_SECRET_ACCESS_KEY"), "", "http://host", OWN("AWS_SECRET_ACCESS_KEY")},
        {KEY("HEADERS"), "authorization=hunter2", "http://host", "no other Authorization"},
        {KEY("TIMEOUT"), "1", "http://user:hunter2@host", "no user in their endpoint"},
    };

    (void)state;
    skip_before_curl(7, 75, "cannot sign");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        haetae_config *config = make_config(
            OPTIONS({KEY("ENDPOINT"), cases[i].endpoint}, {OWN("AWS_SIGV4"), "eu-west-1/xray"},
                    {OWN("AWS_ACCESS_KEY_ID"), key_id}, {OWN("AWS_SECRET_ACCESS_KEY"), key},
                    {cases[i].key, cases[i].value}));
        haetae_exporter *exporter = NULL;

        assert_int_equal(haetae_otlp_http_new(config, &exporter), HAETAE_EVALUE);
        assert_contains(haetae_config_error(config), cases[i].part);
        assert_lacks(haetae_config_error(config), "hunter2");
        assert_lacks(haetae_config_error(config), key);
        haetae_config_free(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_http_signs_its_requests),
        cmocka_unit_test(otlp_http_signs_a_large_body),
        cmocka_unit_test(otlp_http_shows_no_key),
        cmocka_unit_test(otlp_http_refuses_what_goes_with_no_signature),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
