/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of an OTLP/gRPC server.
 * Input: lines as in HTTP: a status in digits, headers and trailers, an empty line, and then the
 * body, which holds frames of messages. */
#include <stdlib.h>
#include <string.h>

#include "otlp/response.h"
#include "otlp_grpc/grpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ITEM_COUNT 100

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_result(const struct hae_http_response *response)
{
    char buffer[256];
    struct hae_http_text message;
    hae_http_text_init(&message, buffer, sizeof buffer);
    haetae_result result = hae_http_response_result(response, ITEM_COUNT, NULL, &message);

    check(result.struct_size == sizeof result);
    check(result.verdict >= HAETAE_VERDICT_OK && result.verdict <= HAETAE_VERDICT_INVALID);
    check(result.rejected_count <= ITEM_COUNT);
    check(result.verdict == HAETAE_VERDICT_OK || result.rejected_count == 0);
    check(result.verdict == HAETAE_VERDICT_RETRY || result.retry_after_ms == -1);
    check(result.retry_after_ms >= -1 && result.retry_after_ms <= HAE_HTTP_RETRY_AFTER_MAX_MS);
    check(result.verdict == HAETAE_VERDICT_OK || message.size_bytes > 0);
    check(strlen(buffer) == message.size_bytes && message.size_bytes < sizeof buffer);
    for (size_t i = 0; i < message.size_bytes; i++)
        check((unsigned char)buffer[i] >= 0x20 && buffer[i] != 0x7F);
}

/* The length of the first line of the input, with its line feed. */
static size_t line_length(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    return end != NULL ? (size_t)(end - data) + 1 : size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hae_http_body_budget budget = {0};
    struct hae_http_response response;
    const time_t now = 1700000000;
    hae_http_response_init(&response, &hae_grpc, &budget);

    size_t length = line_length(data, size);
    for (size_t i = 0; i < length && i < 3 && data[i] >= '0' && data[i] <= '9'; i++)
        response.status = response.status * 10 + (data[i] - '0');
    do {
        data += length;
        size -= length;
        length = line_length(data, size);
        if (!hae_http_response_header(&response, (const char *)data, length, now))
            response.too_large = true;
    } while (length > 2);
    data += length;
    size -= length;
    if (!hae_http_body_append(&response.body, data, size))
        response.too_large = true;

    check_result(&response);
    hae_http_response_done(&response);
    check(budget.used_bytes == 0);
    return 0;
}
