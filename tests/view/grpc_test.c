/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP over gRPC: libnghttp2 on both sides of a session, without a socket between them. */
#include "view_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "receive/grpc.h"
#include "receive/grpc_session.h"
#include "receive/listen.h"

#define TRACES "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
#define LOGS   "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
#define BODY   ((size_t)64 * 1024)

/* A request with one span that has no ids. */
static const char one_span[] = "\x0a\x04\x12\x02\x12\x00";
#define ONE_SPAN 6

struct fixture {
    struct hae_view_store *store;
    struct hae_view_endpoint endpoint;
    struct hae_view_grpc_session *server;
    nghttp2_session *client;
    /* Of the last answer. */
    char http_status[8];
    char status[8];
    char message[256];
    uint8_t data[256];
    size_t data_bytes;
    bool closed;
    uint32_t error; /* with which its stream ended */
};

/* What a call sends. */
struct call {
    const uint8_t *data;
    size_t length;
    size_t sent;
};

/* ---- The client ------------------------------------------------------------------------ */

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_length, const uint8_t *value, size_t value_length, uint8_t flags,
                     void *user)
{
    struct fixture *fixture = user;
    (void)session;
    (void)frame;
    (void)flags;
    const struct {
        const char *name;
        char *out;
        size_t size;
    } known[] = {{":status", fixture->http_status, sizeof fixture->http_status},
                 {"grpc-status", fixture->status, sizeof fixture->status},
                 {"grpc-message", fixture->message, sizeof fixture->message}};
    for (size_t i = 0; i < 3; i++) {
        if (name_length == strlen(known[i].name) && memcmp(name, known[i].name, name_length) == 0) {
            assert_true(value_length < known[i].size);
            memcpy(known[i].out, value, value_length);
            known[i].out[value_length] = '\0';
        }
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
                   size_t length, void *user)
{
    struct fixture *fixture = user;
    (void)session;
    (void)flags;
    (void)id;
    assert_true(length <= sizeof fixture->data - fixture->data_bytes);
    memcpy(fixture->data + fixture->data_bytes, data, length);
    fixture->data_bytes += length;
    return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error, void *user)
{
    struct fixture *fixture = user;
    (void)session;
    (void)id;
    fixture->closed = true;
    fixture->error = error;
    return 0;
}

static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *out, size_t size,
                         uint32_t *flags, nghttp2_data_source *source, void *user)
{
    struct call *call = source->ptr;
    (void)session;
    (void)id;
    (void)user;
    size_t length = call->length - call->sent < size ? call->length - call->sent : size;
    if (length > 0) {
        memcpy(out, call->data + call->sent, length);
    }
    call->sent += length;
    *flags |= call->sent == call->length ? NGHTTP2_DATA_FLAG_EOF : 0;
    return (ssize_t)length;
}

/* Carries bytes both ways until there are none, in pieces of a size. False: the server ends. */
static bool carry(struct fixture *fixture, size_t piece)
{
    for (;;) {
        const uint8_t *data;
        bool idle = true;
        ssize_t length = nghttp2_session_mem_send(fixture->client, &data);
        assert_true(length >= 0);
        for (ssize_t at = 0; at < length; at += (ssize_t)piece) {
            size_t part = (size_t)(length - at) < piece ? (size_t)(length - at) : piece;
            if (!hae_view_grpc_session_receive(fixture->server, data + at, part)) {
                return false;
            }
            idle = false;
        }
        ptrdiff_t answer;
        while ((answer = hae_view_grpc_session_send(fixture->server, &data)) > 0) {
            assert_int_equal(nghttp2_session_mem_recv(fixture->client, data, (size_t)answer),
                             answer);
            idle = false;
        }
        if (answer < 0) {
            return false;
        }
        if (idle) {
            return true;
        }
    }
}

static nghttp2_nv pair(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                        strlen(value), NGHTTP2_NV_FLAG_NONE};
}

/* Calls a method, and has the answer in the fixture. */
static void call_method(struct fixture *fixture, const char *path, const char *encoding,
                        const void *data, size_t length)
{
    struct call call = {data, length, 0};
    const nghttp2_nv headers[] = {
        pair(":method", "POST"),
        pair(":scheme", "http"),
        pair(":authority", "localhost"),
        pair(":path", path),
        pair("content-type", "application/grpc"),
        pair("te", "trailers"),
        pair("grpc-encoding", encoding),
    };
    const nghttp2_data_provider provider = {{.ptr = &call}, read_body};
    fixture->status[0] = '\0';
    fixture->message[0] = '\0';
    fixture->data_bytes = 0;
    fixture->closed = false;
    assert_true(nghttp2_submit_request(fixture->client, NULL, headers, 7, &provider, NULL) > 0);
    assert_true(carry(fixture, 7));
    assert_true(fixture->closed);
}

/* A message of gRPC: its prefix, and what it holds. Returns the length of both. */
static size_t frame(uint8_t *out, bool compressed, const void *data, size_t length)
{
    const uint8_t prefix[5] = {compressed, (uint8_t)(length >> 24), (uint8_t)(length >> 16),
                               (uint8_t)(length >> 8), (uint8_t)length};
    memcpy(out, prefix, 5);
    memcpy(out + 5, data, length);
    return length + 5;
}

static void call_with(struct fixture *fixture, const void *data, size_t length)
{
    uint8_t *message = malloc(length + 5);
    assert_non_null(message);
    call_method(fixture, TRACES, "identity", message, frame(message, false, data, length));
    free(message);
}

static void check_error(struct fixture *fixture, const char *status, const char *part)
{
    assert_string_equal(fixture->http_status, "200");
    assert_string_equal(fixture->status, status);
    assert_non_null(strstr(fixture->message, part));
    assert_int_equal(fixture->data_bytes, 0);
    assert_int_equal(fixture->endpoint.held_body_bytes, 0);
}

static uint64_t spans_of(struct fixture *fixture)
{
    uint64_t spans = hae_view_store_lock(fixture->store)->totals.counts.spans;
    hae_view_store_unlock(fixture->store);
    return spans;
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    nghttp2_session_callbacks *callbacks;
    assert_non_null(fixture);
    fixture->store = make_store(100);
    fixture->endpoint = (struct hae_view_endpoint){.store = fixture->store,
                                                   .decoder = hae_view_decoder_new(fixture->store),
                                                   .max_body_bytes = BODY,
                                                   .fail_status = 503};
    fixture->server = hae_view_grpc_session_new(&fixture->endpoint);
    assert_non_null(fixture->server);
    assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    assert_int_equal(nghttp2_session_client_new(&fixture->client, callbacks, fixture), 0);
    nghttp2_session_callbacks_del(callbacks);
    assert_int_equal(nghttp2_submit_settings(fixture->client, 0, NULL, 0), 0);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    nghttp2_session_del(fixture->client);
    hae_view_grpc_session_free(fixture->server);
    assert_int_equal(fixture->endpoint.held_body_bytes, 0);
    hae_view_decoder_free(fixture->endpoint.decoder);
    hae_buffer_done(&fixture->endpoint.inflated);
    hae_view_store_free(fixture->store);
    free(fixture);
    return 0;
}

/* ---- Tests ----------------------------------------------------------------------------- */

static void calls_are_taken_and_answered(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t empty[5] = {0};
    for (int i = 0; i < 3; i++) {
        call_with(fixture, one_span, ONE_SPAN);
        assert_string_equal(fixture->http_status, "200");
        assert_string_equal(fixture->status, "0");
        assert_int_equal(fixture->data_bytes, sizeof empty);
        assert_memory_equal(fixture->data, empty, sizeof empty);
    }
    assert_int_equal(spans_of(fixture), 3);
    call_method(fixture, LOGS, "identity", empty, sizeof empty);
    assert_string_equal(fixture->status, "0");
    const struct hae_view_store_content *content = hae_view_store_lock(fixture->store);
    assert_int_equal(content->totals.requests[HAE_VIEW_TRACES], 3);
    assert_int_equal(content->totals.requests[HAE_VIEW_LOGS], 1);
    hae_view_store_unlock(fixture->store);
}

static void a_message_may_be_compressed(void **state)
{
    struct fixture *fixture = *state;
    uint8_t packed[128];
    uint8_t message[256];
    z_stream stream = {.next_in = (uint8_t *)(uintptr_t)one_span,
                       .avail_in = ONE_SPAN,
                       .next_out = packed,
                       .avail_out = sizeof packed};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t length = frame(message, true, packed, stream.total_out);
    deflateEnd(&stream);
    call_method(fixture, TRACES, "gzip", message, length);
    assert_string_equal(fixture->status, "0");
    /* The flag of the message decides, not the header. */
    length = frame(message, false, one_span, ONE_SPAN);
    call_method(fixture, TRACES, "gzip", message, length);
    assert_string_equal(fixture->status, "0");
    assert_int_equal(spans_of(fixture), 2);
    message[0] = 1;
    call_method(fixture, TRACES, "gzip", message, length);
    check_error(fixture, "3", "gzip");
    call_method(fixture, TRACES, "identity", message, length);
    check_error(fixture, "3", "grpc-encoding");
    call_method(fixture, TRACES, "snappy", message, length);
    check_error(fixture, "12", "Content-Encoding");
    assert_int_equal(spans_of(fixture), 2);
}

static void what_is_wrong_is_said(void **state)
{
    struct fixture *fixture = *state;
    uint8_t message[64];
    size_t length = frame(message, false, one_span, ONE_SPAN);
    call_method(fixture, "/other.Service/Call", "identity", message, length);
    check_error(fixture, "12", "Export");
    call_with(fixture, "\xff", 1);
    check_error(fixture, "3", "cut short");
    call_method(fixture, TRACES, "identity", message, length - 1);
    check_error(fixture, "3", "cut short");
    call_method(fixture, TRACES, "identity", message, 3);
    check_error(fixture, "3", "cut short");
    call_method(fixture, TRACES, "identity", message, 0);
    check_error(fixture, "3", "cut short");
    memcpy(message + length, message, length);
    call_method(fixture, TRACES, "identity", message, 2 * length);
    check_error(fixture, "3", "more than one");
    assert_int_equal(spans_of(fixture), 0);
    const struct hae_view_store_content *content = hae_view_store_lock(fixture->store);
    assert_int_equal(content->totals.refused[400], 5);
    assert_int_equal(content->totals.refused[404], 1);
    hae_view_store_unlock(fixture->store);
}

static void a_body_that_is_too_large_is_refused(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *large = calloc(1, 2 * BODY);
    assert_non_null(large);
    call_with(fixture, large, 2 * BODY);
    check_error(fixture, "8", "max-body");
    /* It says that it is, and sends nothing of it. */
    memset(large, 0xff, 5);
    large[0] = 0;
    call_method(fixture, TRACES, "identity", large, 5);
    check_error(fixture, "3", "cut short");
    free(large);
    call_with(fixture, one_span, ONE_SPAN);
    assert_string_equal(fixture->status, "0");
}

static void failures_on_purpose_are_to_be_tried_again(void **state)
{
    struct fixture *fixture = *state;
    fixture->endpoint.fail_per_million = 1000000;
    call_with(fixture, one_span, ONE_SPAN);
    check_error(fixture, "14", "on purpose");
    assert_int_equal(spans_of(fixture), 0);
}

static void headers_have_a_limit(void **state)
{
    struct fixture *fixture = *state;
    static char value[1000];
    nghttp2_nv headers[40] = {pair(":method", "POST"), pair(":scheme", "http"),
                              pair(":authority", "localhost"), pair(":path", TRACES)};
    memset(value, 'v', sizeof value - 1);
    for (size_t i = 4; i < 40; i++) {
        headers[i] = pair("x-long", value);
    }
    assert_true(nghttp2_submit_request(fixture->client, NULL, headers, 40, NULL, NULL) > 0);
    assert_true(carry(fixture, 4096));
    assert_true(fixture->closed);
    assert_int_not_equal(fixture->error, 0);
    call_with(fixture, one_span, ONE_SPAN);
    assert_string_equal(fixture->status, "0");
}

/* A connection that ends amid a call leaves nothing behind, as teardown sees. */
static void what_is_given_up_is_forgotten(void **state)
{
    struct fixture *fixture = *state;
    uint8_t bytes[4096] = {0, 0, 0, 0xff, 0xff};
    struct call call = {bytes, sizeof bytes, 0};
    const nghttp2_data_provider provider = {{.ptr = &call}, read_body};
    const nghttp2_nv headers[] = {pair(":method", "POST"), pair(":scheme", "http"),
                                  pair(":authority", "localhost"), pair(":path", TRACES),
                                  pair("content-type", "application/grpc")};
    const uint8_t *data;
    ssize_t length;
    assert_true(nghttp2_submit_request(fixture->client, NULL, headers, 5, &provider, NULL) > 0);
    while ((length = nghttp2_session_mem_send(fixture->client, &data)) > 0) {
        /* The frame with the message is cut short. */
        size_t part = (size_t)length > sizeof bytes ? (size_t)length - 100 : (size_t)length;
        assert_true(hae_view_grpc_session_receive(fixture->server, data, part));
    }
    assert_true(fixture->endpoint.held_body_bytes > 0);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Whatever bytes come, the session answers or ends. */
static void changed_bytes_do_no_harm(void **state)
{
    struct fixture *fixture = *state;
    uint8_t message[64];
    struct call call = {message, frame(message, false, one_span, ONE_SPAN), 0};
    const nghttp2_data_provider provider = {{.ptr = &call}, read_body};
    const nghttp2_nv headers[] = {pair(":method", "POST"), pair(":scheme", "http"),
                                  pair(":authority", "localhost"), pair(":path", TRACES),
                                  pair("content-type", "application/grpc")};
    uint8_t good[1024];
    size_t length = 0;
    const uint8_t *data;
    ssize_t part;
    assert_true(nghttp2_submit_request(fixture->client, NULL, headers, 5, &provider, NULL) > 0);
    while ((part = nghttp2_session_mem_send(fixture->client, &data)) > 0) {
        memcpy(good + length, data, (size_t)part);
        length += (size_t)part;
    }
    uint64_t seed = 0x9e3779b97f4a7c15U;
    for (int round = 0; round < 5000; round++) {
        struct hae_view_grpc_session *server = hae_view_grpc_session_new(&fixture->endpoint);
        uint8_t *bytes = malloc(length);
        memcpy(bytes, good, length);
        for (uint64_t i = next_random(&seed) % 4; i > 0; i--) {
            bytes[24 + next_random(&seed) % (length - 24)] = (uint8_t)next_random(&seed);
        }
        (void)hae_view_grpc_session_receive(server, bytes, length);
        while (hae_view_grpc_session_send(server, &data) > 0) {
        }
        hae_view_grpc_session_free(server);
        free(bytes);
    }
    assert_true(spans_of(fixture) > 1000);
}

/* The other end of a connection within this process; below 0: there is none yet. */
static int other_end(int fd)
{
    struct sockaddr_in wanted = {.sin_family = AF_UNSPEC};
    struct sockaddr_in peer;
    socklen_t length = sizeof wanted;
    assert_int_equal(getsockname(fd, (struct sockaddr *)&wanted, &length), 0);
    for (int other = 0; other < 1024; other++) {
        length = sizeof peer;
        if (getpeername(other, (struct sockaddr *)&peer, &length) == 0 &&
            peer.sin_family == AF_INET && peer.sin_port == wanted.sin_port) {
            return other;
        }
    }
    return -1;
}

/* An answer is of several small frames: they do not wait for one another. */
static void answers_are_not_held_back(void **state)
{
    struct fixture *fixture = *state;
    const struct hae_view_receiver_options options = {.max_body_bytes = BODY, .fail_status = 503};
    struct hae_view_listener listener;
    char problem[200];
    assert_true(hae_view_listen("127.0.0.1:0", &listener, problem, sizeof problem));
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)listener.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct hae_view_grpc *grpc = hae_view_grpc_start(&options, fixture->store, listener.fd);
    assert_non_null(grpc);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    const uint8_t *data;
    ssize_t bytes = nghttp2_session_mem_send(fixture->client, &data);
    assert_true(bytes > 0 && send(fd, data, (size_t)bytes, MSG_NOSIGNAL) == bytes);
    char byte;
    assert_int_equal(recv(fd, &byte, 1, 0), 1); /* it has been accepted */
    int no_delay = 0;
    socklen_t length = sizeof no_delay;
    assert_int_equal(getsockopt(other_end(fd), IPPROTO_TCP, TCP_NODELAY, &no_delay, &length), 0);
    assert_int_not_equal(no_delay, 0);
    close(fd);
    hae_view_grpc_stop(grpc);
}

#define with_session(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_session(calls_are_taken_and_answered),
        with_session(a_message_may_be_compressed),
        with_session(what_is_wrong_is_said),
        with_session(a_body_that_is_too_large_is_refused),
        with_session(failures_on_purpose_are_to_be_tried_again),
        with_session(headers_have_a_limit),
        with_session(what_is_given_up_is_forgotten),
        with_session(changed_bytes_do_no_harm),
        with_session(answers_are_not_held_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
