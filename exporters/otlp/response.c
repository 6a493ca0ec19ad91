/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/response.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

void hae_http_response_init(struct hae_http_response *response,
                            const struct hae_http_protocol *protocol,
                            struct hae_http_body_budget *budget)
{
    *response = (struct hae_http_response){
        .protocol = protocol, .retry_after_ms = -1, .rpc = {.status = -1}};
    hae_http_body_init(&response->body, budget);
    hae_http_body_init(&response->location, budget);
    hae_http_body_init(&response->rpc.message, budget);
    hae_http_body_init(&response->rpc.details, budget);
}

static void forget_rpc(struct hae_http_rpc *rpc)
{
    hae_http_body_clear(&rpc->message);
    hae_http_body_clear(&rpc->details);
    rpc->status = -1;
    rpc->is_grpc = rpc->is_packed = false;
}

void hae_http_response_done(struct hae_http_response *response)
{
    hae_http_body_done(&response->body);
    hae_http_body_done(&response->location);
    forget_rpc(&response->rpc);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

const char *hae_http_header_value(const char *line, size_t size_bytes, const char *name,
                                  size_t *ret_size)
{
    size_t name_size = strlen(name);
    const char *end = line + size_bytes;

    if (size_bytes <= name_size || strncasecmp(line, name, name_size) != 0 ||
        line[name_size] != ':') {
        return NULL;
    }
    line += name_size + 1;
    while (line < end && is_blank(*line)) {
        line++;
    }
    while (line < end && is_blank(end[-1])) {
        end--;
    }
    *ret_size = (size_t)(end - line);
    return line;
}

static int64_t seconds_to_wait(int64_t seconds)
{
    if (seconds <= 0) {
        return 0;
    }
    return seconds < HAE_HTTP_RETRY_AFTER_MAX_MS / 1000 ? seconds * 1000
                                                        : HAE_HTTP_RETRY_AFTER_MAX_MS;
}

int64_t hae_http_retry_after_ms(const char *value, size_t size_bytes, time_t now)
{
    enum { ENOUGH = HAE_HTTP_RETRY_AFTER_MAX_MS };
    char date[64];
    int64_t seconds = 0;
    time_t until;
    size_t digits = 0;

    while (digits < size_bytes && value[digits] >= '0' && value[digits] <= '9') {
        seconds = seconds < ENOUGH ? seconds * 10 + (value[digits] - '0') : ENOUGH;
        digits++;
    }
    if (digits > 0 && digits == size_bytes) {
        return seconds_to_wait(seconds);
    }
    /* Each form of HTTP-date begins with a weekday. curl_getdate() accepts much more than dates. */
    if (digits > 0 || size_bytes < 20 || size_bytes >= sizeof date ||
        strchr("MTWFS", value[0]) == NULL) {
        return -1;
    }
    memcpy(date, value, size_bytes);
    date[size_bytes] = '\0';
    until = curl_getdate(date, NULL);
    return until != -1 ? seconds_to_wait((int64_t)until - (int64_t)now) : -1;
}

static bool is_decodable(const struct hae_http_protocol *protocol, const char *type,
                         size_t size_bytes)
{
    for (const char *const *name = protocol->media_types; *name != NULL; name++) {
        size_t length = strlen(*name);

        if (size_bytes >= length && strncasecmp(type, *name, length) == 0 &&
            (size_bytes == length || type[length] == ';' || is_blank(type[length]))) {
            return true;
        }
    }
    return false;
}

bool hae_http_response_read_location(struct hae_http_response *response, const char *line,
                                     size_t size_bytes)
{
    size_t size;
    const char *value = hae_http_header_value(line, size_bytes, "Location", &size);

    if (value == NULL) {
        return false;
    }
    hae_http_body_clear(&response->location);
    (void)hae_http_body_append(&response->location, value, size);
    return true;
}

static void read_header(struct hae_http_response *response, const char *line, size_t size_bytes,
                        time_t now)
{
    const char *value;
    size_t size;

    if ((value = hae_http_header_value(line, size_bytes, "Retry-After", &size)) != NULL) {
        response->retry_after_ms = hae_http_retry_after_ms(value, size, now);
    } else if ((value = hae_http_header_value(line, size_bytes, "Content-Type", &size)) != NULL) {
        response->is_decodable = is_decodable(response->protocol, value, size);
    } else {
        (void)hae_http_response_read_location(response, line, size_bytes);
    }
}

bool hae_http_response_header(struct hae_http_response *response, const char *line,
                              size_t size_bytes, time_t now)
{
    if (size_bytes > HAE_HTTP_HEADERS_MAX_BYTES - response->header_bytes) {
        response->too_large = true;
        return false;
    }
    response->header_bytes += size_bytes;
    if (size_bytes >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        /* Another response begins: the one before was interim, such as 100. */
        response->retry_after_ms = -1;
        response->is_decodable = false;
        hae_http_body_clear(&response->location);
        forget_rpc(&response->rpc);
        response->version = size_bytes > 5 ? line[5] : '\0';
        return true;
    }
    response->protocol->binding->read_header(response, line, size_bytes, now);
    return true;
}

void hae_http_response_add_redirect(const struct hae_http_response *response,
                                    const struct curl_slist *secrets, struct hae_http_text *message)
{
    const struct hae_http_body *location = &response->location;

    if (response->status < 300 || response->status > 399 || location->size_bytes == 0) {
        return;
    }
    hae_http_text_add(message, ", a redirect that is not followed, to ");
    hae_http_text_add_foreign_url(message, (const char *)location->data, location->size_bytes,
                                  secrets);
}

void hae_http_response_add_rejected(haetae_result *result, uint64_t item_count,
                                    const struct hae_http_text *said, struct hae_http_text *message)
{
    if (result->rejected_count > item_count) {
        result->rejected_count = item_count;
    }
    if (result->rejected_count > 0) {
        hae_http_text_add(message, "%" PRIu64 " of %" PRIu64 " items were rejected",
                          result->rejected_count, item_count);
    } else if (said->size_bytes > 0) {
        hae_http_text_add(message, "all items were accepted, with a remark");
    }
    if (said->size_bytes > 0) {
        hae_http_text_add(message, ": %s", said->data);
    }
}

/* The result of a 2xx response: all items accepted, or some rejected, or all with a remark. */
static haetae_result accepted(const struct hae_http_response *response, uint64_t item_count,
                              const struct curl_slist *secrets, struct hae_http_text *message)
{
    haetae_result result =
        HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_OK, .retry_after_ms = -1);
    const struct hae_http_body *body = &response->body;
    char said_buffer[400];
    struct hae_http_text said;

    if (response->too_large) {
        hae_http_text_add(message, "HTTP %ld, with a response so large that it was broken off",
                          response->status);
        return result;
    }
    if (body->received_bytes == 0) {
        return result;
    }
    hae_http_text_init(&said, said_buffer, sizeof said_buffer);
    if (body->incomplete || !response->is_decodable ||
        !response->protocol->decode_response(body->data, body->size_bytes, secrets,
                                             &result.rejected_count, &said)) {
        hae_http_text_add(message, "HTTP %ld, but the response could not be read",
                          response->status);
        return result;
    }
    hae_http_response_add_rejected(&result, item_count, &said, message);
    return result;
}

/* A 400 says that the data is invalid only in the form that OTLP prescribes. In another form it
 * comes from something else that serves HTTP, such as a proxy. */
static bool names_the_data(const struct hae_http_response *response)
{
    const struct hae_http_body *body = &response->body;
    char buffer[64];
    struct hae_http_text said;

    hae_http_text_init(&said, buffer, sizeof buffer);
    return response->status == 400 && response->is_decodable && !body->incomplete &&
           body->size_bytes > 0 &&
           response->protocol->decode_status(body->data, body->size_bytes, NULL, &said) &&
           said.size_bytes > 0;
}

static int32_t verdict_of(const struct hae_http_response *response)
{
    switch (response->status) {
    case 429:
    case 502:
    case 503:
    case 504:
        return HAETAE_VERDICT_RETRY;
    case 413:
        return HAETAE_VERDICT_TOO_LARGE;
    default:
        if (names_the_data(response)) {
            return HAETAE_VERDICT_INVALID;
        }
        /* An interim status, of a response that was broken off before the final one, says nothing.
         */
        return response->status < 200 ? HAETAE_VERDICT_RETRY : HAETAE_VERDICT_DROP;
    }
}

/* Adds ": " and the server's text, if it has any. */
static void add_reason(const struct hae_http_response *response, const struct curl_slist *secrets,
                       struct hae_http_text *message)
{
    const struct hae_http_body *body = &response->body;
    char said_buffer[400];
    struct hae_http_text said;

    hae_http_text_init(&said, said_buffer, sizeof said_buffer);
    if (!response->is_decodable) {
        hae_http_text_add_foreign(&said, body->data, body->size_bytes, secrets);
    } else if (body->size_bytes > 0 &&
               !response->protocol->decode_status(body->data, body->size_bytes, secrets, &said)) {
        hae_http_text_add(&said, "the response could not be read");
    }
    if (said.size_bytes > 0) {
        hae_http_text_add(message, ": %s", said.data);
    }
}

static haetae_result result_of(const struct hae_http_response *response, uint64_t item_count,
                               const struct curl_slist *secrets, struct hae_http_text *message)
{
    haetae_result result =
        HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_DROP, .retry_after_ms = -1);

    if (response->status >= 200 && response->status < 300) {
        result = accepted(response, item_count, secrets, message);
        result.http_status = (int32_t)response->status;
        return result;
    }
    result.http_status = (int32_t)response->status;
    result.verdict = verdict_of(response);
    if (result.verdict == HAETAE_VERDICT_RETRY) {
        result.retry_after_ms = response->retry_after_ms;
    }
    hae_http_text_add(message, "HTTP %ld", response->status);
    hae_http_response_add_redirect(response, secrets, message);
    if (response->too_large) {
        hae_http_text_add(message, ", with a response so large that it was broken off");
    } else {
        add_reason(response, secrets, message);
    }
    return result;
}

haetae_result hae_http_response_result(const struct hae_http_response *response,
                                       uint64_t item_count, const struct curl_slist *secrets,
                                       struct hae_http_text *message)
{
    return response->protocol->binding->result(response, item_count, secrets, message);
}

/* ---- Plain HTTP --------------------------------------------------------------------------- */

/* Some servers refuse a body that is too large while it still comes, and reset the stream or the
 * connection behind the status. What is to be done is known: sent again as it is, it would be
 * refused again. */
bool hae_http_response_is_answered(const struct hae_http_response *response)
{
    return response->too_large || response->status == 413;
}

static char gzip_line[] = "Content-Encoding: gzip";
static char zstd_line[] = "Content-Encoding: zstd";

const struct hae_http_binding hae_http_plain = {
    .codec_lines = {[HAE_HTTP_GZIP] = gzip_line, [HAE_HTTP_ZSTD] = zstd_line},
    .read_header = read_header,
    .is_answered = hae_http_response_is_answered,
    .result = result_of,
};
