/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/grpc_session.h"

#include <stdlib.h>
#include <string.h>

#include "receive/grpc_answer.h"
#include "receive/route.h"

#define STREAMS_MAX       64
#define HEADERS_BYTES_MAX ((size_t)16 * 1024) /* of one request */
#define STREAM_WINDOW     (1024 * 1024)
#define CONNECTION_WINDOW (4 * 1024 * 1024)

struct hae_view_grpc_session {
    nghttp2_session *http2;
    struct hae_view_endpoint *endpoint;
    struct hae_view_grpc_call calls; /* a ring; this one is no call */
};

static const struct {
    const char *method;
    const char *path; /* of OTLP/HTTP */
} methods[] = {
    {"/opentelemetry.proto.collector.trace.v1.TraceService/Export", "/v1/traces"},
    {"/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "/v1/metrics"},
    {"/opentelemetry.proto.collector.logs.v1.LogsService/Export", "/v1/logs"},
};

static const char *path_of(const char *method)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(methods[i].method, method) == 0) {
            return methods[i].path;
        }
    }
    return NULL;
}

/* ---- Calls ----------------------------------------------------------------------------- */

static struct hae_view_grpc_call *call_of(nghttp2_session *http2, int32_t id)
{
    return nghttp2_session_get_stream_user_data(http2, id);
}

static void free_call(struct hae_view_grpc_call *call)
{
    call->previous->next = call->next;
    call->next->previous = call->previous;
    if (call->begun) {
        hae_view_request_done(&call->request);
    }
    hae_buffer_done(&call->reply);
    free(call);
}

static int begin_headers(nghttp2_session *http2, const nghttp2_frame *frame, void *user)
{
    struct hae_view_grpc_session *session = user;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
        return 0;
    }
    struct hae_view_grpc_call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* the stream is reset */
    }
    call->id = frame->hd.stream_id;
    call->next = session->calls.next;
    call->previous = &session->calls;
    call->next->previous = call;
    call->previous->next = call;
    return nghttp2_session_set_stream_user_data(http2, call->id, call);
}

/* A value that does not fit is left out: no known one is so long. */
static void copy(char *out, size_t size, const uint8_t *value, size_t length)
{
    if (length < size) {
        memcpy(out, value, length);
        out[length] = '\0';
    }
}

/* libnghttp2 says what the parameters are. NOLINTNEXTLINE(readability-function-size) */
static int header(nghttp2_session *http2, const nghttp2_frame *frame, const uint8_t *name,
                  size_t name_length, const uint8_t *value, size_t value_length, uint8_t flags,
                  void *user)
{
    (void)flags;
    (void)user;
    struct hae_view_grpc_call *call = call_of(http2, frame->hd.stream_id);
    if (call == NULL) {
        return 0;
    }
    call->header_bytes += name_length + value_length;
    if (call->header_bytes > HEADERS_BYTES_MAX) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    if (call->begun) {
        return 0; /* trailers */
    }
    const struct {
        const char *name;
        char *out;
        size_t size;
    } known[] = {
        {":path", call->path, sizeof call->path},
        {"content-type", call->content_type, sizeof call->content_type},
        {"grpc-encoding", call->encoding, sizeof call->encoding},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strlen(known[i].name) == name_length && memcmp(known[i].name, name, name_length) == 0) {
            copy(known[i].out, known[i].size, value, value_length);
        }
    }
    return 0;
}

/* ---- Requests -------------------------------------------------------------------------- */

static void begin_request(struct hae_view_grpc_session *session, struct hae_view_grpc_call *call)
{
    const char *path = path_of(call->path);
    if (path == NULL || strncmp(call->content_type, "application/grpc", 16) != 0) {
        return;
    }
    struct hae_view_headers headers = {
        .content_type = "application/x-protobuf",
        .content_encoding = call->encoding,
    };
    hae_view_request_begin(&call->request, session->endpoint, "POST", path, &headers);
    call->begun = true;
}

/* Reads the prefix. Returns how many bytes of it there were. */
static size_t read_prefix(struct hae_view_grpc_call *call, const uint8_t *data, size_t length)
{
    size_t wanted = HAE_VIEW_GRPC_PREFIX - call->prefix_bytes;
    const uint8_t *prefix = call->prefix;
    length = length < wanted ? length : wanted;
    memcpy(call->prefix + call->prefix_bytes, data, length);
    call->prefix_bytes += length;
    if (wanted == 0 || call->prefix_bytes < HAE_VIEW_GRPC_PREFIX) {
        return length;
    }
    call->message_bytes = (uint32_t)prefix[1] << 24 | (uint32_t)prefix[2] << 16 |
                          (uint32_t)prefix[3] << 8 | (uint32_t)prefix[4];
    struct hae_view_request *request = &call->request;
    bool compressed = request->gzip || request->zstd;
    if (prefix[0] > 1 || (prefix[0] == 1 && !compressed && request->reply.status == 0)) {
        call->broken = "the message is compressed, and grpc-encoding does not say how";
    } else if (prefix[0] == 0) {
        request->gzip = false;
        request->zstd = false;
    }
    return length;
}

static int data_chunk(nghttp2_session *http2, uint8_t flags, int32_t id, const uint8_t *data,
                      size_t length, void *user)
{
    (void)flags;
    (void)user;
    struct hae_view_grpc_call *call = call_of(http2, id);
    if (call == NULL || !call->begun) {
        return 0;
    }
    size_t taken = read_prefix(call, data, length);
    data += taken;
    length -= taken;
    if (length > call->message_bytes - call->bytes) {
        call->broken = "more than one message came";
        length = call->message_bytes - call->bytes;
    }
    call->bytes += (uint32_t)length;
    if (length > 0 && !hae_view_request_receive(&call->request, (const char *)data, length)) {
        return nghttp2_submit_rst_stream(http2, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    }
    return 0;
}

static int frame_received(nghttp2_session *http2, const nghttp2_frame *frame, void *user)
{
    struct hae_view_grpc_session *session = user;
    bool headers = frame->hd.type == NGHTTP2_HEADERS;
    struct hae_view_grpc_call *call =
        headers || frame->hd.type == NGHTTP2_DATA ? call_of(http2, frame->hd.stream_id) : NULL;
    if (call == NULL) {
        return 0;
    }
    if (headers && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        begin_request(session, call);
    }
    bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (ends && hae_view_grpc_answer(http2, call, session->endpoint) != 0) {
        return nghttp2_submit_rst_stream(http2, NGHTTP2_FLAG_NONE, call->id,
                                         NGHTTP2_INTERNAL_ERROR);
    }
    return 0;
}

static int stream_closed(nghttp2_session *http2, int32_t id, uint32_t error, void *user)
{
    (void)error;
    (void)user;
    struct hae_view_grpc_call *call = call_of(http2, id);
    if (call != NULL) {
        free_call(call);
    }
    return 0;
}

/* ---- The session ----------------------------------------------------------------------- */

static bool open_session(struct hae_view_grpc_session *session)
{
    static const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, STREAMS_MAX},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HEADERS_BYTES_MAX},
    };
    nghttp2_session_callbacks *callbacks;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) {
        return false;
    }
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, stream_closed);
    int code = nghttp2_session_server_new(&session->http2, callbacks, session);
    nghttp2_session_callbacks_del(callbacks);
    return code == 0 &&
           nghttp2_submit_settings(session->http2, NGHTTP2_FLAG_NONE, settings,
                                   sizeof settings / sizeof settings[0]) == 0 &&
           nghttp2_session_set_local_window_size(session->http2, NGHTTP2_FLAG_NONE, 0,
                                                 CONNECTION_WINDOW) == 0;
}

struct hae_view_grpc_session *hae_view_grpc_session_new(struct hae_view_endpoint *endpoint)
{
    struct hae_view_grpc_session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        return NULL;
    }
    session->endpoint = endpoint;
    session->calls.next = &session->calls;
    session->calls.previous = &session->calls;
    if (!open_session(session)) {
        hae_view_grpc_session_free(session);
        return NULL;
    }
    return session;
}

void hae_view_grpc_session_free(struct hae_view_grpc_session *session)
{
    while (session->calls.next != &session->calls) {
        free_call(session->calls.next);
    }
    nghttp2_session_del(session->http2);
    free(session);
}

bool hae_view_grpc_session_receive(struct hae_view_grpc_session *session, const uint8_t *data,
                                   size_t length)
{
    return nghttp2_session_mem_recv(session->http2, data, length) == (ssize_t)length;
}

ptrdiff_t hae_view_grpc_session_send(struct hae_view_grpc_session *session,
                                     const uint8_t **ret_data)
{
    return nghttp2_session_mem_send(session->http2, ret_data);
}

void hae_view_grpc_session_shut_down(struct hae_view_grpc_session *session)
{
    (void)nghttp2_session_terminate_session(session->http2, NGHTTP2_NO_ERROR);
}

bool hae_view_grpc_session_is_over(const struct hae_view_grpc_session *session)
{
    return nghttp2_session_want_read(session->http2) == 0 &&
           nghttp2_session_want_write(session->http2) == 0;
}
