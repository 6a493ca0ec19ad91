/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/decode.h"

#include <stdlib.h>
#include <string.h>

#include "otlp.pb-c.h"

/* Memory for the structures around a response's text. It is far more than a real response needs,
 * and keeps a body of millions of tiny fields from growing a hundredfold. */
enum { OVERHEAD_MAX_BYTES = 16 * 1024 };

struct allowance {
    size_t left_bytes;
    bool exhausted; /* an allocation has failed that was within it */
};

static void *bounded_alloc(void *user, size_t size_bytes)
{
    struct allowance *allowance = user;
    void *block;

    if (size_bytes > allowance->left_bytes) {
        return NULL;
    }
    allowance->left_bytes -= size_bytes;
    block = malloc(size_bytes);
    allowance->exhausted = allowance->exhausted || (block == NULL && size_bytes > 0);
    return block;
}

static void bounded_free(void *user, void *block)
{
    (void)user;
    free(block);
}

/* Memory freed while decoding does not count as free again, so the allowance bounds the work as
 * well. */
static ProtobufCAllocator bounded_allocator(struct allowance *allowance, size_t size_bytes)
{
    *allowance = (struct allowance){.left_bytes = size_bytes + OVERHEAD_MAX_BYTES};
    return (ProtobufCAllocator){bounded_alloc, bounded_free, allowance};
}

bool hae_http_decode_response(const uint8_t *body, size_t size_bytes,
                              const struct curl_slist *secrets, uint64_t *ret_rejected,
                              struct hae_http_text *message)
{
    struct allowance allowance;
    ProtobufCAllocator allocator = bounded_allocator(&allowance, size_bytes);
    /* The responses of the three signals differ only in the names of their fields, so one decoder
     * reads all. */
    HaeOtlp__ExportTraceServiceResponse *response =
        hae_otlp__export_trace_service_response__unpack(&allocator, size_bytes, body);
    const HaeOtlp__ExportTracePartialSuccess *partial;

    if (response == NULL) {
        return false;
    }
    partial = response->partial_success;
    *ret_rejected = 0;
    if (partial != NULL) {
        if (partial->rejected_spans > 0) {
            *ret_rejected = (uint64_t)partial->rejected_spans;
        }
        if (partial->error_message != NULL) {
            hae_http_text_add_foreign(message, partial->error_message,
                                      strlen(partial->error_message), secrets);
        }
    }
    hae_otlp__export_trace_service_response__free_unpacked(response, &allocator);
    return true;
}

bool hae_http_decode_status(const uint8_t *body, size_t size_bytes,
                            const struct curl_slist *secrets, struct hae_http_text *message)
{
    struct allowance allowance;
    ProtobufCAllocator allocator = bounded_allocator(&allowance, size_bytes);
    HaeOtlp__RpcStatus *status = hae_otlp__rpc_status__unpack(&allocator, size_bytes, body);

    if (status == NULL) {
        return false;
    }
    if (status->message != NULL) {
        hae_http_text_add_foreign(message, status->message, strlen(status->message), secrets);
    }
    hae_otlp__rpc_status__free_unpacked(status, &allocator);
    return true;
}

static int64_t milliseconds_of(const HaeOtlp__RpcDuration *duration)
{
    int64_t seconds = duration != NULL ? duration->seconds : 0;
    int64_t nanos = duration != NULL ? duration->nanos : 0;

    if (seconds < 0 || nanos < 0) {
        return 0;
    }
    /* More than a century is no different from one. */
    seconds = seconds < UINT32_MAX ? seconds : UINT32_MAX;
    return seconds * 1000 + (nanos + 999999) / 1000000;
}

/* Whether the part of a type's URL that names it is the one of RetryInfo. */
static bool is_retry_info(const HaeOtlp__RpcAny *detail)
{
    const char *slash = detail->type_url != NULL ? strrchr(detail->type_url, '/') : NULL;
    const char *name = slash != NULL ? slash + 1 : detail->type_url;

    return name != NULL && strcmp(name, "google.rpc.RetryInfo") == 0;
}

static bool read_retry_info(const HaeOtlp__RpcAny *detail, ProtobufCAllocator *allocator,
                            int64_t *ret_pause_ms)
{
    HaeOtlp__RpcRetryInfo *info =
        hae_otlp__rpc_retry_info__unpack(allocator, detail->value.len, detail->value.data);

    if (info == NULL) {
        return false;
    }
    *ret_pause_ms = milliseconds_of(info->retry_delay);
    hae_otlp__rpc_retry_info__free_unpacked(info, allocator);
    return true;
}

static bool find_retry_info(const uint8_t *body, size_t size_bytes, ProtobufCAllocator *allocator,
                            int64_t *ret_pause_ms)
{
    HaeOtlp__RpcStatus *status = hae_otlp__rpc_status__unpack(allocator, size_bytes, body);
    bool found = false;

    if (status == NULL) {
        return false;
    }
    for (size_t i = 0; i < status->n_details && !found; i++) {
        found = is_retry_info(status->details[i]) &&
                read_retry_info(status->details[i], allocator, ret_pause_ms);
    }
    hae_otlp__rpc_status__free_unpacked(status, allocator);
    return found;
}

enum hae_http_retry_info hae_http_decode_retry_info(const uint8_t *body, size_t size_bytes,
                                                    int64_t *ret_pause_ms)
{
    struct allowance allowance;
    ProtobufCAllocator allocator = bounded_allocator(&allowance, size_bytes);

    if (find_retry_info(body, size_bytes, &allocator, ret_pause_ms)) {
        return HAE_HTTP_RETRY_INFO;
    }
    return allowance.exhausted ? HAE_HTTP_RETRY_INFO_UNREAD : HAE_HTTP_NO_RETRY_INFO;
}
