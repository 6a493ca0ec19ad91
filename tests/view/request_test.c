/* SPDX-License-Identifier: Apache-2.0 */
#include "view_test.h"

#include <zlib.h>

#include "otlp.pb-c.h"
#include "receive/otlp_body.h"
#include "receive/route.h"
#include "util/gunzip.h"
#include "util/unzstd.h"
#ifdef HAE_VIEW_ZSTD
#include <zstd.h>
#endif

#define MAX_BODY 1000

struct fixture {
    struct hae_view_store *store;
    struct hae_view_endpoint endpoint;
    struct hae_view_request request;
};

static bool write_page(void *user, struct hae_buffer *out)
{
    if (user != NULL) {
        hae_buffer_text(out, user);
    }
    return user != NULL;
}

static struct hae_view_page pages[] = {{"/page", HAE_VIEW_JSON, write_page, "{}"},
                                       {"/", HAE_VIEW_PLAIN_TEXT, write_page, "text"}};
static const unsigned char html[] = "<p>";
static const struct hae_view_asset assets[] = {{"/", "text/html", "\"1\"", html, 3},
                                               {"/a.css", "text/css", "\"2\"", html, 2}};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->store = make_store(10);
    fixture->endpoint = (struct hae_view_endpoint){
        .store = fixture->store,
        .decoder = hae_view_decoder_new(fixture->store),
        .pages = pages,
        .page_count = 2,
        .assets = assets,
        .asset_count = 2,
        .max_body_bytes = MAX_BODY,
        .fail_status = 503,
        .retry_after_s = 7,
    };
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fixture->endpoint.held_body_bytes, 0);
    hae_view_decoder_free(fixture->endpoint.decoder);
    hae_buffer_done(&fixture->endpoint.inflated);
    hae_view_store_free(fixture->store);
    free(fixture);
    return 0;
}

static const struct hae_view_headers protobuf = {.content_type = "application/x-protobuf"};

/* Sends a request with its body in one piece and returns the status. The reply stays until
 * `finish`. */
static unsigned send(struct fixture *fixture, const char *method, const char *path,
                     const struct hae_view_headers *headers, const void *body, size_t length)
{
    struct hae_view_request *request = &fixture->request;
    struct hae_view_arrival arrival = {1000 * S, EPOCH_NS};
    hae_view_request_begin(request, &fixture->endpoint, method, path, headers);
    if (length > 0) {
        assert_true(hae_view_request_receive(request, body, length));
    }
    if (hae_view_request_asks(request)) {
        hae_view_request_answer(request, arrival);
    }
    hae_view_request_finish(request, arrival);
    return request->reply.status;
}

static void finish(struct fixture *fixture)
{
    hae_view_request_done(&fixture->request);
}

static void check_status(struct fixture *fixture, const char *method, const char *path,
                         const struct hae_view_headers *headers, unsigned status)
{
    assert_int_equal(send(fixture, method, path, headers, "", 0), status);
    finish(fixture);
}

static void the_three_paths_take_posted_protobuf(void **state)
{
    struct hae_view_headers headers = {.content_type = "Application/X-Protobuf; v=1",
                                       .content_encoding = "identity"};
    check_status(*state, "POST", "/v1/traces", &headers, 200);
    check_status(*state, "POST", "/v1/metrics", &protobuf, 200);
    check_status(*state, "POST", "/v1/logs", &protobuf, 200);
    check_status(*state, "POST", "/v1/logs/", &protobuf, 404);
    check_status(*state, "POST", "/v1/profiles", &protobuf, 404);
}

static void other_methods_are_told_which_is_allowed(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(send(fixture, "GET", "/v1/traces", &protobuf, "", 0), 405);
    assert_string_equal(fixture->request.reply.allow, "POST");
    finish(fixture);
    assert_int_equal(send(fixture, "POST", "/page", &protobuf, "", 0), 405);
    assert_string_equal(fixture->request.reply.allow, "GET, HEAD");
    finish(fixture);
}

static void browsers_get_files(void **state)
{
    struct fixture *fixture = *state;
    const struct hae_view_headers none = {0};
    const struct hae_view_headers browser = {.accept = "text/html, */*"};
    const struct hae_view_headers again = {.accept = "text/html", .if_none_match = "\"1\""};
    const struct hae_view_headers changed = {.accept = "text/html", .if_none_match = "\"2\""};

    assert_int_equal(send(fixture, "GET", "/", &none, "", 0), 200);
    assert_null(fixture->request.reply.asset);
    assert_memory_equal(fixture->request.reply.body.data, "text", 4);
    finish(fixture);
    assert_int_equal(send(fixture, "GET", "/", &browser, "", 0), 200);
    assert_ptr_equal(fixture->request.reply.asset, &assets[0]);
    finish(fixture);
    assert_int_equal(send(fixture, "HEAD", "/a.css", &none, "", 0), 200);
    assert_ptr_equal(fixture->request.reply.asset, &assets[1]);
    finish(fixture);
    check_status(fixture, "GET", "/", &again, 304);
    check_status(fixture, "GET", "/", &changed, 200);
    check_status(fixture, "POST", "/", &browser, 405);
    check_status(fixture, "POST", "/a.css", &protobuf, 404);
}

static void pages_are_written_in_their_type(void **state)
{
    struct fixture *fixture = *state;
    struct hae_view_headers none = {.host = NULL};
    assert_int_equal(send(fixture, "GET", "/page", &none, "", 0), 200);
    assert_string_equal(fixture->request.reply.body.data, "{}");
    assert_int_equal(fixture->request.reply.dialect, HAE_VIEW_JSON);
    finish(fixture);
    pages[0].user = NULL; /* it cannot be written now */
    assert_int_equal(send(fixture, "GET", "/page", &none, "", 0), 503);
    assert_int_equal(fixture->request.reply.retry_after_s, 1);
    pages[0].user = "{}";
    finish(fixture);
}

static void questions_are_answered_on_addresses_of_this_machine_only(void **state)
{
    struct fixture *fixture = *state;
    struct hae_view_headers local = {.host = "localhost:1"};
    check_status(fixture, "GET", "/api/services", &local, 403);
    fixture->endpoint.loopback = true;
    assert_int_equal(send(fixture, "GET", "/api/services", &local, "", 0), 200);
    assert_int_equal(fixture->request.reply.dialect, HAE_VIEW_JSON);
    assert_non_null(strstr(fixture->request.reply.body.data, "\"services\":[]"));
    finish(fixture);
    check_status(fixture, "POST", "/api/services", &local, 405);
    check_status(fixture, "GET", "/api/silence", &local, 405);
    check_status(fixture, "POST", "/api/silence", &local, 403);
    struct hae_view_headers own = {
        .host = "localhost:1", .origin = "http://localhost:1", .haetae = "1"};
    check_status(fixture, "POST", "/api/silence", &own, 400);
    own.origin = "https://localhost:1";
    check_status(fixture, "POST", "/api/silence", &own, 403);
    own.host = NULL;
    check_status(fixture, "POST", "/api/silence", &own, 403);
    check_status(fixture, "GET", "/api/", &local, 404);
    static const char *const others[] = {
        "evil.example", "[::1].evil.example", "[::1", "localhost:1.evil", "127.0.0.1x",
        "[::1]1",       "localhost:evil:80",  ""};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct hae_view_headers named = {.host = others[i]};
        check_status(fixture, "GET", "/api/services", &named, 403);
    }
    static const char *const ours[] = {"localhost", "LOCALHOST:80", "[::1]", "[::1]:4318",
                                       "127.9.9.9:1"};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        struct hae_view_headers named = {.host = ours[i]};
        check_status(fixture, "GET", "/api/", &named, 404);
    }
}

/* A page of another site cannot read answers, but could have questions asked. */
static void pages_of_other_sites_ask_in_vain(void **state)
{
    static const struct {
        const char *site;
        const char *origin;
        unsigned status;
    } cases[] = {
        {"cross-site", NULL, 403},
        {"same-site", NULL, 403},
        {NULL, "http://evil.example", 403},
        {NULL, "null", 403},
        {"none", NULL, 404}, /* somebody has typed the address */
        {"same-origin", "http://localhost:1", 404},
        {NULL, NULL, 404}, /* no browser */
    };
    ((struct fixture *)*state)->endpoint.loopback = true;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct hae_view_headers headers = {
            .host = "localhost:1", .origin = cases[i].origin, .fetch_site = cases[i].site};
        check_status(*state, "GET", "/api/", &headers, cases[i].status);
    }
}

static void other_types_and_encodings_are_refused(void **state)
{
    struct hae_view_headers text = {.content_type = "text/plain"};
    struct hae_view_headers longer = {.content_type = "application/x-protobuffer"};
    struct hae_view_headers none = {.host = NULL};
    struct hae_view_headers brotli = {.content_type = "application/x-protobuf",
                                      .content_encoding = "br"};
    check_status(*state, "POST", "/v1/logs", &text, 415);
    check_status(*state, "POST", "/v1/logs", &longer, 415);
    check_status(*state, "POST", "/v1/logs", &none, 415);
    check_status(*state, "POST", "/v1/logs", &brotli, 415);
}

static void json_is_answered_in_json(void **state)
{
    struct fixture *fixture = *state;
    struct hae_view_headers json = {.content_type = "application/json; charset=utf-8"};
    const char body[] = "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{}]}]}]}";
    assert_int_equal(send(fixture, "POST", "/v1/logs", &json, body, sizeof body - 1), 200);
    assert_int_equal(fixture->request.reply.dialect, HAE_VIEW_JSON);
    assert_string_equal(fixture->request.reply.body.data, "{}");
    finish(fixture);
    const struct hae_view_store_content *content = hae_view_store_lock(fixture->store);
    assert_int_equal(content->totals.counts.logs, 1);
    hae_view_store_unlock(fixture->store);
    assert_int_equal(send(fixture, "POST", "/v1/logs", &json, "{]", 2), 400);
    assert_non_null(strstr(fixture->request.reply.body.data, "\"code\":3"));
    assert_non_null(strstr(fixture->request.reply.body.data, "a member is expected (byte 1)"));
    finish(fixture);
}

static void malformed_bodies_are_answered_with_a_status_message(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(send(fixture, "POST", "/v1/traces", &protobuf, "\xff", 1), 400);
    HaeOtlp__RpcStatus *status =
        hae_otlp__rpc_status__unpack(NULL, fixture->request.reply.body.length,
                                     (const uint8_t *)fixture->request.reply.body.data);
    assert_non_null(status);
    assert_int_equal(status->code, 3);
    assert_non_null(strstr(status->message, "ExportTraceServiceRequest"));
    hae_otlp__rpc_status__free_unpacked(status, NULL);
    finish(fixture);
}

static void large_bodies_are_refused_whatever_they_claim(void **state)
{
    struct fixture *fixture = *state;
    char body[MAX_BODY + 1];
    memset(body, 0, sizeof body);
    struct hae_view_headers honest = {.content_type = "application/x-protobuf",
                                      .content_length = "1001"};
    check_status(fixture, "POST", "/v1/traces", &honest, 413);
    honest.content_length = "99999999999999999999999999";
    check_status(fixture, "POST", "/v1/traces", &honest, 413);
    assert_int_equal(send(fixture, "POST", "/v1/traces", &protobuf, body, sizeof body), 413);
    finish(fixture);
    /* A body of the largest size is judged by its content. */
    assert_int_equal(send(fixture, "POST", "/v1/traces", &protobuf, body, MAX_BODY), 400);
    finish(fixture);
}

static void bodies_at_the_same_time_share_a_limit(void **state)
{
    struct fixture *fixture = *state;
    struct hae_view_request requests[5];
    char body[MAX_BODY];
    memset(body, 0, sizeof body);
    for (int i = 0; i < 5; i++) {
        hae_view_request_begin(&requests[i], &fixture->endpoint, "POST", "/v1/logs", &protobuf);
    }
    for (int i = 0; i < 4; i++) {
        assert_true(hae_view_request_receive(&requests[i], body, sizeof body - 1));
    }
    assert_true(hae_view_request_receive(&requests[0], body, 1));
    assert_int_equal(fixture->endpoint.held_body_bytes, 4 * MAX_BODY - 3);
    /* The one that has been silent for the longest time makes room. */
    assert_true(hae_view_request_receive(&requests[4], body, sizeof body));
    for (int i = 0; i < 5; i++) {
        assert_int_equal(requests[i].reply.status, i == 1 ? 503 : 0);
    }
    assert_int_equal(requests[1].reply.retry_after_s, 1);
    assert_int_equal(fixture->endpoint.held_body_bytes, 4 * MAX_BODY - 2);
    /* One that goes is not looked for any more. */
    hae_view_request_done(&requests[2]);
    hae_view_request_done(&requests[4]);
    assert_true(hae_view_request_receive(&requests[1], body, 1));
    hae_view_request_finish(&requests[0], (struct hae_view_arrival){1000 * S, EPOCH_NS});
    assert_int_equal(requests[0].reply.status, 400);
    assert_ptr_equal(fixture->endpoint.longest_silent, &requests[3]);
    assert_ptr_equal(fixture->endpoint.newest, &requests[3]);
    hae_view_request_done(&requests[0]);
    hae_view_request_done(&requests[1]);
    hae_view_request_done(&requests[3]);
    assert_null(fixture->endpoint.longest_silent);
}

/* Those of questions may be read by another thread, and make no room. */
static void bodies_that_stop_lock_nobody_out(void **state)
{
    struct fixture *fixture = *state;
    const struct hae_view_headers change = {.haetae = "1"};
    struct hae_view_request requests[6];
    char body[MAX_BODY];
    memset(body, ' ', sizeof body);
    fixture->endpoint.loopback = true;
    hae_view_request_begin(&requests[0], &fixture->endpoint, "POST", "/api/note", &change);
    assert_true(hae_view_request_receive(&requests[0], body, sizeof body));
    for (int i = 1; i < 6; i++) {
        hae_view_request_begin(&requests[i], &fixture->endpoint, "POST", "/v1/logs", &protobuf);
        assert_true(hae_view_request_receive(&requests[i], body, sizeof body));
    }
    for (int i = 0; i < 6; i++) {
        assert_int_equal(requests[i].reply.status, i == 1 || i == 2 ? 503 : 0);
    }
    assert_int_equal(requests[0].body.length, MAX_BODY);
    /* Requests as they usually are go on meanwhile. */
    assert_int_equal(send(fixture, "POST", "/v1/traces", &protobuf, "", 0), 200);
    finish(fixture);
    assert_int_equal(send(fixture, "POST", "/v1/traces", &protobuf, "\x0a\x00", 2), 200);
    finish(fixture);
    assert_int_equal(requests[3].reply.status, 503);
    for (int i = 0; i < 6; i++) {
        hae_view_request_done(&requests[i]);
    }
}

static size_t gzip(const void *data, size_t length, uint8_t *out, size_t size)
{
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (z_const Bytef *)data;
    stream.avail_in = (uInt)length;
    stream.next_out = out;
    stream.avail_out = (uInt)size;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return size - stream.avail_out;
}

static void gzip_is_decompressed_up_to_the_limit(void **state)
{
    struct fixture *fixture = *state;
    struct hae_view_headers headers = {.content_type = "application/x-protobuf",
                                       .content_encoding = "GZIP"};
    uint8_t packed[1000];
    size_t length = gzip("\x0a\x00", 2, packed, sizeof packed);
    assert_int_equal(send(fixture, "POST", "/v1/logs", &headers, packed, length), 200);
    finish(fixture);
    /* Cut short; not gzip; with a tail that is not gzip. */
    assert_int_equal(send(fixture, "POST", "/v1/logs", &headers, packed, length - 1), 400);
    finish(fixture);
    assert_int_equal(send(fixture, "POST", "/v1/logs", &headers, "\x0a\x00", 2), 400);
    finish(fixture);
    packed[length] = 'x';
    assert_int_equal(send(fixture, "POST", "/v1/logs", &headers, packed, length + 1), 400);
    finish(fixture);
    /* An empty body is not gzip either. */
    assert_int_equal(send(fixture, "POST", "/v1/logs", &headers, "", 0), 400);
    finish(fixture);

    static uint8_t zeros[100000];
    length = gzip(zeros, sizeof zeros, packed, sizeof packed);
    assert_true(length < MAX_BODY);
    assert_int_equal(send(fixture, "POST", "/v1/logs", &headers, packed, length), 413);
    assert_true(fixture->endpoint.inflated.capacity < sizeof zeros * 2);
    finish(fixture);
}

static void gzip_may_have_several_members(void **state)
{
    (void)state;
    uint8_t packed[200];
    size_t first = gzip("abc", 3, packed, sizeof packed);
    size_t second = gzip("def", 3, packed + first, sizeof packed - first);
    struct hae_buffer out = HAE_BUFFER_INIT;
    assert_int_equal(hae_view_gunzip(packed, first + second, 100, &out), HAE_VIEW_UNPACK_OK);
    assert_int_equal(out.length, 6);
    assert_memory_equal(out.data, "abcdef", 6);
    assert_int_equal(hae_view_gunzip(packed, first + second, 5, &out), HAE_VIEW_UNPACK_TOO_LARGE);
    hae_buffer_done(&out);
}

#ifdef HAE_VIEW_ZSTD
static void zstd_is_decompressed_up_to_the_limit(void **state)
{
    struct fixture *fixture = *state;
    struct hae_view_headers headers = {.content_type = "application/x-protobuf",
                                       .content_encoding = "ZSTD"};
    uint8_t packed[1000];
    static uint8_t zeros[100000];
    size_t length = ZSTD_compress(packed, sizeof packed, "\x0a\x00", 2, 3);
    assert_int_equal(send(fixture, "POST", "/v1/logs", &headers, packed, length), 200);
    finish(fixture);
    /* Cut short; with a tail that is no frame; not zstd; empty. */
    assert_int_equal(send(fixture, "POST", "/v1/logs", &headers, packed, length - 1), 400);
    finish(fixture);
    packed[length] = 'x';
    assert_int_equal(send(fixture, "POST", "/v1/logs", &headers, packed, length + 1), 400);
    finish(fixture);
    assert_int_equal(send(fixture, "POST", "/v1/logs", &headers, "\x0a\x00", 2), 400);
    finish(fixture);
    assert_int_equal(send(fixture, "POST", "/v1/logs", &headers, "", 0), 400);
    finish(fixture);
    /* Two frames are one body. */
    size_t first = ZSTD_compress(packed, sizeof packed, "\x0a", 1, 3);
    length = first + ZSTD_compress(packed + first, sizeof packed - first, "\x00", 1, 3);
    assert_int_equal(send(fixture, "POST", "/v1/logs", &headers, packed, length), 200);
    finish(fixture);
    length = ZSTD_compress(packed, sizeof packed, zeros, sizeof zeros, 3);
    assert_true(length < MAX_BODY);
    assert_int_equal(send(fixture, "POST", "/v1/logs", &headers, packed, length), 413);
    finish(fixture);
    /* A window that is larger than what has to be supported. */
    const uint8_t wide[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x01, 0x00, 0x00};
    assert_int_equal(send(fixture, "POST", "/v1/logs", &headers, wide, sizeof wide), 400);
    finish(fixture);
}
#endif

static void a_share_of_the_requests_fails_evenly_spread(void **state)
{
    struct fixture *fixture = *state;
    const unsigned shares[] = {0, 100000, 333333, 500000, 1000000};
    const unsigned failures[] = {0, 10, 33, 50, 100};
    for (size_t s = 0; s < sizeof shares / sizeof shares[0]; s++) {
        fixture->endpoint.fail_per_million = shares[s];
        fixture->endpoint.request_count = 0;
        unsigned failed = 0;
        for (int i = 1; i <= 100; i++) {
            unsigned status = send(fixture, "POST", "/v1/logs", &protobuf, "\x0a\x00", 2);
            failed += status == 503 ? 1 : 0;
            assert_int_equal(fixture->request.reply.retry_after_s, status == 503 ? 7 : 0);
            assert_true(shares[s] != 100000 || (status == 503) == (i % 10 == 0));
            finish(fixture);
        }
        assert_int_equal(failed, failures[s]);
    }
    const struct hae_view_store_content *content = hae_view_store_lock(fixture->store);
    assert_int_equal(content->totals.failed_on_purpose, 193);
    assert_int_equal(content->totals.requests[HAE_VIEW_LOGS], 307);
    hae_view_store_unlock(fixture->store);
}

static void refusals_name_the_wrong_path(void **state)
{
    struct fixture *fixture = *state;
    check_status(fixture, "POST", "/v1/\x1b[31mtrace", &protobuf, 404);
    check_status(fixture, "GET", "/favicon.ico", &protobuf, 404);
    const struct hae_view_store_content *content = hae_view_store_lock(fixture->store);
    assert_int_equal(content->totals.refused[404], 1); /* a GET sends no telemetry */
    assert_non_null(strstr(content->totals.last_refusal, "/v1/\\x1b[31mtrace"));
    hae_view_store_unlock(fixture->store);
}

#define with_endpoint(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_endpoint(the_three_paths_take_posted_protobuf),
        with_endpoint(other_methods_are_told_which_is_allowed),
        with_endpoint(pages_are_written_in_their_type),
        with_endpoint(questions_are_answered_on_addresses_of_this_machine_only),
        with_endpoint(browsers_get_files),
        with_endpoint(pages_of_other_sites_ask_in_vain),
        with_endpoint(other_types_and_encodings_are_refused),
        with_endpoint(json_is_answered_in_json),
        with_endpoint(malformed_bodies_are_answered_with_a_status_message),
        with_endpoint(large_bodies_are_refused_whatever_they_claim),
        with_endpoint(bodies_at_the_same_time_share_a_limit),
        with_endpoint(bodies_that_stop_lock_nobody_out),
        with_endpoint(gzip_is_decompressed_up_to_the_limit),
        cmocka_unit_test(gzip_may_have_several_members),
#ifdef HAE_VIEW_ZSTD
        with_endpoint(zstd_is_decompressed_up_to_the_limit),
#endif
        with_endpoint(a_share_of_the_requests_fails_evenly_spread),
        with_endpoint(refusals_name_the_wrong_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
