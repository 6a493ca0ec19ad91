/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/percent.h"
#include "frame.h"
#include "otlp/decode.h"
#include "status.h"

/* ---- Headers and trailers ----------------------------------------------------------------- */

static bool is_grpc(const char *type, size_t size_bytes)
{
    static const char name[] = "application/grpc";
    size_t length = sizeof name - 1;

    return size_bytes >= length && strncasecmp(type, name, length) == 0 &&
           (size_bytes == length || type[length] == '+' || type[length] == ';');
}

/* Keeps a value in the place of an earlier one. */
static void keep(struct hae_http_body *body, const void *value, size_t size_bytes)
{
    hae_http_body_clear(body);
    (void)hae_http_body_append(body, value, size_bytes);
}

/* Decodes in place what is percent-encoded. What is not encoded properly stays as it is. */
static void decode_percent(struct hae_http_body *body)
{
    size_t to = 0;

    for (size_t i = 0; i < body->size_bytes; i++) {
        int byte = hae_percent_byte((const char *)body->data + i, body->size_bytes - i);

        body->data[to++] = byte >= 0 ? (uint8_t)byte : body->data[i];
        i += byte >= 0 ? 2 : 0;
    }
    body->size_bytes = to;
}

/* The pause that "grpc-retry-pushback-ms" asks for; -1: it is no number of milliseconds. */
static int64_t pushback_ms(const char *value, size_t size_bytes)
{
    int64_t pause_ms = 0;

    for (size_t i = 0; i < size_bytes; i++) {
        if (value[i] < '0' || value[i] > '9') {
            return -1;
        }
        pause_ms = pause_ms * 10 + (value[i] - '0');
        if (pause_ms > HAE_HTTP_RETRY_AFTER_MAX_MS) {
            pause_ms = HAE_HTTP_RETRY_AFTER_MAX_MS;
        }
    }
    return size_bytes > 0 ? pause_ms : -1;
}

static void read_status(struct hae_http_response *response, const char *value, size_t size_bytes)
{
    response->rpc.status = (int32_t)hae_grpc_status_read(value, size_bytes);
}

static void read_message(struct hae_http_response *response, const char *value, size_t size_bytes)
{
    keep(&response->rpc.message, value, size_bytes);
    decode_percent(&response->rpc.message);
}

static void read_details(struct hae_http_response *response, const char *value, size_t size_bytes)
{
    keep(&response->rpc.details, value, size_bytes);
}

static void read_encoding(struct hae_http_response *response, const char *value, size_t size_bytes)
{
    response->rpc.is_packed = size_bytes == 4 && strncasecmp(value, "gzip", 4) == 0;
}

static void read_type(struct hae_http_response *response, const char *value, size_t size_bytes)
{
    response->rpc.is_grpc = is_grpc(value, size_bytes);
}

static void read_pushback(struct hae_http_response *response, const char *value, size_t size_bytes)
{
    response->retry_after_ms = pushback_ms(value, size_bytes);
}

void hae_grpc_read_header(struct hae_http_response *response, const char *line, size_t size_bytes,
                          time_t now)
{
    static const struct {
        const char *name;
        void (*read)(struct hae_http_response *, const char *, size_t);
    } headers[] = {
        {"grpc-status", read_status},
        {"grpc-message", read_message},
        {"grpc-status-details-bin", read_details},
        {"grpc-encoding", read_encoding},
        {"Content-Type", read_type},
        {"grpc-retry-pushback-ms", read_pushback},
    };
    const char *value;
    size_t size;

    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        value = hae_http_header_value(line, size_bytes, headers[i].name, &size);
        if (value != NULL) {
            headers[i].read(response, value, size);
            return;
        }
    }
    /* What is between, such as a proxy, answers in HTTP's way. */
    value = hae_http_header_value(line, size_bytes, "Retry-After", &size);
    if (value != NULL) {
        response->retry_after_ms = hae_http_retry_after_ms(value, size, now);
    } else {
        (void)hae_http_response_read_location(response, line, size_bytes);
    }
}

bool hae_grpc_is_answered(const struct hae_http_response *response)
{
    return response->rpc.status >= 0 || hae_http_response_is_answered(response);
}

/* ---- Results ------------------------------------------------------------------------------ */

/* Whether the details of the status say when the server can take more, and after how long. */
static enum hae_http_retry_info find_retry_info(const struct hae_http_body *details,
                                                int64_t *ret_pause_ms)
{
    enum hae_http_retry_info found;
    size_t length = 0;
    size_t size;
    uint8_t *decoded;

    if (details->received_bytes == 0) {
        return HAE_HTTP_NO_RETRY_INFO;
    }
    decoded = details->incomplete ? NULL : malloc(HAE_BASE64_BYTES(details->size_bytes));
    if (decoded == NULL) {
        return HAE_HTTP_RETRY_INFO_UNREAD;
    }
    size = hae_base64_decode((const char *)details->data, details->size_bytes, decoded, &length);
    found = hae_http_decode_retry_info(decoded, size, ret_pause_ms);
    free(decoded);
    if (found == HAE_HTTP_RETRY_INFO && *ret_pause_ms > HAE_HTTP_RETRY_AFTER_MAX_MS) {
        *ret_pause_ms = HAE_HTTP_RETRY_AFTER_MAX_MS;
    }
    return found;
}

static haetae_result new_result(int32_t verdict)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = verdict, .retry_after_ms = -1);

    return result;
}

/* Reads the one message of an answer, as the protocol's decode_response(). */
static bool read_response(const struct hae_http_response *response,
                          const struct curl_slist *secrets, uint64_t *ret_rejected,
                          struct hae_http_text *said)
{
    const struct hae_http_body *body = &response->body;
    struct hae_grpc_message received;
    bool good;

    if (response->too_large || body->incomplete ||
        !hae_grpc_message_read(body->data, body->size_bytes, response->rpc.is_packed,
                               hae_http_body_max_bytes(body->budget), &received)) {
        return false;
    }
    good = response->protocol->decode_response(received.data, received.size_bytes, secrets,
                                               ret_rejected, said);
    hae_grpc_message_done(&received);
    return good;
}

/* The result of a call that succeeded: its one message may say that items were rejected. So may
 * that of an answer without a status: some libcurl loses the trailers of an answer when the
 * connection ends behind it, and some proxies drop them. A server that sends a message has accepted
 * the request; without one such an answer is as good as broken off. */
static haetae_result accepted(const struct hae_http_response *response, uint64_t item_count,
                              const struct curl_slist *secrets, struct hae_http_text *message)
{
    haetae_result result = new_result(HAETAE_VERDICT_OK);
    char said_buffer[400];
    struct hae_http_text said;

    hae_http_text_init(&said, said_buffer, sizeof said_buffer);
    if (read_response(response, secrets, &result.rejected_count, &said)) {
        hae_http_response_add_rejected(&result, item_count, &said, message);
    } else if (response->rpc.status < 0) {
        hae_http_text_add(message, "the answer ended without a gRPC status");
        result.verdict = HAETAE_VERDICT_RETRY;
    } else {
        hae_http_text_add(message, "gRPC status 0, but the response could not be read");
    }
    return result;
}

/* Adds ": " and the server's text, if it has any. */
static void add_reason(const struct hae_http_body *text, const struct curl_slist *secrets,
                       struct hae_http_text *message)
{
    char said_buffer[400];
    struct hae_http_text said;

    hae_http_text_init(&said, said_buffer, sizeof said_buffer);
    hae_http_text_add_foreign(&said, text->data, text->size_bytes, secrets);
    if (said.size_bytes > 0) {
        hae_http_text_add(message, ": %s", said.data);
    }
}

static haetae_result refused(const struct hae_http_response *response,
                             const struct curl_slist *secrets, struct hae_http_text *message)
{
    enum hae_grpc_status status = (enum hae_grpc_status)response->rpc.status;
    int64_t pause_ms = -1;
    enum hae_http_retry_info info = find_retry_info(&response->rpc.details, &pause_ms);
    /* What was cut off, or not read for want of memory, may say so. */
    bool recovers = info != HAE_HTTP_NO_RETRY_INFO || response->is_cut;
    haetae_result result = new_result(hae_grpc_status_verdict(status, recovers));

    if (result.verdict == HAETAE_VERDICT_RETRY) {
        result.retry_after_ms = info == HAE_HTTP_RETRY_INFO ? pause_ms : response->retry_after_ms;
    }
    hae_http_text_add(message, "gRPC status %d (%s)", (int)status, hae_grpc_status_name(status));
    add_reason(&response->rpc.message, secrets, message);
    return result;
}

/* The result of an answer that is none of gRPC, such as a proxy's. */
static haetae_result foreign(const struct hae_http_response *response,
                             const struct curl_slist *secrets, struct hae_http_text *message)
{
    haetae_result result =
        new_result(hae_grpc_status_verdict(hae_grpc_status_of_http(response->status), false));

    if (response->status == 413) {
        result.verdict = HAETAE_VERDICT_TOO_LARGE;
    }
    if (result.verdict == HAETAE_VERDICT_RETRY) {
        result.retry_after_ms = response->retry_after_ms;
    }
    result.http_status = (int32_t)response->status;
    hae_http_text_add(message, "HTTP %ld without a gRPC status", response->status);
    hae_http_response_add_redirect(response, secrets, message);
    if (response->too_large) {
        hae_http_text_add(message, ", with a response so large that it was broken off");
    } else if (!response->rpc.is_grpc) {
        add_reason(&response->body, secrets, message);
    }
    return result;
}

haetae_result hae_grpc_result(const struct hae_http_response *response, uint64_t item_count,
                              const struct curl_slist *secrets, struct hae_http_text *message)
{
    if (response->version != '2') {
        /* A server for gRPC may take its place, as one that cannot be reached may come back. */
        hae_http_text_add(message, "the server speaks HTTP/1.1, and gRPC needs HTTP/2");
        return new_result(HAETAE_VERDICT_RETRY);
    }
    if (response->rpc.status < 0 && response->status == 200 && response->rpc.is_grpc &&
        !response->too_large) {
        return accepted(response, item_count, secrets, message);
    }
    if (response->rpc.status < 0) {
        return foreign(response, secrets, message);
    }
    return response->rpc.status == HAE_GRPC_OK ? accepted(response, item_count, secrets, message)
                                               : refused(response, secrets, message);
}
