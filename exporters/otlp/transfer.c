/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/transfer.h"

#include <stdio.h>
#include <string.h>

#include "otlp/setopt.h"

static size_t on_header(char *line, size_t size, size_t count, void *user)
{
    struct hae_http_transfer *transfer = user;
    size_t size_bytes = size * count;

    return hae_http_response_header(&transfer->response, line, size_bytes, time(NULL)) ? size_bytes
                                                                                       : 0;
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct hae_http_transfer *transfer = user;
    size_t size_bytes = size * count;

    if (!hae_http_body_append(&transfer->response.body, data, size_bytes)) {
        transfer->response.too_large = true;
        return 0;
    }
    return size_bytes;
}

/* The body before it is compressed. */
static const void *plain_body_of(const struct hae_http_transfer *transfer)
{
    return transfer->made.data != NULL ? transfer->made.data
                                       : haetae_delivery_data(transfer->delivery);
}

static size_t plain_size_of(const struct hae_http_transfer *transfer)
{
    return transfer->made.data != NULL ? transfer->made.size_bytes
                                       : haetae_delivery_size(transfer->delivery);
}

bool hae_http_transfer_is_opening(const struct hae_http_transfer *transfer,
                                  const struct hae_http_target *target)
{
    return transfer->delivery != NULL && transfer->dial == HAE_HTTP_DIAL_OPEN &&
           transfer->read_bytes == 0 && hae_http_same_host(transfer->target, target);
}

bool hae_http_transfer_found_none(const struct hae_http_transfer *transfer, CURLcode code)
{
    return code != CURLE_OK && transfer->dial == HAE_HTTP_DIAL_JOIN && transfer->opener.was_closed;
}

static const void *body_of(const struct hae_http_transfer *transfer)
{
    return transfer->packed.data != NULL ? transfer->packed.data : plain_body_of(transfer);
}

static size_t body_size_of(const struct hae_http_transfer *transfer)
{
    return transfer->packed.data != NULL ? transfer->packed.size_bytes : plain_size_of(transfer);
}

/* Copies what is left of a piece that begins at `start` of all that is sent. */
static size_t read_piece(struct hae_http_transfer *transfer, const void *piece, size_t start,
                         size_t size, char *out, size_t room)
{
    size_t at = transfer->read_bytes > start ? transfer->read_bytes - start : 0;
    size_t count = transfer->read_bytes < start + size ? size - at : 0;

    count = count < room ? count : room;
    if (count > 0) {
        memcpy(out, (const char *)piece + at, count);
    }
    transfer->read_bytes += count;
    return count;
}

/* Hands out the prefix and the body, which are not one piece in memory. */
static size_t on_read(char *out, size_t size, size_t count, void *user)
{
    struct hae_http_transfer *transfer = user;
    size_t prefix_bytes = transfer->response.protocol->binding->prefix_bytes;
    size_t room = size * count;
    size_t done = read_piece(transfer, transfer->prefix, 0, prefix_bytes, out, room);

    return done + read_piece(transfer, body_of(transfer), prefix_bytes, body_size_of(transfer),
                             out + done, room - done);
}

/* libcurl sends a request again from its start that the server has not looked at. */
static int on_seek(void *user, curl_off_t offset, int origin)
{
    struct hae_http_transfer *transfer = user;
    size_t size = transfer->response.protocol->binding->prefix_bytes + body_size_of(transfer);

    if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > size) {
        return CURL_SEEKFUNC_FAIL;
    }
    transfer->read_bytes = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static const struct curl_slist *headers_of(struct hae_http_transfer *transfer)
{
    char *line = transfer->response.protocol->binding->codec_lines[transfer->codec];

    if (transfer->fresh.headers == NULL) {
        return transfer->codec == HAE_HTTP_PLAIN ? transfer->target->headers
                                                 : &transfer->target->encoded[transfer->codec];
    }
    transfer->encoded = (struct curl_slist){line, transfer->fresh.headers};
    return transfer->codec == HAE_HTTP_PLAIN ? transfer->fresh.headers : &transfer->encoded;
}

static const struct curl_slist *secrets_of(const struct hae_http_transfer *transfer)
{
    return transfer->fresh.headers != NULL ? transfer->fresh.secrets : transfer->target->secrets;
}

/* The body is not copied: delivery and compressed buffer outlive the request. */
static CURLcode set_request(struct hae_http_transfer *transfer)
{
    size_t prefix_bytes = transfer->response.protocol->binding->prefix_bytes;
    size_t size_bytes = body_size_of(transfer);
    CURL *easy = transfer->easy;
    CURLcode code = CURLE_OK;

    SETOPT(CURLOPT_POST, 1L);
    if (prefix_bytes > 0) {
        transfer->read_bytes = 0;
        transfer->response.protocol->binding->write_prefix(transfer->prefix, transfer->codec,
                                                           size_bytes);
        SETOPT(CURLOPT_READFUNCTION, on_read);
        SETOPT(CURLOPT_READDATA, transfer);
        SETOPT(CURLOPT_SEEKFUNCTION, on_seek);
        SETOPT(CURLOPT_SEEKDATA, transfer);
    } else {
        /* NULL would make libcurl ask for the body by a callback. */
        SETOPT(CURLOPT_POSTFIELDS, size_bytes > 0 ? body_of(transfer) : "");
    }
    SETOPT(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(prefix_bytes + size_bytes));
    SETOPT(CURLOPT_USERAGENT, transfer->target->user_agent);
    SETOPT(CURLOPT_HTTPHEADER, headers_of(transfer));
    return code;
}

static CURLcode set_callbacks(struct hae_http_transfer *transfer)
{
    CURL *easy = transfer->easy;
    CURLcode code = CURLE_OK;

    SETOPT(CURLOPT_HEADERFUNCTION, on_header);
    SETOPT(CURLOPT_HEADERDATA, transfer);
    SETOPT(CURLOPT_WRITEFUNCTION, on_body);
    SETOPT(CURLOPT_WRITEDATA, transfer);
    SETOPT(CURLOPT_ERRORBUFFER, transfer->error);
    return code;
}

static bool pack(struct hae_http_transfer *transfer)
{
    if (transfer->codec == HAE_HTTP_PLAIN) {
        return true;
    }
    if (hae_http_compressor_pack(transfer->compressor, transfer->codec, plain_body_of(transfer),
                                 (uint32_t)plain_size_of(transfer),
                                 &transfer->packed) != HAETAE_OK) {
        return false;
    }
    hae_http_buffer_done(&transfer->made);
    return true;
}

/* False: `refusal` says what follows. */
static bool make_body(struct hae_http_transfer *transfer, const char **ret_why)
{
    const struct hae_http_protocol *protocol = transfer->response.protocol;

    if (protocol->make_body != NULL) {
        transfer->refusal = protocol->make_body(transfer->delivery, &transfer->made, ret_why);
    }
    return transfer->refusal == HAETAE_VERDICT_OK;
}

static CURLcode set_all(struct hae_http_transfer *transfer)
{
    CURLcode code = hae_http_dial_set(transfer->easy, transfer->target,
                                      transfer->response.protocol->binding->http2, transfer->dial,
                                      transfer->is_fresh);

    code = code ? code : hae_http_sigv4_set(transfer->easy, &transfer->target->sigv4);
    code = code ? code : set_request(transfer);
    return code ? code : set_callbacks(transfer);
}

static bool make_headers(struct hae_http_transfer *transfer,
                         const struct hae_http_fresh_source *source, char *why)
{
    return transfer->fresh.headers != NULL || !hae_http_fresh_is_needed(source, transfer->target) ||
           hae_http_fresh_make(source, transfer->target, transfer->response.protocol->binding,
                               haetae_delivery_signal(transfer->delivery), &transfer->fresh, why);
}

/* Returns NULL, or why the request cannot be sent, which may be in `why`. */
static const char *prepare(struct hae_http_transfer *transfer,
                           const struct hae_http_fresh_source *source, char *why)
{
    const char *why_not = NULL;
    CURLcode code;

    if (!make_body(transfer, &why_not)) {
        return why_not;
    }
    transfer->refusal = HAETAE_VERDICT_RETRY;
    if (!make_headers(transfer, source, why)) {
        return why;
    }
    if (transfer->easy == NULL) {
        transfer->easy = curl_easy_init();
    }
    if (transfer->easy == NULL) {
        return "out of memory";
    }
    if (!pack(transfer)) {
        return "it could not be compressed";
    }
    code = set_all(transfer);
    return code != CURLE_OK ? curl_easy_strerror(code) : NULL;
}

bool hae_http_transfer_begin(struct hae_http_transfer *transfer, haetae_delivery *delivery,
                             const struct hae_http_target *target,
                             const struct hae_http_protocol *protocol,
                             const struct hae_http_fresh_source *source,
                             struct hae_http_body_budget *budget)
{
    char why[HAE_HTTP_FRESH_WHY_BYTES];
    const char *why_not;

    transfer->delivery = delivery;
    transfer->target = target;
    transfer->opener = (struct hae_http_opener){0};
    transfer->refusal = HAETAE_VERDICT_OK;
    hae_http_response_init(&transfer->response, protocol, budget);
    why_not = prepare(transfer, source, why);
    snprintf(transfer->error, sizeof transfer->error, "%s", why_not != NULL ? why_not : "");
    if (why_not != NULL) {
        hae_http_transfer_end(transfer);
    }
    return why_not == NULL;
}

/* What libcurl's text does not name: a descriptor that could not be had shows as a host that cannot
 * be reached, or as a file that cannot be read. */
static int shortage_of(const struct hae_http_transfer *transfer, CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return 0;
    case CURLE_COULDNT_CONNECT:
        return transfer->opener.error;
    default:
        return hae_http_sockets_shortage();
    }
}

static void add_failure(const struct hae_http_transfer *transfer, CURLcode code,
                        struct hae_http_text *message)
{
    const char *reason = transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code);
    int shortage = shortage_of(transfer, code);

    if (shortage != 0) {
        hae_http_text_add(message, "no socket: %s", strerror(shortage));
    } else {
        hae_http_text_add_foreign(message, reason, strlen(reason), secrets_of(transfer));
    }
}

haetae_result hae_http_transfer_result(const struct hae_http_transfer *transfer, CURLcode code,
                                       struct hae_http_text *message)
{
    haetae_result result =
        HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_RETRY, .retry_after_ms = -1);
    struct hae_http_response response = transfer->response;
    size_t prefix_size;

    response.is_cut = code != CURLE_OK;
    if (transfer->target->socket.name != NULL) {
        hae_http_socket_add_text(&transfer->target->socket, transfer->target->url, message);
    } else {
        hae_http_text_add_url(message, transfer->target->url);
    }
    hae_http_text_add(message, ": ");
    prefix_size = message->size_bytes;
    if (curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &response.status) != CURLE_OK) {
        hae_http_text_add(message, "how the request ended is not known");
    } else if (code == CURLE_OK || response.protocol->binding->is_answered(&response)) {
        result = hae_http_response_result(&response, haetae_delivery_item_count(transfer->delivery),
                                          secrets_of(transfer), message);
    } else {
        add_failure(transfer, code, message);
    }
    result.message = message->size_bytes > prefix_size ? message->data : NULL;
    return result;
}

/* HTTP 401, or gRPC's UNAUTHENTICATED. */
static bool is_unauthorized(const struct hae_http_transfer *transfer, CURLcode code)
{
    enum { UNAUTHORIZED = 401, UNAUTHENTICATED = 16 };

    return hae_http_transfer_status(transfer, code) == UNAUTHORIZED ||
           transfer->response.rpc.status == UNAUTHENTICATED;
}

bool hae_http_transfer_renew_headers(struct hae_http_transfer *transfer, CURLcode code,
                                     const struct hae_http_fresh_source *source)
{
    char why[HAE_HTTP_FRESH_WHY_BYTES];
    struct hae_http_fresh now;

    if (transfer->was_unauthorized || transfer->fresh.headers == NULL ||
        !is_unauthorized(transfer, code) ||
        !hae_http_fresh_make(source, transfer->target, transfer->response.protocol->binding,
                             haetae_delivery_signal(transfer->delivery), &now, why)) {
        return false;
    }
    if (hae_http_fresh_equals(&transfer->fresh, &now)) {
        hae_http_fresh_done(&now);
        return false;
    }
    hae_http_fresh_done(&transfer->fresh);
    transfer->fresh = now;
    transfer->was_unauthorized = true;
    return true;
}

long hae_http_transfer_status(const struct hae_http_transfer *transfer, CURLcode code)
{
    long status = 0;

    if ((code != CURLE_OK && !transfer->response.too_large) ||
        curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK) {
        return 0;
    }
    return status;
}

void hae_http_transfer_end(struct hae_http_transfer *transfer)
{
    hae_http_buffer_done(&transfer->made);
    hae_http_compressor_give_back(transfer->compressor, &transfer->packed);
    hae_http_response_done(&transfer->response);
    transfer->delivery = NULL;
    transfer->target = NULL;
    /* The handle must not keep pointers to the delivery's body. Connections, host names and TLS
     * sessions belong to the loop and stay. */
    if (transfer->easy != NULL) {
        curl_easy_reset(transfer->easy);
    }
    hae_http_fresh_done(&transfer->fresh);
}

void hae_http_transfer_done(struct hae_http_transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    transfer->easy = NULL;
}
